//! Sockets of mio: non-blocking from the start, and re-armed by their own operations where the system needs it.

use std::io;

pub use crate::common::no_preopened::{preopened_listener, preopened_stream};
pub use mio::net::{TcpListener, TcpStream, UdpSocket};

pub use crate::common::blocking_names::{Resolving, addresses, lookup};
use crate::select::platform::kind;

/// Takes a socket of std's over, and makes it non-blocking.
///
/// # Errors
///
/// `InvalidInput` for a descriptor of another kind, and errors of the system when the mode is changed.
pub fn listener_from_std(listener: std::net::TcpListener) -> io::Result<TcpListener> {
    kind::check_listener(&listener, listener.local_addr())?;
    listener.set_nonblocking(true)?;
    Ok(TcpListener::from_std(listener))
}

/// Takes a socket of std's over, and makes it non-blocking.
///
/// # Errors
///
/// `InvalidInput` for a descriptor of another kind, and errors of the system when the mode is changed.
pub fn stream_from_std(stream: std::net::TcpStream) -> io::Result<TcpStream> {
    kind::check_stream(&stream, stream.local_addr())?;
    stream.set_nonblocking(true)?;
    Ok(TcpStream::from_std(stream))
}

/// Takes a socket of std's over, and makes it non-blocking.
///
/// # Errors
///
/// `InvalidInput` for a descriptor of another kind, and errors of the system when the mode is changed.
pub fn udp_from_std(socket: std::net::UdpSocket) -> io::Result<UdpSocket> {
    kind::check_datagrams(&socket, socket.local_addr())?;
    socket.set_nonblocking(true)?;
    Ok(UdpSocket::from_std(socket))
}

/// Gives a socket to std. It stays non-blocking.
pub const LISTENER_INTO_STD: Option<fn(TcpListener) -> std::net::TcpListener> = Some(std::net::TcpListener::from);

/// Gives a socket to std. It stays non-blocking.
pub const STREAM_INTO_STD: Option<fn(TcpStream) -> std::net::TcpStream> = Some(std::net::TcpStream::from);

/// Gives a socket to std. It stays non-blocking.
pub const UDP_INTO_STD: Option<fn(UdpSocket) -> std::net::UdpSocket> = Some(std::net::UdpSocket::from);

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
    error.kind() == io::ErrorKind::NotConnected || is_raw_in_progress(error)
}

#[cfg(unix)]
fn is_raw_in_progress(error: &io::Error) -> bool {
    error.raw_os_error() == Some(libc::EINPROGRESS)
}

#[cfg(windows)]
fn is_raw_in_progress(_error: &io::Error) -> bool {
    false
}

/// Whether [`is_exhausted`] may say so, and somebody has to pause.
pub const MAY_RUN_OUT: bool = true;

/// Whether an accept failed for want of descriptors or memory, which pass when others give theirs back.
#[cfg(unix)]
pub fn is_exhausted(error: &io::Error) -> bool {
    matches!(
        error.raw_os_error(),
        Some(libc::EMFILE | libc::ENFILE | libc::ENOBUFS | libc::ENOMEM)
    )
}

/// Whether an accept failed for want of descriptors or memory, which pass when others give theirs back.
#[cfg(windows)]
pub fn is_exhausted(error: &io::Error) -> bool {
    const WSAEMFILE: i32 = 10024;
    const WSAENOBUFS: i32 = 10055;
    matches!(error.raw_os_error(), Some(WSAEMFILE | WSAENOBUFS))
}
