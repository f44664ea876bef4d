//! The standard streams.
//!
//! Each call makes a stream of its own; dropping it does not close the descriptor of the process. They are read and written
//! through the futures-io traits, also by reference, and are not buffered.
//!
//! No call blocks, and nothing is changed that other programs share, such as `O_NONBLOCK`:
//!
//! * Linux opens pipes and terminals anew, non-blocking, for this process alone; sockets are asked not to block by each call;
//!   files and the null device never do. Other Unix systems open terminals anew.
//! * Everything else has a thread for each of the three streams, from the first use on: `triga stdin`, `triga stdout` and
//!   `triga stderr`. That is so on Windows; on Unix for pipes where the system does not open them anew (other systems than
//!   Linux, no `/proc`, no permission, no reader), and for other devices. A write that is given up there may have been made, and
//!   is taken for the next one if that has the same bytes.
//!
//! Input that the program does not ask for is left to others, but on Windows, where std reads ahead. What a write has reported is
//! with the system, and so out when the program ends.

use std::io;

use triga_platform::{Interest, stdio};

use crate::handle::Handle;
use crate::registered::{Registered, async_read, async_write};

/// Standard input, registered with the thread's [current](Handle::current) handle.
///
/// It keeps a descriptor of its own: a program that closes descriptor 0 drops this, too, if the writer shall learn of it.
///
/// # Errors
///
/// Errors of the system, such as `EBADF` for a stream that is closed; `ResourceBusy` for a stream that needs a thread, if the
/// system has none to give.
pub fn stdin() -> io::Result<Stdin> {
    register(stdio::Stdin::new()?, Interest::READABLE).map(Stdin)
}

/// Standard output, registered with the thread's [current](Handle::current) handle.
///
/// # Errors
///
/// As [`stdin`].
pub fn stdout() -> io::Result<Stdout> {
    register(stdio::Stdout::new()?, Interest::WRITABLE).map(Stdout)
}

/// Standard error, registered with the thread's [current](Handle::current) handle.
///
/// # Errors
///
/// As [`stdin`].
pub fn stderr() -> io::Result<Stderr> {
    register(stdio::Stderr::new()?, Interest::WRITABLE).map(Stderr)
}

/// What [`stdin`] returns.
#[derive(Debug)]
pub struct Stdin(Registered<stdio::Stdin>);

/// What [`stdout`] returns.
#[derive(Debug)]
pub struct Stdout(Registered<stdio::Stdout>);

/// What [`stderr`] returns.
#[derive(Debug)]
pub struct Stderr(Registered<stdio::Stderr>);

async_read!(Stdin, 0);
async_write!(Stdout, 0, |_| Ok(()));
async_write!(Stderr, 0, |_| Ok(()));

fn register<S: triga_platform::Source>(stream: S, interest: Interest) -> io::Result<Registered<S>> {
    Registered::new(&Handle::current()?, stream, interest)
}
