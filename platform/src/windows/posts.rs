//! Events that the system tells on threads of its own: of the console, and of handles that are waited for.

use std::mem;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::sync::atomic::Ordering::{Acquire, Release};

use crate::{Event, Lock};

/// Where such a thread leaves an event for a selector.
#[derive(Debug, Clone)]
pub(crate) struct Posts(Arc<Shared>);

#[derive(Debug)]
struct Shared {
    events: Lock<Vec<Event>>,
    /// Spares the selector the lock when there is nothing.
    is_any: AtomicBool,
    waker: Arc<mio::Waker>,
}

impl Posts {
    /// For the selector that this waker wakes.
    pub(crate) fn new(waker: &Arc<mio::Waker>) -> Posts {
        Posts(Arc::new(Shared {
            events: Lock::default(),
            is_any: AtomicBool::new(false),
            waker: waker.clone(),
        }))
    }

    /// Makes the wait under way return with the event, or else the next one.
    pub(crate) fn post(&self, event: Event) {
        self.0.events.lock().push(event);
        // Pairs with the swap in `Posted::take`. It comes before the wake, so that the wait that the wake ends sees it.
        self.0.is_any.store(true, Release);
        // It fails when the system has no memory for a completion packet; then the next event of another kind brings it.
        let _ = self.0.waker.wake();
    }
}

/// The events that were taken from there in the last wait.
#[derive(Debug, Default)]
pub(crate) struct Posted(Vec<Event>);

impl Posted {
    /// Forgets what was taken.
    pub(crate) fn clear(&mut self) {
        self.0.clear();
    }

    /// Takes what was posted, in place of what was taken before. The two lists change places, so that none allocates for long.
    pub(crate) fn take(&mut self, posts: &Posts) {
        self.0.clear();
        if posts.0.is_any.swap(false, Acquire) {
            let mut events = posts.0.events.lock();
            mem::swap(&mut *events, &mut self.0);
        }
    }

    /// What the system told, and what was taken after it.
    pub(crate) fn after<'a>(&'a self, told: impl Iterator<Item = Event> + 'a) -> impl Iterator<Item = Event> + 'a {
        told.chain(self.0.iter().copied())
    }
}
