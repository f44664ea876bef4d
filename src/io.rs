//! The standard streams.
//!
//! Each call makes a stream of its own; dropping it does not close the descriptor of the process. They are read and written
//! through the futures-io traits, also by reference, and are not buffered.
//!
//! Windows lets nobody wait for them: there each of the three has a thread once it is used, which reads and writes when it is
//! asked to. A write that is given up there may have been made, and is taken for the next one if that has the same bytes.

use std::io;

use triga_platform::{Interest, stdio};

use crate::handle::Handle;
use crate::registered::{Registered, async_read, async_write};

/// Standard input, registered with the thread's [current](Handle::current) handle.
///
/// # Errors
///
/// What the system says for a stream that is closed.
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
