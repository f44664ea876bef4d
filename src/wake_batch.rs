//! The wakers of a turn, woken together when every lock is free.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::task::Waker;

/// Who was found to wait for what has happened, and is still to be woken. Its room is kept from turn to turn.
#[derive(Debug, Default)]
pub(crate) struct WakeBatch {
    wakers: Vec<Waker>,
    /// The keys of tasks of the driver's own executor, which runs them after the turn.
    pub(crate) tasks: Vec<usize>,
}

impl WakeBatch {
    pub(crate) fn push(&mut self, waker: Option<Waker>) {
        if let Some(waker) = waker {
            self.wakers.push(waker);
        }
    }

    /// Wakes all of them, in the order in which they were taken.
    #[inline]
    pub(crate) fn wake_all(&mut self) {
        if !self.wakers.is_empty() {
            self.wake_each();
        }
    }

    #[inline(never)]
    fn wake_each(&mut self) {
        self.wakers.drain(..).for_each(wake);
    }
}

/// Wakes whoever made the waker. One that panics has said so through the panic hook by the time it comes back here, and takes
/// nothing along.
pub(crate) fn wake(waker: Waker) {
    drop(catch_unwind(AssertUnwindSafe(|| waker.wake())));
}
