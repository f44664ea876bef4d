//! Many sources, hasty owners, and descriptors that are closed elsewhere.

use std::io::{self, Read};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Waker};
use std::thread;
use std::time::Duration;

use triga::{Capability, Direction, Driver, Interest, Registration};
use triga_platform::EDGE_TRIGGERED;

use crate::harness::{Outcome, tests};
use crate::numbers::many;
use crate::peer::{source, sources};
use crate::rows::Need;
use crate::wakers::quietly;
use crate::wakes::{is_ready, poll, receive_byte, send_byte, turn_until, wait_for};

tests![
    sources_come_and_go_on_four_threads_while_the_driver_turns(Need::Has(Capability::RemoteWake), Need::Peer),
    sources_come_and_go_between_turns(Need::Peer),
    places_of_sources_that_went_are_used_again(Need::Peer),
    a_descriptor_that_is_closed_elsewhere_disturbs_no_other_source(Need::Peer),
    a_number_that_is_opened_again_belongs_to_its_new_source(Need::Peer),
    a_thread_that_panics_takes_its_own_sources_along_and_no_other(
        Need::Unwinding,
        Need::Has(Capability::RemoteWake),
        Need::Peer
    ),
];

async fn sources_come_and_go_on_four_threads_while_the_driver_turns() -> Outcome {
    const ROUNDS: usize = many(2_500);
    let mut driver = Driver::new()?;
    let handle = driver.handle().clone();
    let (readable, _far) = sources(4, "send 1, receive all").await?;
    let (silent, _far) = sources(4, "receive all").await?;
    let is_over = Arc::new(AtomicBool::new(false));
    let turning = thread::spawn({
        let is_over = is_over.clone();
        move || {
            while !is_over.load(Ordering::SeqCst) {
                driver.turn(None)?;
            }
            io::Result::Ok(driver)
        }
    });
    let threads: Vec<_> = readable
        .into_iter()
        .zip(silent)
        .map(|(mut readable, mut silent)| {
            let handle = handle.clone();
            thread::spawn(move || {
                for round in 0..ROUNDS {
                    let other = Registration::new(&handle, &mut silent, Interest::READABLE)?;
                    let registration = Registration::new(&handle, &mut readable, Interest::READABLE)?;
                    if round % 2 == 0 {
                        // The event is delivered, and to the right one of the two.
                        futures_executor::block_on(registration.readiness(Interest::READABLE))?;
                    }
                    let mut cx = Context::from_waker(Waker::noop());
                    assert!(other.poll_read_ready(&mut cx).is_pending());
                    registration.deregister(&mut readable)?;
                    drop(registration);
                    other.deregister(&mut silent)?;
                }
                io::Result::Ok(())
            })
        })
        .collect();
    for thread in threads {
        thread.join().unwrap()?;
    }
    is_over.store(true, Ordering::SeqCst);
    handle.unpark()?;
    turning.join().unwrap()?;
    let metrics = handle.metrics();
    assert_eq!((metrics.registered, metrics.registrations()), (8 * ROUNDS as u64, 0));
    Ok(())
}

async fn sources_come_and_go_between_turns() -> Outcome {
    const ROUNDS: usize = many(10_000);
    let mut driver = Driver::new()?;
    let (mut source, _far) = source("send 1, receive all").await?;
    for round in 0..ROUNDS {
        let registration = Registration::new(driver.handle(), &mut source, Interest::READABLE)?;
        if round % 100 == 0 {
            wait_for(&registration, Direction::Read, Waker::noop())?;
            turn_until(&mut driver, &registration, Direction::Read)?;
        }
        registration.deregister(&mut source)?;
    }
    let metrics = driver.handle().metrics();
    assert_eq!((metrics.registered, metrics.registrations()), (ROUNDS as u64, 0));
    Ok(())
}

async fn places_of_sources_that_went_are_used_again() -> Outcome {
    let mut driver = Driver::new()?;
    let (mut sources, _far) = sources(50, "send 1, receive all").await?;
    for _ in 0..1 + many(19) {
        let registrations: Vec<_> = sources
            .iter_mut()
            .map(|source| Registration::new(driver.handle(), source, Interest::READABLE))
            .collect::<io::Result<_>>()?;
        for registration in &registrations {
            wait_for(registration, Direction::Read, Waker::noop())?;
        }
        for registration in &registrations {
            turn_until(&mut driver, registration, Direction::Read)?;
        }
        for (registration, source) in registrations.iter().zip(&mut sources) {
            registration.deregister(source)?;
        }
        drop(registrations);
        driver.turn(Some(Duration::ZERO))?;
    }
    Ok(())
}

async fn a_descriptor_that_is_closed_elsewhere_disturbs_no_other_source() -> Outcome {
    let mut driver = Driver::new()?;
    let mut echoes = Vec::new();
    for _ in 0..10 {
        let (mut source, _far) = source("echo").await?;
        let registration = Registration::new(driver.handle(), &mut source, Interest::READABLE)?;
        wait_for(&registration, Direction::Read, Waker::noop())?;
        echoes.push((Some(source), registration));
    }
    for round in 0..10 {
        // The source is closed while its registration waits.
        echoes[round].0 = None;
        for (source, registration) in &mut echoes[round + 1..] {
            let source = source.as_mut().expect("it is not closed yet");
            send_byte(source, round as u64)?;
            receive_byte(&mut driver, registration, source)?;
            wait_for(registration, Direction::Read, Waker::noop())?;
        }
    }
    drop(echoes);
    assert_eq!(driver.handle().metrics().registrations(), 0);
    driver.turn(Some(Duration::ZERO))?;
    Ok(())
}

async fn a_number_that_is_opened_again_belongs_to_its_new_source() -> Outcome {
    let mut driver = Driver::new()?;
    let mut closed: Vec<Registration> = Vec::new();
    for round in 0..20 {
        // The source before this one was closed while its registration waits, and this one has its number.
        let (mut source, _far) = source("echo").await?;
        let registration = Registration::new(driver.handle(), &mut source, Interest::READABLE)?;
        for byte in 0..3 {
            wait_for(&registration, Direction::Read, Waker::noop())?;
            send_byte(&source, byte)?;
            receive_byte(&mut driver, &registration, &mut source)?;
        }
        wait_for(&registration, Direction::Read, Waker::noop())?;
        // A host that knows nothing but the number may wake the old owner too, who finds out.
        let confused = closed.iter().position(|old| is_ready(old, Interest::READABLE));
        assert!(
            confused.is_none() || !EDGE_TRIGGERED,
            "round {round} made a closed source ready"
        );
        // The source goes at the end of its round.
        closed.push(registration);
    }
    Ok(())
}

async fn a_thread_that_panics_takes_its_own_sources_along_and_no_other() -> Outcome {
    let mut driver = Driver::new()?;
    let handle = driver.handle().clone();
    let is_over = Arc::new(AtomicBool::new(false));
    let turning = thread::spawn({
        let is_over = is_over.clone();
        move || {
            while !is_over.load(Ordering::SeqCst) {
                driver.turn(None)?;
            }
            io::Result::Ok(())
        }
    });
    let (mut source, _far) = source("echo").await?;
    let other = Registration::new(&handle, &mut source, Interest::READABLE)?;
    let (doomed, _far) = sources(40, "send 1, receive all").await?;
    for (round, mut doomed) in doomed.into_iter().enumerate() {
        let handle = handle.clone();
        let panicking = move || {
            let registration = Registration::new(&handle, &mut doomed, Interest::READABLE)?;
            // Some waits are under way, and some operations.
            let mut waits: Vec<_> = (0..3).map(|_| registration.readiness(Interest::READABLE)).collect();
            waits.iter_mut().for_each(|wait| drop(poll(wait, Waker::noop())));
            if round % 2 == 0 {
                panic!("with waits under way");
            }
            let operation =
                registration.async_io(Interest::READABLE, || -> io::Result<()> { panic!("in an operation") });
            futures_executor::block_on(operation)
        };
        let panicked = quietly(|| thread::spawn(panicking).join());
        assert!(panicked.is_err(), "{panicked:?}");
        send_byte(&source, round as u64)?;
        let echoed = other.async_io(Interest::READABLE, || source.read_exact(&mut [0]));
        futures_executor::block_on(echoed)?;
    }
    assert_eq!(handle.metrics().registrations(), 1);
    is_over.store(true, Ordering::SeqCst);
    handle.unpark()?;
    turning.join().unwrap().map_err(Into::into)
}
