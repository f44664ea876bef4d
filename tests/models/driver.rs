//! The driver: woken before, during and after its wait; timers that are set, taken back and shut down meanwhile; everything at
//! once.

use std::sync::Arc;

use loom::future::block_on;
use loom::sync::atomic::AtomicUsize;
use loom::sync::atomic::Ordering::Relaxed;
use loom::thread;
use triga::time::Instant;
use triga::{Driver, Ready, is_shut_down};

use crate::support::*;

/// This moment never comes.
const NEVER: Instant = Instant::from_nanos(1_000_000);

/// An unpark ends the turn that is under way or comes next, and who turned the driver then sees what was done before it.
#[test]
fn an_unpark_ends_a_turn_whether_it_comes_before_the_wait_or_in_it() {
    check(3, || {
        let mut driver = Driver::new().unwrap();
        let handle = driver.handle().clone();
        let left = Arc::new(AtomicUsize::new(0));
        let leaving = left.clone();
        let waking = thread::spawn(move || {
            leaving.store(1, Relaxed);
            handle.unpark().unwrap();
        });
        driver.turn(None).unwrap();
        assert_eq!(left.load(Relaxed), 1);
        waking.join().unwrap();
    });
}

/// Who looks for work after each turn finds that of every thread that unparks the driver for it, also if several wakes came
/// to one wait, or one came while the last turn ended.
#[test]
fn work_that_was_left_before_an_unpark_is_found_after_a_turn() {
    check(3, || {
        let mut driver = Driver::new().unwrap();
        let left = Arc::new(AtomicUsize::new(0));
        let waking = [(); 2].map(|()| {
            let (handle, left) = (driver.handle().clone(), left.clone());
            thread::spawn(move || {
                left.fetch_add(1, Relaxed);
                handle.unpark().unwrap();
            })
        });
        while left.load(Relaxed) < 2 {
            driver.turn(None).unwrap();
        }
        join(waking);
    });
}

/// A timer that another thread sets, earlier than the one that the driver is about to wait for, fires.
#[test]
fn a_timer_that_is_set_meanwhile_fires() {
    check(3, || {
        let mut driver = Driver::new().unwrap();
        let handle = driver.handle().clone();
        let mut later = Box::pin(handle.sleep_until(NEVER));
        assert!(Arc::<Note>::default().poll(|cx| later.as_mut().poll(cx)).is_pending());
        let sleeping = thread::spawn(move || block_on(handle.sleep_until(DUE)).unwrap());
        while driver.turn(None).unwrap().timers() == 0 {}
        sleeping.join().unwrap();
    });
}

/// A timer that is dropped while it fires takes nothing from one that has its place by then, and leaves no waker.
#[test]
fn a_timer_that_is_dropped_while_it_fires_leaves_the_others_alone() {
    check(3, || {
        let mut driver = Driver::new().unwrap();
        let handle = driver.handle().clone();
        let note = Arc::new(Note::default());
        let mut dropped = Box::pin(handle.sleep_until(DUE));
        assert!(note.poll(|cx| dropped.as_mut().poll(cx)).is_pending());
        let changing = thread::spawn(move || {
            let mut next = Box::pin(handle.sleep_until(DUE));
            let next_note = Arc::new(Note::default());
            let is_pending = next_note.poll(|cx| next.as_mut().poll(cx)).is_pending();
            drop(dropped);
            (next, next_note, is_pending)
        });
        look(&mut driver);
        let (mut next, next_note, is_pending) = changing.join().unwrap();
        assert!(is_pending, "a timer is set at its first poll");
        look(&mut driver);
        assert!(next_note.is_woken() && next_note.poll(|cx| next.as_mut().poll(cx)).is_ready());
        assert_eq!(Arc::strong_count(&note), 1);
    });
}

/// A timer that is set while the driver is shut down fails, or its wait does.
#[test]
fn a_timer_that_races_with_a_shutdown_does_not_wait_for_ever() {
    check(3, || {
        let mut driver = Driver::new().unwrap();
        let handle = driver.handle().clone();
        let sleeping = thread::spawn(move || {
            assert!(is_shut_down(&block_on(handle.sleep_until(NEVER)).unwrap_err()));
        });
        driver.shutdown();
        sleeping.join().unwrap();
    });
}

/// Two threads register, wake, wait and drop while the driver turns, and go on while it is dropped: nothing hangs, and nothing
/// fails, except for the shutdown.
#[test]
fn two_threads_register_wake_and_drop_while_the_driver_turns() {
    check(1, || {
        let mut driver = Driver::new().unwrap();
        let threads = [to_read, listed].map(|wait| {
            let handle = driver.handle().clone();
            thread::spawn(move || {
                let (registration, poster) = register(&handle)?;
                let registration = Arc::new(registration);
                poster.post(Ready::READABLE);
                block_on(wait(registration.clone()))?;
                drop(registration);
                handle.unpark()
            })
        });
        turn_for(&mut driver, 1);
        drop(driver);
        for thread in threads {
            let went = thread.join().unwrap();
            assert!(went.is_ok() || went.is_err_and(|error| is_shut_down(&error)));
        }
    });
}
