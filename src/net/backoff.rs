//! Pauses between attempts, for what fails now and may succeed soon without an event that says so.

use std::future::{Future, poll_fn};
use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use triga_platform::net;

use crate::reactor::Handle;
use crate::time::Instant;

/// Runs an operation again, after pauses, that failed for want of memory or descriptors.
///
/// # Errors
///
/// The operation's own, and the last one if there were enough pauses.
pub(crate) async fn retry<R, F: Future<Output = io::Result<R>>>(
    handle: &Handle,
    mut operation: impl FnMut() -> F,
) -> io::Result<R> {
    let mut backoff = Backoff::default();
    loop {
        match operation().await {
            Err(error) if net::MAY_RUN_OUT && net::is_exhausted(&error) => {
                backoff.pause(handle, error)?;
                poll_fn(|cx| backoff.poll_over(cx)).await?;
            }
            result => return result,
        }
    }
}

/// The pauses: 5 ms and twice as long each time, 1.275 s in all.
#[derive(Default)]
pub(crate) struct Backoff {
    pauses: u32,
    /// The pause under way. It is rare, so it is boxed: futures that may pause stay small, and a program on a platform without
    /// pauses has none of their code.
    pause: Option<Pin<Box<dyn Future<Output = io::Result<()>> + Send + Sync>>>,
}

impl Backoff {
    /// Begins the pause before the next attempt.
    ///
    /// # Errors
    ///
    /// What the last attempt failed with, when there were enough of them.
    pub(crate) fn pause(&mut self, handle: &Handle, error: io::Error) -> io::Result<()> {
        const FIRST: Duration = Duration::from_millis(5);
        const PAUSES: u32 = 8;
        if self.pauses == PAUSES {
            return Err(error);
        }
        let pause = FIRST * 2_u32.pow(self.pauses);
        self.pauses += 1;
        self.pause = Some(Box::pin(handle.sleep_until(Instant::now() + pause)));
        Ok(())
    }

    /// Waits until the pause is over, if there is one.
    pub(crate) fn poll_over(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let Some(pause) = &mut self.pause else {
            return Poll::Ready(Ok(()));
        };
        let over = ready!(pause.as_mut().poll(cx));
        self.pause = None;
        Poll::Ready(over)
    }
}
