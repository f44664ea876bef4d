//! Whether the driver waits, so that only the first wake of a wait makes a system call.

use std::io;

use triga_platform::{ONE_THREAD, Waker};

use crate::sync::atomic::AtomicU8;
use crate::sync::atomic::Ordering::{AcqRel, Acquire, Relaxed, SeqCst};

/// Coalesces wakes: only the first one of a wait reaches the operating system.
#[derive(Debug)]
pub(crate) struct Parking {
    state: AtomicU8,
    waker: Waker,
}

/// Not in a wait.
const RUNNING: u8 = 0;
/// About to wait, or waiting.
const PARKED: u8 = 1;
/// The wait under way is over, or the next one does not begin.
const NOTIFIED: u8 = 2;

impl Parking {
    pub(crate) fn new(waker: Waker) -> Parking {
        Parking {
            state: AtomicU8::new(RUNNING),
            waker,
        }
    }

    /// Ends the wait under way, or else prevents the next one.
    #[inline]
    pub(crate) fn unpark(&self) -> io::Result<()> {
        // Releases what was done before to the driver's `resume` and `absorb`.
        if self.state.swap(NOTIFIED, AcqRel) == PARKED {
            self.waker.wake()
        } else {
            Ok(())
        }
    }

    /// Ends the wait under way, and does nothing to a later one. The caller has added its work where the driver looks between
    /// [`park`](Self::park) and the wait: under a lock that the driver takes there, or with a sequentially consistent store of
    /// what the driver loads with the same ordering.
    #[inline]
    pub(crate) fn wake_if_parked(&self) -> io::Result<()> {
        // Pairs with the exchange in `park`: one of the two comes first, and the other side sees the work that was added. With
        // one thread, no code runs during a wait.
        if !ONE_THREAD
            && self.state.load(SeqCst) == PARKED
            && self.state.compare_exchange(PARKED, NOTIFIED, AcqRel, Relaxed).is_ok()
        {
            self.waker.wake()
        } else {
            Ok(())
        }
    }

    /// Announces a wait. False if there was a wake already, and no wait should follow.
    #[inline]
    pub(crate) fn park(&self) -> bool {
        self.state.compare_exchange(RUNNING, PARKED, SeqCst, Relaxed).is_ok()
    }

    /// Whether the wait that was announced has been ended. A wake that is not seen here has not reached the platform's waker
    /// yet.
    pub(crate) fn is_notified(&self) -> bool {
        self.state.load(Relaxed) == NOTIFIED
    }

    /// The wait is over: what is woken from now on needs no system call.
    #[inline]
    pub(crate) fn resume(&self) {
        if self.state.load(Relaxed) != RUNNING {
            self.state.swap(RUNNING, Acquire);
        }
    }
}
