//! A driver that turns inside mio's loop.

use std::io;
use std::os::fd::{AsFd, AsRawFd};
use std::task::{Poll, Waker};
use std::time::Duration;

use futures_util::{AsyncReadExt, AsyncWriteExt};
use mio::unix::SourceFd;
use triga::Driver;
use triga::net::TcpStream;
use triga::time::Instant;

use crate::harness::Outcome;
use crate::numbers::many;
use crate::pattern;
use crate::peer::peer;
use crate::wakes::{Wakes, poll};

/// A loop of another make, and what it has been told of a driver.
struct Outer {
    poll: mio::Poll,
    events: mio::Events,
}

impl Outer {
    const DRIVER: mio::Token = mio::Token(7);

    fn new(driver: &Driver) -> io::Result<Outer> {
        let poll = mio::Poll::new()?;
        let descriptor = driver.as_fd().as_raw_fd();
        let mut source = SourceFd(&descriptor);
        poll.registry()
            .register(&mut source, Outer::DRIVER, mio::Interest::READABLE)?;
        Ok(Outer {
            poll,
            events: mio::Events::with_capacity(8),
        })
    }

    /// Waits, and says whether the driver has something to do.
    fn wait(&mut self, timeout: Option<Duration>) -> io::Result<bool> {
        self.poll.poll(&mut self.events, timeout)?;
        Ok(self.events.iter().any(|event| event.token() == Outer::DRIVER))
    }
}

pub(super) async fn a_driver_turns_inside_another_loop() -> Outcome {
    let mut driver = Driver::new()?;
    let (stream, _far) = peer("echo").await?;
    let mut stream = TcpStream::from_std(driver.handle(), stream.into_std()?)?;
    let mut outer = Outer::new(&driver)?;
    let mut work = Box::pin(async {
        for round in 0..many(1_000) as u64 {
            let sent = pattern::bytes(round, 1);
            stream.write_all(&sent).await?;
            let mut received = [0];
            stream.read_exact(&mut received).await?;
            assert_eq!(received[..], sent);
        }
        Ok(())
    });
    let (wakes, waker) = Wakes::new();
    loop {
        let woken = wakes.count();
        if let Poll::Ready(outcome) = poll(&mut work, &waker) {
            return outcome;
        }
        if wakes.count() == woken {
            assert!(outer.wait(None)?);
            driver.turn(Some(Duration::ZERO))?;
        }
    }
}

pub(super) async fn wakes_and_timers_of_a_driver_that_does_not_wait_are_no_system_calls() -> Outcome {
    let mut driver = Driver::new()?;
    let mut outer = Outer::new(&driver)?;
    for _ in 0..100 {
        driver.handle().unpark()?;
        let mut sleep = driver.handle().sleep_until(Instant::FAR_FUTURE);
        assert!(poll(&mut sleep, Waker::noop()).is_pending());
    }
    // The only call that a wake could make is one that leaves an event for the driver.
    assert!(!outer.wait(Some(Duration::ZERO))?);
    driver.turn(None)?;
    assert!(!outer.wait(Some(Duration::ZERO))?);
    Ok(())
}
