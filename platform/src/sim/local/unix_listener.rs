//! A local socket that accepts connections.

use std::io;
use std::os::unix::net::{self, SocketAddr};

use super::super::open::{Open, source};
use super::UnixStream;
use super::address::{address, name};
use crate::support::{self, Capability};

/// A local socket that accepts connections.
#[derive(Debug)]
pub struct UnixListener {
    open: Open,
}

source!(UnixListener);

impl UnixListener {
    /// Listens on an address of the host whose code runs.
    ///
    /// # Errors
    ///
    /// `AddrInUse` if there is something at the path, and `NotADirectory` if there is below it.
    pub fn bind_addr(address: &SocketAddr) -> io::Result<UnixListener> {
        let name = name(address)?;
        let open = Open::new(|simulation| simulation.listen_locally(name))?;
        Ok(UnixListener { open })
    }

    /// Accepts a connection.
    ///
    /// # Errors
    ///
    /// `WouldBlock` if there is none.
    pub fn accept(&self) -> io::Result<(UnixStream, SocketAddr)> {
        let open = self.open.and(|simulation, socket| simulation.accept_locally(socket))?;
        Ok((UnixStream { open }, address(None)?))
    }

    /// The address that it listens on.
    ///
    /// # Errors
    ///
    /// A simulation that is not this thread's.
    pub fn local_addr(&self) -> io::Result<SocketAddr> {
        self.open
            .with(|simulation, socket| address(Some(&simulation.local_listener(socket)?.name)))
    }
}

/// Takes a socket of std's over.
///
/// # Errors
///
/// Always `Unsupported`: std's sockets are the system's.
pub fn listener_from_std(_listener: net::UnixListener) -> io::Result<UnixListener> {
    Err(support::unsupported(Capability::StdSockets))
}

/// Nothing makes a socket one of std's, which are the system's.
pub const LISTENER_INTO_STD: Option<fn(UnixListener) -> net::UnixListener> = None;
