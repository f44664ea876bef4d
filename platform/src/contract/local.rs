//! The module `local`: local sockets. Unix and the simulator on Unix have them for `src/os/unix/net`, Windows for
//! `src/os/windows/net.rs`.
//!
//! # Unix
//!
//! Addresses are `std::os::unix::net::SocketAddr`.
//!
//! ```text
//! pub struct UnixListener; // Source
//! impl UnixListener {
//!     pub fn bind_addr(address: &SocketAddr) -> io::Result<UnixListener>;
//!     pub fn accept(&self) -> io::Result<(UnixStream, SocketAddr)>;
//!     pub fn local_addr(&self) -> io::Result<SocketAddr>;
//! }
//!
//! pub struct UnixStream; // Source; &UnixStream is Read and Write
//! impl UnixStream {
//!     pub fn connect_addr(address: &SocketAddr) -> io::Result<UnixStream>;
//!     pub fn pair() -> io::Result<(UnixStream, UnixStream)>;
//!     pub fn local_addr(&self) -> io::Result<SocketAddr>;
//!     pub fn peer_addr(&self) -> io::Result<SocketAddr>;
//!     pub fn take_error(&self) -> io::Result<Option<io::Error>>;
//!     pub fn shutdown(&self, how: Shutdown) -> io::Result<()>;
//! }
//! pub fn receive(stream: &UnixStream, buf: &mut [u8]) -> io::Result<Received>;
//!
//! pub struct UnixDatagram; // Source
//! impl UnixDatagram {
//!     pub fn bind_addr(address: &SocketAddr) -> io::Result<UnixDatagram>;
//!     pub fn unbound() -> io::Result<UnixDatagram>;
//!     pub fn pair() -> io::Result<(UnixDatagram, UnixDatagram)>;
//!     pub fn local_addr(&self) -> io::Result<SocketAddr>;
//!     pub fn peer_addr(&self) -> io::Result<SocketAddr>;
//!     pub fn send(&self, datagram: &[u8]) -> io::Result<usize>;
//!     pub fn recv(&self, buf: &mut [u8]) -> io::Result<usize>;
//!     pub fn recv_from(&self, buf: &mut [u8]) -> io::Result<(usize, SocketAddr)>;
//!     pub fn shutdown(&self, how: Shutdown) -> io::Result<()>;
//! }
//! pub fn connect_datagram(socket: &UnixDatagram, address: &SocketAddr) -> io::Result<()>;
//! pub fn send_to(socket: &UnixDatagram, datagram: &[u8], address: &SocketAddr) -> io::Result<usize>;
//!
//! pub struct PeerCredentials;
//! impl PeerCredentials {
//!     pub fn of(socket: &UnixStream) -> io::Result<PeerCredentials>;
//!     pub fn uid(&self) -> u32;
//!     pub fn gid(&self) -> u32;
//!     pub fn pid(&self) -> Option<u32>;
//! }
//!
//! pub fn stream_from_std(stream: std::os::unix::net::UnixStream) -> io::Result<UnixStream>;
//! pub fn listener_from_std(listener: std::os::unix::net::UnixListener) -> io::Result<UnixListener>;
//! pub fn datagram_from_std(socket: std::os::unix::net::UnixDatagram) -> io::Result<UnixDatagram>;
//! pub const STREAM_INTO_STD: Option<fn(UnixStream) -> std::os::unix::net::UnixStream>;
//! pub const LISTENER_INTO_STD: Option<fn(UnixListener) -> std::os::unix::net::UnixListener>;
//! pub const DATAGRAM_INTO_STD: Option<fn(UnixDatagram) -> std::os::unix::net::UnixDatagram>;
//! ```
//!
//! `receive` MUST set [`Received::is_cut`] where a short read may have left bytes behind.
//!
//! # Windows
//!
//! ```text
//! pub struct UnixListener; // Source
//! impl UnixListener {
//!     pub fn bind(path: &Path) -> io::Result<UnixListener>;
//!     pub fn accept(&self) -> io::Result<UnixStream>;
//! }
//!
//! pub struct UnixStream; // Source; &UnixStream is Read and Write
//! impl UnixStream {
//!     pub fn connect(path: &Path) -> io::Result<UnixStream>;
//!     pub fn take_error(&self) -> io::Result<Option<io::Error>>;
//!     pub fn shutdown(&self, how: Shutdown) -> io::Result<()>;
//! }
//! ```

/// What a read of a local stream took.
#[derive(Debug, Clone, Copy)]
pub struct Received {
    /// How many bytes.
    pub bytes: usize,
    /// The read ended at a message with descriptors or credentials, and may have left bytes behind.
    pub is_cut: bool,
}
