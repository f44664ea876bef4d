//! Wakers that tests watch, and polling by hand.

use std::io::{self, Read, Write};
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context, Poll, Wake, Waker};
use std::thread;

use triga::{Direction, Driver, Interest, ReadyEvent, Registration};

use crate::pattern;
use crate::peer::Source;

/// Counts its wakes.
#[derive(Debug, Default)]
pub(crate) struct Wakes(AtomicUsize);

impl Wakes {
    /// A waker that counts here.
    pub(crate) fn new() -> (Arc<Wakes>, Waker) {
        let wakes = Arc::new(Wakes::default());
        (wakes.clone(), Waker::from(wakes))
    }

    pub(crate) fn count(&self) -> usize {
        self.0.load(Ordering::SeqCst)
    }
}

impl Wake for Wakes {
    fn wake(self: Arc<Self>) {
        self.wake_by_ref();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        self.0.fetch_add(1, Ordering::SeqCst);
    }
}

/// A waker that does something.
pub(crate) struct OnWake<F>(F);

impl<F: Fn() + Send + Sync + 'static> OnWake<F> {
    pub(crate) fn waker(action: F) -> Waker {
        Waker::from(Arc::new(OnWake(action)))
    }
}

impl<F: Fn() + Send + Sync> Wake for OnWake<F> {
    fn wake(self: Arc<Self>) {
        (self.0)();
    }
}

/// Polls a future once.
pub(crate) fn poll<F: Future + Unpin>(future: &mut F, waker: &Waker) -> Poll<F::Output> {
    Pin::new(future).poll(&mut Context::from_waker(waker))
}

/// Polls a future until it is ready or waits for something. A task whose budget is spent is told to wait once, and gets on when
/// it asks again.
pub(crate) fn settle<F: Future + Unpin>(future: &mut F, waker: &Waker) -> Poll<F::Output> {
    match poll(future, waker) {
        Poll::Pending => poll(future, waker),
        ready => ready,
    }
}

/// Whether a source is known to be ready for an interest.
pub(crate) fn is_ready(registration: &Registration, interest: Interest) -> bool {
    registration.try_io(interest, || Ok(())).is_ok()
}

/// Asks for a direction in the poller's place, as [`settle`] does.
pub(crate) fn poll_ready(
    registration: &Registration,
    direction: Direction,
    waker: &Waker,
) -> Poll<io::Result<ReadyEvent>> {
    let ask = |waker| {
        let cx = &mut Context::from_waker(waker);
        match direction {
            Direction::Read => registration.poll_read_ready(cx),
            Direction::Write => registration.poll_write_ready(cx),
        }
    };
    match ask(Waker::noop()) {
        Poll::Pending => ask(waker),
        ready => ready,
    }
}

/// Takes back what is known of a direction's readiness, and waits for more of it with this waker.
pub(crate) fn wait_for(registration: &Registration, direction: Direction, waker: &Waker) -> io::Result<()> {
    while let Poll::Ready(event) = poll_ready(registration, direction, waker) {
        registration.clear_readiness(event?);
    }
    Ok(())
}

/// Turns a driver until a source is ready in a direction.
pub(crate) fn turn_until(
    driver: &mut Driver,
    registration: &Registration,
    direction: Direction,
) -> io::Result<ReadyEvent> {
    loop {
        if let Poll::Ready(event) = poll_ready(registration, direction, Waker::noop()) {
            return event;
        }
        let turn = driver.turn(None)?;
        assert!(!turn.is_idle(), "nothing will ever make it ready");
    }
}

/// Sends a byte of the pattern. There is room for it, but a host may take a moment until it knows.
pub(crate) fn send_byte(mut source: &Source, number: u64) -> io::Result<()> {
    loop {
        match source.write_all(&pattern::bytes(number, 1)) {
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => thread::yield_now(),
            result => return result,
        }
    }
}

/// Turns a driver until there is a byte of a source, and takes it. A readiness may be spurious.
pub(crate) fn receive_byte(driver: &mut Driver, registration: &Registration, source: &mut Source) -> io::Result<()> {
    loop {
        let event = turn_until(driver, registration, Direction::Read)?;
        match source.read_exact(&mut [0]) {
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => registration.clear_readiness(event),
            result => return result.and_then(|()| drain(source)),
        }
    }
}

/// Takes the bytes of a source that are there. The call that would block, at their end, is what has poll(2) and Windows tell of
/// the next ones.
pub(crate) fn drain(source: &mut Source) -> io::Result<()> {
    loop {
        match source.read(&mut [0; 64]) {
            Ok(1..) => {}
            Ok(0) => return Ok(()),
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => return Ok(()),
            Err(error) => return Err(error),
        }
    }
}
