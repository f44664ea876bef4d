//! Wakers: foreign code in the middle of a turn.

use std::io;
use std::panic::{self, AssertUnwindSafe};
use std::sync::{Arc, Mutex};
use std::task::Waker;
use std::thread;
use std::time::Duration;

use triga::time::Instant;
use triga::{Direction, Driver, Interest, Registration};

use crate::harness::{Outcome, tests};
use crate::peer::{Source, source};
use crate::rows::Need;
use crate::wakes::{OnWake, Wakes, drain, is_ready, poll, send_byte, wait_for};

tests![
    a_waker_that_panics_takes_no_other_wake_along(Need::Unwinding, Need::Peer),
    a_waker_that_panics_in_a_shutdown_takes_no_other_wake_along(Need::Unwinding),
    a_waker_whose_panic_panics_again_does_not_leave_a_turn(Need::Unwinding, Need::Peer),
    a_waker_may_use_the_reactor(Need::Peer),
    a_waker_may_drop_the_source_that_woke_it(Need::Peer),
    a_waker_may_put_another_in_the_place_of_a_source_whose_event_is_in_flight(Need::Peer),
    an_event_of_a_source_that_is_gone_is_dropped(Need::Peer),
    an_event_of_a_source_that_went_does_not_reach_the_next_in_its_place(Need::Peer),
];

/// Keeps the message of a panic that is meant to be off the screen.
pub(crate) fn quietly<T>(action: impl FnOnce() -> T) -> T {
    let hook = panic::take_hook();
    panic::set_hook(Box::new(|_| {}));
    let result = panic::catch_unwind(AssertUnwindSafe(action));
    panic::set_hook(hook);
    result.unwrap_or_else(|payload| panic::resume_unwind(payload))
}

fn panicking() -> Waker {
    OnWake::waker(|| panic!("this waker always does"))
}

async fn a_waker_that_panics_takes_no_other_wake_along() -> Outcome {
    let mut driver = Driver::new()?;
    let (mut source, _far) = source("echo").await?;
    let registration = Registration::new(driver.handle(), &mut source, Interest::READABLE)?;
    let (wakes, waker) = Wakes::new();
    for round in 0..3 {
        wait_for(&registration, Direction::Read, &panicking())?;
        let mut waits: Vec<_> = (0..20).map(|_| registration.readiness(Interest::READABLE)).collect();
        let mut sleeps: Vec<_> = (0..20).map(|_| driver.handle().sleep_until(Instant::now())).collect();
        for (number, (wait, sleep)) in waits.iter_mut().zip(&mut sleeps).enumerate() {
            let waker = if number % 4 == 0 { &panicking() } else { &waker };
            assert!(poll(wait, waker).is_pending());
            assert!(poll(sleep, waker).is_pending());
        }
        send_byte(&source, round)?;
        quietly(|| {
            while !is_ready(&registration, Interest::READABLE) {
                driver.turn(None)?;
            }
            io::Result::Ok(())
        })?;
        assert_eq!(wakes.count() as u64, (round + 1) * 30, "10 of these 40 wakers panic");
        drain(&mut source)?;
    }
    Ok(())
}

async fn a_waker_that_panics_in_a_shutdown_takes_no_other_wake_along() -> Outcome {
    let mut driver = Driver::new()?;
    let (wakes, waker) = Wakes::new();
    let mut sleeps = [(); 3].map(|()| driver.handle().sleep_until(Instant::FAR_FUTURE));
    for (sleep, waker) in sleeps.iter_mut().zip([&panicking(), &waker, &panicking()]) {
        assert!(poll(sleep, waker).is_pending());
    }
    quietly(|| driver.shutdown());
    assert_eq!(wakes.count(), 1);
    Ok(())
}

async fn a_waker_whose_panic_panics_again_does_not_leave_a_turn() -> Outcome {
    /// Without end.
    struct Payload;
    impl Drop for Payload {
        fn drop(&mut self) {
            panic::resume_unwind(Box::new(Payload));
        }
    }
    let again = || OnWake::waker(|| panic::resume_unwind(Box::new(Payload)));
    let mut driver = Driver::new()?;
    let (mut source, _far) = source("echo").await?;
    let registration = Registration::new(driver.handle(), &mut source, Interest::READABLE)?;
    let (wakes, waker) = Wakes::new();
    // Woken on the spot, and in a batch.
    wait_for(&registration, Direction::Read, &again())?;
    let mut waits: Vec<_> = (0..4).map(|_| registration.readiness(Interest::READABLE)).collect();
    let mut sleeps: Vec<_> = (0..4).map(|_| driver.handle().sleep_until(Instant::now())).collect();
    for (number, (wait, sleep)) in waits.iter_mut().zip(&mut sleeps).enumerate() {
        let waker = if number % 2 == 0 { &again() } else { &waker };
        assert!(poll(wait, waker).is_pending());
        assert!(poll(sleep, waker).is_pending());
    }
    send_byte(&source, 0)?;
    while !is_ready(&registration, Interest::READABLE) {
        driver.turn(None)?;
    }
    assert_eq!(wakes.count(), 4, "half of these 8 wakers panic");
    drain(&mut source)?;
    Ok(())
}

async fn a_waker_may_use_the_reactor() -> Outcome {
    let mut driver = Driver::new()?;
    let handle = driver.handle().clone();
    let (mut old, _far) = source("echo").await?;
    let (new, _far) = source("echo").await?;
    let (mut gone, _far) = source("receive all").await?;
    let old_registration = Arc::new(Registration::new(&handle, &mut old, Interest::READABLE)?);
    let gone = (Registration::new(&handle, &mut gone, Interest::READABLE)?, gone);

    let (wakes, counting) = Wakes::new();
    let set_up = Arc::new(Mutex::new(None));
    // Each step takes one of the reactor's locks.
    let waker = OnWake::waker({
        let (handle, old_registration, set_up) = (handle.clone(), old_registration.clone(), set_up.clone());
        let given = Mutex::new(Some((new, gone)));
        move || {
            let Some((mut new, gone)) = given.lock().unwrap().take() else {
                return;
            };
            drop(gone);
            let new_registration = Registration::new(&handle, &mut new, Interest::READABLE).unwrap();
            wait_for(&new_registration, Direction::Read, &counting).unwrap();
            wait_for(&old_registration, Direction::Read, &counting).unwrap();
            let mut sleep = handle.sleep_until(Instant::now());
            assert!(poll(&mut sleep, &counting).is_pending());
            handle.unpark().unwrap();
            assert_eq!(handle.metrics().registrations(), 2);
            *set_up.lock().unwrap() = Some((new, new_registration, sleep));
        }
    });
    wait_for(&old_registration, Direction::Read, &waker)?;
    send_byte(&old, 0)?;
    turn_while(&mut driver, || set_up.lock().unwrap().is_none())?;

    // What it has set up works: the timer, the new source, and the old one.
    let (new, new_registration, mut sleep) = set_up.lock().unwrap().take().expect("it was waited for");
    turn_while(&mut driver, || wakes.count() == 0)?;
    assert!(poll(&mut sleep, Waker::noop()).is_ready());
    send_byte(&new, 0)?;
    turn_while(&mut driver, || !is_ready(&new_registration, Interest::READABLE))?;
    drain(&mut old)?;
    send_byte(&old, 1)?;
    turn_while(&mut driver, || !is_ready(&old_registration, Interest::READABLE))?;
    Ok(())
}

async fn a_waker_may_drop_the_source_that_woke_it() -> Outcome {
    let mut driver = Driver::new()?;
    let (mut source, far) = source("receive 1, send 1, receive all").await?;
    let registration = Registration::new(driver.handle(), &mut source, Interest::READABLE)?;
    let owned = Arc::new(Mutex::new(Some((source, registration))));
    let waker = OnWake::waker({
        let owned = owned.clone();
        move || {
            let taken = owned.lock().unwrap().take();
            drop(taken);
        }
    });
    if let Some((source, registration)) = &*owned.lock().unwrap() {
        wait_for(registration, Direction::Read, &waker)?;
        send_byte(source, 0)?;
    }
    turn_while(&mut driver, || owned.lock().unwrap().is_some())?;
    assert_eq!(driver.handle().metrics().registrations(), 0);
    assert!(
        far.report().await?.starts_with("received 1"),
        "the source was not closed"
    );
    Ok(())
}

async fn a_waker_may_put_another_in_the_place_of_a_source_whose_event_is_in_flight() -> Outcome {
    #[derive(Default)]
    struct Sources {
        ready: [Option<(Source, Registration)>; 2],
        silent: Option<Source>,
        new: Option<(Source, Registration)>,
    }

    let mut driver = Driver::new()?;
    let handle = driver.handle().clone();
    let sources: Arc<Mutex<Sources>> = Arc::default();
    let (wakes, counting) = Wakes::new();
    for number in 0..2 {
        let (source, _far) = source("send 1, receive all").await?;
        let mut source = readable(source)?;
        let registration = Registration::new(&handle, &mut source, Interest::READABLE)?;
        let (shared, handle, counting) = (sources.clone(), handle.clone(), counting.clone());
        // Whichever is woken first has the other replaced.
        let waker = OnWake::waker(move || {
            let mut sources = shared.lock().unwrap();
            drop(sources.ready[1 - number].take());
            let Some(mut silent) = sources.silent.take() else {
                return;
            };
            let registration = Registration::new(&handle, &mut silent, Interest::READABLE).unwrap();
            wait_for(&registration, Direction::Read, &counting).unwrap();
            sources.new = Some((silent, registration));
        });
        wait_for(&registration, Direction::Read, &waker)?;
        sources.lock().unwrap().ready[number] = Some((source, registration));
    }
    let (silent, _far) = source("receive all").await?;
    sources.lock().unwrap().silent = Some(silent);
    turn_while(&mut driver, || sources.lock().unwrap().new.is_none())?;
    for _ in 0..3 {
        driver.turn(Some(Duration::ZERO))?;
    }
    let sources = sources.lock().unwrap();
    let (_, registration) = sources.new.as_ref().expect("it was waited for");
    assert!(!is_ready(registration, Interest::READABLE));
    assert_eq!(wakes.count(), 0);
    Ok(())
}

async fn an_event_of_a_source_that_is_gone_is_dropped() -> Outcome {
    let mut driver = Driver::new()?;
    let (source, _far) = source("send 1, receive all").await?;
    let mut source = readable(source)?;
    for _ in 0..100 {
        // Since it is readable, its event is under way as soon as it is registered.
        let registration = Registration::new(driver.handle(), &mut source, Interest::READABLE)?;
        let (wakes, waker) = Wakes::new();
        wait_for(&registration, Direction::Read, &waker)?;
        registration.deregister(&mut source)?;
        drop(registration);
        let turn = driver.turn(Some(Duration::ZERO))?;
        assert_eq!((turn.ready(), wakes.count()), (0, 0));
    }
    Ok(())
}

async fn an_event_of_a_source_that_went_does_not_reach_the_next_in_its_place() -> Outcome {
    let mut driver = Driver::new()?;
    let (mut old, _far) = source("echo").await?;
    let (mut new, _far) = source("receive all").await?;
    // The registration goes while the source stays open: the system may go on telling of it.
    drop(Registration::new(driver.handle(), &mut old, Interest::READABLE)?);
    driver.turn(Some(Duration::ZERO))?;
    let registration = Registration::new(driver.handle(), &mut new, Interest::READABLE)?;
    let (wakes, waker) = Wakes::new();
    wait_for(&registration, Direction::Read, &waker)?;
    send_byte(&old, 0)?;
    let _old = readable(old)?;
    let turn = driver.turn(Some(Duration::ZERO))?;
    assert_eq!((turn.ready(), wakes.count()), (0, 0));
    assert!(!is_ready(&registration, Interest::READABLE));
    Ok(())
}

fn turn_while(driver: &mut Driver, condition: impl Fn() -> bool) -> io::Result<()> {
    while condition() {
        assert!(!driver.turn(None)?.is_idle());
    }
    Ok(())
}

/// Waits until a source is readable without any driver.
fn readable(source: Source) -> io::Result<Source> {
    loop {
        match source.peek(&mut [0]) {
            Ok(_) => return Ok(source),
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => thread::yield_now(),
            Err(error) => return Err(error),
        }
    }
}
