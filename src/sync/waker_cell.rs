//! A cell for one waker, as small as the platform lets it be.

use std::fmt;
use std::mem;
use std::task::Waker;

use triga_platform::{Capability, Lock, SUPPORT};

/// A cell for the waker that was registered last.
///
/// With threads it is lock-free. With one thread it is a lock, which is never contended and is a third of the code.
#[derive(Default)]
pub(crate) struct AtomicWaker(<Threads<{ SUPPORT.has(Capability::Threads) }> as Choice>::Cell);

impl AtomicWaker {
    /// Leaves a waker instead of the one that was there.
    #[inline]
    pub(crate) fn register(&self, waker: &Waker) {
        Cell::register(&self.0, waker);
    }

    #[inline]
    pub(crate) fn take(&self) -> Option<Waker> {
        Cell::take(&self.0)
    }
}

impl fmt::Debug for AtomicWaker {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("AtomicWaker")
    }
}

/// Whether there are threads, as a type.
struct Threads<const ARE: bool>;

trait Choice {
    type Cell: Cell;
}

impl Choice for Threads<true> {
    type Cell = futures_util::task::AtomicWaker;
}

impl Choice for Threads<false> {
    type Cell = Lock<Option<Waker>>;
}

trait Cell: Default {
    fn register(&self, waker: &Waker);
    fn take(&self) -> Option<Waker>;
}

impl Cell for futures_util::task::AtomicWaker {
    #[inline]
    fn register(&self, waker: &Waker) {
        self.register(waker);
    }

    #[inline]
    fn take(&self) -> Option<Waker> {
        self.take()
    }
}

/// Cloning and dropping a waker is foreign code, and stays outside the lock.
impl Cell for Lock<Option<Waker>> {
    fn register(&self, waker: &Waker) {
        let waker = Some(waker.clone());
        let replaced = mem::replace(&mut *self.lock(), waker);
        drop(replaced);
    }

    fn take(&self) -> Option<Waker> {
        self.lock().take()
    }
}
