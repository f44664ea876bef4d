//! The driver's timers, shared with whoever sets one.

use std::mem::ManuallyDrop;
use std::task::{Context, Poll, Waker};

use triga_platform::Instant;

use crate::error::ShutDown;
use crate::handle::Shared;
use crate::parking::Parking;
use crate::sync::atomic::AtomicU64;
use crate::sync::atomic::Ordering::SeqCst;
use crate::sync::{Arc, Mutex};
use crate::task::local::{self, Left};
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
    /// Dropped by [`State`], if at all.
    queue: ManuallyDrop<Queue<Sleeper>>,
    /// Once a timer was set: by a pointer, so that a program that sets none is spared the code.
    used: Option<&'static Used>,
    is_shutdown: bool,
}

/// What becomes of a queue with timers in it.
#[derive(Debug)]
struct Used {
    take_due: fn(&Timers, &mut Queue<Sleeper>, Instant, &mut WakeBatch) -> usize,
    clear: fn(&mut Queue<Sleeper>),
}

const USED: &Used = &Used {
    take_due: Timers::take_due,
    clear: |queue| *queue = Queue::default(),
};

/// Who a timer wakes.
#[derive(Debug)]
pub(crate) enum Sleeper {
    /// A task of the driver's own executor, whose timers fire between two of its runs.
    Task(Left),
    Waker(Waker),
}

impl Sleeper {
    /// Whoever polls, with a timer of this driver.
    pub(crate) fn new(driver: &Arc<Shared>, cx: &Context<'_>) -> Sleeper {
        match local::running(driver, cx.waker()) {
            Some(left) => Sleeper::Task(left),
            None => Sleeper::Waker(cx.waker().clone()),
        }
    }

    fn join(self, wakers: &mut WakeBatch) {
        match self {
            Sleeper::Task(left) => wakers.tasks.push(left.key()),
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

impl Drop for State {
    fn drop(&mut self) {
        if let Some(used) = self.used {
            (used.clear)(&mut self.queue);
        }
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
    pub(crate) fn insert(&self, deadline: Instant, sleeper: Sleeper, parking: &Parking) -> Result<Key, ShutDown> {
        let mut state = self.state.lock();
        if state.is_shutdown {
            drop(state);
            return Err(ShutDown);
        }
        let key = state.queue.insert(deadline, sleeper);
        state.used = Some(USED);
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

    /// Ready when the timer has fired; otherwise this is who it wakes.
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
        let first = state.queue.first();
        let sleeper = state.queue.cancel(key);
        if state.queue.first() != first {
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
        self.take_due_of(&mut self.state.lock(), now, wakers)
    }

    /// Refuses new timers, and takes the wakers of those that are set: their waits end with an error.
    pub(crate) fn shut_down(&self, wakers: &mut WakeBatch) {
        let mut state = self.state.lock();
        state.is_shutdown = true;
        self.take_due_of(&mut state, Instant::FAR_FUTURE, wakers);
    }

    fn take_due_of(&self, state: &mut State, now: Instant, wakers: &mut WakeBatch) -> usize {
        match state.used {
            Some(used) => (used.take_due)(self, &mut state.queue, now, wakers),
            None => 0,
        }
    }

    fn take_due(&self, queue: &mut Queue<Sleeper>, now: Instant, wakers: &mut WakeBatch) -> usize {
        let mut fired = 0;
        while let Some(sleeper) = queue.pop_due(now) {
            sleeper.join(wakers);
            fired += 1;
        }
        self.store_next(queue);
        fired
    }

    fn store_next(&self, queue: &Queue<Sleeper>) {
        let next = queue.first().map_or(NONE, Instant::as_nanos);
        if self.next.load(SeqCst) != next {
            self.next.store(next, SeqCst);
        }
    }
}
