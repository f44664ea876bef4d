//! The tasks of the executor that runs on this thread: which one runs, and which are ready to.
//!
//! An executor turns its driver on its own thread, so a source that one of its tasks reads becomes ready between two runs of
//! that task, never during one. Such a task leaves its key in the source's slot, and nothing of it needs an atomic exchange:
//! no waker is cloned, none is taken, and no flag is contended for.

use std::cell::{Cell, RefCell};
use std::mem::{self, ManuallyDrop};
use std::num::NonZeroU32;
use std::ptr;
use std::task::{RawWakerVTable, Waker};

use crate::handle::Shared;
use crate::sync::{Arc, thread_local};
use crate::task::queue::Queue;

thread_local! {
    /// Never dropped, so that it can be used while a thread ends; it holds nothing while no executor runs.
    static LOCAL: ManuallyDrop<Local> = const {
        ManuallyDrop::new(Local {
            queue: Cell::new(ptr::null()),
            driver: Cell::new(ptr::null()),
            running: Cell::new(Running::NOBODY),
            ready: RefCell::new(Ready::NONE),
        })
    };
}

/// The pointers are compared and never followed.
struct Local {
    /// Whose tasks run here; null while no executor does.
    queue: Cell<*const Queue>,
    /// What the executor's driver shares with its handles.
    driver: Cell<*const Shared>,
    running: Cell<Running>,
    ready: RefCell<Ready>,
}

/// The task that runs, and what tells its waker from others.
#[derive(Clone, Copy)]
struct Running {
    key: usize,
    data: *const (),
    vtable: *const RawWakerVTable,
}

impl Running {
    const NOBODY: Running = Running {
        key: 0,
        data: ptr::null(),
        vtable: ptr::null(),
    };
}

/// The keys of tasks that are ready to run.
#[derive(Debug)]
pub(crate) struct Ready {
    keys: Vec<usize>,
    /// By key, whether it is among `keys`, or among those that were taken from there and did not run yet.
    is_ready: Vec<bool>,
}

impl Ready {
    pub(crate) const NONE: Ready = Ready {
        keys: Vec::new(),
        is_ready: Vec::new(),
    };

    fn push(&mut self, key: usize) {
        match self.is_ready.get_mut(key) {
            Some(true) => return,
            Some(is_ready) => *is_ready = true,
            None => self.push_first(key),
        }
        self.keys.push(key);
    }

    #[cold]
    fn push_first(&mut self, key: usize) {
        self.is_ready.resize(key + 1, false);
        self.is_ready[key] = true;
    }
}

/// A key as a slot keeps it, where 0 is nobody's.
pub(crate) type Left = NonZeroU32;

/// The key of the task that runs here and polls with this waker, if its executor is the one that turns the driver.
#[inline]
pub(crate) fn running(driver: &Arc<Shared>, waker: &Waker) -> Option<Left> {
    LOCAL.with(|local| {
        let running = local.running.get();
        let is_it = running.data == waker.data()
            && ptr::eq(running.vtable, waker.vtable())
            && ptr::eq(local.driver.get(), Arc::as_ptr(driver));
        // A key that is too large is left as a waker, as that of a foreign executor's task is.
        if is_it {
            u32::try_from(running.key + 1).ok().and_then(Left::new)
        } else {
            None
        }
    })
}

/// Makes the task ready that left its key: the driver calls it, on the thread of the executor that turns it.
#[inline]
pub(crate) fn wake(left: Left) {
    LOCAL.with(|local| local.ready.borrow_mut().push(left.get() as usize - 1));
}

/// Makes a task ready if the executor of this queue runs on this thread, and says whether it does.
pub(crate) fn push(queue: &Arc<Queue>, key: usize) -> bool {
    LOCAL.with(|local| {
        let is_here = ptr::eq(local.queue.get(), Arc::as_ptr(queue));
        if is_here {
            local.ready.borrow_mut().push(key);
        }
        is_here
    })
}

/// Makes a queue the one whose tasks this thread runs, until it is dropped.
#[derive(Debug)]
pub(crate) struct EnterQueue<'a> {
    queue: &'a Arc<Queue>,
    /// While the queue is this thread's, what the thread had before: nothing. Otherwise the queue's tasks that are ready, which
    /// stay so until the executor runs again.
    elsewhere: &'a mut Ready,
}

impl<'a> EnterQueue<'a> {
    /// Nothing if the thread runs another one's already.
    pub(crate) fn new(queue: &'a Arc<Queue>, ready: &'a mut Ready) -> Option<EnterQueue<'a>> {
        LOCAL.with(|local| {
            local.queue.get().is_null().then(|| {
                local.queue.set(Arc::as_ptr(queue));
                local.driver.set(queue.driver());
                mem::swap(&mut *local.ready.borrow_mut(), ready);
            })
        })?;
        Some(EnterQueue {
            queue,
            elsewhere: ready,
        })
    }

    /// Whether a task was woken on this thread and did not run yet.
    #[inline]
    pub(crate) fn has_tasks(&self) -> bool {
        LOCAL.with(|local| !local.ready.borrow().keys.is_empty())
    }

    /// Takes every task that is ready to run into `keys`, which is empty, and says whether the main future was woken.
    #[inline]
    pub(crate) fn take(&self, keys: &mut Vec<usize>) -> bool {
        let main_is_woken = self.queue.is_woken() && self.queue.take();
        LOCAL.with(|local| mem::swap(&mut local.ready.borrow_mut().keys, keys));
        main_is_woken
    }
}

impl Drop for EnterQueue<'_> {
    fn drop(&mut self) {
        LOCAL.with(|local| {
            local.queue.set(ptr::null());
            local.driver.set(ptr::null());
            mem::swap(&mut *local.ready.borrow_mut(), self.elsewhere);
        });
    }
}

/// A key that was taken is about to run: a wake from now on makes it ready again.
#[inline]
pub(crate) fn begin(key: usize) {
    LOCAL.with(|local| {
        if let Some(is_ready) = local.ready.borrow_mut().is_ready.get_mut(key) {
            *is_ready = false;
        }
    });
}

/// A task runs. When this is dropped, nobody does.
#[derive(Debug)]
pub(crate) struct Run;

impl Run {
    #[inline]
    pub(crate) fn new(key: usize, waker: &Waker) -> Run {
        let (data, vtable) = (waker.data(), ptr::from_ref(waker.vtable()));
        LOCAL.with(|local| local.running.set(Running { key, data, vtable }));
        Run
    }
}

impl Drop for Run {
    #[inline]
    fn drop(&mut self) {
        LOCAL.with(|local| local.running.set(Running::NOBODY));
    }
}
