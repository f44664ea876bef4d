//! The wakers of a turn. They are woken together, with no lock held.

use std::task::Waker;

use crate::reactor::contain::contain;

/// The wakers and task keys that a turn has taken. Its memory is kept from turn to turn.
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
        if !self.wakers.is_empty() || self.wakers.capacity() > KEPT {
            self.wake_each();
        }
    }

    #[inline(never)]
    fn wake_each(&mut self) {
        let used = self.wakers.len();
        self.wakers.drain(..).for_each(wake);
        trim(&mut self.wakers, used);
    }
}

/// A list with a larger capacity than this gives memory back.
pub(crate) const KEPT: usize = 1024;

/// Gives a list's memory back, except for twice what was used of it last.
#[inline]
pub(crate) fn trim<T>(list: &mut Vec<T>, used: usize) {
    if list.capacity() > KEPT.max(4 * used) {
        list.shrink_to(KEPT.max(2 * used));
    }
}

/// Wakes a task. A waker that panics costs no other its wake.
pub(crate) fn wake(waker: Waker) {
    contain(|| waker.wake());
}
