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
    // Not std's own error, which the one that parses by itself does not keep: a component would bring what prints it.
    argument()
        .parse()
        .map_err(|_| io::Error::other("the argument is not an address and a port"))
}

/// The same as a text, for those that read it by themselves. What prints an address would count as theirs otherwise.
pub fn argument() -> String {
    std::env::args().nth(1).unwrap_or_default()
}
