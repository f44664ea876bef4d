//! Sockets of std, which are none of this platform's.

use std::io;

use crate::net::{TcpListener, TcpStream, UdpSocket};
use crate::support::{self, Capability};

macro_rules! unsupported {
    ($($name:ident($from:ty) -> $into:ty;)*) => {$(
        /// Makes a socket of the one kind one of the other.
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
    listener_into_std(TcpListener) -> std::net::TcpListener;
    stream_into_std(TcpStream) -> std::net::TcpStream;
    udp_into_std(UdpSocket) -> std::net::UdpSocket;
}
