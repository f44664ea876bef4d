//! Every source's pollables, and the list of them that goes to `poll`.

use std::io;
use std::mem::{ManuallyDrop, replace};

use wasip2::clocks::monotonic_clock;
use wasip2::io::poll::{self, Pollable};

use super::deadline::Deadline;
use super::linger;
use super::tcp_stream::Connection;
use crate::{Direction, Event, Outcome, Ready, Token, Wait};

/// How many answers of one wait make the guest yield to the host.
///
/// wasmtime runs on tokio, which lets a task take 128 steps before it must yield: what comes after them is never ready. Each
/// answer of `poll` is a step, and so is each `check-write`. Without this, 128 streams that are writable have spent all steps
/// before the first of them is asked for its room, which is none then, and so on for good.
const YIELD_AFTER: usize = 32;

/// How many pollables in a wait make the guest yield before it.
///
/// wasmtime looks at every pollable of a wait, and answers as soon as one is ready: what has come meanwhile is for the next
/// wait to find, which looks at all of them again. After a yield it knows of more at once. Beside 4,000 idle connections this
/// takes a fifth off the cost of a message; in a short list it gains nothing.
const YIELD_BEFORE: usize = 256;

/// The number by which the host knows a pollable. It is valid until the pollable is dropped.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Handle(u32);

impl Handle {
    /// No pollable has this number.
    pub(super) const NONE: Handle = Handle(0);

    pub(super) fn of(pollable: &Pollable) -> Handle {
        Handle(pollable.handle())
    }
}

/// What a source waits for in each direction; [`Handle::NONE`] where it cannot wait.
#[derive(Debug, Clone, Copy)]
pub(super) struct Handles {
    pub(super) read: Handle,
    pub(super) write: Handle,
}

/// Every registered source, and the pollables that tasks wait for.
#[derive(Debug, Default)]
pub(super) struct Pollables {
    /// The sources, by the index of their token.
    slots: Vec<Slot>,
    /// The armed directions in no order, each once, and those that are not armed any more until the next wait, which adds what
    /// else it waits for.
    list: Vec<Listed>,
    deadline: Deadline,
}

/// The place of a source. What there are two of is for the two directions.
#[derive(Debug)]
struct Slot {
    /// [`Token::WAKER`] if there is no source.
    token: Token,
    handles: [Handle; 2],
    /// Only what has a handle is.
    is_armed: [bool; 2],
    is_listed: [bool; 2],
}

/// Something to wait for.
#[derive(Debug)]
struct Listed {
    /// The index of a slot; none if it is of no source.
    index: usize,
    direction: Direction,
    pollable: ManuallyDrop<Pollable>,
}

impl Listed {
    fn new(index: usize, direction: Direction, handle: Handle) -> Listed {
        // SAFETY: the number is a pollable's, whose owner keeps it as long as this is waited for. What is made of it does
        // not drop it.
        let pollable = ManuallyDrop::new(unsafe { Pollable::from_handle(handle.0) });
        Listed {
            index,
            direction,
            pollable,
        }
    }
}

impl Pollables {
    /// False if another source has the token's slot.
    pub(super) fn register(&mut self, token: Token, handles: Handles) -> bool {
        while self.slots.len() <= token.index() {
            self.slots.push(Slot {
                token: Token::WAKER,
                handles: [Handle::NONE; 2],
                is_armed: [false; 2],
                is_listed: [false; 2],
            });
        }
        let slot = &mut self.slots[token.index()];
        let is_free = slot.token == Token::WAKER;
        if is_free {
            slot.token = token;
            slot.handles = [handles.read, handles.write];
        }
        is_free
    }

    /// Has the source wait for other pollables from now on. What is armed stays armed.
    pub(super) fn replace(&mut self, token: Token, handles: Handles) {
        if let Some(slot) = self.slot(token) {
            slot.handles = [handles.read, handles.write];
        }
    }

    /// Whether a source has this token.
    pub(super) fn knows(&mut self, token: Token) -> bool {
        self.slot(token).is_some()
    }

    /// Drops the source with this token. False if there is none.
    pub(super) fn forget(&mut self, token: Token) -> bool {
        let Some(slot) = self.slot(token) else { return false };
        slot.token = Token::WAKER;
        slot.is_armed = [false; 2];
        true
    }

    /// Puts a direction into the list, unless it is there.
    pub(super) fn arm(&mut self, token: Token, direction: Direction) -> io::Result<()> {
        let Some(slot) = self.slot(token) else {
            return Err(not_registered());
        };
        let handle = slot.handles[direction as usize];
        if handle == Handle::NONE {
            return Err(one_way());
        }
        slot.is_armed[direction as usize] = true;
        if !replace(&mut slot.is_listed[direction as usize], true) {
            self.list.push(Listed::new(token.index(), direction, handle));
        }
        Ok(())
    }

    /// Has the list be the armed directions, with the pollables that they have now.
    fn sweep(&mut self) {
        let mut position = 0;
        while let Some(listed) = self.list.get_mut(position) {
            if let Some(slot) = self.slots.get_mut(listed.index) {
                let handle = slot.handles[listed.direction as usize];
                if slot.is_armed[listed.direction as usize] && handle != Handle::NONE {
                    *listed = Listed::new(listed.index, listed.direction, handle);
                    position += 1;
                    continue;
                }
                slot.is_armed[listed.direction as usize] = false;
                slot.is_listed[listed.direction as usize] = false;
            }
            self.list.swap_remove(position);
        }
    }

    /// Waits until an armed direction, a connection that lingers or the deadline is ready. Leaves the events of the directions,
    /// which are not armed any more.
    pub(super) fn wait(&mut self, wait: Wait, lingering: &mut Vec<Connection>, events: &mut Vec<Event>) -> Outcome {
        self.sweep();
        let armed = self.list.len();
        if armed == 0 {
            match wait {
                Wait::Poll if lingering.is_empty() => return Outcome::Waited,
                Wait::Forever => return Outcome::Idle,
                _ => {}
            }
        }
        let others = lingering.iter_mut().map(Connection::writable);
        for handle in others.chain(self.deadline.handle(wait)) {
            self.list.push(Listed::new(usize::MAX, Direction::Write, handle));
        }
        if self.list.len() >= YIELD_BEFORE {
            yield_to_host();
        }
        let pollables: Vec<&Pollable> = self.list.iter().map(|listed| &*listed.pollable).collect();
        let ready = poll(&pollables);
        drop(pollables);
        if ready.len() >= YIELD_AFTER {
            yield_to_host();
        }
        for position in ready {
            let position = position as usize;
            let Some(listed) = self.list.get(position) else {
                continue;
            };
            let Some(slot) = self.slots.get_mut(listed.index) else {
                linger::look_at(lingering, position - armed);
                continue;
            };
            slot.is_armed[listed.direction as usize] = false;
            events.push(Event {
                token: slot.token,
                ready: match listed.direction {
                    Direction::Read => Ready::READABLE,
                    Direction::Write => Ready::WRITABLE,
                },
            });
        }
        Outcome::Waited
    }

    fn slot(&mut self, token: Token) -> Option<&mut Slot> {
        self.slots.get_mut(token.index()).filter(|slot| slot.token == token)
    }
}

/// Lets the host do what else it has to do, once.
#[cold]
fn yield_to_host() {
    // A pollable that was never waited for has wasmtime yield, also if its time is over.
    poll(&[&monotonic_clock::subscribe_instant(0)]);
}

/// The positions of those that are ready, once there are some. The list is not empty.
fn poll(list: &[&Pollable]) -> Vec<u32> {
    poll::poll(list)
}

#[cold]
pub(super) fn not_registered() -> io::Error {
    io::Error::new(
        io::ErrorKind::NotFound,
        "the source is not registered: it was deregistered, or never registered",
    )
}

#[cold]
fn one_way() -> io::Error {
    io::Error::new(
        io::ErrorKind::Unsupported,
        "the source has no pollable for this direction: wait for the other one",
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    const READ: Direction = Direction::Read;
    const WRITE: Direction = Direction::Write;

    /// Numbers that no other source has. They stand for pollables where nothing is waited for.
    fn handles(index: usize) -> Handles {
        let handle = |direction| Handle(2 * index as u32 + direction);
        Handles {
            read: handle(1),
            write: handle(2),
        }
    }

    /// The list has what is armed, with the slot's pollable, and what was disarmed since the last sweep. Nothing is there
    /// twice.
    fn check(pollables: &Pollables) {
        let sources = pollables.list.iter().filter(|of| of.index != usize::MAX);
        let mut listed: Vec<_> = sources.map(|of| (of.index, of.direction as usize)).collect();
        listed.sort_unstable();
        let said = (0..pollables.slots.len()).flat_map(|index| [(index, 0), (index, 1)]);
        let said = said.filter(|(index, direction)| pollables.slots[*index].is_listed[*direction]);
        assert!(listed.into_iter().eq(said));
        for slot in &pollables.slots {
            for direction in 0..2 {
                assert!(slot.is_listed[direction] || !slot.is_armed[direction]);
                assert!(slot.token != Token::WAKER || !slot.is_armed[direction]);
            }
        }
    }

    /// How many directions are armed.
    fn armed(pollables: &mut Pollables) -> usize {
        check(pollables);
        pollables.sweep();
        check(pollables);
        for listed in &pollables.list {
            let slot = &pollables.slots[listed.index];
            assert!(slot.is_armed[listed.direction as usize]);
            assert_eq!(listed.pollable.handle(), slot.handles[listed.direction as usize].0);
        }
        pollables.list.len()
    }

    /// A wait that only looks, and waits for nothing that lingers.
    fn look(pollables: &mut Pollables, events: &mut Vec<Event>) -> Outcome {
        pollables.wait(Wait::Poll, &mut Vec::new(), events)
    }

    #[test]
    fn the_list_has_what_is_armed() {
        let mut pollables = Pollables::default();
        let mut registered: [Option<(u32, [bool; 2])>; 8] = [None; 8];
        let mut random = 1u32;
        for step in 0..20_000u32 {
            random = random.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            let index = (random >> 8) as usize % registered.len();
            let direction = if random >> 31 == 0 { READ } else { WRITE };
            match (&mut registered[index], (random >> 20) % 6) {
                (none @ None, _) => {
                    *none = Some((step, [false; 2]));
                    assert!(pollables.register(Token::new(index, step), handles(index)));
                }
                (Some((generation, _)), 0) => {
                    assert!(pollables.forget(Token::new(index, *generation)));
                    registered[index] = None;
                }
                (Some((generation, _)), 1 | 2) => {
                    pollables.replace(Token::new(index, *generation), handles(step as usize))
                }
                (Some((generation, armed)), _) => {
                    pollables.arm(Token::new(index, *generation), direction).unwrap();
                    armed[direction as usize] = true;
                }
            }
            check(&pollables);
            if step % 7 == 0 {
                let expected = registered.iter().flatten().flat_map(|(_, armed)| armed);
                assert_eq!(armed(&mut pollables), expected.filter(|armed| **armed).count());
            }
        }
        assert!(armed(&mut pollables) > 0);
    }

    #[test]
    fn a_stale_token_changes_nothing() {
        let mut pollables = Pollables::default();
        let (old, new) = (Token::new(3, 1), Token::new(3, 2));
        assert!(pollables.register(old, handles(3)));
        pollables.arm(old, WRITE).unwrap();
        assert!(pollables.forget(old));
        assert!(pollables.register(new, handles(4)));
        pollables.arm(new, READ).unwrap();
        assert_eq!(pollables.arm(old, WRITE).unwrap_err().kind(), io::ErrorKind::NotFound);
        pollables.replace(old, handles(5));
        assert!(!pollables.forget(old));
        assert!(!pollables.register(new, handles(3)));
        assert_eq!(armed(&mut pollables), 1);
        assert_eq!(pollables.list[0].pollable.handle(), handles(4).read.0);
    }

    #[test]
    fn a_direction_that_loses_its_pollable_is_armed_no_more() {
        let mut pollables = Pollables::default();
        let token = Token::new(0, 0);
        assert!(pollables.register(token, handles(0)));
        pollables.arm(token, READ).unwrap();
        pollables.arm(token, WRITE).unwrap();
        let one_way = Handles {
            write: Handle::NONE,
            ..handles(7)
        };
        pollables.replace(token, one_way);
        assert_eq!(armed(&mut pollables), 1);
        assert_eq!(
            pollables.arm(token, WRITE).unwrap_err().kind(),
            io::ErrorKind::Unsupported
        );
        pollables.replace(token, handles(7));
        assert_eq!(armed(&mut pollables), 1);
    }

    #[test]
    fn a_wait_disarms_what_was_ready_and_nothing_else() {
        let soon = [0; 5].map(monotonic_clock::subscribe_duration);
        let never = [u64::MAX; 5].map(monotonic_clock::subscribe_duration);
        let mut pollables = Pollables::default();
        for (index, (soon, never)) in soon.iter().zip(&never).enumerate() {
            // Now the one, now the other direction is ready.
            let mut handles = [Handle::of(soon), Handle::of(never)];
            handles.rotate_left(index % 2);
            let [read, write] = handles;
            assert!(pollables.register(Token::new(index, 0), Handles { read, write }));
            pollables.arm(Token::new(index, 0), READ).unwrap();
            pollables.arm(Token::new(index, 0), WRITE).unwrap();
        }
        let mut events = Vec::new();
        while events.len() < soon.len() {
            let outcome = pollables.wait(Wait::Forever, &mut Vec::new(), &mut events);
            assert_eq!(outcome, Outcome::Waited);
        }
        events.sort_by_key(|event| event.token.index());
        for (index, event) in events.iter().enumerate() {
            let ready = [Ready::READABLE, Ready::WRITABLE][index % 2];
            assert_eq!((event.token, event.ready), (Token::new(index, 0), ready));
        }
        assert_eq!(armed(&mut pollables), never.len());
        // What is left never fires: the deadline ends the wait.
        let mut events = Vec::new();
        assert_eq!(look(&mut pollables, &mut events), Outcome::Waited);
        assert_eq!(events, []);
        assert_eq!(armed(&mut pollables), never.len());
    }

    #[test]
    fn nothing_to_wait_for_is_said_at_once() {
        let mut pollables = Pollables::default();
        let mut events = Vec::new();
        let never = monotonic_clock::subscribe_duration(u64::MAX);
        let token = Token::new(0, 0);
        let handle = Handle::of(&never);
        let handles = Handles {
            read: handle,
            write: handle,
        };
        assert!(pollables.register(token, handles));
        pollables.arm(token, READ).unwrap();
        assert!(pollables.forget(token));
        assert_eq!(
            pollables.wait(Wait::Forever, &mut Vec::new(), &mut events),
            Outcome::Idle
        );
        assert_eq!(look(&mut pollables, &mut events), Outcome::Waited);
    }
}
