//! The selector on `poll_oneoff`: level-triggered, so that a direction is subscribed only while a task waits for it.

use std::fmt;
use std::io;
use std::os::fd::BorrowedFd;
use std::sync::{Arc, MutexGuard};

use wasi::{Errno, Subscription};

use super::asked::Asked;
use super::host;
use super::look;
use super::subscriptions::Subscriptions;
use crate::common::flag_waker::WakeFlag;
use crate::{Direction, Event, Instant, Interest, Lock, Outcome, Ready, Source, Token, Wait};

/// Waits for events of every registered source.
#[derive(Debug)]
pub struct Selector {
    registry: Registry,
    asked: Asked,
    pub(crate) woken: WakeFlag,
}

impl Selector {
    /// A selector without sources.
    ///
    /// # Errors
    ///
    /// None.
    pub fn new() -> io::Result<Selector> {
        Ok(Selector {
            registry: Registry(Arc::new(Lock::new(Subscriptions::new()))),
            asked: Asked::new(),
            woken: WakeFlag::default(),
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
    /// `Interrupted`, and what the host says if it refuses to wait for the clock itself.
    pub fn select(&mut self, events: &mut Events, wait: Wait) -> io::Result<Outcome> {
        let Selector { registry, asked, woken } = self;
        let happened = &mut events.0;
        happened.clear();
        let wait = if woken.take() { Wait::Poll } else { wait };
        loop {
            asked.copy(registry);
            match wait {
                Wait::Poll if asked.armed() == 0 => return Ok(Outcome::Waited),
                Wait::Forever if asked.armed() == 0 => return Ok(Outcome::Idle),
                _ => {}
            }
            let clock = clock(wait, asked.armed() == 0);
            if let Err(errno) = asked.wait(clock, happened) {
                if errno == wasi::ERRNO_INTR {
                    return Err(io::ErrorKind::Interrupted.into());
                }
                asked.isolate(happened);
                if happened.is_empty() {
                    return Err(refusal(asked.armed(), errno));
                }
                registry.lock().refuse(happened);
                let first = happened.len();
                asked.copy(registry);
                // The others' turn. Whatever the host refuses this time, the next wait finds out.
                let _ = asked.wait(Some(look::pause(0)), happened);
                registry.lock().disarm_fired(&happened[first..]);
                return Ok(Outcome::Waited);
            }
            asked.sift(registry, happened);
            let fired = registry.lock().disarm_fired(happened);
            let due = match wait {
                Wait::Poll => true,
                // A host may cut the time to whole milliseconds, as Node does.
                Wait::Until(deadline) => fired || Instant::now() >= deadline,
                Wait::Forever => fired,
            };
            if due {
                return Ok(Outcome::Waited);
            }
            happened.clear();
        }
    }
}

/// Registers sources with a [`Selector`].
#[derive(Clone)]
pub struct Registry(Arc<Lock<Subscriptions>>);

impl Registry {
    /// The sources may change at any time.
    #[inline]
    pub(crate) fn check(&self) -> io::Result<()> {
        Ok(())
    }

    /// Subscribes the direction until it fires.
    ///
    /// # Errors
    ///
    /// A source that is not registered, and one that the host refused to wait for.
    #[inline]
    pub fn arm(&self, token: Token, direction: Direction) -> io::Result<()> {
        self.lock().arm(token, direction)
    }

    /// Drops what is left of a source that may have been closed without a [`deregister`](Self::deregister).
    #[inline]
    pub fn forget(&self, token: Token) {
        self.lock().forget(token);
    }

    pub(super) fn lock(&self) -> MutexGuard<'_, Subscriptions> {
        self.0.lock()
    }
}

impl fmt::Debug for Registry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Registry")
            .field("armed", &self.lock().armed_directions().len())
            .finish()
    }
}

impl Source for BorrowedFd<'_> {
    fn register(&mut self, registry: &Registry, token: Token, interest: Interest) -> io::Result<()> {
        check(interest)?;
        registry.lock().register(token, host::number(*self))
    }

    fn deregister(&mut self, registry: &Registry, token: Token) -> io::Result<()> {
        registry.lock().deregister(token)
    }
}

/// Where a [`Selector`] leaves what happened: the host's own events.
#[derive(Debug)]
pub struct Events(Vec<wasi::Event>);

impl Events {
    /// Room for so many events of one wait. More are made when more directions are armed.
    pub fn with_capacity(capacity: usize) -> Events {
        Events(Vec::with_capacity(capacity))
    }

    /// What happened in the last wait.
    #[inline]
    pub fn iter(&self) -> impl Iterator<Item = Event> + '_ {
        self.0
            .iter()
            .filter(|event| event.type_ != wasi::EVENTTYPE_CLOCK)
            .map(|event| Event {
                token: Token::from_word(event.userdata as usize),
                ready: to_ready(event),
            })
    }
}

/// The portable form of an event.
#[inline]
fn to_ready(event: &wasi::Event) -> Ready {
    if event.error != wasi::ERRNO_SUCCESS {
        return Ready::FAILED;
    }
    let (ready, closed) = if event.type_ == wasi::EVENTTYPE_FD_READ {
        (Ready::READABLE, Ready::READ_CLOSED)
    } else {
        (Ready::WRITABLE, Ready::WRITE_CLOSED)
    };
    if event.fd_readwrite.flags & wasi::EVENTRWFLAGS_FD_READWRITE_HANGUP == 0 {
        ready
    } else {
        ready | closed
    }
}

/// The subscription that ends a wait at its time. It tells the host how long that is, since Node takes a deadline for a time of
/// day.
#[inline]
fn clock(wait: Wait, alone: bool) -> Option<Subscription> {
    match wait {
        Wait::Poll => Some(look::pause(0)),
        Wait::Until(deadline) => {
            let rest = deadline.as_nanos().saturating_sub(host::now());
            Some(if alone { host::pause(rest) } else { look::pause(rest) })
        }
        Wait::Forever => None,
    }
}

fn check(interest: Interest) -> io::Result<()> {
    if interest.intersects(Interest::READABLE | Interest::WRITABLE) {
        return Ok(());
    }
    Err(io::Error::new(
        io::ErrorKind::Unsupported,
        format!("WASI 0.1 cannot wait for {interest:?} alone: add READABLE or WRITABLE"),
    ))
}

#[cold]
fn refusal(armed: usize, errno: Errno) -> io::Error {
    let error = host::error(errno);
    io::Error::new(
        error.kind(),
        format!(
            "the host refuses to wait for the clock and {armed} directions, each of which it waits for alone: {error}"
        ),
    )
}
