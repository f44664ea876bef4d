//! The tasks of an executor: their futures, which never leave its thread, and what becomes of them.

use std::any::Any;
use std::cell::{Cell, RefCell, RefMut};
use std::fmt;
use std::future::Future;
use std::io;
use std::mem;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll, Waker, ready};

use pin_project_lite::pin_project;
use triga_platform::task;

use crate::reactor::Handle;
use crate::reactor::budget;
use crate::reactor::contain::contain;
use crate::reactor::table::Table;
use crate::reactor::task_key::{self, TaskKey};
use crate::reactor::wake_batch::{self, KEPT};
use crate::sync::{self, Arc};
use crate::task::join::{Cancelled, JoinHandle, Panicked};
use crate::task::woken::Woken;

/// A task's future, of whatever type, and then its output.
pub(crate) trait Job {
    /// Once it is ready, it stays so.
    fn run(self: Pin<&mut Self>, tasks: &Tasks) -> Poll<()>;
    /// What has become of it: an `Option` of its output, a [`Panic`] or [`Gone`]; nothing while it is not done.
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

/// In the place of a task whose executor was dropped before it was done.
struct Gone;

impl Job for Gone {
    fn run(self: Pin<&mut Self>, _tasks: &Tasks) -> Poll<()> {
        Poll::Ready(())
    }

    fn outcome(self: Pin<&mut Self>) -> Option<&mut dyn Any> {
        Some(self.get_mut())
    }
}

pub(crate) type BoxJob = Pin<Box<dyn Job>>;

/// A job that is run. When it panics, it is dropped while that unwinds, and a second panic would abort the program.
struct Contained(Option<BoxJob>);

impl Drop for Contained {
    #[inline]
    fn drop(&mut self) {
        if self.0.is_some() {
            contain(|| self.0 = None);
        }
    }
}

/// All tasks of an executor that are not done, or that still have a handle.
pub(crate) struct Tasks {
    woken: Arc<Woken>,
    /// What the main future is polled with.
    main: Waker,
    state: RefCell<State>,
    /// Some task, or the main future, is ready: a word of its own, since each turn asks.
    is_any_ready: Cell<bool>,
    /// The driver is turned: what is woken now is ready because of a source or a timer.
    is_turning: Cell<bool>,
    /// [`MAIN`] was in the batch that was run.
    main_is_next: Cell<bool>,
    /// The key of the task that runs, unless it was cancelled meanwhile.
    running: Cell<usize>,
}

/// Tasks that are ready are in the lists, or in the batch that is run. A key in a list is void once its task has run: that it
/// is there is marked at the task, and a run takes the marks away.
#[derive(Default)]
struct State {
    entries: Table<Entry, PLACES>,
    /// The keys that the driver has made ready, and that had no room in a batch. They run before those that were woken.
    delivered: KeyQueue,
    /// The keys that were woken before the first of them ran.
    round: KeyQueue,
    /// The keys that were woken since, in the order of their wakes.
    woken: Vec<usize>,
    /// Of [`MAIN`].
    main_listed: u8,
    /// The number of the batch that runs.
    batch: u32,
}

/// How many places a page of tasks has.
const PLACES: usize = sync::count(32, 2);

/// The key is in [`State::woken`].
const WOKEN: u8 = 1;

/// The key is in [`State::delivered`].
const DELIVERED: u8 = 2;

/// No task has this key.
pub(crate) const NO_TASK: usize = usize::MAX;

/// The key of the main future. No task has it: memory ends before there are so many tasks.
pub(crate) const MAIN: usize = u32::MAX as usize - 1;

/// What is read at each run is small and lies side by side; the rest is boxed, where it is needed at all.
#[derive(Default)]
struct Entry {
    /// Not here while it runs, and not once its output was taken.
    job: Option<BoxJob>,
    /// A task that awaits the handle.
    waiter: Option<Box<Waker>>,
    /// It has no handle.
    is_detached: bool,
    is_done: bool,
    /// In which lists the key is, or was before the batch, if its task did not run since. It stays with the key when the task
    /// goes.
    listed: u8,
    /// The last batch in which it ran.
    ran: u32,
}

/// Of so many runs, one is kept for the tasks that were woken, however many the driver makes ready.
const SHARE_OF_WOKEN: usize = 4;

impl State {
    /// Marks a key as listed, and says whether there is such a key, and it was not.
    fn mark(&mut self, key: usize, list: u8) -> bool {
        let Some(listed) = self.listed(key) else { return false };
        let before = *listed;
        *listed |= list;
        before & list == 0
    }

    fn is_marked(&mut self, key: usize, list: u8) -> bool {
        self.listed(key).is_some_and(|listed| *listed & list != 0)
    }

    fn listed(&mut self, key: usize) -> Option<&mut u8> {
        match self.entries.get_mut(key) {
            Some(entry) => Some(&mut entry.listed),
            None => (key == MAIN).then_some(&mut self.main_listed),
        }
    }

    /// Adds a key to a list, and says whether there is such a key, and it was not there.
    fn push(&mut self, key: usize, list: u8) -> bool {
        let is_new = self.mark(key, list);
        if is_new {
            let keys = if list == WOKEN {
                &mut self.woken
            } else {
                &mut self.delivered.keys
            };
            keys.push(key);
        }
        is_new
    }

    /// Makes a batch of `room` keys at most. At first it has those that the driver delivered since the last one.
    fn fill(&mut self, batch: &mut Vec<usize>, room: usize) {
        let delivered = batch.len();
        let woken = self.round.len() + self.woken.len();
        let share = room - woken.min(room / SHARE_OF_WOKEN);
        if delivered > share || self.delivered.len() > 0 {
            for key in batch.drain(..) {
                self.push(key, DELIVERED);
            }
            self.take_from(DELIVERED, batch, share);
        }
        self.take_from(WOKEN, batch, room);
        if batch.is_empty() {
            // Those that are left of the round were void.
            self.take_from(WOKEN, batch, room);
        }
        wake_batch::trim(batch, delivered);
    }

    /// Moves keys from a list to the batch, up to so many in all, and leaves out those that are void.
    ///
    /// Of those that were woken, a round comes after the other. No batch has keys of two rounds, so that the simulator may
    /// change the order of a batch.
    fn take_from(&mut self, list: u8, batch: &mut Vec<usize>, room: usize) {
        if list == WOKEN && self.round.len() == 0 {
            mem::swap(&mut self.round.keys, &mut self.woken);
            if self.round.len() > room {
                task::order(&mut self.round.keys);
            }
        }
        while batch.len() < room {
            let line = if list == WOKEN {
                &mut self.round
            } else {
                &mut self.delivered
            };
            let Some(key) = line.next() else { break };
            if self.is_marked(key, list) {
                batch.push(key);
            }
        }
    }

    fn is_any_ready(&self) -> bool {
        self.delivered.len() + self.round.len() + self.woken.len() > 0
    }

    /// Begins to run a batch.
    #[inline]
    fn begin_batch(&mut self) {
        self.batch = self.batch.wrapping_add(1);
        if self.batch == 0 {
            self.begin_anew();
        }
    }

    /// The numbers of batches begin again. None is left of before.
    #[cold]
    fn begin_anew(&mut self) {
        self.batch = 1;
        for key in 0..self.entries.end() {
            if let Some(entry) = self.entries.get_mut(key) {
                entry.ran = 0;
            }
        }
    }

    /// The task's job, unless it is cancelled or runs, or has run in this batch. A wake from now on makes it ready again.
    #[inline]
    fn take_job(&mut self, key: usize) -> Option<BoxJob> {
        let entry = self.entries.get_mut(key)?;
        if mem::replace(&mut entry.ran, self.batch) == self.batch {
            return None;
        }
        entry.listed = 0;
        entry.job.take()
    }
}

/// Keys that are taken in the order in which they were added.
#[derive(Default)]
struct KeyQueue {
    keys: Vec<usize>,
    taken: usize,
}

impl KeyQueue {
    fn len(&self) -> usize {
        self.keys.len() - self.taken
    }

    /// Takes the first key. The memory of those that were taken is used again when they are the half of all.
    fn next(&mut self) -> Option<usize> {
        let key = *self.keys.get(self.taken)?;
        self.taken += 1;
        if self.taken > self.len() {
            self.keys.drain(..self.taken);
            wake_batch::trim(&mut self.keys, self.taken);
            self.taken = 0;
        }
        Some(key)
    }
}

impl Tasks {
    pub(crate) fn new(handle: Handle) -> Tasks {
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

    pub(crate) fn are_woken_by(&self, woken: &Arc<Woken>) -> bool {
        Arc::ptr_eq(&self.woken, woken)
    }

    pub(crate) fn spawn<F>(self: Rc<Self>, future: F) -> JoinHandle<F::Output>
    where
        F: Future + 'static,
        F::Output: 'static,
    {
        let mut state = self.state();
        let (key, entry) = state.entries.add(0);
        let job = Some(Box::pin(Spawned {
            waker: self.woken.waker(key),
            stage: Stage::Running {
                future: task::place(future),
            },
        }) as BoxJob);
        entry.job = job;
        drop(state);
        self.push(key);
        JoinHandle::new(self, key)
    }

    /// Makes a task ready, unless it is already.
    pub(crate) fn push(&self, key: usize) {
        let list = if self.is_turning.get() { DELIVERED } else { WOKEN };
        if self.state().push(key, list) {
            self.is_any_ready.set(true);
        }
    }

    /// Whether the driver of the tasks is turned.
    pub(crate) fn set_turning(&self, is_turning: bool) {
        self.is_turning.set(is_turning);
    }

    /// Whether a task, or the main future, is ready.
    #[inline]
    pub(crate) fn are_ready(&self) -> bool {
        self.is_any_ready.get() || self.woken.is_any()
    }

    /// Makes a batch of the tasks that run next, `room` of them at most, and says whether there are any. At first the batch has
    /// the keys that the driver delivered: they come before those that were woken.
    #[inline]
    pub(crate) fn take(&self, batch: &mut Vec<usize>, room: usize) -> bool {
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
    pub(crate) fn run(&self, batch: &mut Vec<usize>) -> bool {
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
            Some(job) => job.as_mut().run(self),
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
    pub(crate) fn run_main<T>(&self, poll: impl FnOnce(&mut Context<'_>) -> Poll<T>) -> Poll<T> {
        self.state().main_listed = 0;
        self.running.set(MAIN);
        self.begin(&self.main);
        let polled = poll(&mut Context::from_waker(&self.main));
        self.end_poll();
        polled
    }

    /// The task that is `running` begins to be polled with this waker.
    #[inline]
    fn begin(&self, waker: &Waker) {
        budget::refill();
        task_key::begin(TaskKey::new(self.running.get()), waker);
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

    pub(crate) fn is_finished(&self, key: usize) -> bool {
        self.state().entries.get_mut(key).is_some_and(|entry| entry.is_done)
    }

    /// The outcome of the task. Until it is done, the last task that asked is woken when it is.
    pub(crate) fn poll_join(&self, key: usize, cx: &Context<'_>) -> Poll<Option<BoxJob>> {
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
    pub(crate) fn release(&self, key: usize, goes_on: bool) -> Option<BoxJob> {
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
    pub(crate) fn close(&self) {
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

/// The output of a task that has left this job.
///
/// # Errors
///
/// A panic of the task, [`Cancelled`] if it was never done, and that its output was taken before.
pub(crate) fn into_output<T: 'static>(mut job: Option<BoxJob>) -> io::Result<T> {
    let Some(outcome) = job.as_mut().and_then(|job| job.as_mut().outcome()) else {
        return Err(taken());
    };
    if let Some(panic) = outcome.downcast_mut::<Panic>() {
        return Err(panic
            .0
            .take()
            .map_or_else(taken, |payload| io::Error::other(Panicked::new(payload))));
    }
    if outcome.is::<Gone>() {
        return Err(io::Error::other(Cancelled));
    }
    outcome
        .downcast_mut::<Option<T>>()
        .and_then(Option::take)
        .ok_or_else(taken)
}

#[cold]
fn taken() -> io::Error {
    io::Error::other("the task is done, and its output was given before: a handle gives it once")
}

impl fmt::Debug for Tasks {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Tasks")
            .field("handle", self.woken.handle())
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::{DELIVERED, MAIN, State, WOKEN};
    use crate::reactor::wake_batch::KEPT;

    const ROOM: usize = 64;
    const NOT_THERE: usize = 1_000_000;

    fn state(tasks: usize) -> State {
        let mut state = State::default();
        for _ in 0..tasks {
            state.entries.add(0);
        }
        state
    }

    /// The next batch, whose tasks run.
    fn next(state: &mut State, delivered: impl IntoIterator<Item = usize>) -> Vec<usize> {
        let mut batch = Vec::from_iter(delivered);
        state.fill(&mut batch, ROOM);
        run(state, &batch);
        batch
    }

    fn run(state: &mut State, batch: &[usize]) {
        state.begin_batch();
        for &key in batch {
            state.take_job(key);
            if key == MAIN {
                state.main_listed = 0;
            }
        }
    }

    #[test]
    fn a_key_whose_task_has_run_is_void() {
        let mut state = state(4);
        assert!(state.push(1, WOKEN) && state.push(2, WOKEN) && state.push(MAIN, WOKEN));
        assert!(
            !state.push(2, WOKEN) && !state.push(MAIN, WOKEN),
            "it was woken already"
        );
        assert!(!state.push(NOT_THERE, WOKEN), "there is no such task");
        // The driver is quicker.
        run(&mut state, &[2, MAIN]);
        assert_eq!(next(&mut state, [3]), [3, 1]);
        assert!(!state.is_any_ready());
        assert!(state.push(2, WOKEN), "it ran");
        // Twice in the list, and once in vain.
        run(&mut state, &[2]);
        assert!(state.push(2, WOKEN));
        assert_eq!(next(&mut state, []), [2, 2]);
        assert!(!state.is_any_ready());
        assert_eq!(state.entries.get_mut(2).map(|entry| entry.ran), Some(state.batch));
    }

    #[test]
    fn tasks_that_the_driver_made_ready_run_first_and_starve_no_other() {
        let mut state = state(1_000);
        // A simulation changes the order of a round that is longer than a batch.
        assert!((0..60).all(|key| state.push(key, WOKEN)));
        let batch = next(&mut state, 500..1_000);
        assert_eq!(batch, Vec::from_iter((500..548).chain(0..16)));
        // They are ready again at once, and the others keep their turn.
        assert!((500..548).all(|key| state.push(key, DELIVERED)));
        let batch = next(&mut state, []);
        assert_eq!(batch, Vec::from_iter((548..596).chain(16..32)));
        let batch = next(&mut state, []);
        assert_eq!(batch, Vec::from_iter((596..644).chain(32..48)));
    }

    #[test]
    fn no_batch_is_taken_for_another_when_their_numbers_begin_again() {
        let mut state = state(2);
        run(&mut state, &[0]);
        let first = state.batch;
        state.batch = u32::MAX;
        run(&mut state, &[1]);
        assert_eq!(state.batch, first);
        let ran = |state: &mut State, key| state.entries.get_mut(key).map(|entry| entry.ran);
        assert_eq!((ran(&mut state, 0), ran(&mut state, 1)), (Some(0), Some(first)));
    }

    #[test]
    fn the_lists_give_back_what_they_needed_at_a_peak() {
        let mut state = state(100_000);
        assert!((0..50_000).all(|key| state.push(key, WOKEN)));
        let mut batch = Vec::from_iter(50_000..100_000);
        while state.is_any_ready() || !batch.is_empty() {
            state.fill(&mut batch, ROOM);
            run(&mut state, &batch);
            batch.clear();
        }
        for list in [&state.woken, &state.delivered.keys, &state.round.keys] {
            assert!(list.capacity() <= KEPT);
        }
        assert!(batch.capacity() <= KEPT);
    }
}
