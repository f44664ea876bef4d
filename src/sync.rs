//! Every atomic, lock, shared pointer and thread-local of the core comes through here, so that a model checker can take their
//! place: with `--cfg triga_loom` that is loom.

#[cfg(triga_loom)]
mod modelled;
#[cfg(not(triga_loom))]
mod update;
#[cfg(not(triga_loom))]
mod waker_cell;

/// Never loom's: wakers are made of std's, whose counts are beyond doubt.
pub(crate) use std::sync::Arc;
#[cfg(not(triga_loom))]
pub(crate) use std::{sync::atomic, thread, thread_local};

#[cfg(triga_loom)]
pub(crate) use loom::thread;

#[cfg(triga_loom)]
pub(crate) use self::modelled::{AtomicWaker, Mutex, atomic, thread_local};
#[cfg(not(triga_loom))]
pub(crate) use self::waker_cell::AtomicWaker;
#[cfg(not(triga_loom))]
pub(crate) use triga_platform::Lock as Mutex;

/// A lock in a `static`, which outlives every run of a model and so is never part of one.
pub(crate) use triga_platform::Lock as StaticMutex;

/// `fetch_update` under a name that every supported Rust has: the newest deprecates the method, and the oldest lacks `try_update`,
/// which replaces it.
pub(crate) trait Update {
    type Value;

    /// Replaces the value with the result of `next` and returns the previous value, or returns the value for which `next` is
    /// `None`. Calls `next` again if another thread changes the value in between.
    fn update_with(
        &self,
        set: atomic::Ordering,
        fetch: atomic::Ordering,
        next: impl FnMut(Self::Value) -> Option<Self::Value>,
    ) -> Result<Self::Value, Self::Value>;
}

/// How many there are of something, which in a model are fewer: so that it comes to the last one, too.
pub(crate) const fn count(usual: usize, in_model: usize) -> usize {
    if cfg!(triga_loom) { in_model } else { usual }
}

/// Looks at what a thread keeps in a cell. It is out of the cell meanwhile, so no foreign code may run.
#[inline]
pub(crate) fn look<T, R>(cell: &std::cell::Cell<Option<T>>, seen: impl FnOnce(Option<&T>) -> R) -> R {
    let value = cell.take();
    let result = seen(value.as_ref());
    // Nothing is there to drop, which the compiler does not know.
    std::mem::forget(cell.replace(value));
    result
}
