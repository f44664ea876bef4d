//! What the conformance suite cannot show without `unsafe`: what becomes of a forked child.

use std::io::{self, ErrorKind, Write};
use std::sync::Arc;

use mio::unix::pipe;

use super::signal::{Alert, Kind, Watch, give_back};
use super::{Events, Lock, Registry, Selector, Waker};
use crate::{Direction, Interest, Token, Wait};

/// Held by every test. A forked child has one thread, and a lock of another one's that it copies is never released:
/// `signal-hook-registry` has one for its handlers. And one test has the system forget children that end.
static ALONE: Lock<()> = Lock::new(());

/// Whether a new selector tells of sources and signals.
fn serves(events: &mut Events) -> io::Result<bool> {
    let mut selector = Selector::new()?;
    let registry = selector.registry();
    let (mut sender, mut receiver) = pipe::new()?;
    let token = Token::new(1, 0);
    registry.register(&mut receiver, token, Interest::READABLE)?;
    sender.write_all(b"!")?;
    registry.arm(token, Direction::Read)?;
    selector.select(events, Wait::Forever)?;
    let is_told = events.iter().any(|event| event.token == token);
    let watch = Watch::new(Kind::USER_DEFINED_1, Arc::new(Alert::new(&registry)?))?;
    raise(Kind::USER_DEFINED_1);
    Ok(is_told && watch.count() == 1)
}

/// What a child that was forked should find, each by its number.
fn look_around(selector: &mut Selector, registry: &Registry, watched: &mut pipe::Receiver, waker: &Waker) -> i32 {
    let events = &mut Events::with_capacity(8);
    let new = pipe::new().map(|(_, mut new)| registry.register(&mut new, Token::new(2, 0), Interest::READABLE));
    let findings = [
        selector
            .select(events, Wait::Poll)
            .is_err_and(|error| error.to_string().contains("Driver::new")),
        matches!(new, Ok(Err(_))),
        registry.deregister(watched, Token::new(1, 0)).is_err(),
        waker.wake().is_err(),
        // SAFETY: the signal has a handler.
        unsafe { libc::raise(libc::SIGUSR1) == 0 },
        serves(events).is_ok_and(|serves| serves),
    ];
    findings
        .iter()
        .position(|as_expected| !as_expected)
        .map_or(0, |number| number as i32 + 1)
}

#[test]
fn a_forked_child_is_refused_and_leaves_its_parents_events_alone() {
    let _alone = ALONE.lock();
    let mut selector = Selector::new().unwrap();
    let registry = selector.registry();
    let waker = Waker::new(&selector).unwrap();
    let (mut sender, mut watched) = pipe::new().unwrap();
    let token = Token::new(1, 0);
    registry.register(&mut watched, token, Interest::READABLE).unwrap();
    let alert = Arc::new(Alert::new(&registry).unwrap());
    let watch = Watch::new(Kind::USER_DEFINED_1, alert).unwrap();

    // SAFETY: the child has this thread alone. It takes no lock that another thread may have held, except that of the
    // allocator, which the system's libraries make usable again.
    let child = unsafe { libc::fork() };
    assert!(child >= 0);
    if child == 0 {
        let finding = look_around(&mut selector, &registry, &mut watched, &waker);
        // SAFETY: it ends the process, without what the parent will do at its end.
        unsafe { libc::_exit(finding) };
    }
    let mut status = 0;
    // SAFETY: the pointer is valid for a write.
    assert_eq!(unsafe { libc::waitpid(child, &raw mut status, 0) }, child);
    assert!(libc::WIFEXITED(status));
    assert_eq!(libc::WEXITSTATUS(status), 0, "the number of what was not as expected");

    assert_eq!(watch.count(), 0, "the child's signal was the child's");
    let mut events = Events::with_capacity(8);
    selector.select(&mut events, Wait::Poll).unwrap();
    assert_eq!(events.iter().count(), 0);
    sender.write_all(b"!").unwrap();
    registry.arm(token, Direction::Read).unwrap();
    selector.select(&mut events, Wait::Forever).unwrap();
    assert_eq!(events.iter().map(|event| event.token).collect::<Vec<_>>(), [token]);
}

/// A handler of another library, which calls no other.
extern "C" fn keep_to_itself(_signal: libc::c_int) {}

fn set_action(kind: Kind, handler: libc::sighandler_t) -> libc::sighandler_t {
    // SAFETY: the handler is one of the system's or does nothing.
    unsafe { libc::signal(kind.as_raw(), handler) }
}

fn raise(kind: Kind) {
    // SAFETY: the signal has a handler.
    assert_eq!(unsafe { libc::raise(kind.as_raw()) }, 0);
}

#[test]
fn a_handler_that_was_replaced_is_noticed_by_the_next_watch() {
    let _alone = ALONE.lock();
    let kind = Kind::USER_DEFINED_2;
    let selector = Selector::new().unwrap();
    let alert = Arc::new(Alert::new(&selector.registry()).unwrap());
    let theirs = keep_to_itself as *const () as libc::sighandler_t;

    let first = Watch::new(kind, alert.clone()).unwrap();
    let hook = set_action(kind, theirs);
    for kept in [Some(first), None] {
        let error = Watch::new(kind, alert.clone()).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::ResourceBusy, "{error}");
        drop(kept);
    }
    assert_eq!(give_back(kind).unwrap_err().kind(), ErrorKind::ResourceBusy);
    assert_eq!(set_action(kind, libc::SIG_DFL), theirs, "it stays");

    // The handler is needed again where there is no other.
    let again = Watch::new(kind, alert.clone()).unwrap();
    raise(kind);
    assert_eq!(again.count(), 1);
    set_action(kind, libc::SIG_IGN);
    let beside = Watch::new(kind, alert).unwrap();
    raise(kind);
    assert_eq!((again.count(), beside.count()), (2, 1));
    drop((again, beside));
    assert_eq!(set_action(kind, libc::SIG_IGN), hook);
}

#[test]
fn watching_children_keeps_the_system_reaping_them() {
    let _alone = ALONE.lock();
    let kind = Kind::CHILD;
    let selector = Selector::new().unwrap();
    let alert = Arc::new(Alert::new(&selector.registry()).unwrap());
    set_action(kind, libc::SIG_IGN);
    let watch = Watch::new(kind, alert).unwrap();
    if cfg!(any(target_os = "linux", target_os = "android")) {
        assert!(super::signal::leaves_no_zombies());
        let mut child = std::process::Command::new("true").spawn().unwrap();
        // `ECHILD`, except under qemu, which does not pass `SA_NOCLDWAIT` on.
        let _ = child.wait();
        while watch.count() == 0 {
            std::thread::yield_now();
        }
    }
    drop(watch);
    give_back(kind).unwrap();
    assert_eq!(set_action(kind, libc::SIG_DFL), libc::SIG_IGN);
}
