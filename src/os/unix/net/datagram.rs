//! Local datagrams.

use std::io;
use std::net::Shutdown;
use std::os::unix::net::{self, SocketAddr};
use std::path::Path;
use std::task::{Context, Poll};
use std::time::Duration;

use triga_platform::{Direction, Interest, local};

use super::address;
use crate::error::ConversionError;
use crate::io::registered::Registered;
use crate::net::backoff::retry;
use crate::reactor::Handle;
use crate::time::Instant;

/// A local socket for datagrams, which arrive whole, in order and surely: a sender that is connected waits for room with the
/// receiver.
///
/// Any number of tasks may send and receive; each datagram goes to one of them. A datagram that is longer than the buffer is
/// cut. The path that a socket is bound to stays when it is dropped.
///
/// ```
/// use triga::os::unix::net::UnixDatagram;
///
/// triga::block_on(async {
///     let (near, far) = UnixDatagram::pair()?;
///     near.send(b"ping").await?;
///     let mut buffer = [0; 8];
///     assert_eq!(far.recv(&mut buffer).await?, 4);
///     std::io::Result::Ok(())
/// })
/// # .unwrap().unwrap();
/// ```
#[derive(Debug)]
pub struct UnixDatagram {
    pub(crate) io: Registered<local::UnixDatagram>,
}

impl UnixDatagram {
    /// A socket on a path, with the thread's [current](Handle::current) handle.
    ///
    /// # Errors
    ///
    /// `AddrInUse` if there is something at the path, `InvalidInput` if it is too long for an address (about 100 bytes),
    /// `PermissionDenied`, `NotFound` and others from the system.
    pub fn bind(path: impl AsRef<Path>) -> io::Result<UnixDatagram> {
        UnixDatagram::bind_addr(&address::of_path(path.as_ref())?)
    }

    /// A socket on an address, which may be an abstract name on Linux.
    ///
    /// # Errors
    ///
    /// As [`bind`](Self::bind).
    pub fn bind_addr(address: &SocketAddr) -> io::Result<UnixDatagram> {
        let handle = Handle::current()?;
        UnixDatagram::register(&handle, local::UnixDatagram::bind_addr(address)?)
    }

    /// A socket without a name. Its datagrams cannot be answered.
    ///
    /// # Errors
    ///
    /// Errors of the system.
    pub fn unbound() -> io::Result<UnixDatagram> {
        UnixDatagram::register(&Handle::current()?, local::UnixDatagram::unbound()?)
    }

    /// Two connected sockets, registered with the thread's [current](Handle::current) handle.
    ///
    /// # Errors
    ///
    /// Errors of the system, such as `EMFILE`.
    pub fn pair() -> io::Result<(UnixDatagram, UnixDatagram)> {
        let handle = Handle::current()?;
        let (one, other) = local::UnixDatagram::pair()?;
        Ok((
            UnixDatagram::register(&handle, one)?,
            UnixDatagram::register(&handle, other)?,
        ))
    }

    /// Takes a socket of std's over, and makes it non-blocking.
    ///
    /// # Errors
    ///
    /// `InvalidInput` for a socket that is not for local datagrams, errors of the system when the mode is changed or the socket
    /// is registered, and `Unsupported` in a simulation.
    pub fn from_std(handle: &Handle, socket: net::UnixDatagram) -> io::Result<UnixDatagram> {
        UnixDatagram::register(handle, local::datagram_from_std(socket)?)
    }

    /// Gives the socket back to std. It stays non-blocking.
    ///
    /// # Errors
    ///
    /// The error gives this value back. Errors of the system when the socket is deregistered, and `Unsupported` in a
    /// simulation.
    pub fn into_std(self) -> Result<net::UnixDatagram, ConversionError<UnixDatagram>> {
        self.io
            .into_std(local::DATAGRAM_INTO_STD)
            .map_err(|failed| failed.map(|io| UnixDatagram { io }))
    }

    /// Sets the other side: [`send`](Self::send) goes there, and only its datagrams are received.
    ///
    /// # Errors
    ///
    /// `NotFound`, `ConnectionRefused` and others from the system.
    pub fn connect(&self, path: impl AsRef<Path>) -> io::Result<()> {
        self.connect_addr(&address::of_path(path.as_ref())?)
    }

    /// As [`connect`](Self::connect), to an address, which may be an abstract name on Linux.
    ///
    /// # Errors
    ///
    /// As [`connect`](Self::connect).
    pub fn connect_addr(&self, address: &SocketAddr) -> io::Result<()> {
        local::connect_datagram(&self.io.source, address)
    }

    /// Sends a datagram to the other side. How many bytes were sent: all of them.
    ///
    /// Cancel safe: a datagram was sent only if this says so.
    ///
    /// # Errors
    ///
    /// Errors of the system: `ENOTCONN` without a peer, `ECONNREFUSED` if it is gone, `EMSGSIZE` for too long a datagram.
    pub async fn send(&self, datagram: &[u8]) -> io::Result<usize> {
        let send = || self.io.async_io(Interest::WRITABLE, |socket| socket.send(datagram));
        retry(self.io.registration.handle(), send).await
    }

    /// As [`send`](Self::send), for the one task that has the place of the writer.
    ///
    /// # Errors
    ///
    /// As [`send`](Self::send).
    pub fn poll_send(&self, cx: &mut Context<'_>, datagram: &[u8]) -> Poll<io::Result<usize>> {
        self.io.poll_io(cx, Direction::Write, |socket| socket.send(datagram))
    }

    /// Sends a datagram to a path. While there is no room with the receiver, it waits.
    ///
    /// Cancel safe: a datagram was sent only if this says so.
    ///
    /// # Errors
    ///
    /// As [`send`](Self::send), and `NotFound` and `ConnectionRefused`.
    pub async fn send_to(&self, datagram: &[u8], path: impl AsRef<Path>) -> io::Result<usize> {
        self.send_to_addr(datagram, &address::of_path(path.as_ref())?).await
    }

    /// As [`send_to`](Self::send_to), to an address, which may be an abstract name on Linux.
    ///
    /// # Errors
    ///
    /// As [`send_to`](Self::send_to).
    pub async fn send_to_addr(&self, datagram: &[u8], address: &SocketAddr) -> io::Result<usize> {
        let send = || self.send_when_there_is_room(datagram, address);
        retry(self.io.registration.handle(), send).await
    }

    /// Waits for a datagram of the other side.
    ///
    /// Cancel safe: a datagram that was not returned is still there.
    ///
    /// # Errors
    ///
    /// Errors of the system.
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

    /// Ends one direction or both.
    ///
    /// # Errors
    ///
    /// `NotConnected` without another side.
    pub fn shutdown(&self, how: Shutdown) -> io::Result<()> {
        self.io.source.shutdown(how)
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
    /// `NotConnected` without another side.
    pub fn peer_addr(&self) -> io::Result<SocketAddr> {
        self.io.source.peer_addr()
    }

    /// Sends when there is room with the receiver, for which this looks again after pauses.
    ///
    /// The system tells only a socket that is connected to the receiver of room there. Worse, on Linux a send that finds none
    /// frees what it has allocated, which is an event of this socket: a task that waited for it would spin
    /// (`unix_dgram_sendmsg`, `sock_wfree`).
    async fn send_when_there_is_room(&self, datagram: &[u8], address: &SocketAddr) -> io::Result<usize> {
        const LONGEST: Duration = Duration::from_millis(64);
        let mut pause = Duration::from_millis(1);
        loop {
            let send = |socket: &local::UnixDatagram| match local::send_to(socket, datagram, address) {
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => Ok(None),
                sent => sent.map(Some),
            };
            if let Some(count) = self.io.async_io(Interest::WRITABLE, send).await? {
                return Ok(count);
            }
            let handle = self.io.registration.handle();
            handle.sleep_until(Instant::now() + pause).await?;
            pause = LONGEST.min(2 * pause);
        }
    }

    fn register(handle: &Handle, socket: local::UnixDatagram) -> io::Result<UnixDatagram> {
        Registered::new(handle, socket, Interest::READABLE | Interest::WRITABLE).map(|io| UnixDatagram { io })
    }
}
