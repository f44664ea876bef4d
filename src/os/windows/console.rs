//! Events of the console, each by its name.

use std::io;

pub use triga_platform::signal::Kind as ConsoleEvent;

use crate::reactor::Handle;
use crate::signal::Signal;

/// Listens for an event of the console, or for any of several, with the thread's [current](Handle::current) handle.
///
/// What [`signal`](crate::signal) says of listeners holds for each event: every one of them sees every event, and the default
/// action, which ends the process, does not happen until the last of them is dropped.
///
/// After [`CLOSE`](ConsoleEvent::CLOSE), [`LOGOFF`](ConsoleEvent::LOGOFF) and [`SHUTDOWN`](ConsoleEvent::SHUTDOWN) the system
/// gives the process some seconds to end, and then ends it.
///
/// ```
/// use triga::os::windows::{ConsoleEvent, console_event};
///
/// triga::block_on(async {
///     let last_words = console_event(ConsoleEvent::CLOSE | ConsoleEvent::SHUTDOWN)?;
///     # drop(last_words);
///     std::io::Result::Ok(())
/// })
/// # .unwrap().unwrap();
/// ```
///
/// # Errors
///
/// As [`ctrl_c`](crate::signal::ctrl_c).
pub fn console_event(event: ConsoleEvent) -> io::Result<Signal> {
    Signal::new(&Handle::current()?, event)
}

/// Sends an event to every process of this console, or to those of one group, whose number is that of its first process.
///
/// A process that is started with the flag `CREATE_NEW_PROCESS_GROUP` (0x200) is the first of a group:
///
/// ```no_run
/// use std::os::windows::process::CommandExt;
/// use std::process::Command;
/// use triga::os::windows::{ConsoleEvent, send_console_event};
///
/// let child = triga::process::spawn(Command::new("server").creation_flags(0x200))?;
/// send_console_event(ConsoleEvent::BREAK, Some(child.id()))?;
/// # std::io::Result::Ok(())
/// ```
///
/// # Errors
///
/// `InvalidInput` for several events at once; errors of the system: a process without a console, an event other than
/// [`INTERRUPT`](ConsoleEvent::INTERRUPT), which goes to all, and [`BREAK`](ConsoleEvent::BREAK).
pub fn send_console_event(event: ConsoleEvent, group: Option<u32>) -> io::Result<()> {
    triga_platform::signal::send(event, group)
}
