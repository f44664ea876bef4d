//! A timer, and the task that waits for it.

use std::pin::Pin;

use triga::is_shut_down;
use triga::time::Sleep;
use triga_platform::Instant;

use super::wakes::Waiter;

/// A timer that was set.
pub(super) struct Timer {
    sleep: Sleep,
    waiter: Waiter,
    has_fired: bool,
}

impl Timer {
    /// Sets it, unless there was a shutdown.
    pub(super) fn set(mut sleep: Sleep, is_shutdown: bool) -> Option<Timer> {
        match Waiter::ask(|cx| Pin::new(&mut sleep).poll(cx)) {
            Err(waiter) => {
                assert!(!is_shutdown);
                Some(Timer {
                    sleep,
                    waiter,
                    has_fired: false,
                })
            }
            Ok(result) => {
                let error = result.expect_err("a timer fires in a turn");
                assert!(is_shutdown && is_shut_down(&error), "{error}");
                None
            }
        }
    }

    /// It is taken back: who waited for it.
    pub(super) fn cancel(self) -> Waiter {
        self.waiter
    }

    /// Sets it anew: who waited for it, and the timer.
    pub(super) fn reset(mut self, deadline: Instant, is_shutdown: bool) -> (Waiter, Option<Timer>) {
        self.sleep.reset(deadline);
        (self.waiter, Timer::set(self.sleep, is_shutdown))
    }

    /// Asks again, with another waker: who asked before, and the timer if it is still to come.
    pub(super) fn ask_again(mut self, is_shutdown: bool) -> (Waiter, Option<Timer>) {
        let sleep = &mut self.sleep;
        match Waiter::ask(|cx| Pin::new(&mut *sleep).poll(cx)) {
            Err(waiter) => {
                assert!(!self.has_fired && !is_shutdown);
                let before = std::mem::replace(&mut self.waiter, waiter);
                (before, Some(self))
            }
            Ok(Ok(())) => {
                assert!(self.has_fired);
                (self.waiter, None)
            }
            Ok(Err(error)) => {
                assert!(is_shutdown && is_shut_down(&error), "{error}");
                (self.waiter, None)
            }
        }
    }

    /// Whether the next turn fires it.
    pub(super) fn is_due(&self) -> bool {
        !self.has_fired && self.sleep.deadline() <= Instant::now()
    }

    /// When it is to fire, if it did not yet.
    pub(super) fn deadline(&self) -> Option<Instant> {
        (!self.has_fired && !self.waiter.is_woken).then(|| self.sleep.deadline())
    }

    /// After a turn. Whether it has fired in that.
    pub(super) fn check_turn(&mut self) -> bool {
        let is_due = self.is_due();
        self.has_fired |= is_due;
        self.waiter.check(is_due);
        is_due
    }

    pub(super) fn check_shut_down(&mut self) {
        self.waiter.check(true);
    }
}
