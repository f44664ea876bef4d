//! A local datagram socket.

use std::io;
use std::net::Shutdown;
use std::os::unix::net::{self, SocketAddr};

use super::super::open::{Open, source};
use super::address::{address, name};
use crate::support::{self, Capability};

/// A local datagram socket.
#[derive(Debug)]
pub struct UnixDatagram {
    open: Open,
}

source!(UnixDatagram);

impl UnixDatagram {
    /// A socket on an address of the host whose code runs.
    ///
    /// # Errors
    ///
    /// `AddrInUse` if there is something at the path, and `NotADirectory` if there is below it.
    pub fn bind_addr(address: &SocketAddr) -> io::Result<UnixDatagram> {
        let name = name(address)?;
        let open = Open::new(|simulation| simulation.open_local_datagrams(Some(name)))?;
        Ok(UnixDatagram { open })
    }

    /// A socket without a name.
    ///
    /// # Errors
    ///
    /// Errors of the simulated system: no descriptors are left.
    pub fn unbound() -> io::Result<UnixDatagram> {
        let open = Open::new(|simulation| simulation.open_local_datagrams(None))?;
        Ok(UnixDatagram { open })
    }

    /// Two connected sockets.
    ///
    /// # Errors
    ///
    /// Errors of the simulated system: no descriptors are left.
    pub fn pair() -> io::Result<(UnixDatagram, UnixDatagram)> {
        let (one, other) = Open::pair(|simulation, one, other| simulation.pair_local_datagrams(one, other))?;
        Ok((UnixDatagram { open: one }, UnixDatagram { open: other }))
    }

    /// Sends a datagram to the other side.
    ///
    /// # Errors
    ///
    /// `NotConnected` if there is none, `ConnectionRefused` if it is gone, `WouldBlock` if it has no room, and one of the
    /// system's for a datagram that is too long.
    pub fn send(&self, datagram: &[u8]) -> io::Result<usize> {
        self.open
            .with(|simulation, socket| simulation.send_locally(socket, datagram, None))
    }

    /// Receives a datagram.
    ///
    /// # Errors
    ///
    /// `WouldBlock` if there is none.
    pub fn recv(&self, buf: &mut [u8]) -> io::Result<usize> {
        self.open
            .with(|simulation, socket| Ok(simulation.receive_locally(socket, buf)?.0))
    }

    /// Receives a datagram, and says whose it is.
    ///
    /// # Errors
    ///
    /// As [`recv`](Self::recv).
    pub fn recv_from(&self, buf: &mut [u8]) -> io::Result<(usize, SocketAddr)> {
        self.open.with(|simulation, socket| {
            let (count, from) = simulation.receive_locally(socket, buf)?;
            Ok((count, address(from.as_ref())?))
        })
    }

    /// Ends one direction or both.
    ///
    /// # Errors
    ///
    /// A simulation that is not this thread's.
    pub fn shutdown(&self, how: Shutdown) -> io::Result<()> {
        self.open
            .with(|simulation, socket| simulation.shut_local_datagrams_down(socket, how))
    }

    /// The address of this side.
    ///
    /// # Errors
    ///
    /// A simulation that is not this thread's.
    pub fn local_addr(&self) -> io::Result<SocketAddr> {
        self.open
            .with(|simulation, socket| address(simulation.local_datagrams(socket)?.name.as_ref()))
    }

    /// The address of the other side.
    ///
    /// # Errors
    ///
    /// `NotConnected` if there is none.
    pub fn peer_addr(&self) -> io::Result<SocketAddr> {
        self.open
            .with(|simulation, socket| match &simulation.local_datagrams(socket)?.peer {
                Some((_, name)) => address(name.as_ref()),
                None => Err(io::ErrorKind::NotConnected.into()),
            })
    }
}

/// Sets the other side of a datagram socket.
///
/// # Errors
///
/// `NotFound` if there is nothing at the path, `ConnectionRefused` if its socket is closed, `PermissionDenied` if that is
/// connected to another one.
pub fn connect_datagram(socket: &UnixDatagram, address: &SocketAddr) -> io::Result<()> {
    let name = name(address)?;
    socket
        .open
        .with(|simulation, socket| simulation.connect_local_datagrams(socket, &name))
}

/// Sends a datagram to an address.
///
/// # Errors
///
/// As [`connect_datagram`] and [`UnixDatagram::send`].
pub fn send_to(socket: &UnixDatagram, datagram: &[u8], address: &SocketAddr) -> io::Result<usize> {
    let name = name(address)?;
    socket
        .open
        .with(|simulation, socket| simulation.send_locally(socket, datagram, Some(&name)))
}

/// Takes a socket of std's over.
///
/// # Errors
///
/// Always `Unsupported`: std's sockets are the system's.
pub fn datagram_from_std(_socket: net::UnixDatagram) -> io::Result<UnixDatagram> {
    Err(support::unsupported(Capability::StdSockets))
}

/// Nothing makes a socket one of std's, which are the system's.
pub const DATAGRAM_INTO_STD: Option<fn(UnixDatagram) -> net::UnixDatagram> = None;
