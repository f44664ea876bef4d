//! One or more addresses, each tried until one serves.

use std::io;
use std::net::{SocketAddr, ToSocketAddrs};

/// Tries an operation with each address in turn, and returns the first success or the last error.
pub(crate) async fn try_each<A: ToSocketAddrs, R>(
    addresses: A,
    mut operation: impl AsyncFnMut(SocketAddr) -> io::Result<R>,
) -> io::Result<R> {
    let mut last = io::Error::new(io::ErrorKind::InvalidInput, "the name has no address");
    for address in addresses.to_socket_addrs()? {
        match operation(address).await {
            Ok(success) => return Ok(success),
            Err(error) => last = error,
        }
    }
    Err(last)
}
