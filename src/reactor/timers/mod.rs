//! The driver's timers, which any thread may set and cancel.

mod heap;
mod queue;

use std::task::{Context, Poll, Waker};

use triga_platform::Instant;

use self::queue::{First, Queue};
use crate::error::ShutDown;
use crate::reactor::handle::Shared;
use crate::reactor::parking::Parking;
use crate::reactor::task_key::{self, TaskKey};
use crate::sync::atomic::AtomicU64;
use crate::sync::atomic::Ordering::SeqCst;
use crate::sync::{Arc, Mutex};

pub(crate) use self::queue::Key;
use crate::reactor::wake_batch::WakeBatch;

/// No timer is set, or none that will ever be due.
const NONE: u64 = u64::MAX;

/// Cancelled timers come first in the queue, so the earliest deadline is not known.
const UNSETTLED: u64 = u64::MAX - 1;

/// How many timers fire under one lock at most, so that threads that set and cancel timers do not wait for long.
const FIRED_AT_ONCE: usize = 1024;

#[derive(Debug)]
pub(crate) struct Timers {
    /// The earliest deadline, to be read without the lock: a turn without timers does nothing for them.
    ///
    /// Written under the lock. A new earliest deadline is stored before [`Parking::wake_if_parked`] looks whether the driver
    /// waits, and the driver announces its wait before it loads this: sequential consistency makes one see the other.
    next: AtomicU64,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    queue: Queue<Sleeper>,
    is_shutdown: bool,
}

/// What was taken of the timers that are due.
struct Due {
    fired: usize,
    are_more: bool,
}

/// The task that a timer wakes.
#[derive(Debug)]
pub(crate) enum Sleeper {
    /// A task of the driver's own executor. Its timers fire between two of its polls.
    Task(TaskKey),
    Waker(Waker),
}

impl Sleeper {
    /// The task that polls, with a timer of this driver.
    pub(crate) fn new(driver: &Arc<Shared>, cx: &Context<'_>) -> Sleeper {
        match task_key::running(driver, cx.waker()) {
            Some(key) => Sleeper::Task(key),
            None => Sleeper::Waker(cx.waker().clone()),
        }
    }

    fn join(self, wakers: &mut WakeBatch) {
        match self {
            Sleeper::Task(key) => wakers.tasks.push(key.index()),
            Sleeper::Waker(waker) => wakers.push(Some(waker)),
        }
    }
}

impl Default for Timers {
    fn default() -> Timers {
        Timers {
            next: AtomicU64::new(NONE),
            state: Mutex::default(),
        }
    }
}

impl Timers {
    /// The earliest deadline.
    #[inline]
    pub(crate) fn next_deadline(&self) -> Option<Instant> {
        match self.next.load(SeqCst) {
            NONE => None,
            UNSETTLED => self.settle(),
            next => Some(Instant::from_nanos(next)),
        }
    }

    /// Removes the cancelled timers that come first, a few under each lock.
    #[cold]
    #[inline(never)]
    fn settle(&self) -> Option<Instant> {
        loop {
            {
                let mut state = self.state.lock();
                state.queue.settle();
                self.store_next(&state.queue);
            }
            match self.next.load(SeqCst) {
                NONE => return None,
                UNSETTLED => {}
                next => return Some(Instant::from_nanos(next)),
            }
        }
    }

    /// Sets a timer. A driver that waits for longer is woken; one that does not wait sees it before it does.
    pub(crate) fn insert(&self, deadline: Instant, sleeper: Sleeper, parking: &Parking) -> Result<Key, ShutDown> {
        let mut state = self.state.lock();
        if state.is_shutdown {
            drop(state);
            return Err(ShutDown);
        }
        let key = state.queue.insert(deadline, sleeper);
        // An earliest deadline that is not known may be later than this one.
        let is_first = deadline.as_nanos() < self.next.load(SeqCst);
        if is_first {
            self.store_next(&state.queue);
        }
        drop(state);
        if is_first {
            // If the wake fails, the driver sees the deadline at its next turn.
            let _ = parking.wake_if_parked();
        }
        Ok(key)
    }

    /// Ready when the timer has fired. Otherwise it wakes this task.
    pub(crate) fn poll(&self, key: Key, mut sleeper: Sleeper) -> Poll<Result<(), ShutDown>> {
        let mut state = self.state.lock();
        let pending = match state.queue.get_mut(key) {
            Some(current) => {
                std::mem::swap(current, &mut sleeper);
                true
            }
            None => false,
        };
        let is_shutdown = state.is_shutdown;
        drop(state);
        drop(sleeper);
        match (pending, is_shutdown) {
            (true, _) => Poll::Pending,
            (false, true) => Poll::Ready(Err(ShutDown)),
            (false, false) => Poll::Ready(Ok(())),
        }
    }

    /// Takes a timer back, if it has not fired.
    pub(crate) fn cancel(&self, key: Key) {
        let mut state = self.state.lock();
        let was_first = state.queue.is_first(key);
        let sleeper = state.queue.cancel(key);
        if was_first {
            self.store_next(&state.queue);
        }
        drop(state);
        drop(sleeper);
    }

    /// Takes the wakers of every timer that is due, and says how many there were.
    #[inline]
    pub(crate) fn fire(&self, wakers: &mut WakeBatch) -> usize {
        match self.next_deadline() {
            Some(next) => self.fire_from(next, wakers),
            None => 0,
        }
    }

    fn fire_from(&self, next: Instant, wakers: &mut WakeBatch) -> usize {
        let now = Instant::now();
        if next > now {
            return 0;
        }
        self.take_all_due(now, wakers)
    }

    /// Refuses new timers, and takes the wakers of those that are set: their waits end with an error.
    pub(crate) fn shut_down(&self, wakers: &mut WakeBatch) {
        self.state.lock().is_shutdown = true;
        self.take_all_due(Instant::FAR_FUTURE, wakers);
    }

    /// Takes the wakers of every timer that is due by then, some under each lock.
    fn take_all_due(&self, now: Instant, wakers: &mut WakeBatch) -> usize {
        let mut fired = 0;
        loop {
            let due = self.take_due(&mut self.state.lock().queue, now, wakers);
            fired += due.fired;
            if !due.are_more {
                return fired;
            }
        }
    }

    fn take_due(&self, queue: &mut Queue<Sleeper>, now: Instant, wakers: &mut WakeBatch) -> Due {
        queue.settle();
        let mut fired = 0;
        while fired < FIRED_AT_ONCE {
            let Some(sleeper) = queue.pop_due(now) else { break };
            sleeper.join(wakers);
            fired += 1;
        }
        self.store_next(queue);
        Due {
            fired,
            are_more: fired == FIRED_AT_ONCE || queue.first() == First::Unsettled,
        }
    }

    fn store_next(&self, queue: &Queue<Sleeper>) {
        let next = match queue.first() {
            First::None => NONE,
            First::At(deadline) if deadline.as_nanos() >= UNSETTLED => NONE,
            First::At(deadline) => deadline.as_nanos(),
            First::Unsettled => UNSETTLED,
        };
        if self.next.load(SeqCst) != next {
            self.next.store(next, SeqCst);
        }
    }
}
