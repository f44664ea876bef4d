//! std's lock, as the core and the platforms use it.

use std::sync::{Mutex, MutexGuard, PoisonError, TryLockError};

use crate::{Capability, SUPPORT};

/// A lock that a panic of its holder does not poison: no foreign code runs while one is held, so a panic cannot leave what
/// it guards half changed.
#[derive(Debug, Default)]
pub struct Lock<T>(Mutex<T>);

impl<T> Lock<T> {
    /// A lock around a value.
    pub const fn new(value: T) -> Lock<T> {
        Lock(Mutex::new(value))
    }

    /// The value.
    pub fn into_inner(self) -> T {
        self.0.into_inner().unwrap_or_else(PoisonError::into_inner)
    }

    /// The value. The borrow shows that there is no guard.
    pub fn get_mut(&mut self) -> &mut T {
        self.0.get_mut().unwrap_or_else(PoisonError::into_inner)
    }

    /// Waits until no other thread holds the lock.
    #[inline]
    pub fn lock(&self) -> MutexGuard<'_, T> {
        if SUPPORT.has(Capability::Threads) {
            self.0.lock().unwrap_or_else(PoisonError::into_inner)
        } else {
            self.lock_by_call()
        }
    }

    /// A program for one thread is one whose size counts, and what std does for a lock is a hundredth of a small one if it is
    /// in each place that locks.
    #[inline(never)]
    fn lock_by_call(&self) -> MutexGuard<'_, T> {
        match self.0.try_lock() {
            Ok(guard) => guard,
            Err(TryLockError::Poisoned(error)) => error.into_inner(),
            Err(TryLockError::WouldBlock) => self.wait(),
        }
    }

    #[cold]
    fn wait(&self) -> MutexGuard<'_, T> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
