//! Local sockets, a connection.

use std::future::poll_fn;
use std::io;
use std::net::Shutdown;
use std::os::unix::net::{self, SocketAddr};
use std::path::Path;
use std::task::{Context, Poll};

use triga_platform::local::PeerCredentials;
use triga_platform::net::is_in_progress;
use triga_platform::{Direction, Interest, TELLS_URGENT, local};

use super::address;
use super::halves::{self, OwnedReadHalf, OwnedWriteHalf, ReadHalf, WriteHalf};
use crate::error::ConversionError;
use crate::io::registered::{Registered, async_read, async_write};
use crate::net::backoff::Backoff;
use crate::reactor::Handle;

/// A local connection: a stream of bytes in each direction.
///
/// It is read and written through the futures-io traits, also by reference. Closing it as a writer ends the writing
/// direction, as [`shutdown`](Self::shutdown) does.
#[derive(Debug)]
pub struct UnixStream {
    pub(crate) io: Registered<local::UnixStream>,
}

impl UnixStream {
    /// Connects to a path, with the thread's [current](Handle::current) handle.
    ///
    /// On Linux a listener takes only so many connections before it accepts them, and does not say when it takes more: this
    /// waits with growing pauses, of 1.3 seconds together, before it fails.
    ///
    /// Cancel safe: a connection that is being made is given up.
    ///
    /// # Errors
    ///
    /// `NotFound` if there is nothing at the path, `ConnectionRefused` if no listener is there, `ResourceBusy` if the listener
    /// accepts no connections meanwhile, `InvalidInput` if it is too long for an address, `PermissionDenied` and others from
    /// the system.
    pub async fn connect(path: impl AsRef<Path>) -> io::Result<UnixStream> {
        UnixStream::connect_addr(&address::of_path(path.as_ref())?).await
    }

    /// Connects to an address, which may be an abstract name on Linux.
    ///
    /// # Errors
    ///
    /// As [`connect`](Self::connect).
    pub async fn connect_addr(address: &SocketAddr) -> io::Result<UnixStream> {
        let handle = Handle::current()?;
        let mut backoff = Backoff::default();
        let stream = loop {
            match local::UnixStream::connect_addr(address) {
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                    backoff.pause(&handle, error).map_err(|_| backlog_is_full())?;
                    poll_fn(|cx| backoff.poll_over(cx)).await?;
                }
                connected => break connected?,
            }
        };
        let stream = UnixStream::register(&handle, stream)?;
        poll_fn(|cx| stream.io.poll_first(cx, Direction::Write, finish_connect)).await?;
        Ok(stream)
    }

    /// Two connected sockets, registered with the thread's [current](Handle::current) handle.
    ///
    /// # Errors
    ///
    /// Errors of the system, such as `EMFILE`.
    pub fn pair() -> io::Result<(UnixStream, UnixStream)> {
        let handle = Handle::current()?;
        let (one, other) = local::UnixStream::pair()?;
        Ok((
            UnixStream::register(&handle, one)?,
            UnixStream::register(&handle, other)?,
        ))
    }

    /// Takes a socket of std's over, and makes it non-blocking.
    ///
    /// # Errors
    ///
    /// `InvalidInput` for a socket that is no local connection, errors of the system when the mode is changed or the socket is
    /// registered, and `Unsupported` in a simulation.
    pub fn from_std(handle: &Handle, stream: net::UnixStream) -> io::Result<UnixStream> {
        UnixStream::register(handle, local::stream_from_std(stream)?)
    }

    /// Gives the socket back to std. It stays non-blocking.
    ///
    /// # Errors
    ///
    /// The error gives this value back. Errors of the system when the socket is deregistered, and `Unsupported` in a
    /// simulation.
    pub fn into_std(self) -> Result<net::UnixStream, ConversionError<UnixStream>> {
        self.io
            .into_std(local::STREAM_INTO_STD)
            .map_err(|failed| failed.map(|io| UnixStream { io }))
    }

    /// Waits until a read may make progress.
    ///
    /// Cancel safe.
    ///
    /// # Errors
    ///
    /// [`ShutDown`](crate::ShutDown) after a shutdown.
    pub async fn readable(&self) -> io::Result<()> {
        self.io.registration.readiness(Interest::READABLE).await.map(drop)
    }

    /// Waits until a write may make progress.
    ///
    /// Cancel safe.
    ///
    /// # Errors
    ///
    /// [`ShutDown`](crate::ShutDown) after a shutdown.
    pub async fn writable(&self) -> io::Result<()> {
        self.io.registration.readiness(Interest::WRITABLE).await.map(drop)
    }

    /// Reads the bytes that have arrived, without waiting.
    ///
    /// # Errors
    ///
    /// `WouldBlock` if there are no bytes; errors of the system.
    pub fn try_read(&self, buf: &mut [u8]) -> io::Result<usize> {
        self.io.try_read(buf)
    }

    /// Writes as many bytes as the buffer takes, without waiting.
    ///
    /// # Errors
    ///
    /// `WouldBlock` if the buffer is full; errors of the system.
    pub fn try_write(&self, buf: &[u8]) -> io::Result<usize> {
        self.io.try_write(buf)
    }

    /// Ends one direction or both. What was written before still arrives.
    ///
    /// # Errors
    ///
    /// `NotConnected` if the other side has gone already, and what else the system says.
    pub fn shutdown(&self, how: Shutdown) -> io::Result<()> {
        self.io.source.shutdown(how)
    }

    /// Who is at the other side: the user, the group, and where the system tells it, the process. They are those of the moment
    /// when the other side connected, or listened.
    ///
    /// # Errors
    ///
    /// Errors of the system.
    pub fn peer_credentials(&self) -> io::Result<PeerCredentials> {
        PeerCredentials::of(&*self.io.source)
    }

    /// The address of the other side.
    ///
    /// # Errors
    ///
    /// Errors of the system.
    pub fn peer_addr(&self) -> io::Result<SocketAddr> {
        self.io.source.peer_addr()
    }

    /// The address of this side.
    ///
    /// # Errors
    ///
    /// Errors of the system.
    pub fn local_addr(&self) -> io::Result<SocketAddr> {
        self.io.source.local_addr()
    }

    /// A half for each direction, borrowed: for two tasks of one function.
    pub fn as_split(&self) -> (ReadHalf<'_>, WriteHalf<'_>) {
        halves::split(self)
    }

    /// A half for each direction, for two tasks. Dropping the writing half ends the writing direction.
    pub fn into_split(self) -> (OwnedReadHalf, OwnedWriteHalf) {
        halves::into_split(self)
    }

    pub(super) fn register(handle: &Handle, stream: local::UnixStream) -> io::Result<UnixStream> {
        Registered::new_stream(handle, stream).map(|io| UnixStream { io })
    }

    /// Ends the writing direction. One that has ended already is no error.
    pub(crate) fn close(&self) -> io::Result<()> {
        match self.shutdown(Shutdown::Write) {
            Err(error) if error.kind() == io::ErrorKind::NotConnected => Ok(()),
            result => result,
        }
    }
}

impl Registered<local::UnixStream> {
    /// As `poll_read`, and knows when nothing is left.
    #[inline]
    pub(crate) fn poll_receive(&self, cx: &mut Context<'_>, buf: &mut [u8]) -> Poll<io::Result<usize>> {
        if !TELLS_URGENT || buf.is_empty() {
            return self.poll_read(cx, buf);
        }
        self.registration.poll_read_to_end(cx, buf.len(), || {
            let received = local::receive(&*self.source, buf)?;
            Ok((received.bytes, received.is_cut))
        })
    }
}

async_read!(UnixStream, io, poll_receive);
async_write!(UnixStream, io, |stream: &UnixStream| stream.close());

#[cold]
fn backlog_is_full() -> io::Error {
    io::Error::new(
        io::ErrorKind::ResourceBusy,
        "the listener has as many connections to accept as its backlog takes: try again later, or have it accept faster",
    )
}

/// Looks how a connect has ended; `WouldBlock` if it has not.
fn finish_connect(stream: &local::UnixStream) -> io::Result<()> {
    if let Some(error) = stream.take_error()? {
        return Err(error);
    }
    match stream.peer_addr() {
        Ok(_) => Ok(()),
        Err(error) if is_in_progress(&error) => Err(io::ErrorKind::WouldBlock.into()),
        Err(error) => Err(error),
    }
}
