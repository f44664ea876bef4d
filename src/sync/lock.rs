//! std's lock, as the core uses it.

use std::sync::{Mutex, MutexGuard, PoisonError};

/// A lock that a panic of its holder does not poison.
///
/// The core never runs foreign code with a lock held, so a panic cannot leave what it guards half changed.
#[derive(Debug, Default)]
pub(crate) struct Lock<T>(Mutex<T>);

impl<T> Lock<T> {
    pub(crate) const fn new(value: T) -> Lock<T> {
        Lock(Mutex::new(value))
    }

    pub(crate) fn into_inner(self) -> T {
        self.0.into_inner().unwrap_or_else(PoisonError::into_inner)
    }

    #[inline]
    pub(crate) fn lock(&self) -> MutexGuard<'_, T> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
