//! Datagrams.

use std::collections::VecDeque;
use std::io::{self, ErrorKind};
use std::net::SocketAddr;

use wasip2::io::poll::Pollable;
use wasip2::sockets::instance_network::instance_network;
use wasip2::sockets::udp::{
    IncomingDatagram, IncomingDatagramStream, OutgoingDatagram, OutgoingDatagramStream, UdpSocket as HostSocket,
};
use wasip2::sockets::udp_create_socket::create_udp_socket;

use super::error;
use super::membership::Membership;
use super::net::{family, hop_limit, to_std, to_wasi};
use super::pollables::{Handle, Handles};
use super::selector::source;
use crate::Lock;
use crate::common::cell_lock::Guard;

/// How many datagrams are taken from the host at once. Those that were not received yet wait here.
const BATCH: u64 = 16;

/// A datagram socket.
#[derive(Debug)]
pub struct UdpSocket {
    membership: Membership,
    state: Lock<State>,
    /// Ready when the bind may be gone on with, and ever after.
    bound: Pollable,
    socket: HostSocket,
}

#[derive(Debug)]
enum State {
    Binding,
    Open(Streams),
    /// The host has taken the streams back for others, and then has not given any.
    Lost,
}

/// Both directions, with what tells that they are ready.
#[derive(Debug)]
struct Streams {
    readable: Pollable,
    writable: Pollable,
    incoming: IncomingDatagramStream,
    outgoing: OutgoingDatagramStream,
    received: VecDeque<IncomingDatagram>,
}

impl UdpSocket {
    /// Begins to open a socket with this address: [`finish_bind`](super::net::finish_bind) says when it is open.
    ///
    /// # Errors
    ///
    /// Errors of the host, such as that it does not allow sockets.
    pub fn bind(addr: SocketAddr) -> io::Result<UdpSocket> {
        let socket = create_udp_socket(family(addr)).map_err(error::of_socket)?;
        socket
            .start_bind(&instance_network(), to_wasi(addr))
            .map_err(error::of_socket)?;
        Ok(UdpSocket {
            membership: Membership::default(),
            state: Lock::new(State::Binding),
            bound: socket.subscribe(),
            socket,
        })
    }

    /// Goes on with the bind. `WouldBlock` until the socket is open.
    pub(super) fn finish_bind(&self) -> io::Result<()> {
        let mut state = self.state();
        if let State::Binding = *state {
            self.socket.finish_bind().map_err(error::of_socket)?;
            self.open(&mut state, None)?;
        }
        Ok(())
    }

    /// Sends and receives with one address only.
    ///
    /// # Errors
    ///
    /// What the host says.
    pub fn connect(&self, addr: SocketAddr) -> io::Result<()> {
        let mut state = self.state();
        // The host makes no new streams while the old ones live.
        self.membership.replace(self.bound_handles());
        *state = State::Lost;
        self.open(&mut state, Some(addr)).inspect_err(|_| {
            // As before, but without a peer. If that fails too, the operations say so.
            let _ = self.open(&mut state, None);
        })
    }

    fn open(&self, state: &mut State, peer: Option<SocketAddr>) -> io::Result<()> {
        let (incoming, outgoing) = self.socket.stream(peer.map(to_wasi)).map_err(error::of_socket)?;
        *state = State::Open(Streams {
            readable: incoming.subscribe(),
            writable: outgoing.subscribe(),
            incoming,
            outgoing,
            received: VecDeque::new(),
        });
        self.membership.replace(self.handles_of(state));
        Ok(())
    }

    /// Sends a datagram to the connected address.
    ///
    /// # Errors
    ///
    /// `WouldBlock` if there is no room, `NotConnected` if there is no such address, and what the host says.
    pub fn send(&self, datagram: &[u8]) -> io::Result<usize> {
        self.peer_addr()?;
        self.with_streams(|streams| streams.send(datagram, None))
    }

    /// Sends a datagram.
    ///
    /// # Errors
    ///
    /// `WouldBlock` if there is no room, and what the host says.
    pub fn send_to(&self, datagram: &[u8], addr: SocketAddr) -> io::Result<usize> {
        self.with_streams(|streams| streams.send(datagram, Some(addr)))
    }

    /// Receives a datagram from the connected address, or any if there is none.
    ///
    /// # Errors
    ///
    /// `WouldBlock` if there is none, and what the host says.
    pub fn recv(&self, buf: &mut [u8]) -> io::Result<usize> {
        self.recv_from(buf).map(|(count, _)| count)
    }

    /// Receives a datagram.
    ///
    /// # Errors
    ///
    /// `WouldBlock` if there is none, and what the host says.
    pub fn recv_from(&self, buf: &mut [u8]) -> io::Result<(usize, SocketAddr)> {
        self.with_streams(|streams| {
            let received = streams.front().map(|datagram| copy(datagram, buf))?;
            streams.received.pop_front();
            Ok(received)
        })
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
    /// As [`recv_from`](Self::recv_from).
    pub fn peek_from(&self, buf: &mut [u8]) -> io::Result<(usize, SocketAddr)> {
        self.with_streams(|streams| streams.front().map(|datagram| copy(datagram, buf)))
    }

    /// The address of this side.
    ///
    /// # Errors
    ///
    /// What the host says.
    pub fn local_addr(&self) -> io::Result<SocketAddr> {
        self.socket.local_address().map(to_std).map_err(error::of_socket)
    }

    /// The address that the socket is connected to.
    ///
    /// # Errors
    ///
    /// `NotConnected` if there is none.
    pub fn peer_addr(&self) -> io::Result<SocketAddr> {
        self.socket.remote_address().map(to_std).map_err(error::of_socket)
    }

    /// The time to live of packets.
    ///
    /// # Errors
    ///
    /// What the host says.
    pub fn ttl(&self) -> io::Result<u32> {
        self.socket.unicast_hop_limit().map(u32::from).map_err(error::of_socket)
    }

    /// Sets the time to live of packets.
    ///
    /// # Errors
    ///
    /// `InvalidInput` for 0 and what is more than 255, and what the host says.
    pub fn set_ttl(&self, ttl: u32) -> io::Result<()> {
        self.socket
            .set_unicast_hop_limit(hop_limit(ttl)?)
            .map_err(error::of_socket)
    }

    fn with_streams<R>(&self, operation: impl FnOnce(&mut Streams) -> io::Result<R>) -> io::Result<R> {
        match &mut *self.state() {
            State::Open(streams) => operation(streams),
            State::Binding => Err(ErrorKind::WouldBlock.into()),
            State::Lost => Err(ErrorKind::NotConnected.into()),
        }
    }

    fn state(&self) -> Guard<'_, State> {
        self.state.lock()
    }

    fn handles(&self) -> Handles {
        self.handles_of(&self.state())
    }

    fn handles_of(&self, state: &State) -> Handles {
        let State::Open(streams) = state else {
            return self.bound_handles();
        };
        Handles {
            read: Handle::of(&streams.readable),
            write: Handle::of(&streams.writable),
        }
    }

    fn bound_handles(&self) -> Handles {
        Handles {
            read: Handle::of(&self.bound),
            write: Handle::of(&self.bound),
        }
    }
}

source!(UdpSocket);

impl Streams {
    fn send(&mut self, datagram: &[u8], to: Option<SocketAddr>) -> io::Result<usize> {
        if self.outgoing.check_send().map_err(error::of_socket)? == 0 {
            return Err(ErrorKind::WouldBlock.into());
        }
        let outgoing = OutgoingDatagram {
            data: datagram.to_vec(),
            remote_address: to.map(to_wasi),
        };
        match self.outgoing.send(&[outgoing]).map_err(error::of_socket)? {
            0 => Err(ErrorKind::WouldBlock.into()),
            _ => Ok(datagram.len()),
        }
    }

    /// The oldest datagram that was not received yet.
    fn front(&mut self) -> io::Result<&IncomingDatagram> {
        if self.received.is_empty() {
            let new = self.incoming.receive(BATCH).map_err(error::of_socket)?;
            self.received.extend(new);
        }
        self.received.front().ok_or_else(|| ErrorKind::WouldBlock.into())
    }
}

/// Copies as much of a datagram as there is room for.
fn copy(datagram: &IncomingDatagram, buf: &mut [u8]) -> (usize, SocketAddr) {
    let count = datagram.data.len().min(buf.len());
    buf[..count].copy_from_slice(&datagram.data[..count]);
    (count, to_std(datagram.remote_address))
}
