//! Handles whose signal is waited for.

use std::env;
use std::pin::pin;
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::sync::mpsc;
use std::task::{Poll, Waker};
use std::thread;

use triga::os::windows::AsyncHandle;
use triga::{Driver, Handle, is_shut_down};

use crate::harness::Outcome;
use crate::wakes::{Wakes, settle};

pub(super) async fn a_thread_is_waited_for_by_its_handle() -> Outcome {
    let (sender, receiver) = mpsc::channel::<()>();
    let thread = AsyncHandle::new(thread::spawn(move || receiver.recv()))?;
    let (wakes, waker) = Wakes::new();
    {
        let mut wait = pin!(thread.wait());
        assert!(settle(&mut wait, &waker).is_pending());
        drop(sender);
        wait.as_mut().await?;
    }
    // It stays over, which every wait sees at once.
    for _ in 0..3 {
        thread.wait().await?;
    }
    assert!(wakes.count() <= 1);
    assert!(thread.into_inner().join().unwrap().is_err());
    Ok(())
}

pub(super) async fn a_child_is_waited_for_by_its_handle() -> Outcome {
    let child = Command::new(env::current_exe()?)
        .arg("--list")
        .stdout(Stdio::null())
        .spawn()?;
    let child = AsyncHandle::new(child)?;
    child.wait().await?;
    let status = child.into_inner().try_wait()?;
    assert!(status.expect("it has ended").success());
    Ok(())
}

/// The system waits for 63 handles with each of its threads.
pub(super) async fn two_hundred_handles_are_waited_for_at_once() -> Outcome {
    let mut senders = Vec::new();
    let mut waits = Vec::new();
    for _ in 0..200 {
        let (sender, receiver) = mpsc::channel::<()>();
        senders.push(sender);
        let thread = AsyncHandle::new(thread::spawn(move || receiver.recv()))?;
        waits.push(triga::spawn(async move { thread.wait().await })?);
    }
    triga::task::yield_now().await;
    assert!(waits.iter().all(|wait| !wait.is_finished()));
    senders.clear();
    for wait in waits {
        wait.await??;
    }
    Ok(())
}

pub(super) async fn a_wait_for_a_handle_that_is_dropped_leaves_nothing_behind() -> Outcome {
    let registered = Handle::current()?.metrics().registrations();
    let (sender, receiver) = mpsc::channel::<()>();
    let thread = AsyncHandle::new(thread::spawn(move || receiver.recv()))?;
    let (wakes, waker) = Wakes::new();
    for _ in 0..1_000 {
        let mut wait = Box::pin(thread.wait());
        assert!(settle(&mut wait, &waker).is_pending());
    }
    assert_eq!(Arc::strong_count(&wakes), 2);
    let thread = thread.into_inner();
    drop(sender);
    assert!(thread.join().unwrap().is_err());
    assert_eq!(wakes.count(), 0);
    assert_eq!(Handle::current()?.metrics().registrations(), registered);
    Ok(())
}

pub(super) async fn a_shutdown_ends_the_wait_for_a_handle() -> Outcome {
    let mut driver = Driver::new()?;
    let (sender, receiver) = mpsc::channel::<()>();
    let thread = AsyncHandle::with_handle(driver.handle(), thread::spawn(move || receiver.recv()))?;
    let (wakes, waker) = Wakes::new();
    let mut wait = Box::pin(thread.wait());
    assert!(settle(&mut wait, &waker).is_pending());
    driver.shutdown();
    assert_eq!(wakes.count(), 1);
    let Poll::Ready(Err(error)) = settle(&mut wait, Waker::noop()) else {
        panic!("it is never reported")
    };
    assert!(is_shut_down(&error));
    drop((wait, sender));
    Ok(())
}
