//! The wakers of tasks, and the tasks that were woken elsewhere than by their running executor's thread.

use std::task::{Wake, Waker};

use crate::handle::Handle;
use crate::sync::atomic::AtomicBool;
use crate::sync::atomic::Ordering::{Acquire, Relaxed, Release, SeqCst};
use crate::sync::{Arc, Mutex};
use crate::task::local;

/// What the wakers of a task share: enough to put it into its driver's queue. The future stays with the executor, so that wakers
/// may go to any thread.
struct Task {
    /// It is in [`Queue::remote`] already.
    is_remote: AtomicBool,
    key: usize,
    handle: Handle,
}

/// A waker for the task with this key, of the executor that turns this driver.
pub(crate) fn waker(key: usize, handle: Handle) -> Waker {
    let is_remote = AtomicBool::new(false);
    Waker::from(Arc::new(Task { is_remote, key, handle }))
}

impl Wake for Task {
    fn wake(self: Arc<Self>) {
        wake(&self);
    }

    fn wake_by_ref(self: &Arc<Self>) {
        wake(self);
    }
}

#[inline(never)]
fn wake(task: &Arc<Task>) {
    if !local::push(&task.handle.shared, task.key) {
        wake_remote(task);
    }
}

#[cold]
fn wake_remote(task: &Arc<Task>) {
    // Releases what was done before to `Queue::take`, also if the task is in the queue already.
    if task.is_remote.swap(true, Release) {
        return;
    }
    let shared = &*task.handle.shared;
    if let Some(tasks) = &mut *shared.queue.remote.lock() {
        tasks.push(task.clone());
    }
    shared.queue.is_woken.store(true, SeqCst);
    // A driver whose platform cannot wake it is not waiting while this runs.
    let _ = shared.parking.wake_if_parked();
}

/// What wakers on other threads fill and a driver's executor empties.
pub(crate) struct Queue {
    /// There are tasks in `remote`. Set before [`wake_if_parked`](crate::parking::Parking::wake_if_parked) looks whether the
    /// driver waits, and read after the driver has announced its wait: sequential consistency makes one see the other. So waking
    /// an executor that runs is no system call, and one that waits is woken once.
    is_woken: AtomicBool,
    /// Nothing once the executor is gone: tasks hold their driver, and a queue that held them for ever would never go.
    remote: Mutex<Option<Vec<Arc<Task>>>>,
}

impl Queue {
    pub(crate) fn new() -> Queue {
        Queue {
            is_woken: AtomicBool::new(false),
            remote: Mutex::new(Some(Vec::new())),
        }
    }

    /// Whether there is something to do that was woken elsewhere.
    #[inline]
    pub(crate) fn is_woken(&self) -> bool {
        self.is_woken.load(SeqCst)
    }

    /// Hands over the keys of the tasks that were woken elsewhere.
    pub(crate) fn take(&self, mut push: impl FnMut(usize)) {
        // Before the lock, which orders it: whoever adds a task after this has taken them sets it again.
        self.is_woken.store(false, Relaxed);
        if let Some(tasks) = &mut *self.remote.lock() {
            for task in &*tasks {
                // Acquires what was done before each of the wakes that it runs for. A wake from now on puts it there again.
                task.is_remote.swap(false, Acquire);
                push(task.key);
            }
            tasks.clear();
        }
    }

    /// The executor is gone: tasks that are woken from now on are let go.
    pub(crate) fn close(&self) {
        let left = self.remote.lock().take();
        drop(left);
    }
}
