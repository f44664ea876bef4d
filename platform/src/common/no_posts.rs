//! A system that makes every event itself: no thread posts any.

use std::sync::Arc;

use crate::Event;

/// Where other threads would leave events.
#[derive(Debug, Clone)]
pub(crate) struct Posts;

impl Posts {
    /// For the selector that this waker wakes.
    pub(crate) fn new(_waker: &Arc<mio::Waker>) -> Posts {
        Posts
    }
}

/// The events that were taken from there.
#[derive(Debug, Default)]
pub(crate) struct Posted(());

impl Posted {
    /// There is nothing to clear.
    #[inline]
    pub(crate) fn clear(&mut self) {}

    /// There is nothing to take.
    #[inline]
    pub(crate) fn take(&mut self, _posts: &Posts) {}

    /// What the system told, and nothing after it.
    #[inline]
    pub(crate) fn after<'a>(&self, told: impl Iterator<Item = Event> + 'a) -> impl Iterator<Item = Event> + 'a {
        told
    }
}
