//! Programs that go on while others wait.

use std::cell::RefCell;
use std::fmt;

use super::task::Home;
use crate::Instant;

/// A program that has a loop of its own. It says when it next has something to do by the clock.
struct Program {
    home: Home,
    go_on: Box<dyn FnMut() -> Option<Instant>>,
}

/// The programs of a simulation.
#[derive(Default)]
pub(super) struct Programs(Vec<Program>);

impl fmt::Debug for Programs {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Programs({})", self.0.len())
    }
}

thread_local! {
    static PROGRAMS: RefCell<Programs> = const { RefCell::new(Programs(Vec::new())) };
}

/// Has a program go on, on the host whose code calls this, whenever another waits: one with a loop of its own, that goes as
/// far as it can without waiting. It says when it next has something to do by the clock.
pub fn beside(program: impl FnMut() -> Option<Instant> + 'static) {
    let program = Program {
        home: Home::here(),
        go_on: Box::new(program),
    };
    PROGRAMS.with_borrow_mut(|programs| programs.0.push(program));
}

/// Lets the programs go on. What they wait for themselves finds none beside.
pub(super) fn run() -> Option<Instant> {
    if PROGRAMS.with_borrow(|programs| programs.0.is_empty()) {
        return None;
    }
    let mut programs = PROGRAMS.take().0;
    programs.retain(|program| program.home.is_there());
    let next = programs
        .iter_mut()
        .filter_map(|program| program.home.host().run(|| (program.go_on)()))
        .min();
    PROGRAMS.with_borrow_mut(|added| {
        programs.append(&mut added.0);
        added.0 = programs;
    });
    next
}

/// The programs are others from now on. Returns those that there were.
pub(super) fn replace(programs: Programs) -> Programs {
    PROGRAMS.replace(programs)
}
