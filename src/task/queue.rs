//! The tasks that are ready to run: those that were woken on the executor's thread, and those that were woken elsewhere.

use std::cell::{Cell, RefCell};
use std::mem::{self, ManuallyDrop};
use std::task::Wake;

use crate::handle::Handle;
use crate::sync::atomic::Ordering::{Acquire, Release, SeqCst};
use crate::sync::atomic::{AtomicBool, AtomicU8};
use crate::sync::{Arc, Mutex, thread_local};

/// What the wakers of a task share: enough to put it into its queue. The future stays with the executor, so that wakers may
/// go to any thread.
#[derive(Debug)]
pub(crate) struct Task {
    /// It is in the queue already.
    is_woken: AtomicBool,
    key: usize,
    queue: Arc<Queue>,
}

impl Task {
    /// A task that is about to be put into its queue for the first time.
    pub(crate) fn new(key: usize, queue: Arc<Queue>) -> Arc<Task> {
        let is_woken = AtomicBool::new(true);
        Arc::new(Task { is_woken, key, queue })
    }

    /// Which one it is of its executor's tasks.
    #[inline]
    pub(crate) fn key(&self) -> usize {
        self.key
    }

    /// It was taken from the queue, and runs. A wake from now on puts it there again.
    #[inline]
    pub(crate) fn begin(&self) {
        // Acquires what was done before each of the wakes that it runs for.
        self.is_woken.swap(false, Acquire);
    }
}

impl Wake for Task {
    #[inline]
    fn wake(self: Arc<Self>) {
        // Releases what was done before to `begin`, also if the task is in the queue already.
        if !self.is_woken.swap(true, Release) {
            schedule(self);
        }
    }

    #[inline]
    fn wake_by_ref(self: &Arc<Self>) {
        // As in `wake`.
        if !self.is_woken.swap(true, Release) {
            schedule(self.clone());
        }
    }
}

/// What wakers fill and an executor empties.
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

thread_local! {
    /// Never dropped, so that it can be used while a thread ends; it holds nothing while no executor runs.
    static LOCAL: ManuallyDrop<Local> = const {
        ManuallyDrop::new(Local { queue: Cell::new(std::ptr::null()), tasks: RefCell::new(Vec::new()) })
    };
}

/// The tasks that were woken on the thread of the executor that runs there.
struct Local {
    /// Whose they are; null while no executor runs on this thread. It is compared and never followed.
    queue: Cell<*const Queue>,
    tasks: RefCell<Vec<Arc<Task>>>,
}

/// Puts a task that was woken into its queue.
#[inline]
pub(crate) fn schedule(task: Arc<Task>) {
    LOCAL.with(|local| {
        if local.queue.get() == Arc::as_ptr(&task.queue) {
            local.tasks.borrow_mut().push(task);
        } else {
            schedule_remote(task);
        }
    });
}

#[cold]
fn schedule_remote(task: Arc<Task>) {
    let queue = task.queue.clone();
    if let Some(tasks) = &mut *queue.remote.lock() {
        tasks.push(task);
    }
    queue.set_woken(REMOTE);
}

impl Queue {
    pub(crate) fn new(handle: Handle) -> Queue {
        Queue {
            woken: AtomicU8::new(0),
            remote: Mutex::new(Some(Vec::new())),
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
    fn take(&self, tasks: &mut Vec<Arc<Task>>) -> bool {
        if !self.is_woken() {
            return false;
        }
        // Takes what `set_woken` has released: the tasks, and what was done before the main future was woken.
        let woken = self.woken.swap(0, Acquire);
        if woken & REMOTE != 0 {
            if let Some(remote) = &mut *self.remote.lock() {
                tasks.append(remote);
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

/// Makes a queue the one whose tasks this thread runs, until it is dropped.
#[derive(Debug)]
pub(crate) struct EnterQueue<'a> {
    queue: &'a Arc<Queue>,
    /// The thread's list when it does not run this queue: empty, but with the room that it has needed.
    room: &'a mut Vec<Arc<Task>>,
}

impl<'a> EnterQueue<'a> {
    /// Nothing if the thread runs another one's already.
    pub(crate) fn new(queue: &'a Arc<Queue>, room: &'a mut Vec<Arc<Task>>) -> Option<EnterQueue<'a>> {
        LOCAL.with(|local| {
            local.queue.get().is_null().then(|| {
                local.queue.set(Arc::as_ptr(queue));
                mem::swap(&mut *local.tasks.borrow_mut(), room);
            })
        })?;
        Some(EnterQueue { queue, room })
    }

    /// Whether a task was woken on this thread and did not run yet.
    #[inline]
    pub(crate) fn has_tasks(&self) -> bool {
        LOCAL.with(|local| !local.tasks.borrow().is_empty())
    }

    /// Takes every task that is ready to run into `tasks`, which is empty, and says whether the main future was woken.
    #[inline]
    pub(crate) fn take(&self, tasks: &mut Vec<Arc<Task>>) -> bool {
        LOCAL.with(|local| mem::swap(&mut *local.tasks.borrow_mut(), tasks));
        self.queue.take(tasks)
    }
}

impl Drop for EnterQueue<'_> {
    /// Tasks that are left go where the next run finds them.
    fn drop(&mut self) {
        LOCAL.with(|local| {
            local.queue.set(std::ptr::null());
            mem::swap(&mut *local.tasks.borrow_mut(), self.room);
        });
        self.room.drain(..).for_each(schedule_remote);
    }
}
