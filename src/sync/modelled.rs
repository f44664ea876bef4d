//! loom's primitives, in the form in which the core uses std's.

use std::sync::PoisonError;
use std::task::Waker;

use loom::sync::MutexGuard;

/// As the core's lock over std's.
#[derive(Debug, Default)]
pub(crate) struct Mutex<T>(loom::sync::Mutex<T>);

impl<T> Mutex<T> {
    pub(crate) fn new(value: T) -> Mutex<T> {
        Mutex(loom::sync::Mutex::new(value))
    }

    pub(crate) fn into_inner(self) -> T {
        self.0.into_inner().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn lock(&self) -> MutexGuard<'_, T> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// loom's has no form with `const`.
macro_rules! thread_local_of_model {
    ($(#[$attribute:meta])* static $name:ident: $type:ty = const $value:block;) => {
        loom::thread_local! {
            $(#[$attribute])*
            static $name: $type = $value;
        }
    };
}

pub(crate) use thread_local_of_model as thread_local;

/// What `futures_util::task::AtomicWaker` promises, over a lock: of a `register` and a `take`, the second one sees what was
/// done before the first one, and a `register` that meets a `take` wakes the task itself.
#[derive(Debug, Default)]
pub(crate) struct AtomicWaker(loom::future::AtomicWaker);

impl AtomicWaker {
    pub(crate) fn register(&self, waker: &Waker) {
        self.0.register_by_ref(waker);
    }

    pub(crate) fn take(&self) -> Option<Waker> {
        self.0.take_waker()
    }
}

/// Atomics that are sequentially consistent where they say so.
///
/// loom takes such an access for one that acquires and releases. What the core needs besides is this: of two threads that each
/// write and then read what the other writes, one sees the other's. So between a write and a later read of one thread, both
/// sequentially consistent, the thread passes a point that all threads pass one after the other. It takes both accesses: a
/// weaker write does not ask for the point, and a weaker read does not lead there.
pub(crate) mod atomic {
    use std::cell::Cell;

    use loom::sync::atomic as modelled;
    pub(crate) use std::sync::atomic::Ordering;

    loom::lazy_static! {
        static ref POINT: modelled::AtomicBool = modelled::AtomicBool::new(false);
    }

    loom::thread_local! {
        /// There was a sequentially consistent write on this thread, and no read since.
        static HAS_WRITTEN: Cell<bool> = Cell::new(false);
    }

    /// Before a read. Returns the ordering for loom.
    fn read(order: Ordering) -> Ordering {
        if order != Ordering::SeqCst {
            return order;
        }
        if HAS_WRITTEN.with(|written| written.replace(false)) {
            POINT.swap(true, Ordering::AcqRel);
        }
        Ordering::Acquire
    }

    /// After a write.
    fn wrote(order: Ordering) {
        if order == Ordering::SeqCst {
            HAS_WRITTEN.with(|written| written.set(true));
        }
    }

    /// Before an access that reads and writes.
    fn read_and_write(order: Ordering) -> Ordering {
        if order != Ordering::SeqCst {
            return order;
        }
        read(order);
        Ordering::AcqRel
    }

    macro_rules! atomic {
        ($($name:ident: $value:ty;)*) => {$(
            #[derive(Debug, Default)]
            pub(crate) struct $name(modelled::$name);

            #[allow(dead_code, reason = "no atomic of the core has use for all of them")]
            impl $name {
                pub(crate) fn new(value: $value) -> $name {
                    $name(modelled::$name::new(value))
                }

                #[track_caller]
                pub(crate) fn load(&self, order: Ordering) -> $value {
                    self.0.load(read(order))
                }

                #[track_caller]
                pub(crate) fn store(&self, value: $value, order: Ordering) {
                    let weaker = if order == Ordering::SeqCst { Ordering::Release } else { order };
                    self.0.store(value, weaker);
                    wrote(order);
                }

                #[track_caller]
                pub(crate) fn swap(&self, value: $value, order: Ordering) -> $value {
                    let before = self.0.swap(value, read_and_write(order));
                    wrote(order);
                    before
                }

                #[track_caller]
                pub(crate) fn fetch_or(&self, value: $value, order: Ordering) -> $value {
                    let before = self.0.fetch_or(value, read_and_write(order));
                    wrote(order);
                    before
                }

                #[track_caller]
                pub(crate) fn fetch_and(&self, value: $value, order: Ordering) -> $value {
                    let before = self.0.fetch_and(value, read_and_write(order));
                    wrote(order);
                    before
                }

                #[track_caller]
                pub(crate) fn compare_exchange(
                    &self,
                    current: $value,
                    new: $value,
                    success: Ordering,
                    failure: Ordering,
                ) -> Result<$value, $value> {
                    let before = self.0.compare_exchange(current, new, read_and_write(success), failure)?;
                    wrote(success);
                    Ok(before)
                }
            }

            impl crate::sync::Update for $name {
                type Value = $value;

                #[track_caller]
                fn update_with(
                    &self,
                    set: Ordering,
                    fetch: Ordering,
                    mut next: impl FnMut($value) -> Option<$value>,
                ) -> Result<$value, $value> {
                    // A load would do. But loom looks for another order of two threads' accesses only if none is between
                    // them, and a load of this thread's own would be between the exchange and what another one has read.
                    let mut before = self.0.fetch_or(<$value>::default(), read(fetch));
                    while let Some(value) = next(before) {
                        match self.compare_exchange(before, value, set, fetch) {
                            Ok(before) => return Ok(before),
                            Err(other) => before = other,
                        }
                    }
                    Err(before)
                }
            }
        )*};
    }

    atomic! {
        AtomicBool: bool;
        AtomicU8: u8;
        AtomicU32: u32;
        AtomicU64: u64;
        AtomicUsize: usize;
    }
}

#[cfg(test)]
mod models {
    use std::sync::Arc;
    use std::sync::atomic::AtomicBool;

    use super::atomic::AtomicU8;
    use super::atomic::Ordering::{self, Acquire, Relaxed, Release, SeqCst};

    /// Whether in some run neither of two threads, which each write and then read what the other writes, sees the other's.
    fn both_may_miss(write: Ordering, read: Ordering) -> bool {
        let missed = Arc::new(AtomicBool::new(false));
        let seen = missed.clone();
        loom::model(move || {
            let [ours, theirs] = [(); 2].map(|()| Arc::new(AtomicU8::new(0)));
            let (our_own, their_own) = (ours.clone(), theirs.clone());
            let other = loom::thread::spawn(move || {
                their_own.store(1, SeqCst);
                our_own.load(SeqCst)
            });
            ours.store(1, write);
            if theirs.load(read) + other.join().unwrap() == 0 {
                missed.store(true, Relaxed);
            }
        });
        seen.load(Relaxed)
    }

    /// It takes sequential consistency of both accesses for one of the threads to see the other's.
    #[test]
    fn sequential_consistency_takes_both_accesses() {
        assert!(!both_may_miss(SeqCst, SeqCst));
        assert!(both_may_miss(Release, SeqCst));
        assert!(both_may_miss(SeqCst, Acquire));
    }
}
