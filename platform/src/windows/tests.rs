//! Handles that only the system's functions make: events, semaphores, timers.

use std::env;
use std::io;
use std::os::windows::io::{AsHandle, AsRawHandle, FromRawHandle, OwnedHandle};
use std::ptr;
use std::thread;

use windows_sys::Win32::Foundation::HANDLE;
use windows_sys::Win32::System::Threading::{
    CreateEventW, CreateSemaphoreW, CreateWaitableTimerW, ReleaseSemaphore, ResetEvent, SetEvent, SetWaitableTimer,
};

use crate::waitable::Waitable;
use crate::{Events, Interest, Outcome, Ready, Selector, Source, Token, Wait};

const TOKEN: Token = Token::new(7, 3);

fn owned(handle: HANDLE) -> OwnedHandle {
    assert!(!handle.is_null(), "{}", io::Error::last_os_error());
    // SAFETY: the callers have just made it.
    unsafe { OwnedHandle::from_raw_handle(handle) }
}

fn event(is_manual: bool) -> OwnedHandle {
    // SAFETY: null stands for the usual security and for no name.
    owned(unsafe { CreateEventW(ptr::null(), is_manual.into(), 0, ptr::null()) })
}

fn set(event: &OwnedHandle) {
    // SAFETY: the handle is open.
    assert_ne!(unsafe { SetEvent(event.as_raw_handle()) }, 0);
}

/// Takes a signal, waiting for it with the selector.
fn take(waitable: &Waitable, selector: &mut Selector) -> io::Result<()> {
    let mut events = Events::with_capacity(8);
    loop {
        match waitable.take() {
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
            result => return result,
        }
        assert_eq!(selector.select(&mut events, Wait::Forever)?, Outcome::Waited);
        for event in events.iter().filter(|event| event.token != Token::WAKER) {
            assert_eq!((event.token, event.ready), (TOKEN, Ready::READABLE));
        }
    }
}

fn would_block(waitable: &Waitable) -> bool {
    waitable
        .take()
        .is_err_and(|error| error.kind() == io::ErrorKind::WouldBlock)
}

fn registered(handle: &OwnedHandle, selector: &Selector) -> io::Result<Waitable> {
    let mut waitable = Waitable::new(handle.as_handle())?;
    assert_eq!(waitable.assumed(), Ready::READABLE);
    selector.registry().register(&mut waitable, TOKEN, Interest::READABLE)?;
    Ok(waitable)
}

#[test]
fn each_signal_of_an_event_that_resets_itself_is_taken_once() -> io::Result<()> {
    let mut selector = Selector::new()?;
    let event = event(false);
    let waitable = registered(&event, &selector)?;
    for round in 0..100 {
        if round % 2 == 0 {
            // Before anybody waits.
            set(&event);
        } else {
            assert!(would_block(&waitable));
            thread::scope(|scope| scope.spawn(|| set(&event)).join()).unwrap();
        }
        take(&waitable, &mut selector)?;
        assert!(would_block(&waitable), "in round {round} it was taken twice");
        // That wait is under way now, and takes the next one.
        set(&event);
        take(&waitable, &mut selector)?;
    }
    Ok(())
}

#[test]
fn an_event_that_stays_set_is_seen_by_every_wait() -> io::Result<()> {
    let mut selector = Selector::new()?;
    let event = event(true);
    let waitable = registered(&event, &selector)?;
    assert!(would_block(&waitable));
    set(&event);
    for _ in 0..3 {
        take(&waitable, &mut selector)?;
    }
    // SAFETY: the handle is open.
    assert_ne!(unsafe { ResetEvent(event.as_raw_handle()) }, 0);
    assert!(would_block(&waitable));
    Ok(())
}

#[test]
fn a_semaphore_gives_as_many_as_it_has() -> io::Result<()> {
    let mut selector = Selector::new()?;
    // SAFETY: null stands for the usual security and for no name.
    let semaphore = owned(unsafe { CreateSemaphoreW(ptr::null(), 2, 1_000, ptr::null()) });
    let waitable = registered(&semaphore, &selector)?;
    for (given, next) in [(2, 5), (5, 1), (1, 100), (100, 3)] {
        (0..given).try_for_each(|_| take(&waitable, &mut selector))?;
        assert!(would_block(&waitable));
        // SAFETY: the handle is open, and the pointer for the count before may be null.
        let done = unsafe { ReleaseSemaphore(semaphore.as_raw_handle(), next, ptr::null_mut()) };
        assert_ne!(done, 0);
    }
    Ok(())
}

#[test]
fn a_timer_is_waited_for() -> io::Result<()> {
    let mut selector = Selector::new()?;
    // SAFETY: null stands for the usual security and for no name.
    let timer = owned(unsafe { CreateWaitableTimerW(ptr::null(), 0, ptr::null()) });
    let waitable = registered(&timer, &selector)?;
    for hundreds_of_nanoseconds in [0_i64, 10_000, 50_000] {
        let from_now = -hundreds_of_nanoseconds;
        // SAFETY: the handle is open, the time outlives the call, and no function is to be called.
        let done = unsafe { SetWaitableTimer(timer.as_raw_handle(), &from_now, 0, None, ptr::null(), 0) };
        assert_ne!(done, 0);
        take(&waitable, &mut selector)?;
    }
    Ok(())
}

#[test]
fn a_wait_that_is_deregistered_takes_no_signal_and_reports_none() -> io::Result<()> {
    let mut selector = Selector::new()?;
    let event = event(false);
    let mut events = Events::with_capacity(8);
    for _ in 0..100 {
        let mut waitable = registered(&event, &selector)?;
        assert!(would_block(&waitable));
        selector.registry().deregister(&mut waitable, TOKEN)?;
        let again = selector.registry().deregister(&mut waitable, TOKEN);
        assert_eq!(again.unwrap_err().kind(), io::ErrorKind::NotFound);
        if env::var_os("WINEPREFIX").is_some() {
            another_wait()?;
        }
        set(&event);
        waitable.take()?;
        selector.select(&mut events, Wait::Poll)?;
        assert_eq!(events.iter().filter(|event| event.token == TOKEN).count(), 0);
    }
    Ok(())
}

/// A whole wait for another handle. Wine's thread lists its handles, and then waits for them without a lock; a wait that ends
/// between the two is waited for once more, and its signal is lost (`waitqueue_thread_proc` in Wine's `threadpool.c`). When
/// the thread has told of this wait, which began later, it has made a new list.
fn another_wait() -> io::Result<()> {
    let mut selector = Selector::new()?;
    let event = event(false);
    let mut waitable = registered(&event, &selector)?;
    assert!(would_block(&waitable));
    set(&event);
    take(&waitable, &mut selector)?;
    selector.registry().deregister(&mut waitable, TOKEN)
}

#[test]
fn a_handle_is_registered_once_at_a_time() -> io::Result<()> {
    let selector = Selector::new()?;
    let event = event(false);
    let mut waitable = registered(&event, &selector)?;
    let again = selector.registry().register(&mut waitable, TOKEN, Interest::READABLE);
    assert_eq!(again.unwrap_err().kind(), io::ErrorKind::AlreadyExists);
    selector.registry().deregister(&mut waitable, TOKEN)?;
    selector.registry().register(&mut waitable, TOKEN, Interest::READABLE)
}

/// mio shifts it by a bit, and back.
#[test]
fn the_token_of_a_named_pipe_is_the_same_after_its_way_through_mio() {
    let token = Token::new(7, u32::MAX);
    assert_eq!((token.to_word() as u64) << 1 >> 1, token.to_word() as u64);
    assert!(token.is_of(7, u32::MAX));
}
