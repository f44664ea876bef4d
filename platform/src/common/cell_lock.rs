//! A lock where there is one thread: a flag that says whether it is taken.
//!
//! Only a platform whose target cannot have a second one may use it. WASI 0.2 is such: a component's memory is its own, and is
//! never shared. std builds on that, too: its lock there is a flag without atomics. But it remembers besides whether a panic
//! came while it was taken, and asks for that each time that it is locked and freed.

use std::cell::{Cell, UnsafeCell};
use std::fmt;
use std::marker::PhantomData;
use std::ops::{Deref, DerefMut};
use std::panic::{RefUnwindSafe, UnwindSafe};

/// A lock that a panic of its holder does not poison: no foreign code runs while one is held, so a panic cannot leave what
/// it guards half changed.
#[derive(Default)]
pub struct Lock<T> {
    is_taken: Cell<bool>,
    value: UnsafeCell<T>,
}

// SAFETY: there is one thread, so the flag and the value are never used by two at once. What is asked of the value is what
// std's lock asks of it.
unsafe impl<T: Send> Sync for Lock<T> {}
// After a panic the value is whole, as said above.
impl<T> UnwindSafe for Lock<T> {}
impl<T> RefUnwindSafe for Lock<T> {}

impl<T> Lock<T> {
    /// A lock around a value.
    pub const fn new(value: T) -> Lock<T> {
        Lock {
            is_taken: Cell::new(false),
            value: UnsafeCell::new(value),
        }
    }

    /// The value.
    pub fn into_inner(self) -> T {
        self.value.into_inner()
    }

    /// The value. The borrow shows that there is no guard.
    pub fn get_mut(&mut self) -> &mut T {
        self.value.get_mut()
    }

    /// The value, until the guard is dropped.
    ///
    /// # Panics
    ///
    /// If there is a guard already: no other thread could drop it.
    #[inline]
    pub fn lock(&self) -> Guard<'_, T> {
        take(&self.is_taken);
        Guard(self, PhantomData)
    }
}

/// A call, since a program for one thread is one whose size counts, and this is in each place that locks.
#[inline(never)]
fn take(is_taken: &Cell<bool>) {
    assert!(!is_taken.replace(true), "a lock is taken by the thread that holds it");
}

impl<T: fmt::Debug> fmt::Debug for Lock<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut lock = f.debug_tuple("Lock");
        if self.is_taken.get() {
            lock.field(&format_args!("<locked>")).finish()
        } else {
            lock.field(&*self.lock()).finish()
        }
    }
}

/// Has the value of a [`Lock`], alone. It is `Send` and `Sync` where a `&mut T` is.
#[derive(Debug)]
pub struct Guard<'a, T>(&'a Lock<T>, PhantomData<&'a mut T>);

impl<T> Deref for Guard<'_, T> {
    type Target = T;

    #[inline]
    fn deref(&self) -> &T {
        // SAFETY: of the guards of a lock there is one at a time: its flag is set from `lock` to the guard's drop, and `lock`
        // makes none while it is. Without a guard the value of a borrowed lock cannot be reached, and the guard borrows the
        // lock.
        unsafe { &*self.0.value.get() }
    }
}

impl<T> DerefMut for Guard<'_, T> {
    #[inline]
    fn deref_mut(&mut self) -> &mut T {
        // SAFETY: as above, and the guard is borrowed mutably here.
        unsafe { &mut *self.0.value.get() }
    }
}

impl<T> Drop for Guard<'_, T> {
    #[inline]
    fn drop(&mut self) {
        self.0.is_taken.set(false);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_value_is_had_by_one_after_the_other() {
        let mut lock = Lock::new(vec![1]);
        lock.lock().push(2);
        let mut guard = lock.lock();
        guard.push(3);
        assert_eq!(format!("{lock:?}"), "Lock(<locked>)");
        assert_eq!(*guard, [1, 2, 3]);
        drop(guard);
        lock.get_mut().push(4);
        assert_eq!(format!("{lock:?}"), "Lock([1, 2, 3, 4])");
        assert_eq!(lock.into_inner(), [1, 2, 3, 4]);
    }

    #[test]
    #[cfg_attr(target_family = "wasm", ignore = "a panic there is the end of the program")]
    #[should_panic(expected = "taken by the thread that holds it")]
    fn taking_it_twice_panics() {
        let lock = Lock::new(());
        let _guard = lock.lock();
        let _second = lock.lock();
    }

    #[test]
    #[cfg_attr(target_family = "wasm", ignore = "a panic there is the end of the program")]
    fn a_panic_frees_it_and_does_not_poison() {
        let lock = Lock::new(1);
        let panicked = std::panic::catch_unwind(|| {
            *lock.lock() = 2;
            let _guard = lock.lock();
            panic!("of a test");
        });
        panicked.unwrap_err();
        assert_eq!(*lock.lock(), 2);
    }
}
