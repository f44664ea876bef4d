//! A 64-bit atomic for targets without one, such as 32-bit PowerPC, MIPS and ARMv5.

use std::fmt;
use std::sync::atomic::{Ordering, fence};

use crate::Lock;

/// A `u64` behind a lock, with the names of std's atomic.
///
/// Every operation is sequentially consistent. Never use it in a signal handler: the handler may interrupt a thread that holds
/// the lock.
#[derive(Default)]
pub struct AtomicU64(Lock<u64>);

impl AtomicU64 {
    /// An atomic with this value.
    pub const fn new(value: u64) -> AtomicU64 {
        AtomicU64(Lock::new(value))
    }

    /// The value.
    pub fn load(&self, _: Ordering) -> u64 {
        self.change(|value| *value)
    }

    /// Replaces the value.
    pub fn store(&self, new: u64, _: Ordering) {
        self.change(|value| *value = new);
    }

    /// Replaces the value, and returns the one before.
    pub fn swap(&self, new: u64, _: Ordering) -> u64 {
        self.change(|value| std::mem::replace(value, new))
    }

    /// Replaces the value by what the function makes of it, and returns the one before.
    ///
    /// # Errors
    ///
    /// The value, if the function returns none.
    pub fn fetch_update(
        &self,
        _: Ordering,
        _: Ordering,
        mut update: impl FnMut(u64) -> Option<u64>,
    ) -> Result<u64, u64> {
        self.change(|value| match update(*value) {
            Some(new) => Ok(std::mem::replace(value, new)),
            None => Err(*value),
        })
    }

    /// The fences order the operation with atomics that are sequentially consistent. A lock alone lets a later load of another
    /// atomic overtake it.
    fn change<R>(&self, change: impl FnOnce(&mut u64) -> R) -> R {
        fence(Ordering::SeqCst);
        let result = change(&mut self.0.lock());
        fence(Ordering::SeqCst);
        result
    }
}

impl fmt::Debug for AtomicU64 {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.load(Ordering::SeqCst).fmt(f)
    }
}

#[cfg(test)]
mod tests {
    use std::thread;

    use super::*;

    const ORDER: Ordering = Ordering::SeqCst;

    #[test]
    fn it_does_what_an_atomic_does() {
        let atomic = AtomicU64::new(1 << 40);
        assert_eq!(atomic.swap(2, ORDER), 1 << 40);
        assert_eq!(atomic.fetch_update(ORDER, ORDER, |value| Some(value + 1)), Ok(2));
        assert_eq!(atomic.fetch_update(ORDER, ORDER, |_| None), Err(3));
        atomic.store(u64::MAX, ORDER);
        assert_eq!(atomic.load(ORDER), u64::MAX);
    }

    #[test]
    fn updates_of_several_threads_are_all_kept() {
        let atomic = AtomicU64::new(u64::from(u32::MAX));
        thread::scope(|scope| {
            for _ in 0..4 {
                scope.spawn(|| {
                    for _ in 0..1_000 {
                        atomic.fetch_update(ORDER, ORDER, |value| Some(value + 1)).unwrap();
                    }
                });
            }
        });
        assert_eq!(atomic.load(ORDER), u64::from(u32::MAX) + 4_000);
    }
}
