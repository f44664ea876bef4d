//! Standard input, output and error.

use std::io;

use triga_platform::{Interest, stdio};

use crate::io::registered::{Registered, async_read, async_write};
use crate::reactor::Handle;

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
