//! The simulation of a thread: the world as it is now.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::env;
use std::io;
use std::sync::atomic::{AtomicU32, Ordering};

use super::beside::{self, Programs};
use super::clock::Clock;
use super::hosts::Hosts;
use super::local;
use super::network::Network;
use super::random::Random;
use super::selector::Sources;
use super::signal::Watches;
use super::sockets::Sockets;
use super::trace::Trace;
use super::world::World;

/// Everything that there is.
#[derive(Debug)]
pub(super) struct Simulation {
    /// Tells this simulation from the others of the process, so that the sockets of one are not taken for another's.
    pub(super) number: u32,
    pub(super) seed: u64,
    pub(super) world: World,
    /// Nanoseconds since the simulation began.
    pub(super) now: u64,
    pub(super) random: Random,
    pub(super) trace: Trace,
    pub(super) hosts: Hosts,
    pub(super) network: Network,
    pub(super) local_names: local::Names,
    pub(super) sockets: Sockets,
    /// By the number of their selectors.
    pub(super) sources: BTreeMap<u32, Sources>,
    /// How many selectors there have been: no number is given twice, since handles outlive their drivers.
    pub(super) selectors: u32,
    pub(super) watches: Watches,
    pub(super) clock: Clock,
    /// How the next wait fails, if it does.
    pub(super) wait_failure: Option<io::Error>,
}

thread_local! {
    static CURRENT: RefCell<Option<Simulation>> = const { RefCell::new(None) };
}

/// Does something with the thread's simulation. A program that began none is in one of its own, whose seed is `TRIGA_SEED`.
pub(super) fn with<R>(action: impl FnOnce(&mut Simulation) -> R) -> R {
    CURRENT.with_borrow_mut(|current| {
        action(current.get_or_insert_with(|| Simulation::new(seed_of_env().unwrap_or(0), World::new())))
    })
}

/// As [`with`], for something of the simulation with this number.
pub(super) fn with_own<R>(number: u32, action: impl FnOnce(&mut Simulation) -> io::Result<R>) -> io::Result<R> {
    with(|simulation| {
        if simulation.number == number {
            action(simulation)
        } else {
            Err(io::Error::new(
                io::ErrorKind::NotConnected,
                "this is of another simulation: a simulation runs on one thread, and what was made in it stays there",
            ))
        }
    })
}

/// As [`with_own`], for what is dropped, maybe when its simulation is over and its thread ends.
pub(super) fn with_what_is_left(number: u32, action: impl FnOnce(&mut Simulation)) {
    // The thread's variable may be gone, and nothing is left then.
    let _ = CURRENT.try_with(|current| {
        if let Some(simulation) = &mut *current.borrow_mut() {
            if simulation.number == number {
                action(simulation);
            }
        }
    });
}

/// The seed that `TRIGA_SEED` names, if it names one.
///
/// # Panics
///
/// If it is no number: a replay of something else would only mislead.
pub fn seed_of_env() -> Option<u64> {
    let text = env::var("TRIGA_SEED").ok()?;
    match text.parse() {
        Ok(seed) => Some(seed),
        Err(_) => panic!("TRIGA_SEED is `{text}`, and a seed is a number such as 17"),
    }
}

/// Begins a simulation on this thread. The one before it goes on when the returned value is dropped.
#[must_use = "the simulation is over when this value is dropped"]
pub fn enter(seed: u64, world: World) -> Entered {
    let simulation = Simulation::new(seed, world);
    Entered {
        simulation: CURRENT.replace(Some(simulation)),
        programs: beside::replace(Programs::default()),
    }
}

/// Keeps a simulation going.
#[derive(Debug)]
pub struct Entered {
    /// What goes on afterwards.
    simulation: Option<Simulation>,
    programs: Programs,
}

impl Drop for Entered {
    fn drop(&mut self) {
        // They may have something open, which is closed in their own simulation.
        drop(beside::replace(std::mem::take(&mut self.programs)));
        let over = CURRENT.replace(self.simulation.take());
        drop(over);
    }
}

/// Has the next wait of a driver fail like this, whichever comes first: with `ErrorKind::OutOfMemory`, say, or as the system
/// would have it, with `io::Error::from_raw_os_error(libc::EBADF)`. One that fails with `Interrupted` only begins again.
pub fn fail_wait(error: impl Into<io::Error>) {
    let error = error.into();
    // The one before is another's value, and is dropped when nothing is borrowed.
    let before = with(|simulation| simulation.wait_failure.replace(error));
    drop(before);
}

/// The seed of the thread's simulation.
pub fn seed() -> u64 {
    with(|simulation| simulation.seed)
}

/// What has happened so far, a line for each event, if the world [keeps it](World::keep_trace).
pub fn trace() -> String {
    with(|simulation| simulation.trace.text().to_owned())
}

/// A number that tells what has happened so far from what happens with another seed.
pub fn fingerprint() -> u64 {
    with(|simulation| simulation.trace.fingerprint())
}

impl Simulation {
    fn new(seed: u64, world: World) -> Simulation {
        static NUMBERS: AtomicU32 = AtomicU32::new(0);
        Simulation {
            // Only the number counts.
            number: NUMBERS.fetch_add(1, Ordering::Relaxed),
            seed,
            now: 0,
            random: Random::new(seed),
            trace: Trace::new(world.keeps_trace),
            hosts: Hosts::new(),
            network: Network::default(),
            local_names: local::Names::default(),
            sockets: Sockets::default(),
            sources: BTreeMap::new(),
            selectors: 0,
            watches: Watches::default(),
            clock: Clock::default(),
            wait_failure: None,
            world,
        }
    }

    /// Each poll takes a moment, so that a program that only polls sees time pass.
    pub(super) fn pass_a_moment(&mut self) {
        const MOMENT: u64 = 1_000;

        self.now += MOMENT;
        self.arrive();
    }

    pub(super) fn write(&mut self, what: std::fmt::Arguments<'_>) {
        self.trace.write(self.now, what);
    }

    /// How much of a transfer is made, if the seed decides to cut it short. No event follows for the rest, as none does on
    /// edge-triggered systems where a transfer ends early: at an urgent mark, at passed descriptors, at a packet of a pipe.
    pub(super) fn cut(&mut self, count: usize) -> usize {
        if count > 1 && self.random.happens(self.world.short_per_mille) {
            1 + self.random.below(count as u64 - 1) as usize
        } else {
            count
        }
    }
}
