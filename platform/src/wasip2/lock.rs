//! A lock on a platform with one thread, where nobody ever waits for one.

use std::sync::{Mutex, MutexGuard, PoisonError, TryLockError};

/// A mutex that a panic of its holder does not poison: no code under one of these leaves half changed what it guards.
#[derive(Debug, Default)]
pub(super) struct Lock<T>(Mutex<T>);

impl<T> Lock<T> {
    pub(super) const fn new(value: T) -> Lock<T> {
        Lock(Mutex::new(value))
    }

    pub(super) fn lock(&self) -> MutexGuard<'_, T> {
        // A wait for it would be code in every place that locks, and would never end.
        match self.0.try_lock() {
            Ok(guard) => guard,
            Err(TryLockError::Poisoned(error)) => error.into_inner(),
            Err(TryLockError::WouldBlock) => taken_twice(),
        }
    }

    pub(super) fn get_mut(&mut self) -> &mut T {
        self.0.get_mut().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cold]
fn taken_twice() -> ! {
    panic!("a lock is taken by whoever has it")
}
