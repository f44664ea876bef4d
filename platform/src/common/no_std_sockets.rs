//! Sockets of std, which are none of this platform's.

use std::io;

use crate::net::{TcpListener, TcpStream, UdpSocket};
use crate::support::{self, Capability};

macro_rules! unsupported {
    ($($name:ident($from:ty) -> $into:ty;)*) => {$(
        /// Takes a socket of std's over.
        ///
        /// # Errors
        ///
        /// Always `Unsupported`.
        pub fn $name(_socket: $from) -> io::Result<$into> {
            Err(support::unsupported(Capability::StdSockets))
        }
    )*};
}

unsupported! {
    listener_from_std(std::net::TcpListener) -> TcpListener;
    stream_from_std(std::net::TcpStream) -> TcpStream;
    udp_from_std(std::net::UdpSocket) -> UdpSocket;
}

/// Nothing makes a socket one of std's.
pub const LISTENER_INTO_STD: Option<fn(TcpListener) -> std::net::TcpListener> = None;
/// Nothing makes a socket one of std's.
pub const STREAM_INTO_STD: Option<fn(TcpStream) -> std::net::TcpStream> = None;
/// Nothing makes a socket one of std's.
pub const UDP_INTO_STD: Option<fn(UdpSocket) -> std::net::UdpSocket> = None;
