//! The owner's end of a task.

use std::any::Any;
use std::error::Error;
use std::fmt;
use std::future::Future;
use std::io;
use std::marker::PhantomData;
use std::mem;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll};

use crate::reactor::contain::contain;
use crate::sync::Mutex;
use crate::task::job::into_output;
use crate::task::ready_tasks::NO_TASK;
use crate::task::tasks::Tasks;

/// What [`spawn`](crate::spawn) returns: awaiting it gives the task's output, dropping it cancels the task.
///
/// # Errors
///
/// [`Panicked`] if the task panicked, [`Cancelled`] if its executor was dropped before it was done, each inside an
/// [`io::Error`]. A handle that is polled after it gave the output says so.
#[must_use = "dropping it cancels the task: await it, or call `detach`"]
pub struct JoinHandle<T> {
    tasks: Rc<Tasks>,
    key: usize,
    is_detached: bool,
    output: PhantomData<fn() -> T>,
}

impl<T> JoinHandle<T> {
    pub(super) fn new(tasks: Rc<Tasks>, key: usize) -> JoinHandle<T> {
        JoinHandle {
            tasks,
            key,
            is_detached: false,
            output: PhantomData,
        }
    }

    /// Lets the task go on without its handle.
    pub fn detach(mut self) {
        self.is_detached = true;
    }

    /// Cancels the task, and drops its future before this returns; a task that cancels itself is dropped when it returns to
    /// its executor. The output, if the task was done before.
    ///
    /// A panic of the future's destructor is caught: the panic hook reports it.
    pub fn cancel(mut self) -> Option<T>
    where
        T: 'static,
    {
        let job = self.tasks.release(mem::replace(&mut self.key, NO_TASK), false);
        let mut output = None;
        // The payload of a panic is foreign, as its destructor is.
        contain(|| output = into_output(job).ok());
        output
    }

    /// Whether the task is done.
    pub fn is_finished(&self) -> bool {
        self.tasks.is_finished(self.key)
    }
}

impl<T: 'static> Future for JoinHandle<T> {
    type Output = io::Result<T>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<T>> {
        self.tasks.poll_join(self.key, cx).map(into_output)
    }
}

impl<T> Drop for JoinHandle<T> {
    fn drop(&mut self) {
        let job = self.tasks.release(self.key, self.is_detached);
        contain(|| drop(job));
    }
}

impl<T> fmt::Debug for JoinHandle<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("JoinHandle")
            .field("is_finished", &self.is_finished())
            .finish()
    }
}

/// A task panicked: what is inside the [`io::Error`] of its [`JoinHandle`].
///
/// ```
/// use triga::task::Panicked;
///
/// let outcome = triga::block_on(async { triga::spawn(async { panic!("out of luck") })?.await });
/// let error: std::io::Error = outcome.and_then(|joined: std::io::Result<()>| joined).unwrap_err();
/// assert_eq!(error.to_string(), "the task panicked: out of luck");
/// assert!(error.get_ref().is_some_and(|inner| inner.is::<Panicked>()));
/// ```
pub struct Panicked(Mutex<Box<dyn Any + Send>>);

impl Panicked {
    pub(crate) fn new(payload: Box<dyn Any + Send>) -> Panicked {
        Panicked(Mutex::new(payload))
    }

    /// What the task panicked with, for [`resume_unwind`](std::panic::resume_unwind).
    pub fn into_payload(self) -> Box<dyn Any + Send> {
        self.0.into_inner()
    }
}

impl fmt::Display for Panicked {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let payload = self.0.lock();
        let message = payload.downcast_ref::<&str>().copied();
        match message.or_else(|| payload.downcast_ref::<String>().map(String::as_str)) {
            Some(message) => write!(f, "the task panicked: {message}"),
            None => f.write_str("the task panicked"),
        }
    }
}

impl fmt::Debug for Panicked {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl Error for Panicked {}

/// A task was dropped before it was done, because its executor was: what is inside the [`io::Error`] of its [`JoinHandle`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cancelled;

impl fmt::Display for Cancelled {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(
            "the task will never be done, since its executor is gone: keep the executor until its tasks are done",
        )
    }
}

impl Error for Cancelled {}
