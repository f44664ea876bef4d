//! The shutdown of a driver: every wait ends with an error, and new ones fail.

use std::io;
use std::sync::{Arc, Mutex};
use std::task::{Poll, Waker};
use std::thread;

use futures_util::AsyncReadExt;
use triga::net::TcpListener;
use triga::time::Instant;
use triga::{Capability, Direction, Driver, Interest, Registration, is_shut_down};

use crate::harness::{Outcome, tests};
use crate::peer::{peer, source};
use crate::rows::Need;
use crate::wakes::{OnWake, Wakes, poll, settle, wait_for};

tests![
    a_shutdown_ends_every_wait_with_an_error_that_says_so(Need::Peer),
    a_shutdown_ends_every_sleep_with_an_error_that_says_so(),
    after_a_shutdown_nothing_is_registered_or_waited_for(Need::Peer),
    after_a_shutdown_nothing_is_opened(Need::Has(Capability::TcpBind)),
    a_second_shutdown_does_nothing(),
    a_dropped_driver_is_shut_down(Need::Peer),
    a_driver_its_sources_and_its_handles_go_in_any_order(Need::Peer),
    a_task_that_owns_its_source_does_not_keep_itself_alive(Need::Peer),
    a_shutdown_ends_a_wait_on_another_thread(Need::Has(Capability::RemoteWake), Need::Peer),
];

fn says_so<T: std::fmt::Debug>(poll: Poll<io::Result<T>>) -> bool {
    match poll {
        Poll::Ready(Err(error)) => is_shut_down(&error) && error.to_string().contains("shut down"),
        _ => false,
    }
}

async fn a_shutdown_ends_every_wait_with_an_error_that_says_so() -> Outcome {
    let mut driver = Driver::new()?;
    let (mut source, _far) = source("receive all").await?;
    let both = Interest::READABLE | Interest::WRITABLE;
    let registration = Registration::new(driver.handle(), &mut source, both)?;
    let (polls, poller) = Wakes::new();
    wait_for(&registration, Direction::Write, &poller)?;
    wait_for(&registration, Direction::Read, &poller)?;
    let mut waits: Vec<_> = (0..10).map(|_| (registration.readiness(both), Wakes::new())).collect();
    for (wait, (_, waker)) in &mut waits {
        assert!(poll(wait, waker).is_pending());
    }
    driver.shutdown();
    assert_eq!(polls.count(), 2);
    for (mut wait, (wakes, waker)) in waits {
        assert_eq!(wakes.count(), 1);
        assert!(says_so(settle(&mut wait, &waker)));
    }
    assert!(says_so(settle(
        &mut Box::pin(registration.async_io(both, || Ok(()))),
        Waker::noop()
    )));
    let error = registration.try_io(both, || Ok(())).unwrap_err();
    assert!(is_shut_down(&error));
    Ok(())
}

async fn a_shutdown_ends_every_sleep_with_an_error_that_says_so() -> Outcome {
    let mut driver = Driver::new()?;
    let mut sleeps: Vec<_> = (0..10)
        .map(|_| (driver.handle().sleep_until(Instant::FAR_FUTURE), Wakes::new()))
        .collect();
    for (sleep, (_, waker)) in &mut sleeps {
        assert!(poll(sleep, waker).is_pending());
    }
    driver.shutdown();
    assert_eq!(driver.next_deadline(), None);
    for (mut sleep, (wakes, waker)) in sleeps {
        assert_eq!(wakes.count(), 1);
        assert!(says_so(poll(&mut sleep, &waker)));
    }
    Ok(())
}

async fn after_a_shutdown_nothing_is_registered_or_waited_for() -> Outcome {
    let mut driver = Driver::new()?;
    let (mut source, _far) = source("receive all").await?;
    driver.shutdown();
    let registration = Registration::new(driver.handle(), &mut source, Interest::READABLE);
    assert!(is_shut_down(&registration.unwrap_err()));
    let mut sleep = driver.handle().sleep_until(Instant::now());
    assert!(says_so(poll(&mut sleep, Waker::noop())));
    assert!(is_shut_down(&driver.turn(None).unwrap_err()));
    driver.handle().unpark()?;

    // The source was not harmed.
    let other = Driver::new()?;
    Registration::new(other.handle(), &mut source, Interest::READABLE)?;
    Ok(())
}

async fn after_a_shutdown_nothing_is_opened() -> Outcome {
    let mut driver = Driver::new()?;
    let _current = driver.handle().enter();
    driver.shutdown();
    assert!(is_shut_down(&TcpListener::bind("127.0.0.1:0").await.unwrap_err()));
    Ok(())
}

async fn a_second_shutdown_does_nothing() -> Outcome {
    let mut driver = Driver::new()?;
    let (wakes, waker) = Wakes::new();
    let mut sleep = driver.handle().sleep_until(Instant::FAR_FUTURE);
    assert!(poll(&mut sleep, &waker).is_pending());
    driver.shutdown();
    driver.shutdown();
    drop(driver);
    assert_eq!(wakes.count(), 1);
    Ok(())
}

async fn a_dropped_driver_is_shut_down() -> Outcome {
    let driver = Driver::new()?;
    let handle = driver.handle().clone();
    let (mut source, _far) = source("receive all").await?;
    let registration = Registration::new(&handle, &mut source, Interest::READABLE)?;
    let (wakes, waker) = Wakes::new();
    wait_for(&registration, Direction::Read, &waker)?;
    drop(driver);
    assert_eq!(wakes.count(), 1);
    assert!(says_so(settle(&mut registration.readiness(Interest::READABLE), &waker)));
    assert!(is_shut_down(
        &Registration::new(&handle, &mut source, Interest::READABLE).unwrap_err()
    ));
    Ok(())
}

async fn a_driver_its_sources_and_its_handles_go_in_any_order() -> Outcome {
    for order in [[0, 1, 2], [0, 2, 1], [1, 0, 2], [1, 2, 0], [2, 0, 1], [2, 1, 0]] {
        let driver = Driver::new()?;
        let (mut source, far) = source("receive all").await?;
        let registration = Registration::new(driver.handle(), &mut source, Interest::READABLE)?;
        let (wakes, waker) = Wakes::new();
        wait_for(&registration, Direction::Read, &waker)?;
        let mut handle = Some(driver.handle().clone());
        let mut driver = Some(driver);
        let mut registered = Some((source, registration));
        for part in order {
            match part {
                0 => drop(driver.take()),
                1 => drop(registered.take()),
                _ => drop(handle.take()),
            }
        }
        assert_eq!(
            Arc::strong_count(&wakes),
            2,
            "a waker was left behind in the order {order:?}"
        );
        assert_eq!(
            far.report().await?,
            "received 0",
            "the source was not closed in the order {order:?}"
        );
    }
    Ok(())
}

async fn a_task_that_owns_its_source_does_not_keep_itself_alive() -> Outcome {
    let driver = Driver::new()?;
    let (mut source, far) = source("receive all").await?;
    let registration = Registration::new(driver.handle(), &mut source, Interest::READABLE)?;
    let task = Arc::new(Mutex::new(Some((source, registration))));
    let waker = OnWake::waker({
        let task = task.clone();
        move || drop(task.lock().unwrap().take())
    });
    wait_for(&task.lock().unwrap().as_ref().unwrap().1, Direction::Read, &waker)?;
    drop((waker, task));
    // The task has an owner left, its own waker: only the driver's end reaches it.
    drop(driver);
    assert_eq!(far.report().await?, "received 0");
    Ok(())
}

async fn a_shutdown_ends_a_wait_on_another_thread() -> Outcome {
    let mut driver = Driver::new()?;
    let (stream, _far) = peer("receive all").await?;
    let mut stream = triga::net::TcpStream::from_std(driver.handle(), stream.into_std()?)?;
    let handle = driver.handle().clone();
    let waiting = thread::spawn(move || {
        let reading = async {
            handle.unpark()?;
            stream.read(&mut [0]).await
        };
        futures_executor::block_on(reading).unwrap_err()
    });
    driver.turn(None)?;
    driver.shutdown();
    assert!(is_shut_down(&waiting.join().unwrap()));
    Ok(())
}
