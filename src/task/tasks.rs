//! The tasks of an executor: spawned, run, cancelled, and what their handles ask for.

use std::cell::{Cell, RefCell, RefMut};
use std::fmt;
use std::future::Future;
use std::mem;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::rc::Rc;
use std::task::{Context, Poll, Waker};

use triga_platform::task;

use crate::reactor::Handle;
use crate::reactor::contain::contain;
use crate::reactor::task_key;
use crate::reactor::wake_batch::KEPT;
use crate::sync::Arc;
use crate::task::job::{BoxJob, Contained, Gone, Panic, Spawned, begin};
use crate::task::join::JoinHandle;
use crate::task::ready_tasks::{DELIVERED, MAIN, NO_TASK, State, WOKEN};
use crate::task::woken::Woken;

/// All tasks of an executor that are not done, or that still have a handle.
pub(super) struct Tasks {
    woken: Arc<Woken>,
    /// What the main future is polled with.
    main: Waker,
    state: RefCell<State>,
    /// Some task, or the main future, is ready. Each turn reads it.
    is_any_ready: Cell<bool>,
    /// The driver is turned: what is woken now is ready because of a source or a timer.
    is_turning: Cell<bool>,
    /// [`MAIN`] was in the batch that was run.
    main_is_next: Cell<bool>,
    /// The key of the task that runs, unless it was cancelled meanwhile.
    running: Cell<usize>,
}

impl Tasks {
    pub(super) fn new(handle: Handle) -> Tasks {
        let woken = Arc::new(Woken::new(handle));
        Tasks {
            main: woken.waker(MAIN),
            woken,
            state: RefCell::default(),
            is_any_ready: Cell::new(false),
            is_turning: Cell::new(false),
            main_is_next: Cell::new(false),
            running: Cell::new(NO_TASK),
        }
    }

    /// No foreign code runs while it is borrowed.
    #[inline]
    fn state(&self) -> RefMut<'_, State> {
        self.state.try_borrow_mut().unwrap_or_else(|_| in_use())
    }

    pub(super) fn are_woken_by(&self, woken: &Arc<Woken>) -> bool {
        Arc::ptr_eq(&self.woken, woken)
    }

    pub(super) fn spawn<F>(self: Rc<Self>, future: F) -> JoinHandle<F::Output>
    where
        F: Future + 'static,
        F::Output: 'static,
    {
        let mut state = self.state();
        let (key, entry) = state.entries.add(0);
        let job = Some(Box::pin(Spawned::new(self.woken.waker(key), task::place(future))) as BoxJob);
        entry.job = job;
        drop(state);
        self.push(key);
        JoinHandle::new(self, key)
    }

    /// Makes a task ready, unless it is already.
    pub(super) fn push(&self, key: usize) {
        let list = if self.is_turning.get() { DELIVERED } else { WOKEN };
        if self.state().push(key, list) {
            self.is_any_ready.set(true);
        }
    }

    /// Whether the driver of the tasks is turned.
    pub(super) fn set_turning(&self, is_turning: bool) {
        self.is_turning.set(is_turning);
    }

    /// Whether a task, or the main future, is ready.
    #[inline]
    pub(super) fn are_ready(&self) -> bool {
        self.is_any_ready.get() || self.woken.is_any()
    }

    /// Makes a batch of the tasks that run next, `room` of them at most, and says whether there are any. At first the batch has
    /// the keys that the driver delivered: they come before those that were woken.
    #[inline]
    pub(super) fn take(&self, batch: &mut Vec<usize>, room: usize) -> bool {
        if self.are_ready() || batch.len() > room || batch.capacity() > KEPT {
            self.take_ready(batch, room);
        }
        !batch.is_empty()
    }

    #[inline(never)]
    fn take_ready(&self, batch: &mut Vec<usize>, room: usize) {
        if self.woken.is_any() {
            self.woken.take(|key| self.push(key));
        }
        let mut state = self.state();
        state.fill(batch, room);
        self.is_any_ready.set(state.is_any_ready());
    }

    /// Runs each task of a batch once, and says whether the main future is to run, too.
    ///
    /// The panic of a task is handed to the task that awaits its handle. The other tasks go on.
    pub(super) fn run(&self, batch: &mut Vec<usize>) -> bool {
        self.state().begin_batch();
        let mut keys = batch.iter();
        while let Err(payload) = catch_unwind(AssertUnwindSafe(|| keys.by_ref().for_each(|&key| self.run_one(key)))) {
            self.end(self.end_poll(), Some(Box::pin(Panic(Some(payload)))));
        }
        batch.clear();
        self.main_is_next.take()
    }

    /// A key may be stale: its task is done, or another task has the key by now. That task is then polled once too often.
    #[inline]
    fn run_one(&self, key: usize) {
        let job = self.state().take_job(key);
        let Some(job) = job else {
            if key == MAIN {
                self.main_is_next.set(true);
            }
            return;
        };
        let mut job = Contained(Some(job));
        self.running.set(key);
        let polled = match &mut job.0 {
            Some(job) => job.as_mut().run(key),
            None => Poll::Pending,
        };
        let still = self.end_poll();
        match polled {
            Poll::Pending => self.put_back(still, job.0.take()),
            Poll::Ready(()) => self.end(still, job.0.take()),
        }
    }

    /// Polls the main future. A call away, since it is the program, and the loop that calls it is small.
    #[inline(never)]
    pub(super) fn run_main<T>(&self, poll: impl FnOnce(&mut Context<'_>) -> Poll<T>) -> Poll<T> {
        self.state().main_listed = 0;
        self.running.set(MAIN);
        begin(MAIN, &self.main);
        let polled = poll(&mut Context::from_waker(&self.main));
        self.end_poll();
        polled
    }

    /// The task has returned. Its key, unless it was cancelled meanwhile.
    #[inline]
    fn end_poll(&self) -> usize {
        task_key::end();
        self.running.replace(NO_TASK)
    }

    #[inline]
    fn put_back(&self, key: usize, job: Option<BoxJob>) {
        if let Some(entry) = self.state().entries.get_mut(key) {
            entry.job = job;
            return;
        }
        contain(|| drop(job));
    }

    /// The task is done, with this job, or will never be. What has become of it is kept for its handle, if somebody has it.
    ///
    /// Panics of destructors and wakers are caught.
    fn end(&self, key: usize, mut job: Option<BoxJob>) {
        let mut waiter = None;
        {
            let mut state = self.state();
            if let Some(entry) = state.entries.get_mut(key) {
                if entry.is_done && job.is_none() {
                    return;
                }
                waiter = entry.waiter.take();
                mem::swap(&mut entry.job, &mut job);
                entry.is_done = !mem::take(&mut entry.is_detached);
                if !entry.is_done {
                    job = job.or_else(|| entry.job.take());
                    state.entries.remove(key, 0, |_| ());
                }
            }
        }
        contain(|| drop(job));
        if let Some(waiter) = waiter {
            contain(|| waiter.wake());
        }
    }

    pub(super) fn is_finished(&self, key: usize) -> bool {
        self.state().entries.get_mut(key).is_some_and(|entry| entry.is_done)
    }

    /// The outcome of the task. Until it is done, the last task that asked is woken when it is.
    pub(super) fn poll_join(&self, key: usize, cx: &Context<'_>) -> Poll<Option<BoxJob>> {
        if let Some(entry) = self.state().entries.get_mut(key) {
            if !entry.is_done && entry.waiter.as_ref().is_some_and(|left| left.will_wake(cx.waker())) {
                return Poll::Pending;
            }
        }
        // Cloning and dropping a waker is foreign code, which may come back here.
        let mut waiter = Some(Box::new(cx.waker().clone()));
        let mut polled = Poll::Ready(None);
        if let Some(entry) = self.state().entries.get_mut(key) {
            if entry.is_done {
                polled = Poll::Ready(entry.job.take());
            } else {
                mem::swap(&mut entry.waiter, &mut waiter);
                polled = Poll::Pending;
            }
        }
        drop(waiter);
        polled
    }

    /// The handle is dropped, and the task is cancelled, unless it goes on. Its future is dropped here, or, if it is running,
    /// when it returns. Returns the outcome if the task was done.
    pub(super) fn release(&self, key: usize, goes_on: bool) -> Option<BoxJob> {
        let (waiter, job, is_done);
        {
            let mut state = self.state();
            let entry = state.entries.get_mut(key)?;
            waiter = entry.waiter.take();
            entry.is_detached = true;
            is_done = mem::take(&mut entry.is_done);
            job = if is_done || !goes_on { entry.job.take() } else { None };
        }
        contain(|| drop(waiter));
        if goes_on && !is_done {
            return None;
        }
        if self.running.get() == key {
            self.running.set(NO_TASK);
        }
        self.end(key, None);
        if is_done {
            return job;
        }
        contain(|| drop(job));
        None
    }

    /// The executor is dropped: every future is dropped, and tasks that await one are woken with an error.
    pub(super) fn close(&self) {
        self.woken.close();
        let keys = 0..self.state().entries.end();
        for key in keys {
            let is_left =
                (self.state().entries.get_mut(key)).is_some_and(|entry| entry.job.is_some() && !entry.is_done);
            if is_left {
                self.end(key, Some(Box::pin(Gone)));
            }
        }
    }
}

#[cold]
fn in_use() -> ! {
    unreachable!()
}

impl fmt::Debug for Tasks {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Tasks")
            .field("handle", self.woken.handle())
            .finish_non_exhaustive()
    }
}
