//! Ctrl-C and requests to end, for programs that shut down in order.
//!
//! On Unix they are SIGINT and SIGTERM; [`os::unix::signal`](crate::os) listens to others.
//!
//! While there is a listener, the system's default action (which ends the process) does not happen.
//!
//! On Windows, it comes back when the last listener is dropped. On Unix, the handler stays, and signals without a listener are
//! swallowed: `os::unix::restore_signal` gives back the action from before the first listener. The handler is that of
//! `signal-hook-registry`, which other libraries use, too. They keep theirs, whenever they begin and whenever triga's listeners
//! go. A handler from before the first listener is called as well. A handler that is installed later in place of it is noticed
//! when the next listener begins, which fails with `ResourceBusy`.

use std::io;
use std::task::{Context, Poll};

use triga_platform::signal::Kind;
use triga_platform::{Direction, Interest};

use crate::reactor::Handle;
use crate::reactor::Registration;
use crate::sync::Arc;

use crate::reactor::listeners::Inbox;

/// Listens for Ctrl-C, with the thread's [current](Handle::current) handle.
///
/// ```no_run
/// triga::block_on(async {
///     let ctrl_c = triga::signal::ctrl_c()?;
///     ctrl_c.recv().await?;
///     println!("once more, and I give up");
///     ctrl_c.recv().await
/// })
/// # .unwrap().unwrap();
/// ```
///
/// # Errors
///
/// Errors of the system, such as `EMFILE`; `ResourceBusy` if another part of the program has replaced the handler, on Unix;
/// [`ShutDown`](crate::ShutDown) after a shutdown; `Unsupported` where a program is told of no signals, as in WASI.
pub fn ctrl_c() -> io::Result<Signal> {
    Signal::new(&Handle::current()?, Kind::INTERRUPT)
}

/// Listens for requests to end, with the thread's [current](Handle::current) handle.
///
/// # Errors
///
/// As [`ctrl_c`].
pub fn terminate() -> io::Result<Signal> {
    Signal::new(&Handle::current()?, Kind::TERMINATE)
}

/// A listener: sees every signal of its kind that comes while it lives.
///
/// Each run of the process's handler counts, so no signal is lost that the system delivered, however late it is received.
/// (Unix keeps one signal of a kind for a process that does not get round to its handler, and real-time signals all.)
#[derive(Debug)]
pub struct Signal {
    inbox: Arc<Inbox>,
    registration: Registration,
}

impl Signal {
    pub(crate) fn new(handle: &Handle, kind: Kind) -> io::Result<Signal> {
        let registration = Registration::without_source(handle)?;
        let inbox = handle
            .shared
            .signals
            .add(&handle.shared.registry, registration.token(), kind)?;
        Ok(Signal { inbox, registration })
    }

    /// Waits for the next signal. Several tasks may wait; each signal goes to one of them.
    ///
    /// Cancel safe: a signal that was not returned is still there for the next call.
    ///
    /// # Errors
    ///
    /// [`ShutDown`](crate::ShutDown) after a shutdown.
    pub async fn recv(&self) -> io::Result<()> {
        self.registration
            .async_io(Interest::READABLE, || self.inbox.take())
            .await
    }

    /// Ready with a signal; otherwise the task is woken when there is one. Of several tasks, the last one is.
    ///
    /// # Errors
    ///
    /// As [`recv`](Self::recv).
    pub fn poll_recv(&self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.registration.poll_io(cx, Direction::Read, || self.inbox.take())
    }
}

impl Drop for Signal {
    fn drop(&mut self) {
        self.registration
            .handle()
            .shared
            .signals
            .remove(self.registration.token());
    }
}
