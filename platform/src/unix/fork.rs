//! Tells a process from the one that it was forked from.
//!
//! A forked child has the descriptors of its parent, and with them the parent's epoll instance: a wait there would take the
//! parent's events, and a change there would change what the parent waits for.

use std::io;
use std::sync::Once;
use std::sync::atomic::{AtomicU32, Ordering};

/// How many forks lie between this process and the one that began to count.
static FORKS: AtomicU32 = AtomicU32::new(0);

/// The process that something was made in.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Process(u32);

impl Process {
    /// This process.
    pub(crate) fn this() -> Process {
        static COUNTING: Once = Once::new();
        COUNTING.call_once(|| {
            // SAFETY: the function is async-signal-safe, as what runs in a forked child has to be.
            // It fails for want of memory only, and then forks go unnoticed.
            unsafe { libc::pthread_atfork(None, None, Some(count_fork)) };
        });
        Process(FORKS.load(Ordering::Relaxed))
    }

    /// Whether it is the one that runs this. Async-signal-safe.
    #[inline]
    pub(crate) fn is_this(self) -> bool {
        // The count changes only while a process has a single thread, that of its fork.
        FORKS.load(Ordering::Relaxed) == self.0
    }

    /// Fails in a child of the process.
    #[inline]
    pub(crate) fn check(self) -> io::Result<()> {
        if self.is_this() { Ok(()) } else { Err(forked()) }
    }
}

extern "C" fn count_fork() {
    FORKS.fetch_add(1, Ordering::Relaxed);
}

#[cold]
fn forked() -> io::Error {
    io::Error::other(
        "this process was forked, and the driver is its parent's: make one here with `Driver::new`, enter its handle and turn it, \
         or call `block_on` on a thread where none was running at the fork",
    )
}
