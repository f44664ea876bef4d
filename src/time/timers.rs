//! The driver's timers, shared with whoever sets one.

use std::task::{Context, Poll, Waker};

use triga_platform::Instant;

use crate::error::ShutDown;
use crate::parking::Parking;
use crate::sync::Mutex;
use crate::sync::atomic::AtomicU64;
use crate::sync::atomic::Ordering::SeqCst;
use crate::time::queue::{Key, Queue};
use crate::wake_batch::WakeBatch;

/// No timer is set.
const NONE: u64 = u64::MAX;

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
    queue: Queue,
    /// [`Queue::pop_due`], once a timer was set: by a pointer, so that a program that sets none is spared its code.
    pop_due: Option<fn(&mut Queue, Instant) -> Option<Waker>>,
    is_shutdown: bool,
}

impl Default for Timers {
    fn default() -> Timers {
        Timers {
            next: AtomicU64::new(NONE),
            state: Mutex::default(),
        }
    }
}

impl State {
    fn pop_due(&mut self, now: Instant) -> Option<Waker> {
        self.pop_due.and_then(|pop_due| pop_due(&mut self.queue, now))
    }
}

impl Timers {
    /// The earliest deadline.
    #[inline]
    pub(crate) fn next_deadline(&self) -> Option<Instant> {
        let next = self.next.load(SeqCst);
        (next != NONE).then_some(Instant::from_nanos(next))
    }

    /// Sets a timer. A driver that waits for longer is woken; one that does not wait sees it before it does.
    pub(crate) fn insert(&self, deadline: Instant, cx: &Context<'_>, parking: &Parking) -> Result<Key, ShutDown> {
        let waker = cx.waker().clone();
        let mut state = self.state.lock();
        if state.is_shutdown {
            drop(state);
            return Err(ShutDown);
        }
        let key = state.queue.insert(deadline, waker);
        state.pop_due = Some(Queue::pop_due);
        let is_first = deadline.as_nanos() < self.next.load(SeqCst);
        if is_first {
            self.next.store(deadline.as_nanos(), SeqCst);
        }
        drop(state);
        if is_first {
            // A driver that cannot be woken is not told to wait longer than its platform allows; it looks at its next turn.
            let _ = parking.wake_if_parked();
        }
        Ok(key)
    }

    /// Ready when the timer has fired; otherwise this task is the one that it wakes.
    pub(crate) fn poll(&self, key: Key, cx: &Context<'_>) -> Poll<Result<(), ShutDown>> {
        let mut waker = cx.waker().clone();
        let mut state = self.state.lock();
        let pending = match state.queue.waker_mut(key) {
            Some(current) => {
                std::mem::swap(current, &mut waker);
                true
            }
            None => false,
        };
        let is_shutdown = state.is_shutdown;
        drop(state);
        drop(waker);
        match (pending, is_shutdown) {
            (true, _) => Poll::Pending,
            (false, true) => Poll::Ready(Err(ShutDown)),
            (false, false) => Poll::Ready(Ok(())),
        }
    }

    /// Takes a timer back, if it has not fired.
    pub(crate) fn cancel(&self, key: Key) {
        let mut state = self.state.lock();
        let first = state.queue.first();
        let waker = state.queue.cancel(key);
        if state.queue.first() != first {
            self.store_next(&state);
        }
        drop(state);
        drop(waker);
    }

    /// Takes the wakers of every timer that is due, and says how many there were.
    #[inline]
    pub(crate) fn fire(&self, wakers: &mut WakeBatch) -> usize {
        match self.next_deadline() {
            Some(_) => self.fire_due(Instant::now(), wakers),
            None => 0,
        }
    }

    fn fire_due(&self, now: Instant, wakers: &mut WakeBatch) -> usize {
        if self.next_deadline().is_none_or(|next| next > now) {
            return 0;
        }
        let mut state = self.state.lock();
        let mut fired = 0;
        while let Some(waker) = state.pop_due(now) {
            wakers.push(Some(waker));
            fired += 1;
        }
        self.store_next(&state);
        fired
    }

    /// Refuses new timers, and takes the wakers of those that are set: their waits end with an error.
    pub(crate) fn shut_down(&self, wakers: &mut WakeBatch) {
        let mut state = self.state.lock();
        state.is_shutdown = true;
        while let Some(waker) = state.pop_due(Instant::FAR_FUTURE) {
            wakers.push(Some(waker));
        }
        self.store_next(&state);
    }

    fn store_next(&self, state: &State) {
        let next = state.queue.first().map_or(NONE, Instant::as_nanos);
        if self.next.load(SeqCst) != next {
            self.next.store(next, SeqCst);
        }
    }
}
