//! Runs tasks and the driver in turn, on one thread.

use std::future::Future;
use std::io;
use std::pin::pin;
use std::rc::Rc;
use std::task::Poll;

use triga_platform::task;

use crate::reactor::Driver;
use crate::reactor::Handle;
use crate::reactor::task_key;
use crate::task::JoinHandle;
use crate::task::current::{self, Enter};
use crate::task::ready_tasks::MAIN;
use crate::task::tasks::Tasks;

/// After so many polls the driver is turned, so that tasks that are ready starve no timer and no source.
const POLLS_PER_TURN: usize = 64;

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
/// Errors of the system when a driver is made or turned, such as `EMFILE`. `Deadlock` if every task waits and nothing can wake
/// one: on a platform with one thread, when no task waits for a source or a timer. `Deadlock` also inside another `block_on`,
/// whose tasks it would stop: await the future there instead.
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
    match current::with(|tasks| tasks.cloned()) {
        Some(tasks) => Ok(tasks.spawn(future)),
        None => Err(io::Error::new(
            io::ErrorKind::NotConnected,
            "no executor runs on this thread: call `triga::spawn` inside `triga::block_on`, or use `Executor::spawn`",
        )),
    }
}

/// A driver and the tasks that it serves, for one thread.
///
/// [`block_on`] is enough for most programs; this is for those that keep tasks from one call to the next, or that bring a
/// driver.
#[derive(Debug)]
pub struct Executor {
    tasks: Rc<Tasks>,
    /// Dropped after the tasks, so that their sources are still its when they go.
    driver: Driver,
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
        Executor {
            tasks: Rc::new(Tasks::new(driver.handle().clone())),
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
        self.tasks.clone().spawn(future)
    }

    /// Runs a future and the tasks beside it, until the future is done.
    ///
    /// # Errors
    ///
    /// As [`block_on`](crate::block_on).
    pub fn block_on<F: Future>(&mut self, future: F) -> io::Result<F::Output> {
        let _handle = self.driver.handle().enter();
        let tasks = &*self.tasks;
        let _current = Enter::new(&self.tasks).ok_or_else(inside_another)?;
        let _turned = task_key::Enter::new(self.driver.handle());
        let mut future = pin!(future);
        tasks.push(MAIN);
        loop {
            let mut left = POLLS_PER_TURN;
            while left > 0 {
                let batch = self.driver.woken_tasks();
                if !tasks.take(batch, left) {
                    break;
                }
                left -= batch.len();
                task::order(batch);
                if tasks.run(batch) {
                    if let Poll::Ready(output) = tasks.run_main(|cx| future.as_mut().poll(cx)) {
                        return Ok(output);
                    }
                }
            }
            tasks.set_turning(true);
            let turn = self.driver.turn_unless(None, || tasks.are_ready());
            tasks.set_turning(false);
            let turn = turn?;
            if turn.is_idle() && !tasks.are_ready() {
                return Err(deadlock());
            }
        }
    }
}

#[cold]
fn inside_another() -> io::Error {
    io::Error::new(
        io::ErrorKind::Deadlock,
        "`block_on` was called inside `block_on`, whose tasks could not run meanwhile: await the future instead",
    )
}

#[cold]
fn deadlock() -> io::Error {
    io::Error::new(
        io::ErrorKind::Deadlock,
        "every task waits, and nothing can ever wake one: none waits for a source or a timer, and the platform has no \
         other thread",
    )
}

impl Drop for Executor {
    fn drop(&mut self) {
        self.tasks.close();
    }
}
