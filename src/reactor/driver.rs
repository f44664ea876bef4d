//! The loop: waits for events, hands each to its source, fires timers, and wakes who waited.

use std::fmt;
use std::io;
use std::time::Duration;

use triga_platform::{Capability, Events, Instant, Outcome, Ready, SUPPORT, Selector, Token, Wait, Waker};

use crate::error::ShutDown;
use crate::reactor::budget;
use crate::reactor::handle::{Handle, Shared};
use crate::reactor::listeners::Listeners;
use crate::reactor::parking::Parking;
use crate::reactor::registration_set::{RegistrationSet, Slots};
use crate::reactor::scheduled_io::Delivery;
use crate::reactor::timers::Timers;
use crate::reactor::wake_batch::WakeBatch;
use crate::sync::Arc;
use crate::sync::atomic::AtomicU64;
use crate::sync::atomic::Ordering::Relaxed;

/// How many events one turn takes from the operating system at most. More of them wait for the next turn.
const EVENTS: usize = 1024;

/// The reactor. Its owner turns it, on any thread.
///
/// It has no thread of its own, and belongs to no executor. [`block_on`](crate::block_on) turns one for you.
///
/// # Fairness
///
/// A task that is given readiness 128 times in a row, by sources, flushes or timers, gets `Pending` once and is woken
/// at once, so that others run. [`block_on`](crate::block_on) counts for each of its tasks anew. Other executors do not say
/// when a task begins: there the count goes on from task to task of a thread, and begins anew after each `Pending` of this kind
/// and after a turn of a driver on that thread. So with a driver on another thread, one in 129 polls of something that is ready
/// says `Pending` first. Await what should be ready, and do not poll it just once.
///
/// ```
/// use std::time::Duration;
///
/// # fn main() -> std::io::Result<()> {
/// let mut driver = triga::Driver::new()?;
/// let handle = driver.handle().clone();
/// handle.unpark()?;
/// let turn = driver.turn(Some(Duration::from_secs(10)))?;
/// assert_eq!(turn.ready(), 0);
/// # Ok(())
/// # }
/// ```
pub struct Driver {
    pub(crate) selector: Selector,
    events: Events,
    slots: Slots,
    wakers: WakeBatch,
    /// The listeners that have received signals in a turn.
    alerted: Vec<Token>,
    handle: Handle,
    is_shutdown: bool,
}

/// What happened in a [`Driver::turn`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Turn {
    ready: usize,
    timers: usize,
    idle: bool,
}

impl Turn {
    /// How many events found their source.
    pub fn ready(&self) -> usize {
        self.ready
    }

    /// How many timers fired.
    pub fn timers(&self) -> usize {
        self.timers
    }

    /// Whether there was nothing to wait for: no task waits for a source or a timer, no timeout was given, and the platform
    /// has no other thread that could wake the driver. Another turn would be idle as well.
    pub fn is_idle(&self) -> bool {
        self.idle
    }
}

impl Driver {
    /// A driver with nothing registered.
    ///
    /// # Errors
    ///
    /// Errors of the system, such as `EMFILE`.
    pub fn new() -> io::Result<Driver> {
        let selector = Selector::new()?;
        let waker = Waker::new(&selector)?;
        let shared = Shared {
            registry: selector.registry(),
            registrations: RegistrationSet::default(),
            timers: Timers::default(),
            signals: Listeners::default(),
            parking: Parking::new(waker),
            ready_events: AtomicU64::new(0),
        };
        Ok(Driver {
            selector,
            events: Events::with_capacity(EVENTS),
            slots: Slots::default(),
            wakers: WakeBatch::default(),
            alerted: Vec::new(),
            handle: Handle {
                shared: Arc::new(shared),
            },
            is_shutdown: false,
        })
    }

    /// What registers sources with this driver.
    pub fn handle(&self) -> &Handle {
        &self.handle
    }

    /// Waits until a source is ready, a timer is due, [`Handle::unpark`] is called, or the timeout is over. Wakes the tasks
    /// that waited for it, and returns. `Some(Duration::ZERO)` polls without waiting, `None` sets no limit.
    ///
    /// It never returns early without a reason: a wait that a signal interrupts goes on. It may end late, by the precision of
    /// the system's timeouts: a millisecond with epoll and IOCP, less elsewhere.
    ///
    /// # Errors
    ///
    /// [`ShutDown`] after a [`shutdown`](Self::shutdown), and errors of the system's wait. After an error nothing was
    /// delivered, and another turn may be tried. A source that the system cannot wait for is not an error
    /// here: the waits for that source fail.
    pub fn turn(&mut self, timeout: Option<Duration>) -> io::Result<Turn> {
        self.turn_unless(timeout, || false)
    }

    /// As [`turn`](Self::turn), but does not wait if `busy` returns true. It is called after the wait was announced, so a
    /// thread that adds work under a lock and then calls [`Parking::wake_if_parked`] is not missed.
    pub(crate) fn turn_unless(&mut self, timeout: Option<Duration>, busy: impl FnOnce() -> bool) -> io::Result<Turn> {
        if self.is_shutdown {
            return Err(ShutDown.into());
        }
        let shared = &*self.handle.shared;
        let parked = timeout != Some(Duration::ZERO) && shared.parking.park();
        // After the announcement: a thread that releases a slot later than this wakes the driver if too many are pending.
        shared.registrations.release_pending(&mut self.slots);
        let wait = if !parked || busy() {
            Wait::Poll
        } else {
            until(timeout, shared.timers.next_deadline())
        };
        let outcome = self.selector.select(&mut self.events, wait);
        let outcome = match outcome {
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {
                interrupted(&mut self.selector, &mut self.events, wait, &shared.parking)
            }
            outcome => outcome,
        };
        shared.parking.resume();
        let idle = outcome? == Outcome::Idle;
        let ready = self.deliver();
        let timers = self.handle.shared.timers.fire(&mut self.wakers);
        self.wakers.wake_all();
        self.handle.shared.parking.resume();
        budget::refill();
        Ok(Turn { ready, timers, idle })
    }

    /// Delivers each event to its slot. An event for a token that is no longer registered is dropped.
    fn deliver(&mut self) -> usize {
        let shared = &*self.handle.shared;
        let mut ready = 0;
        let mut is_signalled = false;
        for event in self.events.iter() {
            match self.slots.get(event.token, &shared.registrations) {
                Some(page) => {
                    ready += 1;
                    page.deliver(event.token.index(), Delivery::new(event.ready), &mut self.wakers);
                }
                None => is_signalled |= SUPPORT.has(Capability::Signals) && event.token == Token::SIGNAL,
            }
        }
        if is_signalled {
            ready += self.deliver_signals();
        }
        let shared = &*self.handle.shared;
        if ready != 0 {
            let before = shared.ready_events.load(Relaxed);
            shared.ready_events.store(before + ready as u64, Relaxed);
        }
        ready
    }

    /// Makes each listener ready that has signals to receive.
    #[cold]
    fn deliver_signals(&mut self) -> usize {
        let shared = &*self.handle.shared;
        shared.signals.take_alerted(&mut self.alerted);
        let mut ready = 0;
        for token in self.alerted.drain(..) {
            if let Some(page) = self.slots.get(token, &shared.registrations) {
                ready += 1;
                page.deliver(token.index(), Delivery::new(Ready::READABLE), &mut self.wakers);
            }
        }
        ready
    }

    /// The keys of the tasks of the driver's own executor that the last turn made ready. The executor takes them out.
    pub(crate) fn woken_tasks(&mut self) -> &mut Vec<usize> {
        &mut self.wakers.tasks
    }

    /// When the next timer is due, for loops that turn this driver inside another wait.
    pub fn next_deadline(&self) -> Option<Instant> {
        self.handle.shared.timers.next_deadline()
    }

    /// Ends every wait with [`ShutDown`], and refuses new sources and timers from now on. Dropping the driver does the same.
    pub fn shutdown(&mut self) {
        if self.is_shutdown {
            return;
        }
        self.is_shutdown = true;
        let shared = &*self.handle.shared;
        shared.registrations.shut_down(&mut self.wakers);
        shared.timers.shut_down(&mut self.wakers);
        self.wakers.wake_all();
    }
}

impl Drop for Driver {
    fn drop(&mut self) {
        self.shutdown();
    }
}

impl fmt::Debug for Driver {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Driver")
            .field("handle", &self.handle)
            .field("is_shutdown", &self.is_shutdown)
            .finish_non_exhaustive()
    }
}

/// The earlier of a timeout from now and a deadline.
fn until(timeout: Option<Duration>, deadline: Option<Instant>) -> Wait {
    match (timeout.map(|timeout| Instant::now() + timeout), deadline) {
        (Some(end), Some(deadline)) => Wait::Until(end.min(deadline)),
        (Some(end), None) => Wait::Until(end),
        (None, Some(deadline)) => Wait::Until(deadline),
        (None, None) => Wait::Forever,
    }
}

/// Continues a wait that a signal has interrupted, until its deadline.
#[cold]
fn interrupted(selector: &mut Selector, events: &mut Events, wait: Wait, parking: &Parking) -> io::Result<Outcome> {
    loop {
        // The wake that the interrupted wait may have taken.
        let wait = if parking.is_notified() { Wait::Poll } else { wait };
        match selector.select(events, wait) {
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            outcome => return outcome,
        }
    }
}
