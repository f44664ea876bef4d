//! Who was woken, and who should have been.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context, Poll, Wake, Waker};

/// Counts its wakes.
#[derive(Default)]
pub(super) struct Wakes(AtomicUsize);

impl Wakes {
    pub(super) fn count(&self) -> usize {
        self.0.load(Ordering::SeqCst)
    }
}

impl Wake for Wakes {
    fn wake(self: Arc<Self>) {
        self.0.fetch_add(1, Ordering::SeqCst);
    }
}

/// A task that waits.
pub(super) struct Waiter {
    wakes: Arc<Wakes>,
    pub(super) is_woken: bool,
}

impl Waiter {
    /// Asks with a waker of its own. A task whose budget is spent is told to wait once, which says nothing.
    pub(super) fn ask<T>(mut poll: impl FnMut(&mut Context<'_>) -> Poll<T>) -> Result<T, Waiter> {
        let wakes = Arc::new(Wakes::default());
        let waker = Waker::from(wakes.clone());
        if let Poll::Ready(output) = poll(&mut Context::from_waker(Waker::noop())) {
            return Ok(output);
        }
        match poll(&mut Context::from_waker(&waker)) {
            Poll::Ready(output) => Ok(output),
            Poll::Pending => Err(Waiter { wakes, is_woken: false }),
        }
    }

    /// Something has happened that ends its wait, or something else has.
    pub(super) fn check(&mut self, is_for_it: bool) {
        self.is_woken |= is_for_it;
        self.check_still();
    }

    /// It was woken if it was to be, and once.
    pub(super) fn check_still(&self) {
        assert_eq!(
            self.wakes.count(),
            usize::from(self.is_woken),
            "wakes of one who waited"
        );
    }
}
