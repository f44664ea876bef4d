//! What the host is asked in a wait: a copy of the armed directions, so that others may change the registry meanwhile.

use std::fmt;

use wasi::{Errno, Subscription};

use super::host;
use super::selector::Registry;

/// The subscriptions of one wait, in memory that the next one uses again.
pub(super) struct Asked {
    /// The clock, and then the directions that were armed when the wait began.
    pub(super) list: Vec<Subscription>,
    /// How many waits are not to be sifted.
    pub(super) sift_pause: u32,
}

impl Asked {
    pub(super) fn new() -> Asked {
        Asked {
            list: vec![host::pause(0)],
            sift_pause: 0,
        }
    }

    /// How many directions it has.
    #[inline]
    pub(super) fn armed(&self) -> usize {
        self.list.len() - 1
    }

    /// Takes the directions that are armed now in place of those before. The lock is free again when this returns.
    #[inline]
    pub(super) fn copy(&mut self, registry: &Registry) {
        self.list.truncate(1);
        self.list.extend_from_slice(registry.lock().armed_directions());
    }

    /// Waits for the directions, and for the clock if there is one. The registry must not be locked: a thread that arms a
    /// direction would wait as long.
    ///
    /// # Errors
    ///
    /// The errno with which the host refused the call as a whole.
    #[inline]
    pub(super) fn wait(&mut self, clock: Option<Subscription>, events: &mut Vec<wasi::Event>) -> Result<(), Errno> {
        match clock {
            Some(clock) => {
                self.list[0] = clock;
                host::poll(&self.list, events)
            }
            None => host::poll(&self.list[1..], events),
        }
    }
}

impl fmt::Debug for Asked {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Asked").field("armed", &self.armed()).finish()
    }
}
