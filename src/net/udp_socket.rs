//! UDP.

use std::future::poll_fn;
use std::io;
use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr};
use std::task::{Context, Poll};

use triga_platform::{Direction, Interest, net};

use crate::error::ConversionError;
use crate::io::registered::Registered;
use crate::net::ToSocketAddrs;
use crate::net::address::{first, try_each};
use crate::net::backoff::retry;
use crate::reactor::Handle;

/// A UDP socket.
///
/// Any number of tasks may send and receive; each datagram goes to one of them. A datagram that is longer than the buffer is
/// cut (Windows reports it as an error).
///
/// ```
/// use triga::net::UdpSocket;
///
/// triga::block_on(async {
///     let near = UdpSocket::bind("127.0.0.1:0").await?;
///     let far = UdpSocket::bind("127.0.0.1:0").await?;
///     near.send_to(b"ping", far.local_addr()?).await?;
///     let mut buffer = [0; 8];
///     let (count, from) = far.recv_from(&mut buffer).await?;
///     assert_eq!((&buffer[..count], from), (&b"ping"[..], near.local_addr()?));
///     std::io::Result::Ok(())
/// })
/// # .unwrap().unwrap();
/// ```
#[derive(Debug)]
pub struct UdpSocket {
    pub(crate) io: Registered<net::UdpSocket>,
}

impl UdpSocket {
    /// Opens a socket on an address. A name is [looked up](crate::net::lookup), and each of its addresses is tried. Port 0 lets
    /// the system choose one.
    ///
    /// # Errors
    ///
    /// `InvalidInput` for an address that does not parse, `AddrInUse` and others from the system, the last one if several
    /// addresses were tried. `Unsupported` on WASI 0.1.
    pub async fn bind(address: impl ToSocketAddrs) -> io::Result<UdpSocket> {
        let handle = &Handle::current()?;
        try_each(address, |address| async move {
            let socket = UdpSocket::register(handle, net::UdpSocket::bind(address)?)?;
            poll_fn(|cx| socket.io.poll_first(cx, Direction::Write, net::finish_bind)).await?;
            Ok(socket)
        })
        .await
    }

    /// Takes a socket of std's over, and makes it non-blocking.
    ///
    /// # Errors
    ///
    /// `InvalidInput` for a socket that is not for datagrams, on Unix; errors of the system when the mode is changed or the
    /// socket is registered.
    pub fn from_std(handle: &Handle, socket: std::net::UdpSocket) -> io::Result<UdpSocket> {
        UdpSocket::register(handle, net::udp_from_std(socket)?)
    }

    /// Gives the socket back to std. It stays non-blocking.
    ///
    /// # Errors
    ///
    /// The error gives this value back. Errors of the system when the socket is deregistered; `Unsupported` on WASI 0.2.
    pub fn into_std(self) -> Result<std::net::UdpSocket, ConversionError<UdpSocket>> {
        self.io
            .into_std(net::UDP_INTO_STD)
            .map_err(|failed| failed.map(|io| UdpSocket { io }))
    }

    /// Sets the peer: [`send`](Self::send) goes there, and only its datagrams are received.
    ///
    /// # Errors
    ///
    /// As [`bind`](Self::bind).
    pub async fn connect(&self, address: impl ToSocketAddrs) -> io::Result<()> {
        try_each(address, |address| async move {
            self.io.source.connect(address).map_err(|error| self.explain(error))
        })
        .await
    }

    /// Sends a datagram to the peer. Returns its length.
    ///
    /// When the system has no memory for it, this waits for some with growing pauses, of 1.3 seconds together, before it fails.
    /// (BSDs say so of a full queue.)
    ///
    /// Cancel safe: a datagram was sent only if this says so.
    ///
    /// # Errors
    ///
    /// Errors of the system: `ENOTCONN` without a peer, `EMSGSIZE` for too long a datagram, `ECONNREFUSED` that an earlier one
    /// was answered with.
    pub async fn send(&self, datagram: &[u8]) -> io::Result<usize> {
        let send = || self.io.async_io(Interest::WRITABLE, |socket| socket.send(datagram));
        retry(self.io.registration.handle(), send).await
    }

    /// As [`send`](Self::send), for the one task that has the place of the writer.
    ///
    /// # Errors
    ///
    /// As [`send`](Self::send), and at once when memory is short.
    pub fn poll_send(&self, cx: &mut Context<'_>, datagram: &[u8]) -> Poll<io::Result<usize>> {
        self.io.poll_io(cx, Direction::Write, |socket| socket.send(datagram))
    }

    /// Sends a datagram to an address; of a name, to its first one.
    ///
    /// Cancel safe: a datagram was sent only if this says so.
    ///
    /// # Errors
    ///
    /// As [`send`](Self::send), those of an address that does not parse, and `PermissionDenied` for a broadcast that was not
    /// [allowed](Self::set_broadcast).
    pub async fn send_to(&self, datagram: &[u8], address: impl ToSocketAddrs) -> io::Result<usize> {
        let address = first(address).await?;
        let send = || {
            self.io
                .async_io(Interest::WRITABLE, move |socket| socket.send_to(datagram, address))
        };
        let sent = retry(self.io.registration.handle(), send).await;
        sent.map_err(|error| self.explain(error))
    }

    /// As [`send_to`](Self::send_to), for the one task that has the place of the writer.
    ///
    /// # Errors
    ///
    /// As [`send`](Self::send).
    pub fn poll_send_to(&self, cx: &mut Context<'_>, datagram: &[u8], address: SocketAddr) -> Poll<io::Result<usize>> {
        self.io
            .poll_io(cx, Direction::Write, |socket| socket.send_to(datagram, address))
            .map_err(|error| self.explain(error))
    }

    /// Waits for a datagram of the other side.
    ///
    /// Cancel safe: a datagram that was not returned is still there.
    ///
    /// # Errors
    ///
    /// Errors of the system: `ENOTCONN` without a peer, `ECONNREFUSED` that a datagram was answered with.
    pub async fn recv(&self, buf: &mut [u8]) -> io::Result<usize> {
        self.io.async_io(Interest::READABLE, |socket| socket.recv(buf)).await
    }

    /// As [`recv`](Self::recv), for the one task that has the place of the reader.
    ///
    /// # Errors
    ///
    /// As [`recv`](Self::recv).
    pub fn poll_recv(&self, cx: &mut Context<'_>, buf: &mut [u8]) -> Poll<io::Result<usize>> {
        self.io.poll_io(cx, Direction::Read, |socket| socket.recv(buf))
    }

    /// Waits for a datagram. Returns its length and its sender's address.
    ///
    /// Cancel safe: a datagram that was not returned is still there.
    ///
    /// # Errors
    ///
    /// As [`recv`](Self::recv).
    pub async fn recv_from(&self, buf: &mut [u8]) -> io::Result<(usize, SocketAddr)> {
        self.io
            .async_io(Interest::READABLE, |socket| socket.recv_from(buf))
            .await
    }

    /// As [`recv_from`](Self::recv_from), for the one task that has the place of the reader.
    ///
    /// # Errors
    ///
    /// As [`recv`](Self::recv).
    pub fn poll_recv_from(&self, cx: &mut Context<'_>, buf: &mut [u8]) -> Poll<io::Result<(usize, SocketAddr)>> {
        self.io.poll_io(cx, Direction::Read, |socket| socket.recv_from(buf))
    }

    /// Waits for a datagram of the other side, and copies it without taking it.
    ///
    /// # Errors
    ///
    /// As [`recv`](Self::recv).
    pub async fn peek(&self, buf: &mut [u8]) -> io::Result<usize> {
        self.io.async_io(Interest::READABLE, |socket| socket.peek(buf)).await
    }

    /// Waits for a datagram, and copies it without taking it. Returns its length and its sender's address.
    ///
    /// # Errors
    ///
    /// As [`recv`](Self::recv).
    pub async fn peek_from(&self, buf: &mut [u8]) -> io::Result<(usize, SocketAddr)> {
        self.io
            .async_io(Interest::READABLE, |socket| socket.peek_from(buf))
            .await
    }

    /// The address of this side.
    ///
    /// # Errors
    ///
    /// Errors of the system.
    pub fn local_addr(&self) -> io::Result<SocketAddr> {
        self.io.source.local_addr()
    }

    /// The address of the other side.
    ///
    /// # Errors
    ///
    /// `NotConnected` before [`connect`](Self::connect).
    pub fn peer_addr(&self) -> io::Result<SocketAddr> {
        self.io.source.peer_addr()
    }

    /// Whether datagrams may be sent to a broadcast address.
    ///
    /// # Errors
    ///
    /// Errors of the system.
    pub fn broadcast(&self) -> io::Result<bool> {
        self.io.source.broadcast()
    }

    /// Sets whether datagrams may be sent to a broadcast address.
    ///
    /// # Errors
    ///
    /// Errors of the system.
    pub fn set_broadcast(&self, on: bool) -> io::Result<()> {
        self.io.source.set_broadcast(on)
    }

    /// The time to live of its datagrams, in hops.
    ///
    /// # Errors
    ///
    /// Errors of the system.
    pub fn ttl(&self) -> io::Result<u32> {
        self.io.source.ttl()
    }

    /// Sets the time to live of its datagrams, in hops.
    ///
    /// # Errors
    ///
    /// Errors of the system.
    pub fn set_ttl(&self, hops: u32) -> io::Result<()> {
        self.io.source.set_ttl(hops)
    }

    /// Joins a multicast group on the interface with this address.
    ///
    /// # Errors
    ///
    /// Errors of the system.
    pub fn join_multicast_v4(&self, group: Ipv4Addr, interface: Ipv4Addr) -> io::Result<()> {
        self.io.source.join_multicast_v4(&group, &interface)
    }

    /// Leaves a multicast group.
    ///
    /// # Errors
    ///
    /// Errors of the system.
    pub fn leave_multicast_v4(&self, group: Ipv4Addr, interface: Ipv4Addr) -> io::Result<()> {
        self.io.source.leave_multicast_v4(&group, &interface)
    }

    /// Joins a multicast group on the interface with this index.
    ///
    /// # Errors
    ///
    /// Errors of the system.
    pub fn join_multicast_v6(&self, group: &Ipv6Addr, interface: u32) -> io::Result<()> {
        self.io.source.join_multicast_v6(group, interface)
    }

    /// Leaves a multicast group.
    ///
    /// # Errors
    ///
    /// Errors of the system.
    pub fn leave_multicast_v6(&self, group: &Ipv6Addr, interface: u32) -> io::Result<()> {
        self.io.source.leave_multicast_v6(group, interface)
    }

    /// Says what `EACCES` mostly means.
    fn explain(&self, error: io::Error) -> io::Error {
        if error.kind() != io::ErrorKind::PermissionDenied || !matches!(self.io.source.broadcast(), Ok(false)) {
            return error;
        }
        io::Error::new(
            io::ErrorKind::PermissionDenied,
            format!(
                "{error}: if this is a broadcast address, allow it with `set_broadcast(true)`; a firewall may forbid others"
            ),
        )
    }

    fn register(handle: &Handle, socket: net::UdpSocket) -> io::Result<UdpSocket> {
        Registered::new(handle, socket, Interest::READABLE | Interest::WRITABLE).map(|io| UdpSocket { io })
    }
}

/// Uses the thread's [current](Handle::current) handle.
impl TryFrom<std::net::UdpSocket> for UdpSocket {
    type Error = io::Error;

    fn try_from(socket: std::net::UdpSocket) -> io::Result<UdpSocket> {
        UdpSocket::from_std(&Handle::current()?, socket)
    }
}
