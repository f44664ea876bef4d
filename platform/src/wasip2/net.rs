//! Sockets of `wasi:sockets`.

use std::io;
use std::net::{SocketAddr, SocketAddrV4, SocketAddrV6};

use wasip2::sockets::network::{IpAddressFamily, IpSocketAddress, Ipv4SocketAddress, Ipv6SocketAddress};

pub use super::names::{Resolving, addresses, lookup};
pub use super::tcp_listener::TcpListener;
pub use super::tcp_stream::TcpStream;
pub use super::udp_socket::UdpSocket;
pub use crate::common::no_preopened::{preopened_listener, preopened_stream};
pub use crate::common::no_std_sockets::{
    LISTENER_INTO_STD, STREAM_INTO_STD, UDP_INTO_STD, listener_from_std, stream_from_std, udp_from_std,
};

/// Goes on with the bind of a listener.
///
/// # Errors
///
/// `WouldBlock` until it listens: it is readable when it is worth asking again. And what the host says.
pub fn finish_listen(listener: &TcpListener) -> io::Result<()> {
    listener.finish_bind()
}

/// Goes on with the bind of a datagram socket.
///
/// # Errors
///
/// `WouldBlock` until it is open: it is writable when it is worth asking again. And what the host says.
pub fn finish_bind(socket: &UdpSocket) -> io::Result<()> {
    socket.finish_bind()
}

/// Whether the error of a connect says that it is under way, and the end of it will come as writability.
pub fn is_in_progress(error: &io::Error) -> bool {
    error.kind() == io::ErrorKind::NotConnected
}

/// Whether [`is_exhausted`] may say so, and somebody has to pause.
pub const MAY_RUN_OUT: bool = false;

/// Whether an accept failed for want of descriptors or memory, and may be tried again soon: no, since a listener pauses by itself.
pub fn is_exhausted(_error: &io::Error) -> bool {
    false
}

pub(super) fn family(address: SocketAddr) -> IpAddressFamily {
    match address {
        SocketAddr::V4(_) => IpAddressFamily::Ipv4,
        SocketAddr::V6(_) => IpAddressFamily::Ipv6,
    }
}

pub(super) fn to_wasi(address: SocketAddr) -> IpSocketAddress {
    match address {
        SocketAddr::V4(address) => IpSocketAddress::Ipv4(Ipv4SocketAddress {
            port: address.port(),
            address: address.ip().octets().into(),
        }),
        SocketAddr::V6(address) => IpSocketAddress::Ipv6(Ipv6SocketAddress {
            port: address.port(),
            flow_info: address.flowinfo(),
            address: address.ip().segments().into(),
            scope_id: address.scope_id(),
        }),
    }
}

pub(super) fn to_std(address: IpSocketAddress) -> SocketAddr {
    match address {
        IpSocketAddress::Ipv4(Ipv4SocketAddress { port, address }) => {
            SocketAddrV4::new(<[u8; 4]>::from(address).into(), port).into()
        }
        IpSocketAddress::Ipv6(address) => {
            let ip = <[u16; 8]>::from(address.address);
            SocketAddrV6::new(ip.into(), address.port, address.flow_info, address.scope_id).into()
        }
    }
}

/// A time to live as WASI has it.
pub(super) fn hop_limit(ttl: u32) -> io::Result<u8> {
    u8::try_from(ttl).ok().filter(|hops| *hops > 0).ok_or_else(|| {
        io::Error::new(
            io::ErrorKind::InvalidInput,
            format!("a time to live is 1 to 255 hops, not {ttl}"),
        )
    })
}
