//! Signals of every kind that may be caught.

use std::io;

pub use triga_platform::signal::Kind as SignalKind;

use crate::reactor::Handle;
use crate::signal::Signal;

/// Listens for signals of a kind, with the thread's [current](Handle::current) handle.
///
/// What [`signal`](crate::signal) says of listeners holds for each kind: every one of them sees every signal, and the first one
/// replaces what the process did about it until [`restore_signal`].
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
/// `InvalidInput` for a signal that cannot be caught (`SIGKILL`, `SIGSTOP`), for one that reports a fault
/// (`SIGSEGV`, `SIGILL`, `SIGFPE`, `SIGBUS`), and for one that the system does not have; others as
/// [`ctrl_c`](crate::signal::ctrl_c).
pub fn signal(kind: SignalKind) -> io::Result<Signal> {
    Signal::new(&Handle::current()?, kind)
}

/// Gives a signal back the action that the process had for it before the first listener, such as the default action that ends
/// the process. Nothing happens if no listener has changed it.
///
/// Dropping the last listener does not do this. The handler is that of `signal-hook-registry`, which installs it once
/// for all its users and does not say whether there are others: they would hear nothing any more. So this is for programs in
/// which nothing else listens to the signal through `signal-hook-registry`, now or later. Listeners of triga may begin again.
///
/// ```
/// use triga::os::unix::{SignalKind, restore_signal, signal};
///
/// triga::block_on(async {
///     let interrupted = signal(SignalKind::INTERRUPT)?;
///     // ... the program ends in an orderly way; Ctrl-C shall end it at once from here on ...
///     drop(interrupted);
///     restore_signal(SignalKind::INTERRUPT)
/// })
/// # .unwrap().unwrap();
/// ```
///
/// # Errors
///
/// `ResourceBusy` while there are listeners, and if another part of the program has replaced the handler: its handler stays.
pub fn restore_signal(kind: SignalKind) -> io::Result<()> {
    triga_platform::signal::give_back(kind)
}
