//! The module `net`: TCP, UDP and names. `common/no_net.rs` stands in where there are no sockets.
//!
//! ```text
//! pub struct TcpListener; // Source
//! impl TcpListener {
//!     pub fn bind(address: SocketAddr) -> io::Result<TcpListener>;
//!     pub fn accept(&self) -> io::Result<(TcpStream, SocketAddr)>;
//!     pub fn local_addr(&self) -> io::Result<SocketAddr>;
//!     pub fn ttl(&self) -> io::Result<u32>;
//!     pub fn set_ttl(&self, hops: u32) -> io::Result<()>;
//! }
//!
//! pub struct TcpStream; // Source; TcpStream and &TcpStream are Read and Write
//! impl TcpStream {
//!     pub fn connect(address: SocketAddr) -> io::Result<TcpStream>;
//!     pub fn local_addr(&self) -> io::Result<SocketAddr>;
//!     pub fn peer_addr(&self) -> io::Result<SocketAddr>;
//!     pub fn take_error(&self) -> io::Result<Option<io::Error>>;
//!     pub fn peek(&self, buf: &mut [u8]) -> io::Result<usize>;
//!     pub fn shutdown(&self, how: Shutdown) -> io::Result<()>;
//!     pub fn nodelay(&self) -> io::Result<bool>;
//!     pub fn set_nodelay(&self, nodelay: bool) -> io::Result<()>;
//!     pub fn ttl(&self) -> io::Result<u32>;
//!     pub fn set_ttl(&self, hops: u32) -> io::Result<()>;
//! }
//!
//! pub struct UdpSocket; // Source
//! impl UdpSocket {
//!     pub fn bind(address: SocketAddr) -> io::Result<UdpSocket>;
//!     pub fn connect(&self, address: SocketAddr) -> io::Result<()>;
//!     pub fn local_addr(&self) -> io::Result<SocketAddr>;
//!     pub fn peer_addr(&self) -> io::Result<SocketAddr>;
//!     pub fn send(&self, datagram: &[u8]) -> io::Result<usize>;
//!     pub fn send_to(&self, datagram: &[u8], to: SocketAddr) -> io::Result<usize>;
//!     pub fn recv(&self, buf: &mut [u8]) -> io::Result<usize>;
//!     pub fn recv_from(&self, buf: &mut [u8]) -> io::Result<(usize, SocketAddr)>;
//!     pub fn peek(&self, buf: &mut [u8]) -> io::Result<usize>;
//!     pub fn peek_from(&self, buf: &mut [u8]) -> io::Result<(usize, SocketAddr)>;
//!     pub fn ttl(&self) -> io::Result<u32>;
//!     pub fn set_ttl(&self, hops: u32) -> io::Result<()>;
//!     // `common/no_broadcast.rs` has the rest for a platform without them.
//!     pub fn broadcast(&self) -> io::Result<bool>;
//!     pub fn set_broadcast(&self, on: bool) -> io::Result<()>;
//!     pub fn join_multicast_v4(&self, group: &Ipv4Addr, interface: &Ipv4Addr) -> io::Result<()>;
//!     pub fn leave_multicast_v4(&self, group: &Ipv4Addr, interface: &Ipv4Addr) -> io::Result<()>;
//!     pub fn join_multicast_v6(&self, group: &Ipv6Addr, interface: u32) -> io::Result<()>;
//!     pub fn leave_multicast_v6(&self, group: &Ipv6Addr, interface: u32) -> io::Result<()>;
//! }
//! ```
//!
//! No operation blocks: one that would has to fail with `WouldBlock`. Where events tell changes, such a failure MUST have the
//! next change reported.
//!
//! # Opening
//!
//! ```text
//! pub fn finish_listen(listener: &TcpListener) -> io::Result<()>;
//! pub fn finish_bind(socket: &UdpSocket) -> io::Result<()>;
//! pub fn is_in_progress(error: &io::Error) -> bool;
//! pub const MAY_RUN_OUT: bool;
//! pub fn is_exhausted(error: &io::Error) -> bool;
//! ```
//!
//! * `bind` and `connect` begin. The core calls `finish_listen` when the listener is readable and `finish_bind` when the
//!   socket is writable, and tries once before. They fail with `WouldBlock` while the bind is under way.
//! * A connect is over when the stream is writable and `take_error` has no error and `peer_addr` succeeds. An error of
//!   `peer_addr` of which `is_in_progress` is true means that it is still under way.
//! * `is_exhausted` tells that an accept or a bind failed for want of descriptors or memory (`EMFILE`), which come back when
//!   others are closed. The core then pauses. `MAY_RUN_OUT` MUST be true where it can be.
//!
//! # Sockets of others
//!
//! ```text
//! pub fn preopened_listener(number: usize) -> io::Result<TcpListener>;
//! pub fn preopened_stream(number: usize) -> io::Result<TcpStream>;
//! pub fn listener_from_std(listener: std::net::TcpListener) -> io::Result<TcpListener>;
//! pub fn stream_from_std(stream: std::net::TcpStream) -> io::Result<TcpStream>;
//! pub fn udp_from_std(socket: std::net::UdpSocket) -> io::Result<UdpSocket>;
//! pub const LISTENER_INTO_STD: Option<fn(TcpListener) -> std::net::TcpListener>;
//! pub const STREAM_INTO_STD: Option<fn(TcpStream) -> std::net::TcpStream>;
//! pub const UDP_INTO_STD: Option<fn(UdpSocket) -> std::net::UdpSocket>;
//! ```
//!
//! * `preopened_…` takes a socket that the host opened before the program began, counted from 0. It fails with `NotFound` if
//!   there is none with the number, with `ResourceBusy` if it was taken before. `common/no_preopened.rs` has them for a
//!   platform without such sockets.
//! * `…_from_std` makes the socket non-blocking, and fails with `InvalidInput` for a descriptor of another kind.
//!   `common/no_std_sockets.rs` has these names for a platform whose sockets are not std's.
//!
//! # Names
//!
//! ```text
//! pub struct Resolving; // Source
//! pub fn lookup(host: &str) -> io::Result<Lookup<Resolving>>;
//! pub fn addresses(name: &Resolving) -> io::Result<Vec<IpAddr>>;
//! ```
//!
//! `addresses` fails with `WouldBlock` until the name is readable. With [`Lookup::Block`] the core runs the call on a thread.
//! `common/` has `blocking_names.rs` for std's call and `no_names.rs`.

use std::io;
use std::net::IpAddr;

/// How a platform finds the addresses of a name.
#[derive(Debug)]
pub enum Lookup<S> {
    /// This source has them once it is readable.
    Wait(S),
    /// This call has them when it returns, and blocks until then.
    Block(fn(&str) -> io::Result<Vec<IpAddr>>),
}
