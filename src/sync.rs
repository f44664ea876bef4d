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
#[allow(unused_imports, reason = "only tests and the simulator use it")]
pub(crate) use std::thread;
#[cfg(not(triga_loom))]
pub(crate) use std::thread_local;

#[cfg(triga_loom)]
#[allow(unused_imports, reason = "only models use it")]
pub(crate) use loom::thread;

#[cfg(triga_loom)]
pub(crate) use self::modelled::{AtomicWaker, Mutex, atomic, thread_local};
#[cfg(not(triga_loom))]
pub(crate) use self::waker_cell::AtomicWaker;
#[cfg(not(triga_loom))]
pub(crate) use triga_platform::Lock as Mutex;

/// std's atomics, and one of 64 bits where the target has none.
#[cfg(not(triga_loom))]
pub(crate) mod atomic {
    pub(crate) use std::sync::atomic::*;

    pub(crate) use triga_platform::AtomicU64;
}

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
