//! The readiness cell: set, cleared, shut down, waited for, and waits that are dropped.

use std::future::{Future, poll_fn};
use std::io;
use std::pin::pin;
use std::sync::Arc;
use std::task::{Context, Poll, Wake, Waker};

use loom::future::block_on;
use loom::sync::atomic::AtomicUsize;
use loom::sync::atomic::Ordering::Relaxed;
use loom::thread;
use triga::{Direction, Driver, Interest, Ready, Registration, is_shut_down};

use crate::support::*;

/// The wait ends, whether an event comes before it, while it begins or after it.
fn an_event_ends(wait: fn(Arc<Registration>) -> Wait, ready: Ready) {
    let (mut driver, registration, poster) = driver_with_source();
    let wait = wait(registration.clone());
    let waiter = thread::spawn(move || assert_eq!(block_on(wait).unwrap().ready(), ready));
    poster.post(ready);
    turn_for(&mut driver, 1);
    waiter.join().unwrap();
}

/// A wait in the reader's place is not lost.
#[test]
fn a_wait_to_read_is_ended_by_an_event() {
    check(3, || an_event_ends(to_read, Ready::READABLE));
}

/// A wait in the writer's place, of which a mark tells, is not lost.
#[test]
fn a_wait_to_write_is_ended_by_an_event() {
    check(3, || an_event_ends(to_write, Ready::WRITABLE));
}

/// A wait in the page's list, of which a mark tells, is not lost.
#[test]
fn a_wait_in_the_list_is_ended_by_an_event() {
    check(3, || an_event_ends(listed, Ready::READABLE));
}

/// Of several waits of all kinds, each finds that its end has come, or is woken when it comes.
fn each_is_told<const N: usize>(
    waits: [fn(Arc<Registration>) -> Wait; N],
    end: fn(&mut Driver, &Poster),
    is_end: fn(io::Result<Ready>) -> bool,
) {
    let (mut driver, registration, poster) = driver_with_source();
    let waiters = waits.map(|wait| {
        let (mut wait, note) = (wait(registration.clone()), Arc::new(Note::default()));
        thread::spawn(move || match note.poll(|cx| wait.as_mut().poll(cx)) {
            Poll::Ready(_) => None,
            Poll::Pending => Some((wait, note)),
        })
    });
    end(&mut driver, &poster);
    for waiter in waiters {
        if let Some((mut wait, note)) = waiter.join().unwrap() {
            assert!(note.is_woken());
            match note.poll(|cx| wait.as_mut().poll(cx)) {
                Poll::Ready(event) => assert!(is_end(event.map(|event| event.ready()))),
                Poll::Pending => panic!("it was woken for nothing"),
            }
        }
    }
}

/// One event ends every wait that it is for: those in both places of the slot, and any number of those in the list.
#[test]
fn an_event_ends_every_wait_that_it_is_for() {
    let end = |driver: &mut Driver, poster: &Poster| {
        poster.post(Ready::READABLE | Ready::WRITABLE);
        look(driver);
    };
    check(3, move || each_is_told([to_read, to_write], end, |ready| ready.is_ok()));
    check(3, move || each_is_told([to_write, listed], end, |ready| ready.is_ok()));
    check(2, move || {
        each_is_told([to_read, listed, listed], end, |ready| ready.is_ok())
    });
}

/// A shutdown ends every wait with its error, whenever the wait begins.
#[test]
fn a_shutdown_ends_every_wait() {
    let end = |driver: &mut Driver, _: &Poster| driver.shutdown();
    let is_end = |ready: io::Result<Ready>| ready.is_err_and(|error| is_shut_down(&error));
    check(3, move || each_is_told([to_read, to_write], end, is_end));
    check(3, move || each_is_told([to_write, listed], end, is_end));
    check(2, move || each_is_told([to_read, listed, listed], end, is_end));
}

/// A task that finds a source ready sees what happened before it was made ready, also if it was not woken: at the first poll,
/// and at the second one, when the wait has begun.
#[test]
fn a_task_that_finds_a_source_ready_sees_what_happened_before() {
    check(3, || {
        let (mut driver, registration, poster) = driver_with_source();
        let bytes = Arc::new(AtomicUsize::new(0));
        let (looking, written) = (registration.clone(), bytes.clone());
        let waiter = thread::spawn(move || {
            if Arc::<Note>::default().poll(|cx| looking.poll_read_ready(cx)).is_ready() {
                assert_eq!(bytes.load(Relaxed), 1);
            }
        });
        written.store(1, Relaxed);
        poster.post(Ready::READABLE);
        look(&mut driver);
        waiter.join().unwrap();
    });
}

/// A task that takes readiness back when it finds nothing gets every byte that comes: the clear is void if there was another
/// event since the one that it acted on.
#[test]
fn a_clear_takes_back_no_readiness_that_came_after_its_event() {
    check(3, || {
        let (mut driver, registration, poster) = driver_with_source();
        let bytes = Arc::new(AtomicUsize::new(0));
        let (reading, left) = (registration.clone(), bytes.clone());
        let reader = thread::spawn(move || {
            let mut read = || match left.swap(0, Relaxed) {
                0 => Err(io::ErrorKind::WouldBlock.into()),
                count => Ok(count),
            };
            let mut count = 0;
            while count < 2 {
                count += block_on(poll_fn(|cx| reading.poll_io(cx, Direction::Read, &mut read))).unwrap();
            }
        });
        for _ in 0..2 {
            bytes.fetch_add(1, Relaxed);
            poster.post(Ready::READABLE);
            turn_for(&mut driver, 1);
        }
        reader.join().unwrap();
    });
}

/// Of two tasks that read, none takes the other's bytes away by clearing what it has not seen.
#[test]
fn a_clear_of_one_task_takes_no_readiness_from_another() {
    check(2, || {
        let (mut driver, registration, poster) = driver_with_source();
        let bytes = Arc::new(AtomicUsize::new(0));
        let readers = [(); 2].map(|()| {
            let (reading, left) = (registration.clone(), bytes.clone());
            thread::spawn(move || {
                // Takes one byte.
                let read = || match left.fetch_update(Relaxed, Relaxed, |count| count.checked_sub(1)) {
                    Ok(_) => Ok(()),
                    Err(_) => Err(io::ErrorKind::WouldBlock.into()),
                };
                block_on(reading.async_io(Interest::READABLE, read)).unwrap();
            })
        });
        for _ in 0..2 {
            bytes.fetch_add(1, Relaxed);
            poster.post(Ready::READABLE);
            turn_for(&mut driver, 1);
        }
        join(readers);
    });
}

/// A wait that is dropped removes its own entry in the list and its own mark.
#[test]
fn a_wait_that_is_dropped_costs_no_other_its_wake() {
    check(3, || {
        let (mut driver, registration, poster) = driver_with_source();
        let (wait, mut dropped) = (listed(registration.clone()), listed(registration.clone()));
        let waiter = thread::spawn(move || block_on(wait).map(|_| ()).unwrap());
        let dropping = thread::spawn(move || {
            let _ = dropped.as_mut().poll(&mut Context::from_waker(Waker::noop()));
        });
        poster.post(Ready::READABLE);
        turn_for(&mut driver, 1);
        join([waiter, dropping]);
    });
}

/// A registration that is dropped drops the wakers of its waits, so that a task that owns it can go; also if an event for
/// it is on its way.
#[test]
fn a_registration_that_is_dropped_keeps_no_waker() {
    check(3, || {
        let (mut driver, registration, poster) = driver_with_source();
        // It keeps the page of the slot.
        let _other = register(driver.handle()).unwrap();
        let note = Arc::new(Note::default());
        let left = note.clone();
        let waiter = thread::spawn(move || {
            for wait in [to_read, to_write, listed] {
                let _ = left.poll(|cx| wait(registration.clone()).as_mut().poll(cx));
            }
        });
        poster.post(Ready::READABLE | Ready::WRITABLE);
        look(&mut driver);
        waiter.join().unwrap();
        assert_eq!(Arc::strong_count(&note), 1);
    });
}

/// No lock is held when a task is woken: its waker may come back and wait again, in every place.
#[test]
fn a_waker_may_come_back_to_the_source_that_woke_it() {
    /// Begins waits for its source that do not end yet.
    struct Again(Arc<Registration>);

    impl Wake for Again {
        fn wake(self: Arc<Self>) {
            let cx = &mut Context::from_waker(Waker::noop());
            let _ = self.0.poll_write_ready(cx);
            let _ = pin!(self.0.readiness(Interest::WRITABLE)).poll(cx);
        }
    }

    check(2, || {
        let (mut driver, registration, poster) = driver_with_source();
        let waiter = thread::spawn(move || {
            let waker = Waker::from(Arc::new(Again(registration.clone())));
            [to_read, listed].map(|wait| {
                let mut wait = wait(registration.clone());
                let _ = wait.as_mut().poll(&mut Context::from_waker(&waker));
                wait
            })
        });
        poster.post(Ready::READABLE);
        look(&mut driver);
        driver.shutdown();
        let _ = waiter.join().unwrap();
    });
}
