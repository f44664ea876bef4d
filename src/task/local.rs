//! The tasks of the executor that runs on this thread: which one runs, and which are ready to.
//!
//! An executor turns its driver on its own thread, so a source that one of its tasks reads becomes ready, and a timer fires,
//! between two runs of that task, never during one. Such a task leaves its key with the source or the timer, and nothing of it
//! needs an atomic exchange: no waker is cloned, none is taken, and no flag is contended for.

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
            running: Cell::new(Current::NOBODY),
            ready: Ready::new(),
        })
    };
}

/// The pointers are compared and never followed.
struct Local {
    /// Whose tasks run here; null while no executor does.
    queue: Cell<*const Queue>,
    /// What the executor's driver shares with its handles.
    driver: Cell<*const Shared>,
    running: Cell<Current>,
    ready: Ready,
}

/// The task that runs, and what tells its waker from others.
#[derive(Clone, Copy)]
struct Current {
    key: usize,
    data: *const (),
    vtable: *const RawWakerVTable,
}

impl Current {
    const NOBODY: Current = Current {
        key: 0,
        data: ptr::null(),
        vtable: ptr::null(),
    };
}

/// Tasks that are ready to run.
#[derive(Debug)]
pub(crate) struct Ready {
    /// How many there are: what each turn and each run of a task ask is one word.
    count: Cell<usize>,
    tasks: RefCell<Woken>,
}

/// The keys of tasks that were woken.
#[derive(Debug)]
struct Woken {
    keys: Vec<usize>,
    /// By key, whether the task was woken since it last began to run.
    is_woken: Vec<bool>,
}

impl Ready {
    pub(crate) const fn new() -> Ready {
        Ready {
            count: Cell::new(0),
            tasks: RefCell::new(Woken {
                keys: Vec::new(),
                is_woken: Vec::new(),
            }),
        }
    }

    fn push(&self, key: usize) {
        if self.tasks.borrow_mut().push(key) {
            self.count.set(self.count.get() + 1);
        }
    }

    /// Leaves out those that have run since they were woken, because a source of theirs was ready, too.
    fn take(&self, keys: &mut Vec<usize>) {
        let Woken { keys: woken, is_woken } = &mut *self.tasks.borrow_mut();
        keys.extend(woken.drain(..).filter(|&key| is_woken[key]));
    }

    #[inline(never)]
    fn begin(&self, key: usize) {
        let mut tasks = self.tasks.borrow_mut();
        if tasks.is_woken.get_mut(key).is_some_and(mem::take) {
            self.count.set(self.count.get() - 1);
            if self.count.get() == 0 {
                tasks.keys.clear();
            }
        }
    }

    fn swap(&self, other: &Ready) {
        self.count.swap(&other.count);
        self.tasks.swap(&other.tasks);
    }
}

impl Woken {
    /// Whether the task was not woken already.
    fn push(&mut self, key: usize) -> bool {
        match self.is_woken.get_mut(key) {
            Some(true) => return false,
            Some(is_woken) => *is_woken = true,
            None => self.push_first(key),
        }
        self.keys.push(key);
        true
    }

    #[cold]
    fn push_first(&mut self, key: usize) {
        self.is_woken.resize(key + 1, false);
        self.is_woken[key] = true;
    }
}

/// What the task leaves that runs here and polls with this waker, if its executor is the one that turns the driver.
#[inline]
pub(crate) fn running(driver: &Arc<Shared>, waker: &Waker) -> Option<Left> {
    LOCAL.with(|local| {
        let running = local.running.get();
        let is_it = running.data == waker.data()
            && ptr::eq(running.vtable, waker.vtable())
            && ptr::eq(local.driver.get(), Arc::as_ptr(driver));
        if is_it { Left::new(running.key) } else { None }
    })
}

/// The key of a task, as it is left where the task waits: a word that is never 0.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Left(NonZeroU32);

impl Left {
    /// Nothing for a key that is too large: its task leaves a waker, as that of a foreign executor does.
    #[inline]
    fn new(key: usize) -> Option<Left> {
        u32::try_from(key + 1).ok().and_then(Left::from_word)
    }

    #[inline]
    pub(crate) fn from_word(word: u32) -> Option<Left> {
        NonZeroU32::new(word).map(Left)
    }

    #[inline]
    pub(crate) fn word(self) -> u32 {
        self.0.get()
    }

    #[inline]
    pub(crate) fn key(self) -> usize {
        self.0.get() as usize - 1
    }
}

/// Makes a task ready if the executor of this queue runs on this thread, and says whether it does.
pub(crate) fn push(queue: &Arc<Queue>, key: usize) -> bool {
    LOCAL.with(|local| {
        let is_here = ptr::eq(local.queue.get(), Arc::as_ptr(queue));
        if is_here {
            local.ready.push(key);
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
    elsewhere: &'a Ready,
}

impl<'a> EnterQueue<'a> {
    /// Nothing if the thread runs another one's already.
    pub(crate) fn new(queue: &'a Arc<Queue>, ready: &'a Ready) -> Option<EnterQueue<'a>> {
        LOCAL.with(|local| {
            local.queue.get().is_null().then(|| {
                local.queue.set(Arc::as_ptr(queue));
                local.driver.set(queue.driver());
                local.ready.swap(ready);
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
        LOCAL.with(|local| local.ready.count.get() != 0)
    }

    /// Adds every task that was woken to `keys`, and says whether the main future was.
    #[inline]
    pub(crate) fn take(&self, keys: &mut Vec<usize>) -> bool {
        let main_is_woken = self.queue.is_woken() && self.queue.take();
        if self.has_tasks() {
            LOCAL.with(|local| local.ready.take(keys));
        }
        main_is_woken
    }
}

impl Drop for EnterQueue<'_> {
    fn drop(&mut self) {
        LOCAL.with(|local| {
            local.queue.set(ptr::null());
            local.driver.set(ptr::null());
            local.ready.swap(self.elsewhere);
        });
    }
}

/// A task is about to run: a wake from now on makes it ready again.
#[inline]
pub(crate) fn begin(key: usize) {
    LOCAL.with(|local| {
        if local.ready.count.get() != 0 {
            local.ready.begin(key);
        }
    });
}

/// A task runs, with this waker.
#[inline]
pub(crate) fn run(key: usize, waker: &Waker) {
    let (data, vtable) = (waker.data(), ptr::from_ref(waker.vtable()));
    LOCAL.with(|local| local.running.set(Current { key, data, vtable }));
}

/// Tasks run one after another. When this is dropped, none does.
#[derive(Debug)]
pub(crate) struct Batch;

impl Drop for Batch {
    fn drop(&mut self) {
        LOCAL.with(|local| local.running.set(Current::NOBODY));
    }
}

#[cfg(test)]
mod tests {
    use super::Ready;

    #[test]
    fn a_task_that_ran_after_it_was_woken_leaves_no_key_behind() {
        let ready = Ready::new();
        for _ in 0..100 {
            ready.push(3);
            ready.begin(3);
        }
        assert_eq!((ready.count.get(), ready.tasks.borrow().keys.len()), (0, 0));

        ready.push(1);
        ready.push(2);
        ready.begin(1);
        let mut keys = Vec::new();
        ready.take(&mut keys);
        assert_eq!((keys, ready.count.get()), (vec![2], 1));
    }
}
