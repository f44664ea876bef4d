//! Children whose handle was dropped, and whose status somebody must ask for, so that the system forgets them.

use std::io;
use std::process::Child;
use std::task::{Context, Poll, Wake, Waker};

use crate::process::running::Running;
use crate::sync::atomic::AtomicBool;
use crate::sync::atomic::Ordering::SeqCst;
use crate::sync::{Arc, Mutex, StaticMutex};

/// Children whose driver went before they did.
static ABANDONED: StaticMutex<Vec<Child>> = StaticMutex::new(Vec::new());

/// Has the driver that the child was started with ask for its status when it ends.
pub(super) fn adopt(running: Running) {
    let orphan = Orphan {
        running: Mutex::new(Some(running)),
        is_woken: AtomicBool::new(false),
    };
    Arc::new(orphan).wake();
}

/// Asks for the status of every child whose driver went before it did. It is done whenever a child is started.
pub(super) fn reap_abandoned() {
    ABANDONED
        .lock()
        .retain_mut(|child| matches!(child.try_wait(), Ok(None)));
}

/// A child that is waited for by nobody but its own waker: being woken is looking whether it has ended.
///
/// Until then it is kept alive by the place of its source, where the waker is.
struct Orphan {
    /// Away while it is looked at.
    running: Mutex<Option<Running>>,
    /// There was a wake since the last look began.
    is_woken: AtomicBool,
}

impl Wake for Orphan {
    fn wake(self: Arc<Self>) {
        self.is_woken.store(true, SeqCst);
        // Whoever wakes while somebody looks finds nothing here; who looks finds the mark after giving it back.
        while self.is_woken.load(SeqCst) {
            let Some(running) = self.running.lock().take() else {
                return;
            };
            self.is_woken.store(false, SeqCst);
            *self.running.lock() = look(running, &Waker::from(self.clone()));
        }
    }
}

/// Gives back a child that runs on.
fn look(mut running: Running, waker: &Waker) -> Option<Running> {
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
