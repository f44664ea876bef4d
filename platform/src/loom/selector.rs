//! A selector whose events are posted by hand, over a lock that the model checker knows.

use std::io;
use std::mem;
use std::sync::{Arc, PoisonError};

use loom::sync::{Condvar, Mutex, MutexGuard};

use crate::{Direction, Event, Events, Instant, Outcome, Token, Wait};

/// Waits for what is posted.
#[derive(Debug)]
pub struct Selector {
    posts: Arc<Posts>,
}

#[derive(Debug, Default)]
struct Posts {
    state: Mutex<State>,
    /// Told of each post and each wake.
    changed: Condvar,
}

#[derive(Debug, Default)]
struct State {
    events: Vec<Event>,
    is_woken: bool,
}

impl Posts {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn add(&self, change: impl FnOnce(&mut State)) {
        change(&mut self.lock());
        self.changed.notify_one();
    }
}

impl Selector {
    /// A selector for which nothing was posted.
    ///
    /// # Errors
    ///
    /// None.
    pub fn new() -> io::Result<Selector> {
        Ok(Selector { posts: Arc::default() })
    }

    /// What registers sources here, and posts.
    pub fn registry(&self) -> Registry {
        Registry {
            posts: self.posts.clone(),
        }
    }

    /// Waits for a post or a wake. Since the clock stands still, a wait until a later moment has no other end.
    ///
    /// # Errors
    ///
    /// None.
    pub fn select(&mut self, events: &mut Events, wait: Wait) -> io::Result<Outcome> {
        let waits = match wait {
            Wait::Poll => false,
            Wait::Until(deadline) => deadline > Instant::now(),
            Wait::Forever => true,
        };
        let mut state = self.posts.lock();
        while waits && state.events.is_empty() && !state.is_woken {
            state = self.posts.changed.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
        state.is_woken = false;
        events.0 = mem::take(&mut state.events);
        Ok(Outcome::Waited)
    }
}

/// Registers sources with a [`Selector`], which waits for none of them: a model posts the events.
#[derive(Debug, Clone)]
pub struct Registry {
    posts: Arc<Posts>,
}

impl Registry {
    /// The sources may change at any time.
    #[inline]
    pub(crate) fn check(&self) -> io::Result<()> {
        Ok(())
    }

    /// Makes an event of a source, which the wait under way returns, or else the next one. Its token may be stale.
    pub fn post(&self, event: Event) {
        self.posts.add(|state| state.events.push(event));
    }

    /// Nothing: an event is posted whether somebody waits for it or not.
    ///
    /// # Errors
    ///
    /// None.
    #[inline]
    pub fn arm(&self, _token: Token, _direction: Direction) -> io::Result<()> {
        Ok(())
    }

    /// Nothing: what was posted stays, as events do that are on their way.
    #[inline]
    pub fn forget(&self, _token: Token) {}
}

/// Wakes a selector.
#[derive(Debug)]
pub struct Waker {
    posts: Arc<Posts>,
}

impl Waker {
    /// A waker for the selector.
    ///
    /// # Errors
    ///
    /// None.
    pub fn new(selector: &Selector) -> io::Result<Waker> {
        Ok(Waker {
            posts: selector.posts.clone(),
        })
    }

    /// Makes the wait under way return, or the next one.
    ///
    /// # Errors
    ///
    /// None.
    pub fn wake(&self) -> io::Result<()> {
        self.posts.add(|state| state.is_woken = true);
        Ok(())
    }
}
