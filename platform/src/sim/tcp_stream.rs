//! A connection.

use std::io::{self, IoSlice, IoSliceMut, Read, Write};
use std::net::{Shutdown, SocketAddr};

use super::open::{Open, source};
use super::slices::{to_read, to_write};

/// A connection.
#[derive(Debug)]
pub struct TcpStream {
    pub(super) open: Open,
}

source!(TcpStream);

impl TcpStream {
    /// Begins to connect.
    ///
    /// # Errors
    ///
    /// Errors of the simulated system: no descriptors are left.
    pub fn connect(address: SocketAddr) -> io::Result<TcpStream> {
        let open = Open::new(|simulation| simulation.connect(address))?;
        Ok(TcpStream { open })
    }

    /// The address of this side.
    ///
    /// # Errors
    ///
    /// A simulation that is not this thread's.
    pub fn local_addr(&self) -> io::Result<SocketAddr> {
        self.open
            .with(|simulation, socket| Ok(simulation.stream(socket)?.local))
    }

    /// The address of the peer.
    ///
    /// # Errors
    ///
    /// `NotConnected` if there is none.
    pub fn peer_addr(&self) -> io::Result<SocketAddr> {
        self.open.with(|simulation, socket| simulation.remote_address(socket))
    }

    /// Receives bytes and leaves them where they are.
    ///
    /// # Errors
    ///
    /// As a read.
    pub fn peek(&self, buf: &mut [u8]) -> io::Result<usize> {
        self.open
            .with(|simulation, socket| simulation.receive(socket, false, &mut [buf]))
    }

    /// Ends one or both directions.
    ///
    /// # Errors
    ///
    /// `NotConnected` if there is no connection any more.
    pub fn shutdown(&self, how: Shutdown) -> io::Result<()> {
        self.open.with(|simulation, socket| simulation.shut_down(socket, how))
    }

    /// Ends the connection without a goodbye: the other side learns that it was reset.
    ///
    /// # Errors
    ///
    /// As [`local_addr`](Self::local_addr).
    pub fn reset(&self) -> io::Result<()> {
        self.open.with(|simulation, socket| {
            simulation.reset(socket);
            Ok(())
        })
    }

    /// Whether small writes are sent at once: they always are.
    ///
    /// # Errors
    ///
    /// As [`local_addr`](Self::local_addr).
    pub fn nodelay(&self) -> io::Result<bool> {
        self.open
            .with(|simulation, socket| Ok(simulation.stream(socket)?.nodelay))
    }

    /// Says whether small writes are to be sent at once: they always are.
    ///
    /// # Errors
    ///
    /// As [`local_addr`](Self::local_addr).
    pub fn set_nodelay(&self, nodelay: bool) -> io::Result<()> {
        self.open.with(|simulation, socket| {
            simulation.stream(socket)?.nodelay = nodelay;
            Ok(())
        })
    }

    /// The time to live of packets.
    ///
    /// # Errors
    ///
    /// As [`local_addr`](Self::local_addr).
    pub fn ttl(&self) -> io::Result<u32> {
        self.open.with(|simulation, socket| Ok(simulation.stream(socket)?.ttl))
    }

    /// Sets the time to live of packets.
    ///
    /// # Errors
    ///
    /// `InvalidInput` for 0 and what is more than 255.
    pub fn set_ttl(&self, hops: u32) -> io::Result<()> {
        self.open.with(|simulation, socket| {
            simulation.stream(socket)?.ttl = super::net::hops(hops)?;
            Ok(())
        })
    }

    /// The error that is pending on the socket.
    ///
    /// # Errors
    ///
    /// As [`local_addr`](Self::local_addr).
    pub fn take_error(&self) -> io::Result<Option<io::Error>> {
        self.open
            .with(|simulation, socket| Ok(simulation.stream(socket)?.error.take().map(io::Error::from)))
    }
}

/// By value as well, as other platforms have it.
impl Read for TcpStream {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        (&*self).read(buf)
    }
}

impl Write for TcpStream {
    fn write(&mut self, buf: &[u8]) -> io::Result<usize> {
        (&*self).write(buf)
    }

    fn flush(&mut self) -> io::Result<()> {
        (&*self).flush()
    }
}

impl Read for &TcpStream {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        self.open
            .with(|simulation, socket| simulation.receive(socket, true, &mut [buf]))
    }

    fn read_vectored(&mut self, bufs: &mut [IoSliceMut<'_>]) -> io::Result<usize> {
        self.open
            .with(|simulation, socket| simulation.receive(socket, true, &mut to_read(bufs)))
    }
}

impl Write for &TcpStream {
    fn write(&mut self, buf: &[u8]) -> io::Result<usize> {
        self.open.with(|simulation, socket| simulation.transmit(socket, &[buf]))
    }

    fn write_vectored(&mut self, bufs: &[IoSlice<'_>]) -> io::Result<usize> {
        self.open
            .with(|simulation, socket| simulation.transmit(socket, &to_write(bufs)))
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
