//! The selector on `poll`: level-triggered, so that a direction is in the list only while a task waits for it.

use std::fmt;
use std::io;
use std::sync::Arc;

use wasip2::clocks::monotonic_clock;
use wasip2::io::poll::Pollable;

use super::linger;
use super::pollables::{Handle, Pollables};
use crate::common::cell_lock::Guard;
use crate::common::flag_waker::WakeFlag;
use crate::{Direction, Event, Events, Instant, Lock, Outcome, Token, Wait};

/// Waits for events of every registered source.
#[derive(Debug)]
pub struct Selector {
    registry: Registry,
    pub(crate) woken: WakeFlag,
    deadline: Deadline,
}

impl Selector {
    /// A selector without sources.
    ///
    /// # Errors
    ///
    /// None.
    pub fn new() -> io::Result<Selector> {
        linger::enter();
        Ok(Selector {
            registry: Registry(Arc::new(Lock::new(Pollables::new()))),
            woken: WakeFlag::default(),
            deadline: Deadline::at(PAST),
        })
    }

    /// What registers sources here.
    pub fn registry(&self) -> Registry {
        self.registry.clone()
    }

    /// Waits as the contract says.
    ///
    /// # Errors
    ///
    /// None.
    pub fn select(&mut self, events: &mut Events, wait: Wait) -> io::Result<Outcome> {
        let events = &mut events.0;
        events.clear();
        let wait = if self.woken.take() { Wait::Poll } else { wait };
        loop {
            let armed = self.registry.lock().armed();
            match wait {
                Wait::Poll if armed == 0 && linger::is_empty() => return Ok(Outcome::Waited),
                Wait::Forever if armed == 0 => return Ok(Outcome::Idle),
                _ => self.wait(events, wait),
            }
            let due = match wait {
                Wait::Poll => true,
                // A host's clock and its timers need not agree to the nanosecond.
                Wait::Until(deadline) => !events.is_empty() || Instant::now() >= deadline,
                Wait::Forever => !events.is_empty(),
            };
            if due {
                return Ok(Outcome::Waited);
            }
        }
    }

    /// Waits once, for whatever comes first.
    pub(super) fn wait(&mut self, events: &mut Vec<Event>, wait: Wait) {
        let deadline = self.deadline.for_wait(wait);
        // The wait goes on under this lock: there is one thread, and it waits.
        self.registry.lock().wait(deadline, events);
    }
}

impl Drop for Selector {
    fn drop(&mut self) {
        linger::leave(self);
    }
}

/// The deadline of a wait that only looks.
const PAST: Instant = Instant::from_nanos(0);

/// The pollable that ends a wait at its time. It is kept as long as the time stays the same.
#[derive(Debug)]
struct Deadline {
    at: Instant,
    pollable: Pollable,
}

impl Deadline {
    fn at(at: Instant) -> Deadline {
        Deadline {
            at,
            pollable: monotonic_clock::subscribe_instant(at.as_nanos()),
        }
    }

    fn for_wait(&mut self, wait: Wait) -> Option<Handle> {
        let at = match wait {
            Wait::Poll => PAST,
            Wait::Until(at) => at,
            Wait::Forever => return None,
        };
        // A past one is made anew: it lets wasmtime's own reactor run once, so that a guest which only looks finds something.
        if at != self.at || at == PAST {
            self.pollable = monotonic_clock::subscribe_instant(at.as_nanos());
            self.at = at;
        }
        Some(Handle::of(&self.pollable))
    }
}

/// Registers sources with a [`Selector`].
#[derive(Clone)]
pub struct Registry(Arc<Lock<Pollables>>);

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
    pub fn forget(&self, token: Token) {
        self.lock().forget(token);
    }

    pub(super) fn lock(&self) -> Guard<'_, Pollables> {
        self.0.lock()
    }
}

impl fmt::Debug for Registry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Registry").field("armed", &self.lock().armed()).finish()
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

            fn reregister(
                &mut self,
                registry: &$crate::select::platform::Registry,
                token: $crate::Token,
                interest: $crate::Interest,
            ) -> std::io::Result<()> {
                let handles = self.handles();
                self.membership.reregister(registry, token, interest, handles)
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
