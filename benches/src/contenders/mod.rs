//! The contenders, and what those that run futures share.

pub(crate) mod async_io;
pub(crate) mod epoll;
mod futures;
pub(crate) mod mio;
pub(crate) mod tokio;
pub(crate) mod triga;

use std::io;

use crate::contender::{Contender, MESSAGE};

/// Any of them.
pub(crate) type Native = &'static dyn Contender;

/// In the order of the tables.
pub(crate) const ALL: [Native; 5] = [
    &epoll::Bare,
    &mio::Mio,
    &tokio::Tokio,
    &async_io::AsyncIo,
    &triga::Triga,
];

/// All of them, with their names.
pub(crate) fn natively() -> Vec<(&'static str, Native)> {
    ALL.into_iter().map(|contender| (contender.name(), contender)).collect()
}

/// The contender with this name.
pub(crate) fn named(name: &str) -> Option<Native> {
    ALL.into_iter().find(|contender| contender.name() == name)
}

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
