//! Signals of every kind that may be caught.

use std::io;

pub use triga_platform::signal::Kind as SignalKind;

use crate::handle::Handle;
use crate::signal::Signal;

/// Listens for signals of a kind, with the thread's [current](Handle::current) handle.
///
/// What [`signal`](crate::signal) says of listeners holds for each kind: every one of them sees every signal, and the default
/// action is replaced until the last of them is dropped.
///
/// ```
/// use triga::os::unix::{SignalKind, signal};
///
/// triga::block_on(async {
///     let reload = signal(SignalKind::HANGUP)?;
///     # let _itself = std::process::Command::new("sh").args(["-c", "kill -s HUP $PPID"]).status()?;
///     reload.recv().await
/// })
/// # .unwrap().unwrap();
/// ```
///
/// # Errors
///
/// `InvalidInput` for a signal that the system lets nobody catch (`SIGKILL`, `SIGSTOP`), for one that tells of a fault
/// (`SIGSEGV`, `SIGILL`, `SIGFPE`, `SIGBUS`), and for one that the system does not have; others as
/// [`ctrl_c`](crate::signal::ctrl_c).
pub fn signal(kind: SignalKind) -> io::Result<Signal> {
    Signal::new(&Handle::current()?, kind)
}
