//! The contenders, and what those that run futures share.

pub(crate) mod async_io;
pub(crate) mod epoll;
mod futures;
pub(crate) mod mio;
pub(crate) mod tokio;
pub(crate) mod triga;

use std::io;

use crate::contender::MESSAGE;

/// Fails unless a message went or came whole: one is under way at a time, and always has room.
#[inline]
fn whole(count: usize) -> io::Result<()> {
    if count == MESSAGE { Ok(()) } else { Err(part(count)) }
}

#[cold]
fn part(count: usize) -> io::Error {
    io::Error::other(format!("{count} bytes came or went of a message of {MESSAGE}"))
}

fn unless_blocked<T>(result: io::Result<T>) -> io::Result<Option<T>> {
    match result {
        Ok(value) => Ok(Some(value)),
        Err(error) if error.kind() == io::ErrorKind::WouldBlock => Ok(None),
        Err(error) => Err(error),
    }
}
