//! A waker for one thread: every wake comes before the wait, so a flag that the next wait reads is enough.

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use crate::Selector;

/// Ends the next wait of a [`Selector`] that shares its flag.
#[derive(Debug)]
pub struct Waker(WakeFlag);

impl Waker {
    /// A waker for the selector.
    ///
    /// # Errors
    ///
    /// None.
    pub fn new(selector: &Selector) -> io::Result<Waker> {
        Ok(Waker(selector.woken.clone()))
    }

    /// Makes the next wait return.
    ///
    /// # Errors
    ///
    /// None.
    pub fn wake(&self) -> io::Result<()> {
        self.0.raise();
        Ok(())
    }
}

/// The flag, shared by a selector and its wakers.
#[derive(Debug, Clone, Default)]
pub(crate) struct WakeFlag(Arc<AtomicBool>);

impl WakeFlag {
    /// Makes the next [`take`](Self::take) true.
    #[inline]
    pub(crate) fn raise(&self) {
        self.0.store(true, Ordering::Release);
    }

    /// Whether the flag was raised since the last call.
    #[inline]
    pub(crate) fn take(&self) -> bool {
        self.0.swap(false, Ordering::Acquire)
    }
}
