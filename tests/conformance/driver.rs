//! A driver that the program turns itself.

use std::io;
use std::thread;
use std::time::Duration;

use triga::time::{Instant, sleep};
use triga::{Capability, Direction, Driver, Handle, Interest, Registration};

use crate::harness::{Outcome, programs, tests};
use crate::numbers::many;
use crate::peer::{source, sources};
use crate::rows::Need;
use crate::wakes::{Wakes, is_ready, poll, send_byte, wait_for};

/// A wait of this length in a test never ends by itself.
const FOREVER: Option<Duration> = Some(Duration::from_secs(3600));
const NOT_AT_ALL: Option<Duration> = Some(Duration::ZERO);

const WAKE: Need = Need::Has(Capability::RemoteWake);
const NO_REMOTE_WAKE: Need = Need::Lacks(Capability::RemoteWake);

tests![
    a_turn_without_time_does_not_wait(),
    a_turn_lasts_as_long_as_it_was_told_and_no_less(),
    an_unpark_before_a_turn_ends_it(),
    an_unpark_during_a_turn_ends_it(WAKE),
    any_number_of_unparks_end_one_turn(),
    an_unpark_is_harmless_when_the_driver_is_gone(),
    a_turn_says_how_many_sources_and_timers_it_found(Need::Peer),
    a_turn_that_waits_for_nothing_is_idle_where_no_thread_can_wake_it(NO_REMOTE_WAKE),
    a_turn_is_never_idle_where_another_thread_can_wake_it(WAKE),
    the_next_deadline_is_that_of_the_earliest_timer(),
    metrics_count_sources_and_their_events(Need::Peer),
    two_drivers_on_one_thread_know_nothing_of_each_other(Need::Peer),
    a_hundred_idle_connections_do_not_turn_the_driver(Need::Peer),
];

programs![
    a_handle_is_current_while_it_is_entered(),
    block_on_says_when_nothing_can_ever_wake_a_task(NO_REMOTE_WAKE),
];

async fn a_turn_without_time_does_not_wait() -> Outcome {
    let mut driver = Driver::new()?;
    let turn = driver.turn(NOT_AT_ALL)?;
    assert_eq!((turn.ready(), turn.timers(), turn.is_idle()), (0, 0, false));

    let mut later = driver.handle().sleep_until(Instant::now() + Duration::from_secs(3600));
    let (_, waker) = Wakes::new();
    assert!(poll(&mut later, &waker).is_pending());
    let turn = driver.turn(NOT_AT_ALL)?;
    assert_eq!((turn.ready(), turn.timers(), turn.is_idle()), (0, 0, false));
    Ok(())
}

async fn a_turn_lasts_as_long_as_it_was_told_and_no_less() -> Outcome {
    let mut driver = Driver::new()?;
    for micros in [1, 100, 999, 1_000, 1_001, 10_500] {
        let limit = Duration::from_micros(micros);
        let start = Instant::now();
        let turn = driver.turn(Some(limit))?;
        assert!(
            start.elapsed() >= limit,
            "{limit:?} were over after {:?}",
            start.elapsed()
        );
        assert_eq!((turn.ready(), turn.timers(), turn.is_idle()), (0, 0, false));
    }
    Ok(())
}

async fn an_unpark_before_a_turn_ends_it() -> Outcome {
    let mut driver = Driver::new()?;
    for _ in 0..10 {
        driver.handle().unpark()?;
        assert!(!driver.turn(None)?.is_idle());
        driver.turn(NOT_AT_ALL)?;
    }
    Ok(())
}

async fn an_unpark_during_a_turn_ends_it() -> Outcome {
    let mut driver = Driver::new()?;
    let handle = driver.handle().clone();
    let (begin, begun) = std::sync::mpsc::channel();
    let other = thread::spawn(move || {
        for round in begun {
            // From before the wait begins to well inside of it.
            (0..round).for_each(|_| std::hint::spin_loop());
            handle.unpark()?;
        }
        io::Result::Ok(())
    });
    for round in 0..many(5_000) {
        begin.send(round)?;
        driver.turn(FOREVER)?;
    }
    drop(begin);
    other.join().unwrap()?;
    Ok(())
}

async fn any_number_of_unparks_end_one_turn() -> Outcome {
    let mut driver = Driver::new()?;
    for _ in 0..1_000 {
        driver.handle().unpark()?;
    }
    driver.turn(FOREVER)?;
    let start = Instant::now();
    driver.turn(Some(Duration::from_millis(5)))?;
    assert!(start.elapsed() >= Duration::from_millis(5), "another turn ended early");
    Ok(())
}

async fn an_unpark_is_harmless_when_the_driver_is_gone() -> Outcome {
    let driver = Driver::new()?;
    let handle = driver.handle().clone();
    drop(driver);
    handle.unpark()?;
    assert_eq!(handle.metrics().registrations(), 0);
    Ok(())
}

async fn a_turn_says_how_many_sources_and_timers_it_found() -> Outcome {
    let mut driver = Driver::new()?;
    let handle = driver.handle().clone();
    let (mut sources, _far) = sources(3, "receive 1, send 1, receive all").await?;
    let registrations = (sources.iter_mut())
        .map(|source| Registration::new(&handle, source, Interest::READABLE))
        .collect::<io::Result<Vec<_>>>()?;
    let (wakes, waker) = Wakes::new();
    for registration in &registrations {
        wait_for(registration, Direction::Read, &waker)?;
    }
    let start = Instant::now();
    let mut timers = [0, 0, 3600].map(|seconds| handle.sleep_until(start + Duration::from_secs(seconds)));
    for timer in &mut timers {
        assert!(poll(timer, &waker).is_pending());
    }
    let turn = driver.turn(NOT_AT_ALL)?;
    assert_eq!((turn.ready(), turn.timers(), turn.is_idle()), (0, 2, false));
    assert_eq!(wakes.count(), 2);

    // The far ends answer when all of them were asked.
    for source in &mut sources {
        send_byte(source, 0)?;
    }
    let mut ready = 0;
    while ready < 3 {
        let turn = driver.turn(FOREVER)?;
        assert_eq!(turn.timers(), 0);
        ready += turn.ready();
    }
    assert_eq!(ready, 3);
    assert_eq!(wakes.count(), 5);
    Ok(())
}

async fn a_turn_that_waits_for_nothing_is_idle_where_no_thread_can_wake_it() -> Outcome {
    let mut driver = Driver::new()?;
    assert!(driver.turn(None)?.is_idle());
    assert!(!driver.turn(Some(Duration::from_millis(1)))?.is_idle());

    let (_, waker) = Wakes::new();
    let mut soon = driver.handle().sleep_until(Instant::now() + Duration::from_millis(1));
    assert!(poll(&mut soon, &waker).is_pending());
    let turn = driver.turn(None)?;
    assert_eq!((turn.timers(), turn.is_idle()), (1, false));
    assert!(driver.turn(None)?.is_idle(), "the timer has fired");
    Ok(())
}

async fn a_turn_is_never_idle_where_another_thread_can_wake_it() -> Outcome {
    let mut driver = Driver::new()?;
    let handle = driver.handle().clone();
    let other = thread::spawn(move || handle.unpark());
    assert!(!driver.turn(None)?.is_idle());
    other.join().unwrap()?;
    Ok(())
}

async fn the_next_deadline_is_that_of_the_earliest_timer() -> Outcome {
    let mut driver = Driver::new()?;
    assert_eq!(driver.next_deadline(), None);
    let (_, waker) = Wakes::new();
    let now = Instant::now();
    let mut sleeps = [30, 10, 20].map(|minutes| driver.handle().sleep_until(now + Duration::from_secs(60 * minutes)));
    assert_eq!(driver.next_deadline(), None, "a timer is set at the first poll");
    for sleep in &mut sleeps {
        assert!(poll(sleep, &waker).is_pending());
    }
    let [thirty, ten, twenty] = sleeps;
    for sleep in [ten, twenty, thirty] {
        assert_eq!(driver.next_deadline(), Some(sleep.deadline()));
        drop(sleep);
    }
    assert_eq!(driver.next_deadline(), None);

    let mut now = driver.handle().sleep_until(now);
    assert!(poll(&mut now, &waker).is_pending());
    assert_eq!(driver.turn(FOREVER)?.timers(), 1);
    assert_eq!(driver.next_deadline(), None, "it has fired");
    Ok(())
}

async fn metrics_count_sources_and_their_events() -> Outcome {
    let mut driver = Driver::new()?;
    let handle = driver.handle().clone();
    assert_eq!(handle.metrics(), triga::Metrics::default());
    let (mut source, _far) = source("send 1, receive all").await?;
    let registration = Registration::new(&handle, &mut source, Interest::READABLE)?;
    let (_, waker) = Wakes::new();
    let mut events = 0;
    wait_for(&registration, Direction::Read, &waker)?;
    while !is_ready(&registration, Interest::READABLE) {
        events += driver.turn(FOREVER)?.ready() as u64;
    }
    let metrics = handle.metrics();
    assert_eq!(
        (metrics.registered, metrics.deregistered, metrics.ready_events),
        (1, 0, events)
    );
    assert_eq!(metrics.registrations(), 1);
    drop(registration);
    let metrics = handle.metrics();
    assert_eq!(
        (metrics.registered, metrics.deregistered, metrics.ready_events),
        (1, 1, events)
    );
    assert_eq!(metrics.registrations(), 0);
    Ok(())
}

async fn two_drivers_on_one_thread_know_nothing_of_each_other() -> Outcome {
    let mut drivers = [Driver::new()?, Driver::new()?];
    let (mut sources, _far) = sources(2, "send 1, receive all").await?;
    let (_, waker) = Wakes::new();
    let mut registrations = Vec::new();
    for (driver, source) in drivers.iter().zip(&mut sources) {
        let registration = Registration::new(driver.handle(), source, Interest::READABLE)?;
        wait_for(&registration, Direction::Read, &waker)?;
        registrations.push(registration);
    }
    let mut due = drivers[1].handle().sleep_until(Instant::now());
    assert!(poll(&mut due, &waker).is_pending());

    while !is_ready(&registrations[0], Interest::READABLE) {
        assert_eq!(drivers[0].turn(FOREVER)?.timers(), 0);
    }
    assert!(!is_ready(&registrations[1], Interest::READABLE));
    assert!(poll(&mut due, &waker).is_pending());

    let mut timers = 0;
    while !is_ready(&registrations[1], Interest::READABLE) {
        timers += drivers[1].turn(FOREVER)?.timers();
    }
    assert_eq!(timers, 1);
    assert!(poll(&mut due, &waker).is_ready());
    Ok(())
}

async fn a_hundred_idle_connections_do_not_turn_the_driver() -> Outcome {
    let mut driver = Driver::new()?;
    let handle = driver.handle().clone();
    let (mut sources, _far) = sources(100, "receive all").await?;
    let (wakes, waker) = Wakes::new();
    let mut registrations = Vec::new();
    for source in &mut sources {
        registrations.push(Registration::new(
            &handle,
            source,
            Interest::READABLE | Interest::WRITABLE,
        )?);
    }
    // Each is writable. This turn takes these events.
    driver.turn(NOT_AT_ALL)?;
    for registration in &registrations {
        wait_for(registration, Direction::Read, &waker)?;
    }
    let before = handle.metrics();
    let mut sleep = handle.sleep_until(Instant::now() + Duration::from_millis(50));
    assert!(poll(&mut sleep, &waker).is_pending());
    let turn = driver.turn(None)?;
    assert_eq!(
        (turn.ready(), turn.timers()),
        (0, 1),
        "the turn ended for something else than the timer"
    );
    assert_eq!(wakes.count(), 1);
    assert_eq!(handle.metrics(), before);
    Ok(())
}

fn a_handle_is_current_while_it_is_entered() -> Outcome {
    assert_eq!(Handle::current().unwrap_err().kind(), io::ErrorKind::NotConnected);
    let (outer, inner) = (Driver::new()?, Driver::new()?);
    let (_, waker) = Wakes::new();
    let outside = outer.handle().enter();
    {
        let _inside = inner.handle().enter();
        let mut hour = sleep(Duration::from_secs(3600));
        assert!(poll(&mut hour, &waker).is_pending());
        assert_eq!(inner.next_deadline(), Some(hour.deadline()));
        assert_eq!(outer.next_deadline(), None);
    }
    let mut hour = sleep(Duration::from_secs(3600));
    assert!(poll(&mut hour, &waker).is_pending());
    assert_eq!(outer.next_deadline(), Some(hour.deadline()));
    assert_eq!(inner.next_deadline(), None);
    drop(outside);
    let error = Handle::current().unwrap_err();
    assert_eq!(error.kind(), io::ErrorKind::NotConnected);
    assert!(error.to_string().contains("block_on"), "{error}");
    Ok(())
}

fn block_on_says_when_nothing_can_ever_wake_a_task() -> Outcome {
    let error = triga::block_on(std::future::pending::<()>()).unwrap_err();
    assert_eq!(error.kind(), io::ErrorKind::Deadlock);
    assert!(error.to_string().contains("nothing can ever wake"), "{error}");

    // A task that waits for another one that waits for nothing is no better off; a timer is waited for first.
    let error = triga::block_on(async {
        let forever = triga::spawn(std::future::pending::<()>())?;
        sleep(Duration::from_millis(1)).await?;
        forever.await
    })
    .unwrap_err();
    assert_eq!(error.kind(), io::ErrorKind::Deadlock);
    Ok(())
}
