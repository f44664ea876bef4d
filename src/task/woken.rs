//! The wakers of tasks, and the tasks that were woken on other threads than their executor's.

use std::task::{Wake, Waker};

use crate::reactor::Handle;
use crate::sync::atomic::AtomicBool;
use crate::sync::atomic::Ordering::{Acquire, Relaxed, Release, SeqCst};
use crate::sync::{Arc, Mutex};
use crate::task::current;

/// What the wakers of a task share: its key, and where to put it. The future stays with the executor, so that wakers may go to
/// any thread.
struct Task {
    /// It is in [`Woken::tasks`] already.
    is_listed: AtomicBool,
    key: usize,
    woken: Arc<Woken>,
}

/// What wakers on other threads fill and an executor empties.
pub(crate) struct Woken {
    /// That of the driver which the executor turns.
    handle: Handle,
    /// There are tasks in the list. Set before [`Handle::wake_if_parked`] looks whether the driver waits, and read after the
    /// driver has announced its wait: sequential consistency makes one see the other. So waking an executor that runs is no
    /// system call, and one that waits is woken once.
    is_any: AtomicBool,
    /// `None` once the executor is dropped. Tasks hold this list, so a list that kept them would leak.
    tasks: Mutex<Option<Vec<Arc<Task>>>>,
}

impl Woken {
    pub(crate) fn new(handle: Handle) -> Woken {
        Woken {
            handle,
            is_any: AtomicBool::new(false),
            tasks: Mutex::new(Some(Vec::new())),
        }
    }

    #[inline]
    pub(crate) fn handle(&self) -> &Handle {
        &self.handle
    }

    /// A waker for the task with this key.
    pub(crate) fn waker(self: &Arc<Self>, key: usize) -> Waker {
        Waker::from(Arc::new(Task {
            is_listed: AtomicBool::new(false),
            key,
            woken: self.clone(),
        }))
    }

    /// Whether the list has tasks.
    #[inline]
    pub(crate) fn is_any(&self) -> bool {
        self.is_any.load(SeqCst)
    }

    /// Hands over the keys of the tasks in the list.
    pub(crate) fn take(&self, mut push: impl FnMut(usize)) {
        // Before the lock, which orders it: a wake that adds a task after this has taken them sets it again.
        self.is_any.store(false, Relaxed);
        if let Some(tasks) = &mut *self.tasks.lock() {
            for task in &*tasks {
                // Acquires what was done before each of the wakes that it runs for. A wake from now on puts it there again.
                task.is_listed.swap(false, Acquire);
                push(task.key);
            }
            tasks.clear();
        }
    }

    /// The executor is dropped: tasks that are woken from now on are not listed.
    pub(crate) fn close(&self) {
        let left = self.tasks.lock().take();
        drop(left);
    }
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
    let is_here = current::with(|tasks| {
        let tasks = tasks.filter(|tasks| tasks.are_woken_by(&task.woken));
        tasks.map(|tasks| tasks.push(task.key)).is_some()
    });
    if !is_here {
        wake_elsewhere(task);
    }
}

#[cold]
fn wake_elsewhere(task: &Arc<Task>) {
    // Releases what was done before to `Woken::take`, also if the task is in the list already.
    if task.is_listed.swap(true, Release) {
        return;
    }
    let woken = &*task.woken;
    if let Some(tasks) = &mut *woken.tasks.lock() {
        tasks.push(task.clone());
    }
    woken.is_any.store(true, SeqCst);
    // A driver whose platform cannot wake it is not waiting while this runs.
    let _ = woken.handle.wake_if_parked();
}
