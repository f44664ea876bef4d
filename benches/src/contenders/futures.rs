//! The tasks of the contenders that speak the traits of futures-io, and the timers of all that have some.

use std::future::{Future, poll_fn};
use std::io;
use std::pin::{Pin, pin};
use std::sync::atomic::AtomicUsize;
use std::sync::atomic::Ordering::Relaxed;
use std::time::Duration;

use futures_lite::future::poll_once;
use futures_lite::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};

use super::whole;
use crate::contender::{BUFFER, MESSAGE, STEPS_PER_TURN};
use crate::measure::clock;

/// How many tasks of [`echo`] have begun.
pub(super) static BEGUN: AtomicUsize = AtomicUsize::new(0);

/// Sends back what comes, until the connection is closed or reset.
pub(super) async fn echo(mut stream: impl AsyncRead + AsyncWrite + Unpin) -> io::Result<()> {
    let mut buffer = [0; BUFFER];
    BEGUN.fetch_add(1, Relaxed);
    loop {
        match stream.read(&mut buffer).await {
            Ok(0) => return Ok(()),
            Ok(count) => stream.write_all(&buffer[..count]).await?,
            Err(error) if error.kind() == io::ErrorKind::ConnectionReset => return Ok(()),
            Err(error) => return Err(error),
        }
    }
}

/// One end of a pair: answers so many messages, one of the two after it sent the first. It polls the stream itself, so that a
/// hop is the work of the reactor and of the executor, and not of what a library puts around them.
pub(super) async fn volley(
    mut stream: impl AsyncRead + AsyncWrite + Unpin,
    rounds: u64,
    serves: bool,
) -> io::Result<()> {
    let mut buffer = [7; BUFFER];
    let mut reads = !serves;
    for _ in 0..rounds * 2 {
        whole(if reads {
            poll_fn(|cx| Pin::new(&mut stream).poll_read(cx, &mut buffer)).await?
        } else {
            poll_fn(|cx| Pin::new(&mut stream).poll_write(cx, &buffer[..MESSAGE])).await?
        })?;
        reads = !reads;
    }
    Ok(())
}

/// Sets and cancels a timer so many times, with a look at the selector now and then.
pub(super) async fn timer_churn<S: Future, T: Future<Output = io::Result<()>>>(
    sleep: impl Fn(Duration) -> S,
    turn: impl Fn() -> T,
    earlier: bool,
    times: u64,
) -> io::Result<()> {
    let mut first = pin!(sleep(HOUR / 2));
    if earlier {
        poll_once(first.as_mut()).await;
    }
    for step in 0..times {
        let mut timer = pin!(sleep(HOUR));
        if poll_once(timer.as_mut()).await.is_some() {
            return Err(rang());
        }
        if step % STEPS_PER_TURN == 0 {
            turn().await?;
        }
    }
    Ok(())
}

/// Sets so many timers in no order, then cancels them: nanoseconds of CPU time for each.
pub(super) async fn timer_crowd<S: Future>(sleep: impl Fn(Duration) -> S, count: u64) -> io::Result<(f64, f64)> {
    let spread = |index: u64| index.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 42;
    // The places are boxed and filled before the clock starts, and freed after it stopped: only the timers' own work counts.
    let mut timers: Vec<_> = (0..count)
        .map(|index| Box::pin(Some(sleep(HOUR + Duration::from_millis(spread(index))))))
        .collect();
    let before = clock::process()?;
    for timer in timers.iter_mut().filter_map(|timer| timer.as_mut().as_pin_mut()) {
        if poll_once(timer).await.is_some() {
            return Err(rang());
        }
    }
    let between = clock::process()?;
    for timer in &mut timers {
        timer.as_mut().set(None);
    }
    let after = clock::process()?;
    Ok(((between - before) / count as f64, (after - between) / count as f64))
}

const HOUR: Duration = Duration::from_secs(3600);

fn rang() -> io::Error {
    io::Error::other("a timer of an hour ended at once")
}
