//! What a test does to connections.

use std::io;

use crate::net::TcpStream;

/// Ends a connection without a goodbye: what is under way still arrives, and then the other side learns that it was reset.
///
/// # Errors
///
/// `NotConnected` in another simulation than the connection's.
pub fn reset(stream: TcpStream) -> io::Result<()> {
    stream.io.source.reset()
}
