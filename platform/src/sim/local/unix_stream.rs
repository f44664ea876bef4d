//! A local connection.

use std::io::{self, IoSlice, IoSliceMut, Read, Write};
use std::net::Shutdown;
use std::os::unix::net::{self, SocketAddr};

use super::super::open::{Open, source};
use super::super::slices::{to_read, to_write};
use super::address::{address, name};
use crate::Received;
use crate::support::{self, Capability};

/// A local connection.
#[derive(Debug)]
pub struct UnixStream {
    pub(super) open: Open,
}

source!(UnixStream);

impl UnixStream {
    /// Connects to an address of the host whose code runs.
    ///
    /// # Errors
    ///
    /// `NotFound` if there is nothing at the path, `ConnectionRefused` if no listener is there, `WouldBlock` if too many wait
    /// to be accepted.
    pub fn connect_addr(address: &SocketAddr) -> io::Result<UnixStream> {
        let name = name(address)?;
        let open = Open::new(|simulation| simulation.connect_locally(name))?;
        Ok(UnixStream { open })
    }

    /// Two connected sockets.
    ///
    /// # Errors
    ///
    /// Errors of the simulated system: no descriptors are left.
    pub fn pair() -> io::Result<(UnixStream, UnixStream)> {
        let (one, other) = Open::pair(|simulation, one, other| simulation.join(one, None, other, None))?;
        Ok((UnixStream { open: one }, UnixStream { open: other }))
    }

    /// Ends one direction or both.
    ///
    /// # Errors
    ///
    /// A simulation that is not this thread's.
    pub fn shutdown(&self, how: Shutdown) -> io::Result<()> {
        self.open
            .with(|simulation, socket| simulation.shut_down_locally(socket, how))
    }

    /// The address of this side.
    ///
    /// # Errors
    ///
    /// A simulation that is not this thread's.
    pub fn local_addr(&self) -> io::Result<SocketAddr> {
        self.open
            .with(|simulation, socket| address(simulation.local_stream(socket)?.local.as_ref()))
    }

    /// The address of the other side.
    ///
    /// # Errors
    ///
    /// As [`local_addr`](Self::local_addr).
    pub fn peer_addr(&self) -> io::Result<SocketAddr> {
        self.open
            .with(|simulation, socket| address(simulation.local_stream(socket)?.remote.as_ref()))
    }

    /// The error that is pending on the socket.
    ///
    /// # Errors
    ///
    /// As [`local_addr`](Self::local_addr).
    pub fn take_error(&self) -> io::Result<Option<io::Error>> {
        self.open
            .with(|simulation, socket| Ok(simulation.local_stream(socket)?.error.take().map(io::Error::from)))
    }

    /// Whether it can be used.
    pub(super) fn check(&self) -> io::Result<()> {
        self.open.with(|_, _| Ok(()))
    }
}

/// Reads from a stream, which never tells whether that left something behind.
///
/// # Errors
///
/// Those of a read.
pub fn receive(mut stream: &UnixStream, buf: &mut [u8]) -> io::Result<Received> {
    stream.read(buf).map(|bytes| Received { bytes, is_cut: true })
}

impl Read for &UnixStream {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        self.open
            .with(|simulation, socket| simulation.read_locally(socket, &mut [buf]))
    }

    fn read_vectored(&mut self, bufs: &mut [IoSliceMut<'_>]) -> io::Result<usize> {
        self.open
            .with(|simulation, socket| simulation.read_locally(socket, &mut to_read(bufs)))
    }
}

impl Write for &UnixStream {
    fn write(&mut self, buf: &[u8]) -> io::Result<usize> {
        self.open
            .with(|simulation, socket| simulation.write_pipe(socket, &[buf]))
    }

    fn write_vectored(&mut self, bufs: &[IoSlice<'_>]) -> io::Result<usize> {
        self.open
            .with(|simulation, socket| simulation.write_pipe(socket, &to_write(bufs)))
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Takes a socket of std's over.
///
/// # Errors
///
/// Always `Unsupported`: std's sockets are the system's.
pub fn stream_from_std(_stream: net::UnixStream) -> io::Result<UnixStream> {
    Err(support::unsupported(Capability::StdSockets))
}

/// Nothing makes a socket one of std's, which are the system's.
pub const STREAM_INTO_STD: Option<fn(UnixStream) -> net::UnixStream> = None;
