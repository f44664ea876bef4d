//! The selector: waits for a copy of the list, which others may change meanwhile.

use std::fmt;
use std::io::{self, Read, Write};
use std::os::fd::{AsRawFd, RawFd};
use std::sync::{Arc, MutexGuard};

use mio::unix::pipe;

use super::call::Polled;
use super::list::List;
use crate::select::platform::fork::Process;
use crate::{Direction, Events, Instant, Interest, Lock, Outcome, Source, Token, Wait};

/// A direction tells a level, once.
pub const EDGE_TRIGGERED: bool = false;

/// Waits for events of every registered source.
#[derive(Debug)]
pub struct Selector {
    registry: Registry,
    /// What ends a wait: the other end is [`Shared`]'s.
    ended: pipe::Receiver,
    /// The copy of the list that is waited for while the list changes.
    polled: Polled,
    process: Process,
}

impl Selector {
    /// A selector without sources.
    ///
    /// # Errors
    ///
    /// Errors of the system, such as `EMFILE`.
    pub fn new() -> io::Result<Selector> {
        let (end, ended) = pipe::new()?;
        let shared = Shared {
            list: Lock::new(List::new(ended.as_raw_fd())),
            end,
        };
        let process = Process::this();
        Ok(Selector {
            registry: Registry {
                shared: Arc::new(shared),
                process,
            },
            ended,
            polled: Polled::default(),
            process,
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
    /// What the system's wait says, `Interrupted` among it. A child that was forked from the selector's process may not wait.
    pub fn select(&mut self, events: &mut Events, wait: Wait) -> io::Result<Outcome> {
        let happened = &mut events.0;
        happened.clear();
        self.process.check()?;
        loop {
            // What came before the wait ends it.
            let wait = self.registry.list().begin_wait(&mut self.polled, wait);
            let result = self.polled.wait(milliseconds(wait));
            if self.polled.is_ended() {
                // The bytes say no more than that the list has changed, or that a waker was there.
                while matches!(self.ended.read(&mut [0; 64]), Ok(1..)) {}
            }
            let woken = self.registry.list().end_wait(&self.polled, happened);
            result?;
            let due = match wait {
                Wait::Poll => true,
                // The system counts in milliseconds, up to some weeks.
                Wait::Until(deadline) => Instant::now() >= deadline,
                Wait::Forever => false,
            };
            if woken || due || !happened.is_empty() {
                return Ok(Outcome::Waited);
            }
        }
    }
}

/// The time of a wait as poll(2) takes it, rounded up.
fn milliseconds(wait: Wait) -> libc::c_int {
    match wait {
        Wait::Poll => 0,
        Wait::Until(deadline) => {
            let nanos = (deadline - Instant::now()).as_nanos();
            libc::c_int::try_from(nanos.div_ceil(1_000_000)).unwrap_or(libc::c_int::MAX)
        }
        Wait::Forever => -1,
    }
}

/// What a selector, its registries and its wakers have in common.
struct Shared {
    list: Lock<List>,
    end: pipe::Sender,
}

impl Shared {
    /// The list was changed, and is free again: if somebody waits with the old one, the wait begins again.
    #[inline]
    fn end_wait(&self, is_waited_for: bool) {
        if is_waited_for {
            // There is room in the pipe: it holds a byte for the wait under way, and is emptied by the next.
            let _ = (&self.end).write(&[0]);
        }
    }

    fn list(&self) -> MutexGuard<'_, List> {
        self.list.lock()
    }
}

/// Registers sources with a [`Selector`].
#[derive(Clone)]
pub struct Registry {
    shared: Arc<Shared>,
    process: Process,
}

impl Registry {
    /// Whether the sources may change: not by a child that was forked from the selector's process.
    #[inline]
    pub(crate) fn check(&self) -> io::Result<()> {
        self.process.check()
    }

    /// Has the waits look for the direction, until it fires.
    ///
    /// # Errors
    ///
    /// A source that the system refused to wait for.
    #[inline]
    pub fn arm(&self, token: Token, direction: Direction) -> io::Result<()> {
        let is_waited_for = self.list().arm(token, direction)?;
        self.shared.end_wait(is_waited_for);
        Ok(())
    }

    /// Drops what is left of a source that may have been closed without a [`deregister`](Self::deregister).
    #[inline]
    pub fn forget(&self, token: Token) {
        self.list().forget(token);
    }

    fn list(&self) -> MutexGuard<'_, List> {
        self.shared.list()
    }
}

impl fmt::Debug for Registry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Registry").field("armed", &self.list().armed()).finish()
    }
}

macro_rules! sources {
    ($($source:ty: $descriptor:expr;)*) => {$(
        impl Source for $source {
            fn register(&mut self, registry: &Registry, token: Token, interest: Interest) -> io::Result<()> {
                let descriptor: fn(&$source) -> RawFd = $descriptor;
                let is_waited_for = registry.list().register(token, descriptor(self), interest)?;
                registry.shared.end_wait(is_waited_for);
                Ok(())
            }

            fn deregister(&mut self, registry: &Registry, token: Token) -> io::Result<()> {
                registry.list().deregister(token)
            }
        }
    )*};
}

sources! {
    mio::net::TcpListener: AsRawFd::as_raw_fd;
    mio::net::TcpStream: AsRawFd::as_raw_fd;
    mio::net::UdpSocket: AsRawFd::as_raw_fd;
    mio::net::UnixDatagram: AsRawFd::as_raw_fd;
    mio::net::UnixListener: AsRawFd::as_raw_fd;
    mio::net::UnixStream: AsRawFd::as_raw_fd;
    mio::unix::SourceFd<'_>: |source| *source.0;
    pipe::Receiver: AsRawFd::as_raw_fd;
    pipe::Sender: AsRawFd::as_raw_fd;
}

/// Wakes a selector through a pipe.
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

    /// Makes the wait under way return, or the next one.
    ///
    /// # Errors
    ///
    /// None. In a child that was forked from the selector's process it has no effect.
    pub fn wake(&self) -> io::Result<()> {
        self.0.process.check()?;
        let is_waited_for = self.0.list().wake();
        self.0.shared.end_wait(is_waited_for);
        Ok(())
    }
}
