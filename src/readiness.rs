//! A wait for readiness, one of any number.

use std::future::Future;
use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use triga_platform::Interest;

use crate::coop;
use crate::ready::ReadyEvent;
use crate::registration::Registration;

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

impl<'a> Readiness<'a> {
    pub(crate) fn new(registration: &'a Registration, interest: Interest) -> Readiness<'a> {
        Readiness::newer(registration, interest, None)
    }

    /// A wait that a readiness of the tick `stale` does not end.
    pub(crate) fn newer(
        registration: &'a Registration,
        interest: Interest,
        stale: Option<ReadyEvent>,
    ) -> Readiness<'a> {
        Readiness {
            registration,
            interest,
            stale,
            key: None,
        }
    }
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
