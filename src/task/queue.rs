//! The tasks that are ready to run: those that were woken on the executor's thread, and those that were woken elsewhere.

use std::cell::{Cell, RefCell};
use std::mem;
use std::task::Wake;

use async_task::Runnable;

use crate::handle::Handle;
use crate::sync::atomic::AtomicU8;
use crate::sync::atomic::Ordering::{Acquire, SeqCst};
use crate::sync::{Arc, Mutex};

/// A task that is ready to run. It knows its queue.
pub(crate) type Task = Runnable<Arc<Queue>>;

/// What wakers fill and an executor empties.
#[derive(Debug)]
pub(crate) struct Queue {
    /// What was woken since the executor looked. Set before [`wake_if_parked`](crate::parking::Parking::wake_if_parked) looks
    /// whether the driver waits, and read after the driver has announced its wait: sequential consistency makes one see the
    /// other. So waking an executor that runs is no system call, and one that waits is woken once.
    woken: AtomicU8,
    remote: Mutex<Vec<Task>>,
    handle: Handle,
}

/// The main future was woken.
const MAIN: u8 = 1;
/// There are tasks in `Queue::remote`.
const REMOTE: u8 = 2;

thread_local! {
    static LOCAL: Local = const { Local { queue: Cell::new(std::ptr::null()), tasks: RefCell::new(Vec::new()) } };
}

/// The tasks that were woken on the thread of the executor that runs there.
struct Local {
    /// Whose they are; null while no executor runs on this thread. It is compared and never followed.
    queue: Cell<*const Queue>,
    tasks: RefCell<Vec<Task>>,
}

/// A task was woken.
#[inline]
pub(crate) fn schedule(task: Task) {
    let mut task = Some(task);
    // A thread that is ending has no local tasks any more.
    let _ = LOCAL.try_with(|local| {
        if let Some(task) = task.take_if(|task| local.queue.get() == Arc::as_ptr(task.metadata())) {
            local.tasks.borrow_mut().push(task);
        }
    });
    if let Some(task) = task {
        let queue = task.metadata().clone();
        queue.remote.lock().push(task);
        queue.set_woken(REMOTE);
    }
}

impl Queue {
    pub(crate) fn new(handle: Handle) -> Queue {
        Queue {
            woken: AtomicU8::new(0),
            remote: Mutex::default(),
            handle,
        }
    }

    /// Whether there is something to do that was woken elsewhere.
    #[inline]
    pub(crate) fn is_woken(&self) -> bool {
        self.woken.load(SeqCst) != 0
    }

    /// Takes the tasks that were woken elsewhere, and says whether the main future was woken.
    #[inline]
    pub(crate) fn take(&self, tasks: &mut Vec<Task>) -> bool {
        if !self.is_woken() {
            return false;
        }
        // Takes what `set_woken` has released: the tasks, and what was done before the main future was woken.
        let woken = self.woken.swap(0, Acquire);
        if woken & REMOTE != 0 {
            tasks.append(&mut self.remote.lock());
        }
        woken & MAIN != 0
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

/// Makes a queue the one whose tasks this thread runs, until it is dropped.
#[derive(Debug)]
pub(crate) struct EnterQueue {
    queue: Arc<Queue>,
}

impl EnterQueue {
    /// Nothing if the thread runs another one's already.
    pub(crate) fn new(queue: &Arc<Queue>) -> Option<EnterQueue> {
        LOCAL.with(|local| local.queue.get().is_null().then(|| local.queue.set(Arc::as_ptr(queue))))?;
        Some(EnterQueue { queue: queue.clone() })
    }

    /// Whether a task was woken on this thread and did not run yet.
    #[inline]
    pub(crate) fn has_tasks(&self) -> bool {
        LOCAL.with(|local| !local.tasks.borrow().is_empty())
    }

    /// Takes every task that is ready to run into `tasks`, which is empty, and says whether the main future was woken.
    #[inline]
    pub(crate) fn take(&self, tasks: &mut Vec<Task>) -> bool {
        LOCAL.with(|local| mem::swap(&mut *local.tasks.borrow_mut(), tasks));
        self.queue.take(tasks)
    }
}

impl Drop for EnterQueue {
    /// Tasks that are left go where the next run finds them.
    fn drop(&mut self) {
        let any_left = LOCAL.with(|local| {
            local.queue.set(std::ptr::null());
            let mut tasks = local.tasks.borrow_mut();
            if tasks.is_empty() {
                return false;
            }
            self.queue.remote.lock().append(&mut tasks);
            true
        });
        if any_left {
            self.queue.set_woken(REMOTE);
        }
    }
}
