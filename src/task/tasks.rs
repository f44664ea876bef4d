//! The tasks of an executor: their futures, which never leave its thread, and what becomes of them.

use std::any::Any;
use std::cell::{Cell, RefCell, RefMut};
use std::fmt;
use std::future::Future;
use std::io;
use std::mem;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::ptr;
use std::rc::Rc;
use std::task::{Context, Poll, RawWakerVTable, Waker, ready};

use pin_project_lite::pin_project;
use triga_platform::task;

use crate::coop;
use crate::handle::{Handle, Shared};
use crate::sync::Arc;
use crate::task::join::{JoinHandle, Panicked};
use crate::task::queue;

/// A task's future, of whatever type, and then its output.
pub(crate) trait Job {
    /// Once it is ready, it stays so.
    fn run(self: Pin<&mut Self>, tasks: &Tasks) -> Poll<()>;
    /// What has become of it: an `Option` of its output, or a [`Panic`]; nothing while it is not done.
    fn outcome(self: Pin<&mut Self>) -> Option<&mut dyn Any>;
}

pin_project! {
    /// A future beside the waker that it is polled with: what one run reads lies together.
    #[repr(C)]
    struct Spawned<F: Future> {
        waker: Waker,
        #[pin]
        stage: Stage<F>,
    }
}

pin_project! {
    #[project = StageProjection]
    enum Stage<F: Future> {
        Running {
            #[pin]
            future: F,
        },
        Done {
            output: Option<F::Output>,
        },
    }
}

impl<F> Job for Spawned<F>
where
    F: Future,
    F::Output: 'static,
{
    #[inline]
    fn run(self: Pin<&mut Self>, tasks: &Tasks) -> Poll<()> {
        let mut this = self.project();
        if let StageProjection::Running { future } = this.stage.as_mut().project() {
            tasks.begin(this.waker);
            let output = Some(ready!(future.poll(&mut Context::from_waker(this.waker))));
            this.stage.set(Stage::Done { output });
        }
        Poll::Ready(())
    }

    fn outcome(self: Pin<&mut Self>) -> Option<&mut dyn Any> {
        match self.project().stage.project() {
            StageProjection::Running { .. } => None,
            StageProjection::Done { output } => Some(output),
        }
    }
}

/// In the place of a task that panicked.
struct Panic(Option<Box<dyn Any + Send>>);

impl Job for Panic {
    fn run(self: Pin<&mut Self>, _tasks: &Tasks) -> Poll<()> {
        Poll::Ready(())
    }

    fn outcome(self: Pin<&mut Self>) -> Option<&mut dyn Any> {
        Some(self.get_mut())
    }
}

pub(crate) type BoxJob = Pin<Box<dyn Job>>;

/// All tasks of an executor that are not done, or whose handle somebody has.
pub(crate) struct Tasks {
    /// That of the driver which the executor turns.
    handle: Handle,
    /// What the main future is polled with.
    main: Waker,
    state: RefCell<State>,
    /// There are keys in [`State::woken`], or the main future was woken: a word of its own, since each turn asks.
    is_woken: Cell<bool>,
    main_is_woken: Cell<bool>,
    /// [`MAIN`] was among the keys to run, or woken before them.
    main_is_ready: Cell<bool>,
    /// The key of the task that runs, unless it was cancelled meanwhile.
    running: Cell<usize>,
    /// What tells its waker from others. The pointers are compared and never followed.
    waker: Cell<(*const (), *const RawWakerVTable)>,
}

#[derive(Default)]
struct State {
    entries: Vec<Entry>,
    /// The keys that no task has.
    free: Vec<usize>,
    /// The keys that were woken since the executor looked.
    woken: Vec<usize>,
}

/// No task has this key.
pub(crate) const NOBODY: usize = usize::MAX;

/// The main future leaves this key where tasks leave theirs. It is nobody else's: memory ends before there are so many tasks.
pub(crate) const MAIN: usize = u32::MAX as usize - 1;

/// What is read at each run is small and lies side by side; the rest is boxed, where it is needed at all.
#[derive(Default)]
struct Entry {
    /// Not here while it runs, and not once its output was taken, or its executor is gone.
    job: Option<BoxJob>,
    /// A task that awaits the handle.
    waiter: Option<Box<Waker>>,
    /// Nobody has a handle.
    is_detached: bool,
    is_done: bool,
    /// The key was woken, and its task did not run since. It stays with the key, which is in a list, when the task goes.
    is_woken: bool,
}

impl State {
    /// Whether there is such a key, and it was not woken already.
    fn push(&mut self, key: usize) -> bool {
        match self.entries.get_mut(key) {
            Some(entry) if !entry.is_woken => {
                entry.is_woken = true;
                self.woken.push(key);
                true
            }
            _ => false,
        }
    }

    /// Leaves out those that have run since they were woken, because a source of theirs was ready, too.
    fn take_woken(&mut self, keys: &mut Vec<usize>) {
        for &key in &self.woken {
            if self.entries.get(key).is_some_and(|entry| entry.is_woken) {
                keys.push(key);
            }
        }
        self.woken.clear();
    }

    /// The task's job, unless it is cancelled or runs. A wake from now on makes it ready again.
    #[inline]
    fn take_job(&mut self, key: usize) -> Option<BoxJob> {
        let entry = self.entries.get_mut(key)?;
        entry.is_woken = false;
        entry.job.take()
    }
}

impl Tasks {
    pub(crate) fn new(handle: Handle) -> Tasks {
        Tasks {
            main: queue::waker(MAIN, handle.clone()),
            handle,
            state: RefCell::default(),
            is_woken: Cell::new(false),
            main_is_woken: Cell::new(false),
            main_is_ready: Cell::new(false),
            running: Cell::new(NOBODY),
            waker: Cell::new((ptr::null(), ptr::null())),
        }
    }

    /// No foreign code runs while somebody has it.
    #[inline]
    fn state(&self) -> RefMut<'_, State> {
        self.state.try_borrow_mut().unwrap_or_else(|_| in_use())
    }

    #[inline]
    pub(crate) fn are_of(&self, driver: &Arc<Shared>) -> bool {
        Arc::ptr_eq(&self.handle.shared, driver)
    }

    pub(crate) fn spawn<F>(self: Rc<Self>, future: F) -> JoinHandle<F::Output>
    where
        F: Future + 'static,
        F::Output: 'static,
    {
        let mut state = self.state();
        let State { entries, free, .. } = &mut *state;
        let key = free.pop().unwrap_or(entries.len());
        let job = Some(Box::pin(Spawned {
            waker: queue::waker(key, self.handle.clone()),
            stage: Stage::Running {
                future: task::place(future),
            },
        }) as BoxJob);
        match entries.get_mut(key) {
            // Nothing is there to drop, which the compiler does not know.
            Some(entry) => mem::forget(mem::replace(&mut entry.job, job)),
            None => entries.push(Entry {
                job,
                ..Entry::default()
            }),
        }
        drop(state);
        self.push(key);
        JoinHandle::new(self, key)
    }

    /// Makes a task ready, unless it is already.
    pub(crate) fn push(&self, key: usize) {
        if key == MAIN {
            self.main_is_woken.set(true);
        } else if !self.state().push(key) {
            return;
        }
        self.is_woken.set(true);
    }

    /// Whether a task, or the main future, was woken and did not run yet.
    #[inline]
    pub(crate) fn are_woken(&self) -> bool {
        self.is_woken.get() || self.handle.shared.queue.is_woken()
    }

    /// Adds every task that was woken to `keys`, and says whether there is something to run.
    #[inline]
    pub(crate) fn take(&self, keys: &mut Vec<usize>) -> bool {
        if self.are_woken() {
            self.take_woken(keys);
        }
        self.main_is_ready.get() || !keys.is_empty()
    }

    #[inline(never)]
    fn take_woken(&self, keys: &mut Vec<usize>) {
        let queue = &self.handle.shared.queue;
        if queue.is_woken() {
            queue.take(|key| self.push(key));
        }
        self.state().take_woken(keys);
        self.is_woken.set(false);
        self.main_is_ready.set(self.main_is_woken.take());
    }

    /// Runs each task once, and says whether the main future is to run, too.
    ///
    /// One that panics hands its panic to whoever awaits it. One whose future panics as it is dropped has said so through the
    /// panic hook by the time it comes back here. The others go on.
    pub(crate) fn run(&self, batch: &mut Vec<usize>) -> bool {
        let mut keys = batch.iter();
        while let Err(payload) = catch_unwind(AssertUnwindSafe(|| keys.by_ref().for_each(|&key| self.run_one(key)))) {
            self.end(self.running.replace(NOBODY), Some(Box::pin(Panic(Some(payload)))));
        }
        batch.clear();
        self.main_is_ready.take()
    }

    /// A key whose task is done, and one that was given to another task since, cost that one a run at most.
    #[inline]
    fn run_one(&self, key: usize) {
        let job = self.state().take_job(key);
        let Some(mut job) = job else {
            if key == MAIN {
                self.main_is_ready.set(true);
            }
            return;
        };
        self.running.set(key);
        let polled = job.as_mut().run(self);
        let still = self.running.replace(NOBODY);
        match polled {
            Poll::Pending => self.put_back(still, job),
            Poll::Ready(()) => self.end(still, Some(job)),
        }
    }

    /// Polls the main future. A call away, since it is the program, and the loop that calls it is small.
    #[inline(never)]
    pub(crate) fn run_main<T>(&self, poll: impl FnOnce(&mut Context<'_>) -> Poll<T>) -> Poll<T> {
        self.running.set(MAIN);
        self.begin(&self.main);
        let polled = poll(&mut Context::from_waker(&self.main));
        self.running.set(NOBODY);
        polled
    }

    /// Whoever is to run is polled with this waker.
    #[inline]
    fn begin(&self, waker: &Waker) {
        coop::refill();
        self.waker.set((waker.data(), waker.vtable()));
    }

    /// The key of the task that runs, if this is its waker.
    #[inline]
    pub(crate) fn running(&self, waker: &Waker) -> Option<usize> {
        let (data, vtable) = self.waker.get();
        (data == waker.data() && ptr::eq(vtable, waker.vtable())).then_some(self.running.get())
    }

    #[inline]
    fn put_back(&self, key: usize, job: BoxJob) {
        if let Some(entry) = self.state().entries.get_mut(key) {
            // Nothing is there to drop, which the compiler does not know.
            mem::forget(entry.job.replace(job));
        }
    }

    /// The task is done, with this job, or will never be. What has become of it is kept for its handle, if somebody has it.
    fn end(&self, key: usize, mut job: Option<BoxJob>) {
        let mut state = self.state();
        let State { entries, free, .. } = &mut *state;
        let Some(entry) = entries.get_mut(key) else { return };
        if entry.is_done && job.is_none() {
            return;
        }
        let waiter = entry.waiter.take();
        mem::swap(&mut entry.job, &mut job);
        entry.is_done = !mem::take(&mut entry.is_detached);
        if !entry.is_done {
            job = job.or_else(|| entry.job.take());
            free.push(key);
        }
        drop(state);
        drop(job);
        if let Some(waiter) = waiter {
            waiter.wake();
        }
    }

    pub(crate) fn is_finished(&self, key: usize) -> bool {
        self.state().entries[key].is_done
    }

    /// What has become of the task; until it is done, whoever asked last is woken when it is.
    pub(crate) fn poll_join(&self, key: usize, cx: &Context<'_>) -> Poll<Option<BoxJob>> {
        {
            let entry = &mut self.state().entries[key];
            if entry.is_done {
                return Poll::Ready(entry.job.take());
            }
            if entry.waiter.as_ref().is_some_and(|left| left.will_wake(cx.waker())) {
                return Poll::Pending;
            }
        }
        // Cloning and dropping a waker is foreign code, which may come back here.
        let waiter = Box::new(cx.waker().clone());
        let before = self.state().entries[key].waiter.replace(waiter);
        drop(before);
        Poll::Pending
    }

    /// The handle is gone, and so is the task, unless it goes on by itself. Its future is dropped here, or, if it is the one that
    /// runs, when it returns. What had become of it, if it was done.
    pub(crate) fn let_go(&self, key: usize, goes_on: bool) -> Option<BoxJob> {
        // Dropped after the guard of the state, since that is foreign code.
        let _waiter;
        let mut state = self.state();
        let entry = state.entries.get_mut(key)?;
        _waiter = entry.waiter.take();
        entry.is_detached = true;
        let is_done = mem::take(&mut entry.is_done);
        if goes_on && !is_done {
            return None;
        }
        let job = entry.job.take();
        if self.running.get() == key {
            self.running.set(NOBODY);
        }
        drop(state);
        self.end(key, None);
        job.filter(|_| is_done)
    }

    /// The executor is gone: every future is dropped, and those who await one learn it.
    pub(crate) fn close(&self) {
        self.handle.shared.queue.close();
        let keys = 0..self.state().entries.len();
        for key in keys {
            self.end(key, None);
        }
    }
}

#[cold]
fn in_use() -> ! {
    unreachable!()
}

/// The output of a task that has left this job.
///
/// # Errors
///
/// A panic of the task, and `Interrupted` if it was never done.
pub(crate) fn into_output<T: 'static>(mut job: Option<BoxJob>) -> io::Result<T> {
    let mut outcome = job.as_mut().and_then(|job| job.as_mut().outcome());
    if let Some(payload) = outcome
        .as_mut()
        .and_then(|outcome| outcome.downcast_mut::<Panic>()?.0.take())
    {
        return Err(io::Error::other(Panicked::new(payload)));
    }
    outcome
        .and_then(|outcome| outcome.downcast_mut::<Option<T>>()?.take())
        .ok_or_else(|| {
            io::Error::new(
                io::ErrorKind::Interrupted,
                "the task will never be done: its executor is gone",
            )
        })
}

impl fmt::Debug for Tasks {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Tasks")
            .field("handle", &self.handle)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::{Entry, State};

    #[test]
    fn a_task_that_ran_after_it_was_woken_leaves_no_key_behind() {
        let mut state = State::default();
        state.entries.extend([(); 4].map(|()| Entry::default()));
        let mut keys = Vec::new();
        for _ in 0..100 {
            assert!(state.push(3));
            state.take_job(3);
            state.take_woken(&mut keys);
            assert_eq!((keys.len(), state.woken.len()), (0, 0));
        }

        assert!(state.push(1) && state.push(2));
        assert!(!state.push(2), "it was woken already");
        state.take_job(1);
        state.take_woken(&mut keys);
        assert_eq!((keys, state.woken.len()), (vec![2], 0));
        assert!(!state.push(2), "it did not run yet");
        assert!(!state.push(4), "there is no such task");
    }
}
