//! Every atomic, lock and shared pointer of the core comes through here, so that a model checker can take their place.

pub(crate) use std::sync::{Arc, MutexGuard, atomic};
pub(crate) use std::thread;

/// A lock that a panic of its holder does not poison.
///
/// The core never runs foreign code with a lock held, so a panic cannot leave what it guards half changed.
#[derive(Debug, Default)]
pub(crate) struct Mutex<T>(std::sync::Mutex<T>);

impl<T> Mutex<T> {
    pub(crate) const fn new(value: T) -> Mutex<T> {
        Mutex(std::sync::Mutex::new(value))
    }

    pub(crate) fn into_inner(self) -> T {
        self.0.into_inner().unwrap_or_else(std::sync::PoisonError::into_inner)
    }

    #[inline]
    pub(crate) fn lock(&self) -> MutexGuard<'_, T> {
        self.0.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }
}
