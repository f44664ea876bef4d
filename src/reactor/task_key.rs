//! The task that runs on this thread, as its executor tells the reactor.
//!
//! An executor that turns a driver does so on the thread of its tasks. So a source that one of them reads becomes ready, and a
//! timer fires, between two polls of that task, never during one. Such a task leaves its key where others leave a waker, and no
//! atomic exchange is needed. After the turn the executor reads the keys: see `Driver::woken_tasks`.

use std::cell::Cell;
use std::num::NonZeroU32;
use std::ptr;
use std::task::{RawWakerVTable, Waker};

use crate::reactor::handle::{Handle, Shared};
use crate::sync::{Arc, thread_local};

/// The key of a task: a word that is never 0.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct TaskKey(NonZeroU32);

impl TaskKey {
    /// `None` if the index does not fit. Such a task leaves its waker, as that of another executor does.
    #[inline]
    pub(crate) fn new(index: usize) -> Option<TaskKey> {
        u32::try_from(index.wrapping_add(1)).ok().and_then(TaskKey::from_word)
    }

    #[inline]
    pub(crate) fn from_word(word: u32) -> Option<TaskKey> {
        NonZeroU32::new(word).map(TaskKey)
    }

    #[inline]
    pub(crate) fn word(self) -> u32 {
        self.0.get()
    }

    #[inline]
    pub(crate) fn index(self) -> usize {
        self.0.get() as usize - 1
    }
}

/// The task that is polled, as it was told last.
struct Running {
    key: Cell<Option<TaskKey>>,
    /// The driver that the task's executor turns. The pointers here are compared and never followed.
    driver: Cell<*const Shared>,
    /// What tells the task's waker from others.
    waker: Cell<(*const (), *const RawWakerVTable)>,
}

thread_local! {
    static RUNNING: Running = const {
        Running {
            key: Cell::new(None),
            driver: Cell::new(ptr::null()),
            waker: Cell::new((ptr::null(), ptr::null())),
        }
    };
}

/// Says that a task runs, until it is dropped.
#[must_use]
pub(crate) struct Entered(());

/// Says that the executor which turns this driver polls a task with this waker.
#[inline]
pub(crate) fn enter(driver: &Handle, key: Option<TaskKey>, waker: &Waker) -> Entered {
    RUNNING.with(|running| {
        running.key.set(key);
        running.driver.set(Arc::as_ptr(&driver.shared));
        running.waker.set((waker.data(), waker.vtable()));
    });
    Entered(())
}

impl Drop for Entered {
    #[inline]
    fn drop(&mut self) {
        RUNNING.with(|running| running.key.set(None));
    }
}

/// The key of the task that runs on this thread, if its executor turns this driver and it polls with this waker.
#[inline]
pub(crate) fn running(driver: &Arc<Shared>, waker: &Waker) -> Option<TaskKey> {
    RUNNING.with(|running| {
        let (data, vtable) = running.waker.get();
        let is_its = ptr::eq(running.driver.get(), Arc::as_ptr(driver))
            && data == waker.data()
            && ptr::eq(vtable, waker.vtable());
        running.key.get().filter(|_| is_its)
    })
}
