//! TCP, a connection.

use std::future::poll_fn;
use std::io;
use std::net::{Shutdown, SocketAddr};
use std::task::{Context, Poll};

use triga_platform::{Direction, Interest, net};

use crate::error::ConversionError;
use crate::io::registered::{Registered, async_read, async_write};
use crate::net::ToSocketAddrs;
use crate::net::address::try_each;
use crate::net::tcp_halves::{self, OwnedReadHalf, OwnedWriteHalf, ReadHalf, WriteHalf};
use crate::reactor::Handle;

/// A TCP connection: a stream of bytes in each direction.
///
/// It is read and written through the futures-io traits, also by reference. Closing it as a writer ends the writing
/// direction, as [`shutdown`](Self::shutdown) does.
#[derive(Debug)]
pub struct TcpStream {
    pub(crate) io: Registered<net::TcpStream>,
}

impl TcpStream {
    /// Connects to an address. A name is [looked up](crate::net::lookup), and each of its addresses is tried.
    ///
    /// Cancel safe: a connection that is being made is given up.
    ///
    /// # Errors
    ///
    /// `InvalidInput` for an address that does not parse, `ConnectionRefused` and others from the system, the last one if
    /// several addresses were tried. `Unsupported` on WASI 0.1.
    pub async fn connect(address: impl ToSocketAddrs) -> io::Result<TcpStream> {
        let handle = &Handle::current()?;
        try_each(address, |address| async move {
            let stream = TcpStream::register_own(handle, net::TcpStream::connect(address)?)?;
            poll_fn(|cx| stream.io.poll_io(cx, Direction::Write, finish_connect)).await?;
            Ok(stream)
        })
        .await
    }

    /// The connection that the host opened before the program began, by its number from 0. Each can be taken once.
    ///
    /// # Errors
    ///
    /// `NotFound` if the host opened fewer, `Unsupported` where programs connect by themselves.
    pub fn preopened(number: usize) -> io::Result<TcpStream> {
        TcpStream::register(&Handle::current()?, net::preopened_stream(number)?)
    }

    /// Takes a socket of std's over, and makes it non-blocking.
    ///
    /// # Errors
    ///
    /// `InvalidInput` for a socket that is no TCP connection, on Unix; errors of the system when the mode is changed or the
    /// socket is registered.
    pub fn from_std(handle: &Handle, stream: std::net::TcpStream) -> io::Result<TcpStream> {
        TcpStream::register(handle, net::stream_from_std(stream)?)
    }

    /// Gives the socket back to std. It stays non-blocking.
    ///
    /// # Errors
    ///
    /// The error gives this value back. Errors of the system when the socket is deregistered; `Unsupported` on WASI 0.2.
    pub fn into_std(self) -> Result<std::net::TcpStream, ConversionError<TcpStream>> {
        self.io
            .into_std(net::STREAM_INTO_STD)
            .map_err(|failed| failed.map(|io| TcpStream { io }))
    }

    /// Waits until there are bytes, and copies them without taking them. 0 at the end of the stream.
    ///
    /// Cancel safe.
    ///
    /// # Errors
    ///
    /// Errors of the system.
    pub async fn peek(&self, buf: &mut [u8]) -> io::Result<usize> {
        if buf.is_empty() {
            return Ok(0);
        }
        self.io.async_io(Interest::READABLE, |stream| stream.peek(buf)).await
    }

    /// Ready when there are bytes, of which it takes none; otherwise the reading task is woken when there are.
    ///
    /// # Errors
    ///
    /// Errors of the system.
    pub fn poll_peek(&self, cx: &mut Context<'_>, buf: &mut [u8]) -> Poll<io::Result<usize>> {
        if buf.is_empty() {
            return Poll::Ready(Ok(0));
        }
        self.io.poll_io(cx, Direction::Read, |stream| stream.peek(buf))
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

    /// The address of the other side.
    ///
    /// # Errors
    ///
    /// Errors of the system; `Unsupported` on WASI 0.1.
    pub fn peer_addr(&self) -> io::Result<SocketAddr> {
        self.io.source.peer_addr()
    }

    /// The address of this side.
    ///
    /// # Errors
    ///
    /// Errors of the system; `Unsupported` on WASI 0.1.
    pub fn local_addr(&self) -> io::Result<SocketAddr> {
        self.io.source.local_addr()
    }

    /// Whether small writes are sent at once (`TCP_NODELAY`).
    ///
    /// # Errors
    ///
    /// Errors of the system; `Unsupported` on WASI 0.1.
    pub fn nodelay(&self) -> io::Result<bool> {
        self.io.source.nodelay()
    }

    /// Sets whether small writes are sent at once (`TCP_NODELAY`), rather than held back to be sent with later ones.
    ///
    /// # Errors
    ///
    /// As [`nodelay`](Self::nodelay).
    pub fn set_nodelay(&self, nodelay: bool) -> io::Result<()> {
        self.io.source.set_nodelay(nodelay)
    }

    /// The time to live of its packets, in hops.
    ///
    /// # Errors
    ///
    /// Errors of the system; `Unsupported` on WASI 0.1.
    pub fn ttl(&self) -> io::Result<u32> {
        self.io.source.ttl()
    }

    /// Sets the time to live of its packets, in hops.
    ///
    /// # Errors
    ///
    /// As [`ttl`](Self::ttl).
    pub fn set_ttl(&self, hops: u32) -> io::Result<()> {
        self.io.source.set_ttl(hops)
    }

    /// A half for each direction, borrowed: for two tasks of one function. (A method `split` of a stream would lose to that of
    /// futures' `AsyncReadExt`.)
    pub fn as_split(&self) -> (ReadHalf<'_>, WriteHalf<'_>) {
        tcp_halves::split(self)
    }

    /// A half for each direction, for two tasks. Dropping the writing half ends the writing direction.
    pub fn into_split(self) -> (OwnedReadHalf, OwnedWriteHalf) {
        tcp_halves::into_split(self)
    }

    /// Registers a socket that others made. A protocol on top of TCP (`TCP_ULP`, as kTLS) may end its reads early.
    fn register(handle: &Handle, stream: net::TcpStream) -> io::Result<TcpStream> {
        Registered::new(handle, stream, Interest::READABLE | Interest::WRITABLE).map(|io| TcpStream { io })
    }

    /// Registers a socket that triga made, of which nothing but urgent data ends a read early.
    pub(crate) fn register_own(handle: &Handle, stream: net::TcpStream) -> io::Result<TcpStream> {
        Registered::new_stream(handle, stream).map(|io| TcpStream { io })
    }

    /// Ends the writing direction. One that has ended already is no error.
    pub(crate) fn close(&self) -> io::Result<()> {
        match self.shutdown(Shutdown::Write) {
            Err(error) if error.kind() == io::ErrorKind::NotConnected => Ok(()),
            result => result,
        }
    }
}

async_read!(TcpStream, io);
async_write!(TcpStream, io, |stream: &TcpStream| stream.close());

/// Uses the thread's [current](Handle::current) handle.
impl TryFrom<std::net::TcpStream> for TcpStream {
    type Error = io::Error;

    fn try_from(stream: std::net::TcpStream) -> io::Result<TcpStream> {
        TcpStream::from_std(&Handle::current()?, stream)
    }
}

/// Looks how a connect has ended once the stream is writable. Writability may be spurious: the error that has come says that
/// it failed, an address of the other side that it succeeded.
fn finish_connect(stream: &net::TcpStream) -> io::Result<()> {
    if let Some(error) = stream.take_error()? {
        return Err(error);
    }
    match stream.peer_addr() {
        Ok(_) => Ok(()),
        Err(error) if net::is_in_progress(&error) => Err(io::ErrorKind::WouldBlock.into()),
        Err(error) => Err(error),
    }
}
