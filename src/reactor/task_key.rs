//! The task that runs on this thread. Its executor sets it for the reactor.
//!
//! An executor that turns a driver does so on the thread of its tasks. So a source that one of them reads becomes ready, and a
//! timer fires, between two polls of that task, never during one. Such a task stores its key where others store a waker, and no
//! atomic exchange is needed. After the turn the executor reads the keys: see `Driver::woken_tasks`.

use std::cell::Cell;
use std::num::NonZeroU32;
use std::ptr;
use std::task::Waker;

use crate::reactor::handle::{Handle, Shared};
use crate::sync::{Arc, thread_local};

/// The key of a task: a word that is never 0.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct TaskKey(NonZeroU32);

impl TaskKey {
    /// `None` if the index does not fit. Such a task stores its waker, as that of another executor does.
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

/// The task that is polled.
struct Running {
    key: Cell<Option<TaskKey>>,
    /// The driver that the task's executor turns. The pointers here are compared and never followed.
    driver: Cell<*const Shared>,
    /// The waker in the task's context. It stays where it is while the task is polled.
    waker: Cell<*const Waker>,
}

thread_local! {
    static RUNNING: Running = const {
        Running {
            key: Cell::new(None),
            driver: Cell::new(ptr::null()),
            waker: Cell::new(ptr::null()),
        }
    };
}

/// Says that this thread's executor turns a driver, until this is dropped.
#[must_use]
#[derive(Debug)]
pub(crate) struct Enter(());

impl Enter {
    pub(crate) fn new(driver: &Handle) -> Enter {
        RUNNING.with(|running| running.driver.set(Arc::as_ptr(&driver.shared)));
        Enter(())
    }
}

impl Drop for Enter {
    fn drop(&mut self) {
        end();
        RUNNING.with(|running| running.driver.set(ptr::null()));
    }
}

/// Says that the executor begins to poll a task with this waker.
#[inline]
pub(crate) fn begin(key: Option<TaskKey>, waker: &Waker) {
    RUNNING.with(|running| {
        running.key.set(key);
        running.waker.set(waker);
    });
}

/// Says that the task has returned, or panicked.
#[inline]
pub(crate) fn end() {
    RUNNING.with(|running| running.key.set(None));
}

/// The key of the task that runs on this thread, if its executor turns this driver and it polls with this waker. A clone of the
/// waker is another one.
#[inline]
pub(crate) fn running(driver: &Arc<Shared>, waker: &Waker) -> Option<TaskKey> {
    RUNNING.with(|running| {
        let is_its = ptr::eq(running.driver.get(), Arc::as_ptr(driver)) && ptr::eq(running.waker.get(), waker);
        running.key.get().filter(|_| is_its)
    })
}
