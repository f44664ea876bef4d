//! Which handle is current on a thread, while its guards come and go, and while the thread ends.

use std::cell::RefCell;
use std::io::{self, ErrorKind};
use std::sync::{Arc, Mutex};
use std::task::{Poll, Waker};
use std::thread;
use std::time::Duration;

use triga::time::sleep;
use triga::{Capability, Driver, Enter, Handle};

use crate::harness::{Outcome, programs};
use crate::rows::Need;
use crate::wakes::poll;

const THREADS: Need = Need::Has(Capability::Threads);

programs![
    the_newest_guard_that_lives_decides_in_whatever_order_they_go(),
    a_guard_inside_block_on_is_over_when_it_is_dropped(),
    a_guard_stays_on_its_thread(),
    a_guard_in_a_thread_local_ends_with_its_thread(THREADS),
    a_thread_that_ends_asks_for_the_current_handle(THREADS),
    a_thread_that_ends_runs_a_driver_of_its_own(THREADS),
];

/// Which of the drivers is that of the current handle.
fn current(drivers: &[Driver]) -> Option<usize> {
    let handle = match Handle::current() {
        Ok(handle) => handle,
        Err(error) => {
            assert_eq!(error.kind(), ErrorKind::NotConnected);
            return None;
        }
    };
    let mut sleep = handle.sleep_until(triga::time::Instant::from_nanos(0));
    assert!(poll(&mut sleep, Waker::noop()).is_pending());
    drivers.iter().position(|driver| driver.next_deadline().is_some())
}

fn the_newest_guard_that_lives_decides_in_whatever_order_they_go() -> Outcome {
    let drivers = [Driver::new()?, Driver::new()?, Driver::new()?];
    for order in [[0, 1, 2], [0, 2, 1], [1, 0, 2], [1, 2, 0], [2, 0, 1], [2, 1, 0]] {
        assert_eq!(current(&drivers), None);
        let mut guards = [0, 1, 2].map(|nth| {
            let guard = drivers[nth].handle().enter();
            assert_eq!(current(&drivers), Some(nth));
            Some(guard)
        });
        for nth in order {
            guards[nth] = None;
            let newest = guards.iter().rposition(Option::is_some);
            assert_eq!(current(&drivers), newest, "{order:?}");
        }
    }
    Ok(())
}

fn a_guard_inside_block_on_is_over_when_it_is_dropped() -> Outcome {
    let drivers = [Driver::new()?, Driver::new()?];
    let outer = drivers[0].handle().enter();
    let inner = triga::block_on(async {
        assert_eq!(current(&drivers), None, "that of `block_on` is current");
        let inner = drivers[1].handle().enter();
        drop(outer);
        assert_eq!(current(&drivers), Some(1));
        inner
    })?;
    assert_eq!(current(&drivers), Some(1), "it was brought out of there");
    drop(inner);
    assert_eq!(current(&drivers), None);
    Ok(())
}

/// The name is ambiguous for what may go to another thread, so this compiles for what may not.
fn a_guard_stays_on_its_thread() -> Outcome {
    trait IfItMay<Which> {
        fn is_bound() -> bool {
            true
        }
    }
    struct Anything;
    struct Sendable;
    impl<T> IfItMay<Anything> for T {}
    impl<T: Send> IfItMay<Sendable> for T {}

    assert!(<Enter as IfItMay<_>>::is_bound());
    Ok(())
}

fn a_guard_in_a_thread_local_ends_with_its_thread() -> Outcome {
    thread_local! {
        static KEPT: RefCell<Vec<Enter>> = const { RefCell::new(Vec::new()) };
    }
    let drivers = [Driver::new()?, Driver::new()?];
    let handles = [0, 1].map(|nth| drivers[nth].handle().clone());
    let thread = thread::spawn(move || {
        KEPT.with_borrow_mut(|kept| kept.extend(handles.iter().map(Handle::enter)));
        Handle::current().map(drop)
    });
    thread.join().expect("the thread ends")?;
    assert_eq!(current(&drivers), None, "it is another thread's");
    Ok(())
}

/// Does something when its thread ends.
struct AtEnd(Box<dyn FnMut()>);

impl Drop for AtEnd {
    fn drop(&mut self) {
        (self.0)();
    }
}

thread_local! {
    static AT_END: RefCell<Option<AtEnd>> = const { RefCell::new(None) };
}

/// What is said on a thread that ends, by a thread-local that is the first there, and with a guard or without.
fn at_end<T: Send + 'static>(enters: Option<Handle>, says: impl Fn() -> T + Send + 'static) -> T {
    let said = Arc::new(Mutex::new(None));
    let place = said.clone();
    let thread = thread::spawn(move || {
        AT_END.set(Some(AtEnd(Box::new(move || *place.lock().unwrap() = Some(says())))));
        let _guard = enters.map(|handle| handle.enter());
        // It was used before the thread ends, or not at all.
        let _ = Handle::current();
    });
    thread.join().expect("the thread ends");
    said.lock().unwrap().take().expect("the destructor ran")
}

fn a_thread_that_ends_asks_for_the_current_handle() -> Outcome {
    let driver = Driver::new()?;
    for enters in [None, Some(driver.handle().clone())] {
        let kinds = at_end(enters, || {
            let slept = match poll(&mut sleep(Duration::ZERO), Waker::noop()) {
                Poll::Ready(slept) => slept,
                Poll::Pending => Ok(()),
            };
            let kind = |result: io::Result<()>| result.err().map(|error| error.kind());
            [
                kind(Handle::current().map(drop)),
                kind(triga::spawn(async {}).map(|task| task.detach())),
                kind(slept),
            ]
        });
        assert_eq!(kinds, [Some(ErrorKind::NotConnected); 3]);
    }
    Ok(())
}

fn a_thread_that_ends_runs_a_driver_of_its_own() -> Outcome {
    let answer = at_end(None, || {
        triga::block_on(async {
            sleep(Duration::ZERO).await?;
            triga::spawn(async { 42 })?.await
        })
    });
    assert_eq!(answer??, 42);
    Ok(())
}
