//! What happened, where a selector itself makes events of it.

use crate::Event;

/// Where a [`Selector`](crate::Selector) leaves what happened.
#[derive(Debug)]
pub struct Events(pub(crate) Vec<Event>);

impl Events {
    /// Room for so many events of one wait. More is made where more come.
    pub fn with_capacity(capacity: usize) -> Events {
        Events(Vec::with_capacity(capacity))
    }

    /// What happened in the last wait.
    #[inline]
    pub fn iter(&self) -> impl Iterator<Item = Event> + '_ {
        self.0.iter().copied()
    }
}
