//! A program that has warmed up allocates nothing more for its waits.

use std::convert::Infallible;
use std::io::{self, Write};
use std::slice;
use std::task::Waker;
use std::time::Duration;

use futures_util::{AsyncReadExt, AsyncWriteExt};
use triga::task::{Executor, yield_now};
use triga::time::{Instant, interval, sleep, timeout};
use triga::{Direction, Driver, Interest, Registration};

use crate::harness::{Outcome, programs, tests};
use crate::numbers::many;
use crate::pattern;
use crate::peer::{Source, peer, source};
use crate::rows::Need;
use crate::wakes::{Wakes, poll, receive_byte, wait_for};

tests![
    turns_allocate_nothing(),
    timers_allocate_nothing(),
    waits_and_wakes_allocate_nothing(Need::Peer),
    registrations_allocate_nothing(Need::Peer),
];

programs![tasks_allocate_nothing(), echo_round_trips_allocate_nothing(Need::Peer),];

/// The answers of a wait or read come in memory that is allocated for them: where hosts and guests are components, and in a
/// simulation.
const ANSWERS_ALLOCATE: bool = cfg!(any(target_env = "p2", triga_platform = "sim"));

/// Runs the work until it has all the memory that it needs, and then once more.
fn allocates_nothing(work: impl FnMut() -> Outcome) -> Outcome {
    allocates(0, work)
}

/// Where the host's answers are allocations, it is told that what comes is given back. A host within the program, as that of a
/// simulation, may still want more memory for itself now and then, though not each time.
fn allocates(expected: u64, mut work: impl FnMut() -> Outcome) -> Outcome {
    for _ in 0..30 {
        work()?;
    }
    let mut measure = || {
        let mut outcome = Ok(());
        let counts = allocation_counter::measure(|| outcome = work());
        outcome.map(|()| counts)
    };
    if !ANSWERS_ALLOCATE {
        let counts = measure()?;
        assert_eq!(
            counts.count_total, expected,
            "{} bytes in as many allocations",
            counts.bytes_total
        );
        return Ok(());
    }
    for _ in 0..5 {
        let counts = measure()?;
        if (counts.count_current, counts.bytes_current) == (0, 0) {
            return Ok(());
        }
    }
    panic!("it keeps some memory each time");
}

async fn turns_allocate_nothing() -> Outcome {
    let mut driver = Driver::new()?;
    allocates_nothing(|| {
        for _ in 0..many(100) {
            driver.handle().unpark()?;
            driver.turn(None)?;
            driver.turn(Some(Duration::ZERO))?;
        }
        Ok(())
    })
}

async fn timers_allocate_nothing() -> Outcome {
    let mut driver = Driver::new()?;
    let handle = driver.handle().clone();
    allocates_nothing(|| {
        let now = Instant::now();
        for round in 0..many(100) as u64 {
            let mut due = handle.sleep_until(now);
            let mut dropped = handle.sleep_until(now + Duration::from_secs(round));
            assert!(poll(&mut due, Waker::noop()).is_pending());
            assert!(poll(&mut dropped, Waker::noop()).is_pending());
            drop(dropped);
            driver.turn(None)?;
            assert!(poll(&mut due, Waker::noop()).is_ready());
        }
        Ok(())
    })
}

async fn waits_and_wakes_allocate_nothing() -> Outcome {
    let mut driver = Driver::new()?;
    let (mut source, _far) = source("echo").await?;
    let registration = Registration::new(driver.handle(), &mut source, Interest::READABLE)?;
    let (_, waker) = Wakes::new();
    let bytes = pattern::bytes(0, 4_000);
    let mut bytes = bytes.iter();
    allocates_nothing(|| {
        for byte in bytes.by_ref().take(many(100)) {
            // One wait of each kind: the poller's and the list's.
            wait_for(&registration, Direction::Read, &waker)?;
            let mut wait = registration.readiness(Interest::READABLE);
            assert!(poll(&mut wait, &waker).is_pending());
            send(&mut driver, &mut source, slice::from_ref(byte))?;
            receive_byte(&mut driver, &registration, &mut source)?;
            drop(wait);
        }
        Ok(())
    })
}

/// Sends a few bytes. There is room for them, but a WASI 0.2 host that has answered often does not say so before it has run.
fn send(driver: &mut Driver, source: &mut Source, bytes: &[u8]) -> io::Result<()> {
    loop {
        match source.write_all(bytes) {
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => driver.turn(Some(Duration::ZERO))?,
            result => return result,
        };
    }
}

async fn registrations_allocate_nothing() -> Outcome {
    let mut driver = Driver::new()?;
    let (mut source, _far) = source("receive all").await?;
    // On Windows mio makes a state for each socket that it polls.
    let of_mio = if cfg!(windows) { 3 } else { 0 };
    allocates(of_mio * 100, || {
        for _ in 0..many(100) {
            let registration = Registration::new(driver.handle(), &mut source, Interest::READABLE)?;
            registration.deregister(&mut source)?;
            drop(registration);
            driver.turn(Some(Duration::ZERO))?;
        }
        Ok(())
    })
}

fn tasks_allocate_nothing() -> Outcome {
    async fn task() -> io::Result<Infallible> {
        let mut ticks = interval(Duration::from_micros(100))?;
        loop {
            ticks.tick().await?;
            yield_now().await;
            timeout(Duration::from_secs(3600), sleep(Duration::from_micros(10))).await??;
        }
    }

    let mut executor = Executor::new()?;
    let _tasks: Vec<_> = (0..10).map(|_| executor.spawn(task())).collect();
    allocates_nothing(|| {
        let work = async {
            for _ in 0..many(10) {
                sleep(Duration::from_micros(300)).await?;
            }
            Ok(())
        };
        executor.block_on(work)?
    })
}

fn echo_round_trips_allocate_nothing() -> Outcome {
    const SIZE: usize = 64;
    let mut executor = Executor::new()?;
    let mut streams = Vec::new();
    for _ in 0..10 {
        streams.push(executor.block_on(peer("echo"))??.0);
    }
    let bytes = pattern::bytes(0, 1_000 * SIZE);
    let mut messages = bytes.chunks(SIZE);
    allocates_nothing(|| {
        let work = async {
            for message in messages.by_ref().take(many(20)) {
                for stream in &mut streams {
                    stream.write_all(message).await?;
                }
                for stream in &mut streams {
                    let mut received = [0; SIZE];
                    stream.read_exact(&mut received).await?;
                    assert_eq!(received, message);
                }
            }
            Ok(())
        };
        executor.block_on(work)?
    })
}
