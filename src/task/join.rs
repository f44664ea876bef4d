//! The owner's end of a task.

use std::fmt;
use std::future::Future;
use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};

use async_task::FallibleTask;

use crate::sync::Arc;
use crate::task::queue::Queue;

/// What [`spawn`](crate::spawn) returns: awaiting it gives the task's output, dropping it cancels the task.
///
/// # Errors
///
/// `Interrupted` if the task will never be done: it panicked, or its executor is gone.
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
        Pin::new(&mut self.task).poll(cx).map(|output| {
            output.ok_or_else(|| {
                io::Error::new(
                    io::ErrorKind::Interrupted,
                    "the task was dropped before it was done: its executor is gone",
                )
            })
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
