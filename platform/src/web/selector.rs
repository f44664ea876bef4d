//! The selector of a program that has nothing to wait for: it tells whether there was a wake.

use std::io;

use crate::common::flag_waker::WakeFlag;
use crate::{Direction, Event, Outcome, Token, Wait};

/// Looks whether there was a wake.
#[derive(Debug)]
pub struct Selector {
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
    /// The sources may change at any time.
    #[inline]
    pub(crate) fn check(&self) -> io::Result<()> {
        Ok(())
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
