//! What was needed for a time is given back.

use std::io;
use std::task::Waker;
use std::time::Duration;

use triga::{Direction, Driver, Interest, Registration, Source};
use triga_platform::{Registry, Token};

use crate::harness::{Outcome, tests};
use crate::numbers::many;
use crate::peer::source;
use crate::rows::Need;
use crate::wakes::{poll, wait_for};

tests![
    sources_that_are_gone_keep_no_memory(),
    waits_that_are_over_keep_no_memory(Need::Peer),
];

/// A source that no system knows.
struct Unknown;

impl Source for Unknown {
    fn register(&mut self, _: &Registry, _: Token, _: Interest) -> io::Result<()> {
        Ok(())
    }

    fn deregister(&mut self, _: &Registry, _: Token) -> io::Result<()> {
        Ok(())
    }
}

/// How many bytes more are allocated after the work than before it.
fn kept_by(work: impl FnOnce() -> Outcome) -> Outcome<i64> {
    let mut outcome = Ok(());
    let counts = allocation_counter::measure(|| outcome = work());
    outcome.map(|()| counts.bytes_current)
}

async fn sources_that_are_gone_keep_no_memory() -> Outcome {
    const COUNT: usize = many(100_000);
    let mut driver = Driver::new()?;
    let handle = driver.handle().clone();
    let register = || Registration::new(&handle, &mut Unknown, Interest::READABLE);
    // One stays.
    let _first = register()?;
    let kept = kept_by(|| {
        let all = (0..COUNT).map(|_| register()).collect::<io::Result<Vec<_>>>()?;
        drop(all);
        driver.turn(Some(Duration::ZERO))?;
        Ok(())
    })?;
    // A slot takes 64 bytes while its source is there, and a few bytes afterwards.
    let allowed = 10_000 + 4 * COUNT as i64;
    assert!(kept <= allowed, "{kept} bytes for {COUNT} sources that are gone");
    Ok(())
}

async fn waits_that_are_over_keep_no_memory() -> Outcome {
    const COUNT: usize = many(10_000);
    let mut driver = Driver::new()?;
    let (mut source, _far) = source("receive all").await?;
    let registration = Registration::new(driver.handle(), &mut source, Interest::READABLE)?;
    // Some platforms assume at first that a source is ready.
    driver.turn(Some(Duration::ZERO))?;
    wait_for(&registration, Direction::Read, Waker::noop())?;
    let kept = kept_by(|| {
        let mut waits: Vec<_> = (0..COUNT).map(|_| registration.readiness(Interest::READABLE)).collect();
        for wait in &mut waits {
            assert!(poll(wait, Waker::noop()).is_pending());
        }
        Ok(())
    })?;
    assert!(kept <= 2_000, "{kept} bytes for {COUNT} waits that are over");
    Ok(())
}
