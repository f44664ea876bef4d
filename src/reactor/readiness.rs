//! Waiting for readiness as one of any number of tasks.

use std::future::{Future, poll_fn};
use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use triga_platform::{Interest, Ready};

use crate::reactor::ready::ReadyEvent;
use crate::reactor::registration::Registration;
use crate::reactor::scheduled_io::State;

impl Registration {
    /// Waits until the source is ready for the interest.
    ///
    /// Cancel safe: a wait that is dropped leaves nothing behind, and the readiness stays until it is cleared.
    pub fn readiness(&self, interest: Interest) -> Readiness<'_> {
        Readiness {
            registration: self,
            mask: interest.mask(),
            key: None,
        }
    }

    /// Runs a non-blocking operation as often as it takes until it says neither that it would block nor that it was interrupted.
    ///
    /// Cancel safe if the operation is: it is not run once the future is dropped.
    ///
    /// # Errors
    ///
    /// Those of [`readiness`](Self::readiness), and the operation's own.
    pub fn async_io<R>(
        &self,
        interest: Interest,
        mut operation: impl FnMut() -> io::Result<R>,
    ) -> impl Future<Output = io::Result<R>> {
        let mut wait = self.readiness(interest);
        poll_fn(move |cx| wait.poll_io(cx, &mut operation))
    }
}

/// What [`Registration::readiness`] returns.
///
/// # Errors
///
/// `InvalidInput` for an interest that the source is not registered for, [`ShutDown`](crate::ShutDown) after a shutdown, and a platform
/// that cannot wait for the source.
#[derive(Debug)]
#[must_use = "a future does nothing unless it is awaited"]
pub struct Readiness<'a> {
    registration: &'a Registration,
    mask: Ready,
    key: Option<usize>,
}

impl Readiness<'_> {
    pub(crate) fn poll_io<R>(
        &mut self,
        cx: &mut Context<'_>,
        mut operation: impl FnMut() -> io::Result<R>,
    ) -> Poll<io::Result<R>> {
        let mut state = ready!(self.poll_state(cx))?;
        loop {
            match operation() {
                Ok(done) => return Poll::Ready(Ok(done)),
                Err(error) => state = ready!(self.poll_again(cx, state, error))?,
            }
        }
    }

    fn poll_again(&mut self, cx: &mut Context<'_>, state: State, error: io::Error) -> Poll<io::Result<State>> {
        self.registration.check_error(state.event(self.mask), error)?;
        self.poll_state(cx)
    }

    fn poll_state(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<State>> {
        self.registration.poll_listed(cx, self.mask, &mut self.key)
    }
}

impl Future for Readiness<'_> {
    type Output = io::Result<ReadyEvent>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let this = &mut *self;
        let state = ready!(this.poll_state(cx))?;
        Poll::Ready(Ok(state.event(this.mask)))
    }
}

impl Drop for Readiness<'_> {
    fn drop(&mut self) {
        self.registration.remove_listed(&mut self.key);
    }
}
