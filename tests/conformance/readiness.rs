//! Registrations: the readiness of a source, and the tasks that wait for it.

use std::cell::Cell;
use std::future::poll_fn;
use std::io::{self, Read};
use std::net::Shutdown;
use std::pin::pin;
use std::sync::{Arc, mpsc};
use std::task::{Poll, Waker};
use std::thread;
use std::time::Duration;

use triga::{Capability, Direction, Driver, Handle, Interest, Ready, ReadyEvent, Registration};

use crate::harness::{Outcome, tests};
use crate::numbers::many;
use crate::peer::{Source, source};
use crate::rows::Need;
use crate::wakes::{Wakes, drain, is_ready, poll, poll_ready, send_byte, settle, turn_until, wait_for};

tests![
    a_readiness_between_a_check_and_its_wait_is_not_lost(Need::Has(Capability::RemoteWake), Need::Peer),
    a_stale_clear_leaves_newer_readiness(Need::Peer),
    a_clear_of_what_was_ready_before_the_last_event_leaves_it(Need::Edges, Need::Peer),
    a_clear_is_stale_for_32767_events_and_ticks_come_round_then(Need::Peer),
    closed_readiness_stays_until_it_is_cleared(Need::Edges, Need::Peer),
    a_close_after_the_event_of_a_clear_is_not_lost(Need::Edges, Need::WriteEnds, Need::Peer),
    a_source_that_is_closed_both_ways_says_so(Need::Edges, Need::WriteEnds, Need::Peer),
    error_readiness_outlives_a_clear_of_what_was_readable(Need::Edges, Need::Peer),
    a_clear_of_one_direction_leaves_the_other(Need::Peer),
    any_number_of_tasks_wait_for_one_direction(Need::Peer),
    a_wait_for_what_is_not_registered_is_invalid(Need::Peer),
    a_wait_wakes_for_its_own_direction_alone(Need::Edges, Need::Peer),
    a_dropped_wait_leaves_nothing_behind(Need::Peer),
    a_dropped_registration_leaves_no_waker_behind(Need::Peer),
    the_last_of_several_pollers_is_the_one_that_is_woken(Need::Peer),
    an_operation_is_tried_only_when_the_source_is_ready(Need::Peer),
    an_operation_that_would_block_waits_for_the_next_event(Need::Peer),
    an_operation_that_is_interrupted_is_run_again(Need::Peer),
    a_source_moves_from_one_driver_to_another(Need::Peer),
    a_source_that_is_registered_already_is_refused_and_stays_registered(Need::Edges, Need::Peer),
];

/// A source that is registered with a driver of its own and sends back what it gets.
struct Echo {
    driver: Driver,
    source: Source,
    registration: Registration,
    sent: u64,
}

impl Echo {
    async fn new(interest: Interest) -> Outcome<Echo> {
        let driver = Driver::new()?;
        let (mut source, _far) = source("echo").await?;
        let registration = Registration::new(driver.handle(), &mut source, interest)?;
        let mut echo = Echo {
            driver,
            source,
            registration,
            sent: 0,
        };
        // The tests begin after the first event.
        echo.driver.turn(Some(Duration::ZERO))?;
        wait_for(&echo.registration, Direction::Read, Waker::noop())?;
        Ok(echo)
    }

    fn send(&mut self) -> io::Result<()> {
        send_byte(&self.source, self.sent)?;
        self.sent += 1;
        Ok(())
    }

    /// Takes the bytes before it, has one sent back, and turns the driver until it is there.
    fn event(&mut self) -> io::Result<ReadyEvent> {
        drain(&mut self.source)?;
        wait_for(&self.registration, Direction::Read, Waker::noop())?;
        self.send()?;
        turn_until(&mut self.driver, &self.registration, Direction::Read)
    }
}

async fn a_readiness_between_a_check_and_its_wait_is_not_lost() -> Outcome {
    const ROUNDS: u64 = many(20_000) as u64;
    let Echo {
        mut driver,
        source,
        registration,
        ..
    } = Echo::new(Interest::READABLE).await?;
    let (stop, stopped) = mpsc::channel::<()>();
    let turning = thread::spawn(move || {
        while stopped.try_recv() == Err(mpsc::TryRecvError::Empty) {
            driver.turn(None)?;
        }
        io::Result::Ok(())
    });
    // A byte comes back at any point of the wait for it: before the read, between the read and the wait, or after.
    let read = || {
        let mut byte = [0];
        (&source).read_exact(&mut byte)
    };
    futures_executor::block_on(async {
        for round in 0..ROUNDS {
            send_byte(&source, round)?;
            (0..round % 100).for_each(|_| std::hint::spin_loop());
            if round % 2 == 0 {
                registration.async_io(Interest::READABLE, read).await?;
            } else {
                poll_fn(|cx| registration.poll_io(cx, Direction::Read, read)).await?;
            }
        }
        io::Result::Ok(())
    })?;
    drop(stop);
    registration.handle().unpark()?;
    turning.join().unwrap()?;
    Ok(())
}

async fn a_stale_clear_leaves_newer_readiness() -> Outcome {
    let mut echo = Echo::new(Interest::READABLE).await?;
    let old = echo.event()?;
    assert!(old.ready().is_readable());
    echo.registration.clear_readiness(old);
    assert!(!is_ready(&echo.registration, Interest::READABLE));
    let new = echo.event()?;
    assert_ne!(old.tick(), new.tick());
    echo.registration.clear_readiness(old);
    assert!(is_ready(&echo.registration, Interest::READABLE));
    echo.registration.clear_readiness(new);
    assert!(!is_ready(&echo.registration, Interest::READABLE));
    Ok(())
}

async fn a_clear_of_what_was_ready_before_the_last_event_leaves_it() -> Outcome {
    let mut echo = Echo::new(Interest::READABLE).await?;
    let old = echo.event()?;
    drain(&mut echo.source)?;
    let before = echo.driver.handle().metrics().ready_events;
    echo.send()?;
    while echo.driver.handle().metrics().ready_events == before {
        echo.driver.turn(None)?;
    }
    echo.registration.clear_readiness(old);
    assert!(is_ready(&echo.registration, Interest::READABLE));
    Ok(())
}

async fn a_clear_is_stale_for_32767_events_and_ticks_come_round_then() -> Outcome {
    let mut echo = Echo::new(Interest::READABLE).await?;
    let old = echo.event()?;
    let mut events: u32 = 0;
    while events < 0x7fff {
        let before = echo.driver.handle().metrics().ready_events;
        echo.event()?;
        events += (echo.driver.handle().metrics().ready_events - before) as u32;
        echo.registration.clear_readiness(old);
        assert!(
            is_ready(&echo.registration, Interest::READABLE),
            "cleared after {events} events"
        );
    }
    // 15 bits of a tick are all that there are: the next event has the first one's.
    assert_eq!(events, 0x7fff, "each byte should come with an event of its own");
    assert_eq!(echo.event()?.tick(), old.tick());
    Ok(())
}

/// A source whose far end has closed its direction, and the event that says so.
async fn closed() -> Outcome<(Source, Driver, Registration, ReadyEvent)> {
    let (mut source, _far) = source("end, receive all").await?;
    let mut driver = Driver::new()?;
    let registration = Registration::new(driver.handle(), &mut source, Interest::READABLE)?;
    loop {
        let event = turn_until(&mut driver, &registration, Direction::Read)?;
        if event.ready().is_read_closed() {
            return Ok((source, driver, registration, event));
        }
        registration.clear_readiness(event);
    }
}

async fn closed_readiness_stays_until_it_is_cleared() -> Outcome {
    let (_source, _driver, registration, event) = closed().await?;
    registration.clear_readiness(event.only(Ready::READABLE));
    let Poll::Ready(left) = poll_ready(&registration, Direction::Read, Waker::noop()) else {
        panic!("the end of the stream is still to be read");
    };
    assert_eq!(left?.ready(), Ready::READ_CLOSED);
    registration.clear_readiness(event);
    assert!(
        !is_ready(&registration, Interest::READABLE),
        "it was cleared at this tick"
    );
    Ok(())
}

async fn a_close_after_the_event_of_a_clear_is_not_lost() -> Outcome {
    let mut echo = Echo::new(Interest::READABLE).await?;
    let old = echo.event()?;
    // The far end closes when this end has, and the driver learns of it before the clear.
    echo.source.shutdown(Shutdown::Write)?;
    loop {
        echo.driver.turn(None)?;
        if let Poll::Ready(event) = poll_ready(&echo.registration, Direction::Read, Waker::noop()) {
            if event?.ready().is_read_closed() {
                break;
            }
        }
    }
    echo.registration.clear_readiness(old);
    assert!(is_ready(&echo.registration, Interest::READABLE));
    Ok(())
}

async fn a_source_that_is_closed_both_ways_says_so() -> Outcome {
    let (mut source, _far) = source("receive all").await?;
    let mut driver = Driver::new()?;
    let both = Interest::READABLE | Interest::WRITABLE;
    let registration = Registration::new(driver.handle(), &mut source, both)?;
    source.shutdown(Shutdown::Write)?;
    loop {
        driver.turn(None)?;
        if let Poll::Ready(event) = settle(&mut registration.readiness(both), Waker::noop()) {
            let event = event?;
            if event.ready().is_read_closed() && event.ready().is_write_closed() {
                return Ok(());
            }
            registration.clear_readiness(event);
        }
    }
}

async fn error_readiness_outlives_a_clear_of_what_was_readable() -> Outcome {
    let (mut source, _far) = source("receive 1, reset").await?;
    let mut driver = Driver::new()?;
    let both = Interest::READABLE | Interest::WRITABLE;
    let registration = Registration::new(driver.handle(), &mut source, both)?;
    send_byte(&source, 0)?;
    let failed = loop {
        driver.turn(None)?;
        if let Poll::Ready(event) = settle(&mut registration.readiness(both), Waker::noop()) {
            let event = event?;
            if event.ready().is_read_closed() {
                break event;
            }
            registration.clear_readiness(event);
        }
    };
    registration.clear_readiness(failed.only(Ready::READABLE));
    assert!(
        is_ready(&registration, Interest::READABLE),
        "who reads learns of the error"
    );
    Ok(())
}

async fn a_clear_of_one_direction_leaves_the_other() -> Outcome {
    let mut echo = Echo::new(Interest::READABLE | Interest::WRITABLE).await?;
    turn_until(&mut echo.driver, &echo.registration, Direction::Write)?;
    echo.event()?;
    let both = Interest::READABLE | Interest::WRITABLE;
    let Poll::Ready(event) = settle(&mut echo.registration.readiness(both), Waker::noop()) else {
        panic!("both directions are ready");
    };
    let event = event?;
    assert!(event.ready().is_readable() && event.ready().is_writable());
    echo.registration.clear_readiness(event.only(Direction::Read.mask()));
    assert!(!is_ready(&echo.registration, Interest::READABLE));
    assert!(is_ready(&echo.registration, Interest::WRITABLE));
    Ok(())
}

async fn any_number_of_tasks_wait_for_one_direction() -> Outcome {
    let mut echo = Echo::new(Interest::READABLE).await?;
    let registration = &echo.registration;
    let mut waits: Vec<_> = (0..100)
        .map(|_| (registration.readiness(Interest::READABLE), Wakes::new()))
        .collect();
    for (wait, (_, waker)) in &mut waits {
        assert!(poll(wait, waker).is_pending());
    }
    let (poller, waker) = Wakes::new();
    assert!(poll_ready(registration, Direction::Read, &waker).is_pending());
    send_byte(&echo.source, 0)?;
    turn_until(&mut echo.driver, registration, Direction::Read)?;
    assert_eq!(poller.count(), 0, "`turn_until` has taken its place");
    for (wait, (wakes, waker)) in &mut waits {
        assert_eq!(wakes.count(), 1);
        assert!(settle(wait, waker).is_ready());
    }
    Ok(())
}

async fn a_wait_wakes_for_its_own_direction_alone() -> Outcome {
    let mut driver = Driver::new()?;
    let (mut source, _far) = source("echo").await?;
    let both = Interest::READABLE | Interest::WRITABLE;
    let registration = Registration::new(driver.handle(), &mut source, both)?;
    let (reader, reading) = Wakes::new();
    let (writer, writing) = Wakes::new();
    wait_for(&registration, Direction::Read, &reading)?;
    wait_for(&registration, Direction::Write, &writing)?;
    let mut listed = registration.readiness(Interest::READABLE);
    assert!(poll(&mut listed, &reading).is_pending());
    // There is room to write, and nothing to read.
    while writer.count() == 0 {
        driver.turn(None)?;
    }
    assert_eq!(reader.count(), 0);
    Ok(())
}

async fn a_wait_for_what_is_not_registered_is_invalid() -> Outcome {
    let (mut source, _far) = source("receive all").await?;
    let handle = Handle::current()?;
    let other = |interest| {
        if interest == Interest::READABLE {
            (Interest::WRITABLE, Direction::Write)
        } else {
            (Interest::READABLE, Direction::Read)
        }
    };
    for registered in [Interest::READABLE, Interest::WRITABLE] {
        let registration = Registration::new(&handle, &mut source, registered)?;
        let (interest, direction) = other(registered);
        let errors = [
            registration.readiness(interest).await.map(drop),
            registration.readiness(interest | registered).await.map(drop),
            registration.async_io(interest, || Ok(())).await,
            registration.try_io(interest, || Ok(())),
            poll_fn(|cx| registration.poll_io(cx, direction, || Ok(()))).await,
            poll_fn(|cx| match direction {
                Direction::Read => registration.poll_read_ready(cx),
                Direction::Write => registration.poll_write_ready(cx),
            })
            .await
            .map(drop),
        ];
        for error in errors.map(Result::unwrap_err) {
            assert_eq!(error.kind(), io::ErrorKind::InvalidInput, "{error}");
            assert!(error.to_string().contains("registered"), "{error}");
        }
        registration.deregister(&mut source)?;
    }
    Ok(())
}

async fn a_dropped_wait_leaves_nothing_behind() -> Outcome {
    let mut echo = Echo::new(Interest::READABLE).await?;
    let (wakes, waker) = Wakes::new();
    for _ in 0..many(10_000) {
        let mut wait = echo.registration.readiness(Interest::READABLE);
        assert!(poll(&mut wait, &waker).is_pending());
        assert_eq!(Arc::strong_count(&wakes), 3);
        drop(wait);
        assert_eq!(Arc::strong_count(&wakes), 2);
    }
    let mut reading = Box::pin(echo.registration.async_io(Interest::READABLE, || Ok(())));
    assert!(poll(&mut reading, &waker).is_pending());
    drop(reading);
    let mut sleep = echo.driver.handle().sleep_until(triga::time::Instant::FAR_FUTURE);
    assert!(poll(&mut sleep, &waker).is_pending());
    assert_eq!(Arc::strong_count(&wakes), 3);
    drop(sleep);
    assert_eq!(Arc::strong_count(&wakes), 2);
    echo.event()?;
    assert_eq!(wakes.count(), 0);
    Ok(())
}

async fn a_dropped_registration_leaves_no_waker_behind() -> Outcome {
    let Echo {
        driver,
        source,
        registration,
        ..
    } = Echo::new(Interest::READABLE | Interest::WRITABLE).await?;
    let (wakes, waker) = Wakes::new();
    wait_for(&registration, Direction::Read, &waker)?;
    wait_for(&registration, Direction::Write, &waker)?;
    assert_eq!(Arc::strong_count(&wakes), 4);
    drop(registration);
    assert_eq!(
        Arc::strong_count(&wakes),
        2,
        "a task that owned the registration would keep itself alive"
    );
    drop((source, driver));
    Ok(())
}

async fn the_last_of_several_pollers_is_the_one_that_is_woken() -> Outcome {
    let mut echo = Echo::new(Interest::READABLE).await?;
    let pollers: Vec<_> = (0..3).map(|_| Wakes::new()).collect();
    for (_, waker) in &pollers {
        wait_for(&echo.registration, Direction::Read, waker)?;
    }
    send_byte(&echo.source, 0)?;
    while !is_ready(&echo.registration, Interest::READABLE) {
        echo.driver.turn(None)?;
    }
    let counts: Vec<usize> = pollers.iter().map(|(wakes, _)| wakes.count()).collect();
    assert_eq!(counts, [0, 0, 1]);
    Ok(())
}

async fn an_operation_is_tried_only_when_the_source_is_ready() -> Outcome {
    let mut echo = Echo::new(Interest::READABLE).await?;
    let untried = echo.registration.try_io(Interest::READABLE, || -> io::Result<()> {
        panic!("there is nothing to read")
    });
    assert_eq!(untried.unwrap_err().kind(), io::ErrorKind::WouldBlock);
    echo.event()?;
    assert_eq!(echo.registration.try_io(Interest::READABLE, || Ok(7))?, 7);
    assert!(
        is_ready(&echo.registration, Interest::READABLE),
        "who succeeds may go on"
    );
    let failed = echo
        .registration
        .try_io(Interest::READABLE, || Err::<(), _>(io::ErrorKind::NotFound.into()));
    assert_eq!(failed.unwrap_err().kind(), io::ErrorKind::NotFound);
    assert!(
        is_ready(&echo.registration, Interest::READABLE),
        "other errors do not clear readiness"
    );
    let blocked = echo
        .registration
        .try_io(Interest::READABLE, || Err::<(), _>(io::ErrorKind::WouldBlock.into()));
    assert_eq!(blocked.unwrap_err().kind(), io::ErrorKind::WouldBlock);
    assert!(!is_ready(&echo.registration, Interest::READABLE));
    Ok(())
}

async fn an_operation_that_would_block_waits_for_the_next_event() -> Outcome {
    let mut echo = Echo::new(Interest::READABLE).await?;
    echo.event()?;
    let tries = Cell::new(0);
    let (wakes, waker) = Wakes::new();
    let mut third = pin!(echo.registration.async_io(Interest::READABLE, || {
        tries.set(tries.get() + 1);
        if tries.get() < 3 {
            Err(io::ErrorKind::WouldBlock.into())
        } else {
            Ok(())
        }
    }));
    for tried in 1..3 {
        assert!(settle(&mut third, &waker).is_pending());
        assert_eq!(tries.get(), tried, "without an event there is no use in trying again");
        let woken = wakes.count();
        drain(&mut echo.source)?;
        send_byte(&echo.source, tried)?;
        while wakes.count() == woken {
            echo.driver.turn(None)?;
        }
    }
    assert!(settle(&mut third, &waker).is_ready());
    Ok(())
}

async fn an_operation_that_is_interrupted_is_run_again() -> Outcome {
    let mut echo = Echo::new(Interest::READABLE).await?;
    echo.event()?;
    let tries = Cell::new(0);
    let often_interrupted = || {
        tries.set(tries.get() + 1);
        if tries.get() % 10 == 0 {
            Ok(tries.get())
        } else {
            Err(io::Error::from(io::ErrorKind::Interrupted))
        }
    };
    let done = echo
        .registration
        .async_io(Interest::READABLE, often_interrupted)
        .await?;
    assert_eq!(done, 10);
    let done = poll_fn(|cx| echo.registration.poll_io(cx, Direction::Read, often_interrupted)).await?;
    assert_eq!(done, 20);
    // What has no end gives way to other tasks.
    let mut endless = pin!(
        echo.registration
            .async_io(Interest::READABLE, || Err::<(), _>(io::ErrorKind::Interrupted.into()))
    );
    assert!(settle(&mut endless, Waker::noop()).is_pending());
    Ok(())
}

async fn a_source_moves_from_one_driver_to_another() -> Outcome {
    let mut echo = Echo::new(Interest::READABLE).await?;
    for _ in 0..3 {
        echo.event()?;
        echo.registration.deregister(&mut echo.source)?;
        let driver = Driver::new()?;
        echo.registration = Registration::new(driver.handle(), &mut echo.source, Interest::READABLE)?;
        echo.driver = driver;
    }
    echo.event()?;
    Ok(())
}

async fn a_source_that_is_registered_already_is_refused_and_stays_registered() -> Outcome {
    let mut echo = Echo::new(Interest::READABLE).await?;
    let handle = echo.driver.handle().clone();
    let second = Registration::new(&handle, &mut echo.source, Interest::READABLE);
    assert_eq!(second.unwrap_err().kind(), io::ErrorKind::AlreadyExists);
    assert_eq!(handle.metrics().registrations(), 1);
    echo.event()?;
    Ok(())
}
