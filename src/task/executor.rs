//! Runs tasks and the driver in turn, on one thread.

use std::cell::RefCell;
use std::future::Future;
use std::io;
use std::mem;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::pin;
use std::rc::Rc;
use std::task::{Context, Poll, Waker};

use futures_util::FutureExt;
use slab::Slab;

use crate::coop;
use crate::driver::Driver;
use crate::handle::Handle;
use crate::sync::Arc;
use crate::task::JoinHandle;
use crate::task::queue::{EnterQueue, Queue, Task, schedule};

/// After so many runs of tasks the driver is turned, so that tasks that are always ready do not starve it. Those that were
/// ready at the same time run first.
const TASKS_PER_TURN: usize = 64;

/// Runs a future on this thread, with a driver of its own, and tasks beside it; returns the future's output.
///
/// Tasks that are left when the future is done are dropped.
///
/// ```
/// let answer = triga::block_on(async {
///     let task = triga::spawn(async { 6 * 7 })?;
///     task.await
/// });
/// # fn flatten<T>(result: std::io::Result<std::io::Result<T>>) -> T { result.unwrap().unwrap() }
/// assert_eq!(flatten(answer), 42);
/// ```
///
/// # Errors
///
/// What the operating system says when a driver is made or turned. `Deadlock` if every task waits and nothing can ever wake
/// one: on a platform with one thread, where nobody waits for a source or a timer. `Deadlock` also when it is called inside
/// another `block_on`, whose tasks it would stop: await the future there instead.
pub fn block_on<F: Future>(future: F) -> io::Result<F::Output> {
    Executor::new()?.block_on(future)
}

/// Starts a task beside the future that [`block_on`] runs. It need not be `Send`.
///
/// # Errors
///
/// `NotConnected` outside of `block_on`.
pub fn spawn<F>(future: F) -> io::Result<JoinHandle<F::Output>>
where
    F: Future + 'static,
    F::Output: 'static,
{
    let tasks = CURRENT.with_borrow(Clone::clone).ok_or_else(|| {
        io::Error::new(
            io::ErrorKind::NotConnected,
            "no executor runs on this thread: call `triga::spawn` inside `triga::block_on`, or use `Executor::spawn`",
        )
    })?;
    Ok(tasks.spawn(future))
}

/// A driver and the tasks that it serves, for one thread.
///
/// [`block_on`] is enough for most programs; this is for those that keep tasks from one call to the next, or that bring a
/// driver.
#[derive(Debug)]
pub struct Executor {
    tasks: Rc<Tasks>,
    /// The tasks that run now. Kept for its room.
    batch: Vec<Task>,
    /// Dropped after the tasks, so that their sources are still its when they go.
    driver: Driver,
}

#[derive(Debug)]
struct Tasks {
    queue: Arc<Queue>,
    /// A waker of every task that is not done, by which the ones that are left are found and dropped in the end.
    active: Rc<RefCell<Slab<Waker>>>,
}

thread_local! {
    static CURRENT: RefCell<Option<Rc<Tasks>>> = const { RefCell::new(None) };
}

impl Executor {
    /// An executor with a driver of its own.
    ///
    /// # Errors
    ///
    /// Those of [`Driver::new`].
    pub fn new() -> io::Result<Executor> {
        Driver::new().map(Executor::with_driver)
    }

    /// An executor that turns this driver.
    pub fn with_driver(driver: Driver) -> Executor {
        let queue = Arc::new(Queue::new(driver.handle().clone()));
        Executor {
            tasks: Rc::new(Tasks {
                queue,
                active: Rc::default(),
            }),
            batch: Vec::new(),
            driver,
        }
    }

    /// The driver's handle.
    pub fn handle(&self) -> &Handle {
        self.driver.handle()
    }

    /// Starts a task. It runs while [`block_on`](Self::block_on) does.
    pub fn spawn<F>(&self, future: F) -> JoinHandle<F::Output>
    where
        F: Future + 'static,
        F::Output: 'static,
    {
        self.tasks.spawn(future)
    }

    /// Runs a future and the tasks beside it, until the future is done.
    ///
    /// # Errors
    ///
    /// As [`block_on`](crate::block_on).
    pub fn block_on<F: Future>(&mut self, future: F) -> io::Result<F::Output> {
        let _handle = self.driver.handle().enter();
        let current = EnterExecutor::new(&self.tasks)?;
        let mut future = pin!(future);
        let queue = self.tasks.queue.clone();
        let waker = Waker::from(queue.clone());
        let mut cx = Context::from_waker(&waker);
        let mut main_is_woken = true;
        loop {
            let mut ran = 0;
            while ran < TASKS_PER_TURN {
                main_is_woken |= current.queue.take(&mut self.batch);
                if self.batch.is_empty() && !main_is_woken {
                    break;
                }
                ran += 1 + self.batch.len();
                run(&mut self.batch);
                if mem::take(&mut main_is_woken) {
                    coop::refill();
                    if let Poll::Ready(output) = future.as_mut().poll(&mut cx) {
                        return Ok(output);
                    }
                }
            }
            let turn = self
                .driver
                .turn_unless(None, || current.queue.has_tasks() || queue.is_woken())?;
            if turn.is_idle() && !current.queue.has_tasks() && !queue.is_woken() {
                return Err(io::Error::new(
                    io::ErrorKind::Deadlock,
                    "every task waits, and nothing can ever wake one: no task waits for a source or a timer, and this platform \
                     has no other thread that could wake it",
                ));
            }
        }
    }
}

/// Runs each task once.
///
/// A task that panics hands its panic to whoever awaits it. One whose future panics as it is dropped has said so through the
/// panic hook by the time it comes back here. The others go on.
fn run(tasks: &mut Vec<Task>) {
    let mut tasks = tasks.drain(..);
    let run = |task: Task| {
        coop::refill();
        task.run();
    };
    while catch_unwind(AssertUnwindSafe(|| tasks.by_ref().for_each(run))).is_err() {}
}

impl Tasks {
    fn spawn<F>(&self, future: F) -> JoinHandle<F::Output>
    where
        F: Future + 'static,
        F::Output: 'static,
    {
        let mut active = self.active.borrow_mut();
        let entry = active.vacant_entry();
        let listed = Listed {
            key: entry.key(),
            active: self.active.clone(),
        };
        let future = future.map(move |output| {
            drop(listed);
            output
        });
        // The queue is the task's metadata, so that `schedule` holds nothing and waking needs no guard for it.
        let (task, handle) = async_task::Builder::new()
            .propagate_panic(true)
            .metadata(self.queue.clone())
            .spawn_local(|_| future, schedule);
        entry.insert(task.waker());
        drop(active);
        task.schedule();
        JoinHandle::new(handle)
    }
}

/// A task's place in the list of those that are not done.
struct Listed {
    key: usize,
    active: Rc<RefCell<Slab<Waker>>>,
}

impl Drop for Listed {
    fn drop(&mut self) {
        let waker = self.active.borrow_mut().try_remove(self.key);
        drop(waker);
    }
}

impl Drop for Executor {
    fn drop(&mut self) {
        // A woken task is in the queue, and a task that is dropped from there drops its future, which may wake others.
        let left = mem::take(&mut *self.tasks.active.borrow_mut());
        left.into_iter().for_each(|(_, waker)| waker.wake());
        loop {
            self.batch.clear();
            self.tasks.queue.take(&mut self.batch);
            if self.batch.is_empty() {
                break;
            }
        }
    }
}

/// Makes an executor the one that [`spawn`] finds, and its queue the one of this thread.
struct EnterExecutor {
    queue: EnterQueue,
}

impl EnterExecutor {
    fn new(tasks: &Rc<Tasks>) -> io::Result<EnterExecutor> {
        let queue = EnterQueue::new(&tasks.queue).ok_or_else(|| {
            io::Error::new(
                io::ErrorKind::Deadlock,
                "`block_on` was called inside `block_on`, whose tasks could not run meanwhile: await the future instead",
            )
        })?;
        CURRENT.set(Some(tasks.clone()));
        Ok(EnterExecutor { queue })
    }
}

impl Drop for EnterExecutor {
    fn drop(&mut self) {
        drop(CURRENT.take());
    }
}
