//! A datagram socket.

use std::io;
use std::net::SocketAddr;

use super::open::{Open, source};

/// A datagram socket.
#[derive(Debug)]
pub struct UdpSocket {
    open: Open,
}

source!(UdpSocket);

impl UdpSocket {
    /// Opens a socket with this address.
    ///
    /// # Errors
    ///
    /// An address that another socket has, or that is not the host's.
    pub fn bind(address: SocketAddr) -> io::Result<UdpSocket> {
        let open = Open::new(|simulation| simulation.open_datagrams(address))?;
        Ok(UdpSocket { open })
    }

    /// The address of this side.
    ///
    /// # Errors
    ///
    /// A simulation that is not this thread's.
    pub fn local_addr(&self) -> io::Result<SocketAddr> {
        self.open
            .with(|simulation, socket| Ok(simulation.datagrams(socket)?.local))
    }

    /// The address that the socket is connected to.
    ///
    /// # Errors
    ///
    /// `NotConnected` if there is none.
    pub fn peer_addr(&self) -> io::Result<SocketAddr> {
        self.open.with(|simulation, socket| {
            let remote = simulation.datagrams(socket)?.remote;
            remote.ok_or_else(|| io::ErrorKind::NotConnected.into())
        })
    }

    /// Sends and receives with one address only.
    ///
    /// # Errors
    ///
    /// `InvalidInput` for an address of another family.
    pub fn connect(&self, address: SocketAddr) -> io::Result<()> {
        self.open
            .with(|simulation, socket| simulation.connect_datagrams(socket, address))
    }

    /// Sends a datagram to the connected address.
    ///
    /// # Errors
    ///
    /// `NotConnected` if there is none, `InvalidInput` for a datagram that is too long, and a refusal of an earlier one.
    pub fn send(&self, datagram: &[u8]) -> io::Result<usize> {
        self.open
            .with(|simulation, socket| simulation.send_datagram(socket, datagram, None))
    }

    /// Sends a datagram.
    ///
    /// # Errors
    ///
    /// As [`send`](Self::send).
    pub fn send_to(&self, datagram: &[u8], to: SocketAddr) -> io::Result<usize> {
        self.open
            .with(|simulation, socket| simulation.send_datagram(socket, datagram, Some(to)))
    }

    /// Receives a datagram from the connected address.
    ///
    /// # Errors
    ///
    /// `WouldBlock` if there is none, and the refusal of one that was sent.
    pub fn recv(&self, buf: &mut [u8]) -> io::Result<usize> {
        self.recv_from(buf).map(|(count, _)| count)
    }

    /// Receives a datagram.
    ///
    /// # Errors
    ///
    /// As [`recv`](Self::recv).
    pub fn recv_from(&self, buf: &mut [u8]) -> io::Result<(usize, SocketAddr)> {
        self.open
            .with(|simulation, socket| simulation.receive_datagram(socket, true, buf))
    }

    /// Receives a datagram from the connected address and leaves it where it is.
    ///
    /// # Errors
    ///
    /// As [`recv`](Self::recv).
    pub fn peek(&self, buf: &mut [u8]) -> io::Result<usize> {
        self.peek_from(buf).map(|(count, _)| count)
    }

    /// Receives a datagram and leaves it where it is.
    ///
    /// # Errors
    ///
    /// As [`recv`](Self::recv).
    pub fn peek_from(&self, buf: &mut [u8]) -> io::Result<(usize, SocketAddr)> {
        self.open
            .with(|simulation, socket| simulation.receive_datagram(socket, false, buf))
    }

    /// The time to live of packets.
    ///
    /// # Errors
    ///
    /// As [`local_addr`](Self::local_addr).
    pub fn ttl(&self) -> io::Result<u32> {
        self.open
            .with(|simulation, socket| Ok(simulation.datagrams(socket)?.ttl))
    }

    /// Sets the time to live of packets.
    ///
    /// # Errors
    ///
    /// `InvalidInput` for 0 and what is more than 255.
    pub fn set_ttl(&self, hops: u32) -> io::Result<()> {
        self.open.with(|simulation, socket| {
            simulation.datagrams(socket)?.ttl = super::net::hops(hops)?;
            Ok(())
        })
    }
}
