//! Waiting for readiness as one of any number of tasks.

use std::future::Future;
use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use triga_platform::Interest;

use crate::coop;
use crate::ready::ReadyEvent;
use crate::registration::Registration;

impl Registration {
    /// Waits until the source is ready for the interest.
    ///
    /// Cancel safe: a wait that is dropped leaves nothing behind, and the readiness stays until it is cleared.
    pub fn readiness(&self, interest: Interest) -> Readiness<'_> {
        self.readiness_newer_than(None, interest)
    }

    /// Runs a non-blocking operation as often as it takes until it says neither that it would block nor that it was interrupted.
    ///
    /// Cancel safe if the operation is: it is not run once the future is dropped.
    ///
    /// # Errors
    ///
    /// Those of [`readiness`](Self::readiness), and the operation's own.
    pub async fn async_io<R>(&self, interest: Interest, mut operation: impl FnMut() -> io::Result<R>) -> io::Result<R> {
        let mut stale = None;
        loop {
            let event = self.readiness_newer_than(stale, interest).await?;
            let result = operation();
            match result.as_ref().map_err(io::Error::kind) {
                Err(io::ErrorKind::WouldBlock) => {
                    self.clear_readiness(event);
                    stale = Some(event);
                }
                Err(io::ErrorKind::Interrupted) => {}
                _ => return result,
            }
        }
    }

    /// A wait that what was ready at the tick of `stale` does not end.
    fn readiness_newer_than(&self, stale: Option<ReadyEvent>, interest: Interest) -> Readiness<'_> {
        Readiness {
            registration: self,
            interest,
            stale,
            key: None,
        }
    }
}

/// What [`Registration::readiness`] returns.
///
/// # Errors
///
/// [`ShutDown`](crate::ShutDown) after a shutdown, and a platform that cannot wait for the source.
#[derive(Debug)]
#[must_use = "a future does nothing unless it is awaited"]
pub struct Readiness<'a> {
    registration: &'a Registration,
    interest: Interest,
    stale: Option<ReadyEvent>,
    key: Option<usize>,
}

impl Future for Readiness<'_> {
    type Output = io::Result<ReadyEvent>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let this = &mut *self;
        match this
            .registration
            .poll_listed(cx, this.interest, this.stale, &mut this.key)
        {
            Poll::Ready(state) => {
                ready!(coop::poll_proceed(cx));
                Poll::Ready(state.event(this.interest.mask()).map_err(io::Error::from))
            }
            Poll::Pending => {
                for direction in this.interest.directions() {
                    this.registration.arm(direction)?;
                }
                Poll::Pending
            }
        }
    }
}

impl Drop for Readiness<'_> {
    fn drop(&mut self) {
        self.registration.remove_listed(&mut self.key);
    }
}
