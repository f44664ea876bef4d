//! One or more addresses, each tried until one serves.

use std::io;
use std::net::{SocketAddr, ToSocketAddrs};
use std::vec;

/// The addresses that are left to try, and why the last one failed.
pub(crate) struct Addresses {
    left: vec::IntoIter<SocketAddr>,
    last_error: io::Error,
}

impl Addresses {
    /// Resolves a name, on this thread.
    pub(crate) fn resolve(addresses: impl ToSocketAddrs) -> io::Result<Addresses> {
        let addresses: Vec<_> = addresses.to_socket_addrs()?.collect();
        Ok(Addresses {
            left: addresses.into_iter(),
            last_error: no_address(),
        })
    }

    pub(crate) fn next(&mut self) -> Option<SocketAddr> {
        self.left.next()
    }

    pub(crate) fn failed(&mut self, error: io::Error) {
        self.last_error = error;
    }

    /// None of them served.
    pub(crate) fn into_error(self) -> io::Error {
        self.last_error
    }
}

/// Tries an operation with each address in turn, and returns the first success or the last error.
pub(crate) fn try_each<R>(
    addresses: impl ToSocketAddrs,
    operation: impl Fn(SocketAddr) -> io::Result<R>,
) -> io::Result<R> {
    let mut addresses = Addresses::resolve(addresses)?;
    while let Some(address) = addresses.next() {
        match operation(address) {
            Ok(success) => return Ok(success),
            Err(error) => addresses.failed(error),
        }
    }
    Err(addresses.into_error())
}

/// The first of the addresses.
pub(crate) fn first(addresses: impl ToSocketAddrs) -> io::Result<SocketAddr> {
    addresses.to_socket_addrs()?.next().ok_or_else(no_address)
}

fn no_address() -> io::Error {
    io::Error::new(io::ErrorKind::InvalidInput, "the name has no address")
}
