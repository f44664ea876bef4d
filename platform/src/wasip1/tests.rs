//! The selector against the host that runs the tests. Standard output stands for a source that is ready, a descriptor that was
//! never opened for one that the host refuses.

use std::time::Duration;

use super::asked::Asked;
use super::look;
use super::selector::{Events, Registry, Selector};
use crate::{Direction, Event, Instant, Outcome, Ready, Token, Wait, Waker};

const READY_FD: wasi::Fd = wasi::FD_STDOUT;
const BAD_FD: wasi::Fd = 9999;

fn token(index: usize) -> Token {
    Token::new(index, 1)
}

fn add(registry: &Registry, index: usize, fd: wasi::Fd) {
    registry.lock().register(token(index), fd).unwrap();
    registry.arm(token(index), Direction::Write).unwrap();
}

fn select(selector: &mut Selector, wait: Wait) -> (Outcome, Vec<Event>) {
    let mut events = Events::with_capacity(4);
    let outcome = selector.select(&mut events, wait).unwrap();
    let mut events: Vec<_> = events.iter().collect();
    events.sort_by_key(|event| event.token.index());
    (outcome, events)
}

fn writable(index: usize) -> Event {
    Event {
        token: token(index),
        ready: Ready::WRITABLE,
    }
}

fn failed(index: usize) -> Event {
    Event {
        token: token(index),
        ready: Ready::FAILED,
    }
}

#[test]
fn a_wait_for_nothing_is_idle_unless_it_was_woken() {
    let mut selector = Selector::new().unwrap();
    let waker = Waker::new(&selector).unwrap();
    assert_eq!(select(&mut selector, Wait::Forever), (Outcome::Idle, vec![]));
    assert_eq!(select(&mut selector, Wait::Poll), (Outcome::Waited, vec![]));
    waker.wake().unwrap();
    waker.wake().unwrap();
    assert_eq!(select(&mut selector, Wait::Forever), (Outcome::Waited, vec![]));
    assert_eq!(select(&mut selector, Wait::Forever), (Outcome::Idle, vec![]));
}

#[test]
fn a_wake_ends_a_wait_before_it_begins() {
    let mut selector = Selector::new().unwrap();
    Waker::new(&selector).unwrap().wake().unwrap();
    let start = Instant::now();
    select(&mut selector, Wait::Until(start + Duration::from_secs(60)));
    assert!(start.elapsed() < Duration::from_secs(30));
}

#[test]
fn a_deadline_is_never_early() {
    let mut selector = Selector::new().unwrap();
    for micros in [0, 1, 70, 999, 1_001, 5_300] {
        let deadline = Instant::now() + Duration::from_micros(micros);
        assert_eq!(select(&mut selector, Wait::Until(deadline)), (Outcome::Waited, vec![]));
        assert!(Instant::now() >= deadline);
    }
}

#[test]
fn a_direction_fires_once_for_each_time_it_is_armed() {
    let mut selector = Selector::new().unwrap();
    let registry = selector.registry();
    add(&registry, 0, READY_FD);
    assert_eq!(
        select(&mut selector, Wait::Forever),
        (Outcome::Waited, vec![writable(0)])
    );
    assert_eq!(select(&mut selector, Wait::Forever), (Outcome::Idle, vec![]));
    registry.arm(token(0), Direction::Write).unwrap();
    assert_eq!(
        select(&mut selector, Wait::Forever),
        (Outcome::Waited, vec![writable(0)])
    );
}

#[test]
fn all_that_are_ready_fire_together() {
    let mut selector = Selector::new().unwrap();
    let registry = selector.registry();
    for index in 0..50 {
        add(&registry, index, READY_FD);
    }
    let (_, events) = select(&mut selector, Wait::Forever);
    assert_eq!(events, (0..50).map(writable).collect::<Vec<_>>());
}

#[test]
fn refused_sources_fail_alone_and_the_others_go_on() {
    let mut selector = Selector::new().unwrap();
    let registry = selector.registry();
    let is_bad = |index| matches!(index, 0 | 7 | 8 | 20 | 32);
    for index in 0..33 {
        add(&registry, index, if is_bad(index) { BAD_FD } else { READY_FD });
    }
    let (_, events) = select(&mut selector, Wait::Forever);
    let expected = |index| if is_bad(index) { failed(index) } else { writable(index) };
    assert_eq!(events, (0..33).map(expected).collect::<Vec<_>>());

    let error = registry.arm(token(7), Direction::Read).unwrap_err();
    assert!(error.to_string().contains("descriptor 9999"), "{error}");
    registry.arm(token(9), Direction::Write).unwrap();
    assert_eq!(select(&mut selector, Wait::Forever).1, [writable(9)]);
}

#[test]
fn a_refused_source_alone_fails_too() {
    let mut selector = Selector::new().unwrap();
    add(&selector.registry(), 3, BAD_FD);
    let later = Instant::now() + Duration::from_secs(60);
    assert_eq!(
        select(&mut selector, Wait::Until(later)),
        (Outcome::Waited, vec![failed(3)])
    );
    assert_eq!(select(&mut selector, Wait::Forever), (Outcome::Idle, vec![]));
}

#[test]
fn the_host_is_asked_while_others_may_change_the_registry() {
    let selector = Selector::new().unwrap();
    let registry = selector.registry();
    add(&registry, 0, READY_FD);
    add(&registry, 1, BAD_FD);
    let mut asked = Asked::new();
    asked.copy(&registry);
    let mut events = Vec::new();
    // Another thread would have it.
    let mut subscriptions = registry.lock();
    asked.wait(Some(look::pause(0)), &mut events).unwrap_err();
    asked.isolate(&mut events);
    assert_eq!(events.len(), 1);
    subscriptions.refuse(&events);
    subscriptions.forget(token(1));
    drop(subscriptions);
    events.clear();
    asked.copy(&registry);
    asked.wait(None, &mut events).unwrap();
    assert_eq!(events.len(), 1);
}

#[test]
fn a_forgotten_source_is_not_waited_for() {
    let mut selector = Selector::new().unwrap();
    let registry = selector.registry();
    add(&registry, 0, READY_FD);
    add(&registry, 1, BAD_FD);
    registry.forget(token(0));
    registry.forget(token(1));
    assert_eq!(select(&mut selector, Wait::Forever), (Outcome::Idle, vec![]));
}
