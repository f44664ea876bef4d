//! The wakers of tasks, and the tasks that were woken elsewhere than on their executor's thread.

use std::task::Wake;

use crate::handle::{Handle, Shared};
use crate::sync::atomic::Ordering::{Acquire, Release, SeqCst};
use crate::sync::atomic::{AtomicBool, AtomicU8};
use crate::sync::{Arc, Mutex};
use crate::task::local;

/// What the wakers of a task share: enough to put it into its queue. The future stays with the executor, so that wakers may
/// go to any thread.
#[derive(Debug)]
pub(crate) struct Task {
    /// It is in [`Queue::remote`] already.
    is_remote: AtomicBool,
    key: usize,
    queue: Arc<Queue>,
}

impl Task {
    pub(crate) fn new(key: usize, queue: Arc<Queue>) -> Arc<Task> {
        let is_remote = AtomicBool::new(false);
        Arc::new(Task { is_remote, key, queue })
    }
}

impl Wake for Task {
    #[inline]
    fn wake(self: Arc<Self>) {
        self.wake_by_ref();
    }

    #[inline]
    fn wake_by_ref(self: &Arc<Self>) {
        if !local::push(&self.queue, self.key) {
            wake_remote(self);
        }
    }
}

#[cold]
fn wake_remote(task: &Arc<Task>) {
    // Releases what was done before to `Queue::take`, also if the task is in the queue already.
    if task.is_remote.swap(true, Release) {
        return;
    }
    if let Some(tasks) = &mut *task.queue.remote.lock() {
        tasks.push(task.clone());
    }
    task.queue.set_woken(REMOTE);
}

/// What wakers on other threads fill and an executor empties.
#[derive(Debug)]
pub(crate) struct Queue {
    /// What was woken since the executor looked. Set before [`wake_if_parked`](crate::parking::Parking::wake_if_parked) looks
    /// whether the driver waits, and read after the driver has announced its wait: sequential consistency makes one see the
    /// other. So waking an executor that runs is no system call, and one that waits is woken once.
    woken: AtomicU8,
    /// Nothing once the executor is gone: tasks hold their queue, and a queue that held them for ever would never go.
    remote: Mutex<Option<Vec<Arc<Task>>>>,
    handle: Handle,
}

/// The main future was woken.
const MAIN: u8 = 1;
/// There are tasks in `Queue::remote`.
const REMOTE: u8 = 2;

impl Queue {
    pub(crate) fn new(handle: Handle) -> Queue {
        Queue {
            woken: AtomicU8::new(0),
            remote: Mutex::new(Some(Vec::new())),
            handle,
        }
    }

    /// What the executor's driver shares with its handles.
    pub(crate) fn driver(&self) -> *const Shared {
        Arc::as_ptr(&self.handle.shared)
    }

    /// Whether there is something to do that was woken elsewhere.
    #[inline]
    pub(crate) fn is_woken(&self) -> bool {
        self.woken.load(SeqCst) != 0
    }

    /// Makes the tasks that were woken elsewhere ready on this thread, and says whether the main future was woken.
    #[cold]
    pub(crate) fn take(self: &Arc<Self>) -> bool {
        // Takes what `set_woken` has released: the tasks, and what was done before the main future was woken.
        let woken = self.woken.swap(0, Acquire);
        if woken & REMOTE != 0 {
            if let Some(tasks) = &mut *self.remote.lock() {
                for task in &*tasks {
                    // Acquires what was done before each of the wakes that it runs for. A wake from now on puts it there again.
                    task.is_remote.swap(false, Acquire);
                    local::push(self, task.key);
                }
                tasks.clear();
            }
        }
        woken & MAIN != 0
    }

    /// The executor is gone: tasks that are woken from now on are let go.
    pub(crate) fn close(&self) {
        let left = self.remote.lock().take();
        drop(left);
    }

    fn set_woken(&self, what: u8) {
        self.woken.fetch_or(what, SeqCst);
        // A driver whose platform cannot wake it is not waiting while this runs.
        let _ = self.handle.shared.parking.wake_if_parked();
    }
}

/// Waking the queue wakes the main future.
impl Wake for Queue {
    fn wake(self: Arc<Self>) {
        self.wake_by_ref();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        self.set_woken(MAIN);
    }
}
