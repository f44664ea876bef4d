//! Datagram sockets, of which there can be none: the names are there, and opening one says why it fails.

use std::io;
use std::net::SocketAddr;

use crate::common::never::Never;
use crate::common::source_of::source_of;
use crate::support::{self, Capability};

/// A datagram socket. There is none, so that its methods are never called.
#[derive(Debug)]
pub struct UdpSocket(Never);

impl UdpSocket {
    /// Opens a socket with this address.
    ///
    /// # Errors
    ///
    /// Always `Unsupported`.
    pub fn bind(_addr: SocketAddr) -> io::Result<UdpSocket> {
        Err(support::unsupported(Capability::Udp))
    }
}

macro_rules! methods {
    ($($(#[$doc:meta])* fn $name:ident(&self $(, $arg:ty)*) -> $output:ty;)*) => {
        impl UdpSocket {$(
            $(#[$doc])*
            pub fn $name(&self $(, _: $arg)*) -> io::Result<$output> {
                match self.0 {}
            }
        )*}
    };
}

methods! {
    /// The address of this side.
    fn local_addr(&self) -> SocketAddr;
    /// The address that the socket is connected to.
    fn peer_addr(&self) -> SocketAddr;
    /// Sends and receives with one address only.
    fn connect(&self, SocketAddr) -> ();
    /// Sends a datagram to the connected address.
    fn send(&self, &[u8]) -> usize;
    /// Sends a datagram.
    fn send_to(&self, &[u8], SocketAddr) -> usize;
    /// Receives a datagram from the connected address.
    fn recv(&self, &mut [u8]) -> usize;
    /// Receives a datagram.
    fn recv_from(&self, &mut [u8]) -> (usize, SocketAddr);
    /// Receives a datagram from the connected address and leaves it where it is.
    fn peek(&self, &mut [u8]) -> usize;
    /// Receives a datagram and leaves it where it is.
    fn peek_from(&self, &mut [u8]) -> (usize, SocketAddr);
    /// The time to live of packets.
    fn ttl(&self) -> u32;
    /// Sets the time to live of packets.
    fn set_ttl(&self, u32) -> ();
}

source_of!(UdpSocket: |socket| socket.0);

impl From<UdpSocket> for std::net::UdpSocket {
    fn from(socket: UdpSocket) -> std::net::UdpSocket {
        match socket.0 {}
    }
}
