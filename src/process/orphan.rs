//! Children whose handle was dropped. Their status must be taken, or they stay zombies.

use std::io;
use std::process::Child;
use std::task::{Context, Poll, Wake, Waker};

use crate::process::running::Running;
use crate::sync::atomic::AtomicBool;
use crate::sync::atomic::Ordering::SeqCst;
use crate::sync::{Arc, Mutex, StaticMutex};

/// Children that outlived their driver.
static ABANDONED: StaticMutex<Vec<Child>> = StaticMutex::new(Vec::new());

/// Has the driver that the child was started with ask for its status when it ends.
pub(super) fn adopt(running: Running) {
    let orphan = Orphan {
        running: Mutex::new(Some(running)),
        is_woken: AtomicBool::new(false),
    };
    Arc::new(orphan).wake();
}

/// Takes the status of every child that outlived its driver. This happens whenever a child is started.
pub(super) fn reap_abandoned() {
    ABANDONED
        .lock()
        .retain_mut(|child| matches!(child.try_wait(), Ok(None)));
}

/// A child that only its own waker waits for: a wake checks whether it has ended.
///
/// The slot of its source holds the waker, and so keeps it alive.
struct Orphan {
    /// `None` during a check.
    running: Mutex<Option<Running>>,
    /// There was a wake since the last check began.
    is_woken: AtomicBool,
}

impl Wake for Orphan {
    fn wake(self: Arc<Self>) {
        self.is_woken.store(true, SeqCst);
        // A wake during a check finds `None`. The check sees the mark after it has put the child back.
        while self.is_woken.load(SeqCst) {
            let Some(running) = self.running.lock().take() else {
                return;
            };
            self.is_woken.store(false, SeqCst);
            *self.running.lock() = check(running, &Waker::from(self.clone()));
        }
    }
}

/// Returns a child that still runs.
fn check(mut running: Running, waker: &Waker) -> Option<Running> {
    match running.poll_wait(&mut Context::from_waker(waker)) {
        Poll::Pending => Some(running),
        Poll::Ready(Ok(_)) => None,
        Poll::Ready(Err(error)) if error.kind() == io::ErrorKind::NotFound => None,
        Poll::Ready(Err(_)) => {
            // The driver is gone. The next start of a child looks again.
            let mut abandoned = ABANDONED.lock();
            abandoned.push(running.child);
            None
        }
    }
}
