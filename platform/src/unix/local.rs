//! Local sockets: those of mio, and what neither mio nor std's stable part does with them.

use std::io;
use std::mem::ManuallyDrop;
use std::os::fd::{AsRawFd, FromRawFd};
use std::os::unix::net::{self, SocketAddr};

pub use mio::net::{UnixDatagram, UnixListener, UnixStream};

pub use super::credentials::PeerCredentials;
use super::kind;
pub use super::receive::receive;

/// Takes a socket of std's over, and makes it non-blocking.
///
/// # Errors
///
/// `InvalidInput` for a descriptor of another kind, and errors of the system when the mode is changed.
pub fn stream_from_std(stream: net::UnixStream) -> io::Result<UnixStream> {
    kind::check_stream(&stream, stream.local_addr())?;
    stream.set_nonblocking(true)?;
    Ok(UnixStream::from_std(stream))
}

/// Takes a socket of std's over, and makes it non-blocking.
///
/// # Errors
///
/// `InvalidInput` for a descriptor of another kind, and errors of the system when the mode is changed.
pub fn listener_from_std(listener: net::UnixListener) -> io::Result<UnixListener> {
    kind::check_listener(&listener, listener.local_addr())?;
    listener.set_nonblocking(true)?;
    Ok(UnixListener::from_std(listener))
}

/// Takes a socket of std's over, and makes it non-blocking.
///
/// # Errors
///
/// `InvalidInput` for a descriptor of another kind, and errors of the system when the mode is changed.
pub fn datagram_from_std(socket: net::UnixDatagram) -> io::Result<UnixDatagram> {
    kind::check_datagrams(&socket, socket.local_addr())?;
    socket.set_nonblocking(true)?;
    Ok(UnixDatagram::from_std(socket))
}

/// Makes a socket one of std's. It stays non-blocking.
pub const STREAM_INTO_STD: Option<fn(UnixStream) -> net::UnixStream> = Some(net::UnixStream::from);

/// Makes a socket one of std's. It stays non-blocking.
pub const LISTENER_INTO_STD: Option<fn(UnixListener) -> net::UnixListener> = Some(net::UnixListener::from);

/// Makes a socket one of std's. It stays non-blocking.
pub const DATAGRAM_INTO_STD: Option<fn(UnixDatagram) -> net::UnixDatagram> = Some(net::UnixDatagram::from);

/// Sets the other side of a datagram socket, which may have an abstract name.
///
/// # Errors
///
/// Errors of the system.
pub fn connect_datagram(socket: &UnixDatagram, address: &SocketAddr) -> io::Result<()> {
    std_datagram(socket).connect_addr(address)
}

/// Sends a datagram to an address, which may have an abstract name.
///
/// # Errors
///
/// Errors of the system, such as `WouldBlock`.
pub fn send_to(socket: &UnixDatagram, datagram: &[u8], address: &SocketAddr) -> io::Result<usize> {
    socket.try_io(|| std_datagram(socket).send_to_addr(datagram, address))
}

/// mio's socket as one of std's, which knows more kinds of addresses.
fn std_datagram(socket: &UnixDatagram) -> ManuallyDrop<net::UnixDatagram> {
    // SAFETY: the descriptor is open while `socket` is borrowed, which is longer than this function's callers use the result;
    // and it is not closed here.
    ManuallyDrop::new(unsafe { net::UnixDatagram::from_raw_fd(socket.as_raw_fd()) })
}
