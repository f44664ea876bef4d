//! Sockets that the host opened before the program began, of which there are none.

use std::io;

use crate::net::{TcpListener, TcpStream};
use crate::support::{self, Capability};

/// The listener with this number among those that the host opened.
///
/// # Errors
///
/// Always `Unsupported`: a program on this platform opens its listeners itself, if it can.
pub fn preopened_listener(_number: usize) -> io::Result<TcpListener> {
    Err(support::unsupported(Capability::PreopenedSockets))
}

/// The connection with this number among those that the host opened.
///
/// # Errors
///
/// Always `Unsupported`: a program on this platform connects itself, if it can.
pub fn preopened_stream(_number: usize) -> io::Result<TcpStream> {
    Err(support::unsupported(Capability::PreopenedSockets))
}
