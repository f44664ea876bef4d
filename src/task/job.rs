//! A task's future, and its outcome.

use std::any::Any;
use std::future::Future;
use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, Waker, ready};

use pin_project_lite::pin_project;

use crate::reactor::budget;
use crate::reactor::contain::contain;
use crate::reactor::task_key::{self, TaskKey};
use crate::task::join::{Cancelled, Panicked};

/// A task's future, of whatever type, and then its output.
pub(super) trait Job {
    /// Polls the task, whose key this is. Once it is ready, it stays so.
    fn run(self: Pin<&mut Self>, key: usize) -> Poll<()>;
    /// Its outcome: an `Option` of its output, a [`Panic`] or [`Gone`]. `None` while it is not done.
    fn outcome(self: Pin<&mut Self>) -> Option<&mut dyn Any>;
}

pin_project! {
    /// A future beside the waker that it is polled with: the fields that one poll reads are adjacent.
    #[repr(C)]
    pub(super) struct Spawned<F: Future> {
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

impl<F: Future> Spawned<F> {
    pub(super) fn new(waker: Waker, future: F) -> Spawned<F> {
        Spawned {
            waker,
            stage: Stage::Running { future },
        }
    }
}

impl<F> Job for Spawned<F>
where
    F: Future,
    F::Output: 'static,
{
    #[inline]
    fn run(self: Pin<&mut Self>, key: usize) -> Poll<()> {
        let mut this = self.project();
        if let StageProjection::Running { future } = this.stage.as_mut().project() {
            begin(key, this.waker);
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
pub(super) struct Panic(pub(super) Option<Box<dyn Any + Send>>);

impl Job for Panic {
    fn run(self: Pin<&mut Self>, _key: usize) -> Poll<()> {
        Poll::Ready(())
    }

    fn outcome(self: Pin<&mut Self>) -> Option<&mut dyn Any> {
        Some(self.get_mut())
    }
}

/// In the place of a task whose executor was dropped before it was done.
pub(super) struct Gone;

impl Job for Gone {
    fn run(self: Pin<&mut Self>, _key: usize) -> Poll<()> {
        Poll::Ready(())
    }

    fn outcome(self: Pin<&mut Self>) -> Option<&mut dyn Any> {
        Some(self.get_mut())
    }
}

pub(super) type BoxJob = Pin<Box<dyn Job>>;

/// A job that is run. When it panics, it is dropped while that unwinds, and a second panic would abort the program.
pub(super) struct Contained(pub(super) Option<BoxJob>);

impl Drop for Contained {
    #[inline]
    fn drop(&mut self) {
        if self.0.is_some() {
            contain(|| self.0 = None);
        }
    }
}

/// Begins to poll the task with this key and this waker.
#[inline]
pub(super) fn begin(key: usize, waker: &Waker) {
    budget::refill();
    task_key::begin(TaskKey::new(key), waker);
}

/// The output of a task whose job this was.
///
/// # Errors
///
/// A panic of the task, [`Cancelled`] if it was never done, and that its output was taken before.
pub(super) fn into_output<T: 'static>(mut job: Option<BoxJob>) -> io::Result<T> {
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
