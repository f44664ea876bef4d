//! Local sockets, the side that waits for connections.

use std::io;
use std::os::unix::net::{self, SocketAddr};
use std::path::Path;
use std::task::{Context, Poll, ready};

use triga_platform::{Direction, Interest, local};

use super::{UnixStream, address};
use crate::error::ConversionError;
use crate::io::registered::Registered;
use crate::net::backoff::retry;
use crate::reactor::Handle;

/// A local socket that listens for connections.
///
/// Any number of tasks may [`accept`](Self::accept) from one listener. The path that it is bound to stays when it is dropped.
#[derive(Debug)]
pub struct UnixListener {
    pub(crate) io: Registered<local::UnixListener>,
}

impl UnixListener {
    /// Listens on a path, with the thread's [current](Handle::current) handle.
    ///
    /// # Errors
    ///
    /// `AddrInUse` if there is something at the path, `InvalidInput` if it is too long for an address (about 100 bytes),
    /// `PermissionDenied`, `NotFound` and others from the system.
    pub fn bind(path: impl AsRef<Path>) -> io::Result<UnixListener> {
        UnixListener::bind_addr(&address::of_path(path.as_ref())?)
    }

    /// Listens on an address, which may be an abstract name on Linux.
    ///
    /// # Errors
    ///
    /// As [`bind`](Self::bind).
    pub fn bind_addr(address: &SocketAddr) -> io::Result<UnixListener> {
        let handle = Handle::current()?;
        UnixListener::register(&handle, local::UnixListener::bind_addr(address)?)
    }

    /// Takes a socket of std's over, and makes it non-blocking.
    ///
    /// # Errors
    ///
    /// `InvalidInput` for a socket that is no local listener, errors of the system when the mode is changed or the socket is
    /// registered, and `Unsupported` in a simulation.
    pub fn from_std(handle: &Handle, listener: net::UnixListener) -> io::Result<UnixListener> {
        UnixListener::register(handle, local::listener_from_std(listener)?)
    }

    /// Gives the socket back to std. It stays non-blocking.
    ///
    /// # Errors
    ///
    /// The error gives this value back. Errors of the system when the socket is deregistered, and `Unsupported` in a
    /// simulation.
    pub fn into_std(self) -> Result<net::UnixListener, ConversionError<UnixListener>> {
        self.io
            .into_std(local::LISTENER_INTO_STD)
            .map_err(|failed| failed.map(|io| UnixListener { io }))
    }

    /// Waits for a connection. Returns it with the peer's address: most peers have no name.
    ///
    /// When the process or the system has no descriptors left, it waits for some to be given back, with growing pauses of
    /// 1.3 seconds together, before it fails; so a loop that goes on after an error does not spin.
    ///
    /// Cancel safe: a connection that was not returned is still there for the next call.
    ///
    /// # Errors
    ///
    /// Errors of the system. Most errors are those of one connection, and the listener lives on.
    pub async fn accept(&self) -> io::Result<(UnixStream, SocketAddr)> {
        let accept = || self.io.async_io(Interest::READABLE, |listener| listener.accept());
        let (stream, address) = retry(self.io.registration.handle(), accept).await?;
        Ok((self.register_accepted(stream)?, address))
    }

    /// Ready with a connection; otherwise the task is woken when there is one. Of several tasks, the last one is.
    ///
    /// # Errors
    ///
    /// As [`accept`](Self::accept), and at once when descriptors are short.
    pub fn poll_accept(&self, cx: &mut Context<'_>) -> Poll<io::Result<(UnixStream, SocketAddr)>> {
        let (stream, address) = ready!(self.io.poll_io(cx, Direction::Read, |listener| listener.accept()))?;
        Poll::Ready(self.register_accepted(stream).map(|stream| (stream, address)))
    }

    /// The address that it listens on.
    ///
    /// # Errors
    ///
    /// Errors of the system.
    pub fn local_addr(&self) -> io::Result<SocketAddr> {
        self.io.source.local_addr()
    }

    fn register(handle: &Handle, listener: local::UnixListener) -> io::Result<UnixListener> {
        Registered::new(handle, listener, Interest::READABLE).map(|io| UnixListener { io })
    }

    fn register_accepted(&self, stream: local::UnixStream) -> io::Result<UnixStream> {
        UnixStream::register(self.io.registration.handle(), stream)
    }
}
