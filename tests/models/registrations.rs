//! The registration set: sources that are registered, dropped and released, tokens that are stale, and a shutdown meanwhile.

use loom::future::block_on;
use loom::thread;
use triga::{Driver, Interest, Ready, Registration, is_shut_down};

use crate::support::*;

fn is_ready(registration: &Registration) -> bool {
    registration.try_io(Interest::READABLE, || Ok(())).is_ok()
}

/// A registration that races with a shutdown either fails, or its waits do. None waits for ever.
#[test]
fn a_registration_that_races_with_a_shutdown_does_not_wait_for_ever() {
    check(3, || {
        let mut driver = Driver::new().unwrap();
        let handle = driver.handle().clone();
        let registering = thread::spawn(move || {
            let waited = register(&handle).and_then(|(registration, _)| block_on(to_read(registration.into())));
            assert!(is_shut_down(&waited.unwrap_err()));
        });
        driver.shutdown();
        registering.join().unwrap();
    });
}

/// An event of a source that is gone makes no other source ready, whenever it was posted and whichever source has the slot by
/// then.
#[test]
fn a_stale_event_is_dropped() {
    check(3, || {
        let (mut driver, registration, poster) = driver_with_source();
        let handle = driver.handle().clone();
        // Fills the page, so that the next source takes the slot of the one that goes, as soon as it may.
        let _other = register(&handle).unwrap();
        let changing = thread::spawn(move || {
            drop(registration);
            register(&handle).unwrap()
        });
        poster.post(Ready::READABLE);
        look(&mut driver);
        poster.post(Ready::READABLE);
        look(&mut driver);
        let (next, next_poster) = changing.join().unwrap();
        poster.post(Ready::READABLE);
        look(&mut driver);
        assert!(!is_ready(&next));
        next_poster.post(Ready::READABLE);
        look(&mut driver);
        assert!(is_ready(&next));
    });
}

/// An event finds its source on a page that was added while the driver waited.
#[test]
fn an_event_finds_its_source_on_a_new_page() {
    check(3, || {
        let (mut driver, _first, _) = driver_with_source();
        let handle = driver.handle().clone();
        let adding = thread::spawn(move || {
            let sources = [(); 2].map(|()| register(&handle).unwrap());
            sources[1].1.post(Ready::READABLE);
            sources
        });
        turn_for(&mut driver, 1);
        assert!(is_ready(&adding.join().unwrap()[1].0));
    });
}

/// A page whose sources are gone gives its memory back. An event of one of them is dropped by the page that comes in its place.
#[test]
fn an_event_of_a_page_that_is_gone_is_dropped() {
    check(3, || {
        let (mut driver, registration, poster) = driver_with_source();
        let handle = driver.handle().clone();
        let changing = thread::spawn(move || {
            drop(registration);
            register(&handle).unwrap()
        });
        look(&mut driver);
        poster.post(Ready::READABLE);
        look(&mut driver);
        let (next, _) = changing.join().unwrap();
        poster.post(Ready::READABLE);
        look(&mut driver);
        assert!(!is_ready(&next));
    });
}

/// An event finds its source on a page that has the number of one that is gone.
#[test]
fn an_event_finds_its_source_on_a_page_that_came_again() {
    check(3, || {
        let (mut driver, registration, poster) = driver_with_source();
        let handle = driver.handle().clone();
        poster.post(Ready::READABLE);
        turn_for(&mut driver, 1);
        drop(registration);
        let adding = thread::spawn(move || {
            let source = register(&handle).unwrap();
            source.1.post(Ready::READABLE);
            source
        });
        turn_for(&mut driver, 1);
        assert!(is_ready(&adding.join().unwrap().0));
    });
}

/// Of two threads that register and drop sources, each gets slots of its own, and each drop is counted.
#[test]
fn two_threads_register_and_drop_at_once() {
    check(2, || {
        let mut driver = Driver::new().unwrap();
        let (waiting, dropping) = (driver.handle().clone(), driver.handle().clone());
        let waiter = thread::spawn(move || {
            let (registration, poster) = register(&waiting).unwrap();
            poster.post(Ready::READABLE);
            assert!(block_on(to_read(registration.into())).unwrap().ready().is_readable());
        });
        let dropper = thread::spawn(move || {
            for _ in 0..2 {
                let (registration, _) = register(&dropping).unwrap();
                assert!(!is_ready(&registration));
            }
        });
        turn_for(&mut driver, 1);
        join([waiter, dropper]);
        let metrics = driver.handle().metrics();
        assert_eq!((metrics.registered, metrics.registrations()), (3, 0));
    });
}

/// Slots that several threads give back, while the driver makes free what it finds, are free once each: no two of the sources
/// that come next have the same one.
#[test]
fn slots_that_are_given_back_at_once_are_free_once_each() {
    check(3, || {
        let mut driver = Driver::new().unwrap();
        let handle = driver.handle().clone();
        let dropping = [(); 2]
            .map(|()| register(&handle).unwrap())
            .map(|source| thread::spawn(move || drop(source)));
        look(&mut driver);
        join(dropping);
        look(&mut driver);
        let next = [(); 2].map(|()| register(&handle).unwrap());
        next[0].1.post(Ready::READABLE);
        look(&mut driver);
        assert_eq!([&next[0].0, &next[1].0].map(is_ready), [true, false]);
    });
}
