//! Waking where there is one thread: whoever wakes runs before the wait, so a flag that the next wait finds is enough.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

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
