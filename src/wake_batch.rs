//! The wakers of a turn, woken together when every lock is free.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::task::Waker;

/// Wakers that were taken and are still to be woken. Its room is kept from turn to turn.
#[derive(Debug, Default)]
pub(crate) struct WakeBatch(Vec<Waker>);

impl WakeBatch {
    pub(crate) fn push(&mut self, waker: Option<Waker>) {
        if let Some(waker) = waker {
            self.0.push(waker);
        }
    }

    /// Wakes all of them, in the order in which they were taken.
    ///
    /// A waker that panics has said so through the panic hook by the time it comes back here; the others are still woken.
    #[inline]
    pub(crate) fn wake_all(&mut self) {
        if !self.0.is_empty() {
            self.wake_each();
        }
    }

    #[inline(never)]
    fn wake_each(&mut self) {
        let mut wakers = self.0.drain(..);
        while catch_unwind(AssertUnwindSafe(|| wakers.by_ref().for_each(Waker::wake))).is_err() {}
    }
}
