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

use crate::sync::Mutex;
use crate::task::tasks::{NOBODY, Tasks, into_output};

/// What [`spawn`](crate::spawn) returns: awaiting it gives the task's output, dropping it cancels the task.
///
/// # Errors
///
/// [`Panicked`] if the task panicked; `Interrupted` if its executor went before it was done.
#[must_use = "dropping it cancels the task: await it, or call `detach`"]
pub struct JoinHandle<T> {
    tasks: Rc<Tasks>,
    key: usize,
    is_detached: bool,
    output: PhantomData<fn() -> T>,
}

impl<T> JoinHandle<T> {
    pub(crate) fn new(tasks: Rc<Tasks>, key: usize) -> JoinHandle<T> {
        JoinHandle {
            tasks,
            key,
            is_detached: false,
            output: PhantomData,
        }
    }

    /// Lets the task go on by itself.
    pub fn detach(mut self) {
        self.is_detached = true;
    }

    /// Cancels the task, and drops its future before this returns; a task that cancels itself is dropped when it returns to
    /// its executor. The output, if the task was done before.
    pub fn cancel(mut self) -> Option<T>
    where
        T: 'static,
    {
        into_output(self.tasks.let_go(mem::replace(&mut self.key, NOBODY), false)).ok()
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
        drop(self.tasks.let_go(self.key, self.is_detached));
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
