//! The selector on `poll`: level-triggered, so that a direction is in the list only while a task waits for it.

use std::fmt;
use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use super::linger;
use super::pollables::Pollables;
use crate::common::cell_lock::Guard;
use crate::{Direction, Events, Instant, Lock, Outcome, Token, Wait};

/// Waits for events of every registered source.
#[derive(Debug)]
pub struct Selector(Registry);

impl Selector {
    /// A selector without sources.
    ///
    /// # Errors
    ///
    /// None.
    pub fn new() -> io::Result<Selector> {
        linger::enter();
        Ok(Selector(Registry(Arc::default())))
    }

    /// What registers sources here.
    pub fn registry(&self) -> Registry {
        self.0.clone()
    }

    /// Waits as the contract says.
    ///
    /// # Errors
    ///
    /// None.
    pub fn select(&mut self, events: &mut Events, wait: Wait) -> io::Result<Outcome> {
        let Events(events) = events;
        events.clear();
        // The wait goes on under these locks: there is one thread, and it waits.
        let mut pollables = self.0.lock();
        let mut lingering = linger::connections();
        let is_woken = self.0.0.is_woken.swap(false, Ordering::Relaxed);
        let wait = if is_woken { Wait::Poll } else { wait };
        loop {
            let outcome = pollables.wait(wait, &mut lingering, events);
            let is_over = || match wait {
                Wait::Poll => true,
                // A host's clock and its timers need not agree to the nanosecond.
                Wait::Until(end) => Instant::now() >= end,
                Wait::Forever => false,
            };
            if outcome == Outcome::Idle || !events.is_empty() || is_over() {
                return Ok(outcome);
            }
        }
    }
}

impl Drop for Selector {
    fn drop(&mut self) {
        linger::leave(&mut self.0.lock());
    }
}

/// Ends the next wait of a [`Selector`]: there is one thread, so every wake comes before the wait.
#[derive(Debug)]
pub struct Waker(Registry);

impl Waker {
    /// A waker for the selector.
    ///
    /// # Errors
    ///
    /// None.
    pub fn new(selector: &Selector) -> io::Result<Waker> {
        Ok(Waker(selector.registry()))
    }

    /// Makes the next wait return.
    ///
    /// # Errors
    ///
    /// None.
    pub fn wake(&self) -> io::Result<()> {
        self.0.0.is_woken.store(true, Ordering::Relaxed);
        Ok(())
    }
}

/// Registers sources with a [`Selector`].
#[derive(Clone)]
pub struct Registry(Arc<Shared>);

#[derive(Debug, Default)]
struct Shared {
    pollables: Lock<Pollables>,
    /// The next wait only looks. There is one thread, so no order is asked for.
    is_woken: AtomicBool,
}

impl Registry {
    /// The sources may change at any time.
    #[inline]
    pub(crate) fn check(&self) -> io::Result<()> {
        Ok(())
    }

    /// Waits for the direction until it fires.
    ///
    /// # Errors
    ///
    /// A source that is not registered, or that has no such direction.
    pub fn arm(&self, token: Token, direction: Direction) -> io::Result<()> {
        self.lock().arm(token, direction)
    }

    /// Drops what is left of a source that may have been dropped without a [`deregister`](Self::deregister).
    #[inline(never)]
    pub fn forget(&self, token: Token) {
        self.lock().forget(token);
    }

    pub(super) fn lock(&self) -> Guard<'_, Pollables> {
        self.0.pollables.lock()
    }
}

impl fmt::Debug for Registry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Registry").field("pollables", &*self.lock()).finish()
    }
}

/// Implements [`Source`] for a type by its field `membership` and its method `handles`.
macro_rules! source {
    ($type:ident) => {
        impl $crate::Source for $type {
            fn register(
                &mut self,
                registry: &$crate::select::platform::Registry,
                token: $crate::Token,
                interest: $crate::Interest,
            ) -> std::io::Result<()> {
                let handles = self.handles();
                self.membership.register(registry, token, interest, handles)
            }

            fn deregister(
                &mut self,
                registry: &$crate::select::platform::Registry,
                token: $crate::Token,
            ) -> std::io::Result<()> {
                self.membership.deregister(registry, token)
            }

            /// Everything: a try that would block costs a call, a wait for nothing a turn.
            fn assumed(&self) -> $crate::Ready {
                $crate::Ready::READABLE | $crate::Ready::WRITABLE
            }
        }
    };
}
pub(super) use source;
