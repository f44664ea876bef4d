//! Sockets of the simulation.

use std::io;

pub use super::names::{Resolving, addresses, lookup};
pub use super::tcp_listener::TcpListener;
pub use super::tcp_stream::TcpStream;
pub use super::udp_socket::UdpSocket;
pub use crate::common::no_preopened::{preopened_listener, preopened_stream};
pub use crate::common::no_std_sockets::{
    LISTENER_INTO_STD, STREAM_INTO_STD, UDP_INTO_STD, listener_from_std, stream_from_std, udp_from_std,
};

/// Goes on with the bind of a listener: there is nothing left to do.
///
/// # Errors
///
/// None.
pub fn finish_listen(_listener: &TcpListener) -> io::Result<()> {
    Ok(())
}

/// Goes on with the bind of a datagram socket: there is nothing left to do.
///
/// # Errors
///
/// None.
pub fn finish_bind(_socket: &UdpSocket) -> io::Result<()> {
    Ok(())
}

/// Whether the error of a connect says that it is under way, and the end of it will come as writability.
pub fn is_in_progress(error: &io::Error) -> bool {
    error.kind() == io::ErrorKind::NotConnected
}

/// Whether [`is_exhausted`] may say so, and somebody has to pause.
pub const MAY_RUN_OUT: bool = true;

/// Whether an accept failed for want of descriptors or memory, which pass when others give theirs back.
pub fn is_exhausted(error: &io::Error) -> bool {
    error.kind() == io::ErrorKind::OutOfMemory
}

/// A time to live as packets have it.
pub(super) fn hops(hops: u32) -> io::Result<u32> {
    if (1..=255).contains(&hops) {
        return Ok(hops);
    }
    Err(io::Error::new(
        io::ErrorKind::InvalidInput,
        format!("a time to live is 1 to 255 hops, not {hops}"),
    ))
}
