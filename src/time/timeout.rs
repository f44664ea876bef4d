//! A limit on how long a future may take.

use std::future::{Future, poll_fn};
use std::io;
use std::pin::{Pin, pin};
use std::task::Poll;
use std::time::Duration;

use triga_platform::Instant;

use crate::time::sleep_until;

/// Runs a future, but no longer than `limit` from the first poll of what this returns.
///
/// Cancel safe if the future is: it is dropped when the time is over.
///
/// # Errors
///
/// `TimedOut` when the time is over, and those of [`sleep`](crate::time::sleep).
pub async fn timeout<F: Future>(limit: Duration, future: F) -> io::Result<F::Output> {
    timeout_at(Instant::now() + limit, future).await
}

/// Runs a future, but not after `deadline`. A future that is ready at once is never late.
///
/// # Errors
///
/// As [`timeout`].
pub async fn timeout_at<F: Future>(deadline: Instant, future: F) -> io::Result<F::Output> {
    let mut future = pin!(future);
    let mut sleep = sleep_until(deadline);
    poll_fn(move |cx| {
        if let Poll::Ready(output) = future.as_mut().poll(cx) {
            return Poll::Ready(Ok(output));
        }
        Pin::new(&mut sleep).poll(cx).map(|slept| {
            slept?;
            Err(io::Error::new(
                io::ErrorKind::TimedOut,
                "the operation took longer than its timeout",
            ))
        })
    })
    .await
}
