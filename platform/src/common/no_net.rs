//! Sockets, of which there can be none: the names are there, and opening one says why it fails.

use std::io::{self, Read, Write};
use std::net::{Shutdown, SocketAddr};

use crate::common::never::Never;
pub use crate::common::no_names::{Resolving, addresses, lookup};
pub use crate::common::no_preopened::{preopened_listener, preopened_stream};
pub use crate::common::no_std_sockets::{
    LISTENER_INTO_STD, STREAM_INTO_STD, UDP_INTO_STD, listener_from_std, stream_from_std, udp_from_std,
};
pub use crate::common::no_udp::UdpSocket;
use crate::common::source_of::source_of;
use crate::support::{self, Capability};

/// A socket that accepts connections. There is none.
#[derive(Debug)]
pub struct TcpListener(Never);

/// A connection. There is none.
#[derive(Debug)]
pub struct TcpStream(Never);

impl TcpListener {
    /// Listens on the address.
    ///
    /// # Errors
    ///
    /// Always `Unsupported`.
    pub fn bind(_addr: SocketAddr) -> io::Result<TcpListener> {
        Err(support::unsupported(Capability::TcpBind))
    }
}

impl TcpStream {
    /// Begins to connect.
    ///
    /// # Errors
    ///
    /// Always `Unsupported`.
    pub fn connect(_addr: SocketAddr) -> io::Result<TcpStream> {
        Err(support::unsupported(Capability::TcpConnect))
    }
}

macro_rules! methods {
    ($type:ident: $($(#[$doc:meta])* fn $name:ident(&self $(, $arg:ty)*) -> $output:ty;)*) => {
        impl $type {$(
            $(#[$doc])*
            pub fn $name(&self $(, _: $arg)*) -> io::Result<$output> {
                match self.0 {}
            }
        )*}

        source_of!($type: |socket| socket.0);
    };
}

methods! { TcpListener:
    /// Accepts a connection.
    fn accept(&self) -> (TcpStream, SocketAddr);
    /// The address of this side.
    fn local_addr(&self) -> SocketAddr;
    /// The time to live of packets.
    fn ttl(&self) -> u32;
    /// Sets the time to live of packets.
    fn set_ttl(&self, u32) -> ();
}

methods! { TcpStream:
    /// The address of this side.
    fn local_addr(&self) -> SocketAddr;
    /// The address of the peer.
    fn peer_addr(&self) -> SocketAddr;
    /// Receives bytes and leaves them where they are.
    fn peek(&self, &mut [u8]) -> usize;
    /// Ends one or both directions.
    fn shutdown(&self, Shutdown) -> ();
    /// Whether small writes are sent at once.
    fn nodelay(&self) -> bool;
    /// Sends small writes at once, or gathers them.
    fn set_nodelay(&self, bool) -> ();
    /// The time to live of packets.
    fn ttl(&self) -> u32;
    /// Sets the time to live of packets.
    fn set_ttl(&self, u32) -> ();
    /// The error that is pending on the socket.
    fn take_error(&self) -> Option<io::Error>;
}

macro_rules! streams {
    ($($type:ty)*) => {$(
        impl Read for $type {
            fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
                match self.0 {}
            }
        }

        impl Write for $type {
            fn write(&mut self, _: &[u8]) -> io::Result<usize> {
                match self.0 {}
            }

            fn flush(&mut self) -> io::Result<()> {
                match self.0 {}
            }
        }
    )*};
}

streams!(TcpStream & TcpStream);

/// Goes on with the bind of a listener. There is none.
///
/// # Errors
///
/// None.
pub fn finish_listen(listener: &TcpListener) -> io::Result<()> {
    match listener.0 {}
}

/// Goes on with the bind of a datagram socket: there is nothing left to do.
///
/// # Errors
///
/// None.
pub fn finish_bind(_socket: &UdpSocket) -> io::Result<()> {
    Ok(())
}

/// Whether the error of a connect says that it is under way. Nothing connects here.
pub fn is_in_progress(_error: &io::Error) -> bool {
    false
}

/// Whether [`is_exhausted`] may say so, and somebody has to pause.
pub const MAY_RUN_OUT: bool = false;

/// Whether an accept failed for want of descriptors or memory. Nothing accepts here.
pub fn is_exhausted(_error: &io::Error) -> bool {
    false
}
