//! Sockets of the simulation.

use std::io;

use crate::support::{self, Capability};

pub use super::names::{Resolving, addresses, lookup};
pub use super::tcp_listener::TcpListener;
pub use super::tcp_stream::TcpStream;
pub use super::udp_socket::UdpSocket;

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

/// The listener with this number among those that the host opened.
///
/// # Errors
///
/// Always `Unsupported`: a program on this platform opens its listeners itself.
pub fn preopened_listener(_number: usize) -> io::Result<TcpListener> {
    Err(support::unsupported(Capability::PreopenedSockets))
}

/// The connection with this number among those that the host opened.
///
/// # Errors
///
/// Always `Unsupported`: a program on this platform connects itself.
pub fn preopened_stream(_number: usize) -> io::Result<TcpStream> {
    Err(support::unsupported(Capability::PreopenedSockets))
}

/// Takes a socket of std's over.
///
/// # Errors
///
/// Always `Unsupported`: std's sockets are the system's.
pub fn listener_from_std(_listener: std::net::TcpListener) -> io::Result<TcpListener> {
    Err(support::unsupported(Capability::StdSockets))
}

/// Takes a socket of std's over.
///
/// # Errors
///
/// Always `Unsupported`: std's sockets are the system's.
pub fn stream_from_std(_stream: std::net::TcpStream) -> io::Result<TcpStream> {
    Err(support::unsupported(Capability::StdSockets))
}

/// Takes a socket of std's over.
///
/// # Errors
///
/// Always `Unsupported`: std's sockets are the system's.
pub fn udp_from_std(_socket: std::net::UdpSocket) -> io::Result<UdpSocket> {
    Err(support::unsupported(Capability::StdSockets))
}

/// Makes a socket one of std's.
///
/// # Errors
///
/// Always `Unsupported`: std's sockets are the system's.
pub fn listener_into_std(_listener: TcpListener) -> io::Result<std::net::TcpListener> {
    Err(support::unsupported(Capability::StdSockets))
}

/// Makes a socket one of std's.
///
/// # Errors
///
/// Always `Unsupported`: std's sockets are the system's.
pub fn stream_into_std(_stream: TcpStream) -> io::Result<std::net::TcpStream> {
    Err(support::unsupported(Capability::StdSockets))
}

/// Makes a socket one of std's.
///
/// # Errors
///
/// Always `Unsupported`: std's sockets are the system's.
pub fn udp_into_std(_socket: UdpSocket) -> io::Result<std::net::UdpSocket> {
    Err(support::unsupported(Capability::StdSockets))
}

/// Whether the error of a connect says that it is under way, and the end of it will come as writability.
pub fn is_in_progress(error: &io::Error) -> bool {
    error.kind() == io::ErrorKind::NotConnected
}

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
