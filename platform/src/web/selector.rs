//! The selector of a program that has nothing to wait for: it tells whether there was a wake.

use std::io;

use crate::common::flag_waker::WakeFlag;
use crate::{Direction, Event, Interest, Outcome, Ready, Token, Wait};

/// Looks whether there was a wake.
#[derive(Debug)]
pub struct Selector {
    woken: WakeFlag,
}

impl Selector {
    /// A selector without sources.
    ///
    /// # Errors
    ///
    /// None.
    pub fn new() -> io::Result<Selector> {
        Ok(Selector {
            woken: WakeFlag::default(),
        })
    }

    /// What registers sources here.
    pub fn registry(&self) -> Registry {
        Registry
    }

    /// Returns at once: what would be a wait without end, or until a moment, is idle.
    ///
    /// # Errors
    ///
    /// None.
    pub fn select(&mut self, _events: &mut Events, wait: Wait) -> io::Result<Outcome> {
        Ok(if self.woken.take() || wait == Wait::Poll {
            Outcome::Waited
        } else {
            Outcome::Idle
        })
    }
}

/// Registers sources with a [`Selector`]. There is none that has anything to tell.
#[derive(Debug, Clone)]
pub struct Registry;

impl Registry {
    /// Makes the source known.
    ///
    /// # Errors
    ///
    /// What the source says.
    pub fn register<S: Source + ?Sized>(&self, source: &mut S, token: Token, interest: Interest) -> io::Result<()> {
        source.register(self, token, interest)
    }

    /// Makes the source known anew.
    ///
    /// # Errors
    ///
    /// What the source says.
    pub fn reregister<S: Source + ?Sized>(&self, source: &mut S, token: Token, interest: Interest) -> io::Result<()> {
        source.reregister(self, token, interest)
    }

    /// Forgets the source.
    ///
    /// # Errors
    ///
    /// What the source says.
    pub fn deregister<S: Source + ?Sized>(&self, source: &mut S, token: Token) -> io::Result<()> {
        source.deregister(self, token)
    }

    /// Nothing: there are no events to ask for.
    ///
    /// # Errors
    ///
    /// None.
    #[inline]
    pub fn arm(&self, _token: Token, _direction: Direction) -> io::Result<()> {
        Ok(())
    }

    /// Nothing.
    #[inline]
    pub fn forget(&self, _token: Token) {}
}

/// Something whose readiness the platform could tell.
pub trait Source {
    /// Makes the source known; called through [`Registry::register`].
    fn register(&mut self, registry: &Registry, token: Token, interest: Interest) -> io::Result<()>;
    /// Makes the source known anew.
    fn reregister(&mut self, registry: &Registry, token: Token, interest: Interest) -> io::Result<()>;
    /// Forgets the source.
    fn deregister(&mut self, registry: &Registry, token: Token) -> io::Result<()>;
    /// What may be tried before the first event.
    fn assumed(&self) -> Ready {
        Ready::EMPTY
    }
    /// Whether a short read or write of this source says that there is no more for now.
    fn short_io_drains(&self) -> bool {
        crate::SHORT_IO_DRAINS
    }
}

/// Makes the next [`Selector::select`] say that it waited.
#[derive(Debug)]
pub struct Waker(WakeFlag);

impl Waker {
    /// A waker for the selector.
    ///
    /// # Errors
    ///
    /// None.
    pub fn new(selector: &Selector) -> io::Result<Waker> {
        Ok(Waker(selector.woken.clone()))
    }

    /// Raises the flag.
    ///
    /// # Errors
    ///
    /// None.
    pub fn wake(&self) -> io::Result<()> {
        self.0.raise();
        Ok(())
    }
}

/// Where a [`Selector`] would leave what happened.
#[derive(Debug)]
pub struct Events;

impl Events {
    /// Room for nothing.
    pub fn with_capacity(_capacity: usize) -> Events {
        Events
    }

    /// Nothing.
    pub fn iter(&self) -> impl Iterator<Item = Event> + '_ {
        std::iter::empty()
    }
}
