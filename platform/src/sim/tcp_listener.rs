//! A socket that accepts connections.

use std::io;
use std::net::SocketAddr;

use super::open::{Open, source};
use super::tcp_stream::TcpStream;

/// A socket that accepts connections.
#[derive(Debug)]
pub struct TcpListener {
    open: Open,
}

source!(TcpListener);

impl TcpListener {
    /// Listens on the address.
    ///
    /// # Errors
    ///
    /// An address that another socket has, or that is not the host's.
    pub fn bind(address: SocketAddr) -> io::Result<TcpListener> {
        let open = Open::new(|simulation| simulation.listen(address))?;
        Ok(TcpListener { open })
    }

    /// Accepts a connection.
    ///
    /// # Errors
    ///
    /// `WouldBlock` if there is none.
    pub fn accept(&self) -> io::Result<(TcpStream, SocketAddr)> {
        let mut address = None;
        let open = self.open.and(|simulation, socket| {
            let (accepted, from) = simulation.accept(socket)?;
            address = Some(from);
            Ok(accepted)
        })?;
        let address = address.ok_or(io::ErrorKind::WouldBlock)?;
        Ok((TcpStream { open }, address))
    }

    /// The address of this side.
    ///
    /// # Errors
    ///
    /// A simulation that is not this thread's.
    pub fn local_addr(&self) -> io::Result<SocketAddr> {
        self.open
            .with(|simulation, socket| Ok(simulation.listener(socket)?.address))
    }

    /// The time to live of packets.
    ///
    /// # Errors
    ///
    /// As [`local_addr`](Self::local_addr).
    pub fn ttl(&self) -> io::Result<u32> {
        self.open
            .with(|simulation, socket| Ok(simulation.listener(socket)?.ttl))
    }

    /// Sets the time to live of packets.
    ///
    /// # Errors
    ///
    /// `InvalidInput` for 0 and what is more than 255.
    pub fn set_ttl(&self, hops: u32) -> io::Result<()> {
        self.open.with(|simulation, socket| {
            simulation.listener(socket)?.ttl = super::net::hops(hops)?;
            Ok(())
        })
    }
}
