//! The owner's end of a task.

use std::any::Any;
use std::error::Error;
use std::fmt;
use std::future::Future;
use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use async_task::FallibleTask;

use crate::sync::{Arc, Mutex};
use crate::task::queue::Queue;

/// What [`spawn`](crate::spawn) returns: awaiting it gives the task's output, dropping it cancels the task.
///
/// # Errors
///
/// [`Panicked`] if the task panicked; `Interrupted` if its executor went before it was done.
#[must_use = "dropping it cancels the task: await it, or call `detach`"]
pub struct JoinHandle<T> {
    task: FallibleTask<T, Arc<Queue>>,
}

impl<T> JoinHandle<T> {
    pub(crate) fn new(task: async_task::Task<T, Arc<Queue>>) -> JoinHandle<T> {
        JoinHandle { task: task.fallible() }
    }

    /// Lets the task go on by itself.
    pub fn detach(self) {
        self.task.detach();
    }

    /// Cancels the task and waits until its future is dropped. Its output, if it was done before.
    pub async fn cancel(self) -> Option<T> {
        self.task.cancel().await
    }

    /// Whether the task is done.
    pub fn is_finished(&self) -> bool {
        self.task.is_finished()
    }
}

impl<T> Future for JoinHandle<T> {
    type Output = io::Result<T>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<T>> {
        // The task's panic comes out of this poll.
        let output = catch_unwind(AssertUnwindSafe(|| Pin::new(&mut self.task).poll(cx)));
        Poll::Ready(match output {
            Ok(output) => ready!(output).ok_or_else(|| {
                io::Error::new(
                    io::ErrorKind::Interrupted,
                    "the task will never be done: its executor is gone",
                )
            }),
            Err(payload) => Err(io::Error::other(Panicked(Mutex::new(payload)))),
        })
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
