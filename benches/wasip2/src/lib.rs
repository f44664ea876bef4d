//! What the echo servers share.

use std::io;
use std::net::SocketAddr;

/// The room that a message is read into.
pub const BUFFER: usize = 1024;

/// Where to listen: the program's argument.
///
/// # Errors
///
/// An argument that is no address, or none.
pub fn address() -> io::Result<SocketAddr> {
    let argument = std::env::args().nth(1).unwrap_or_default();
    argument.parse().map_err(io::Error::other)
}
