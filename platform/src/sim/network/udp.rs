//! Datagrams: each arrives whole, in any order, or not at all.

use std::collections::VecDeque;
use std::io::{self, ErrorKind};
use std::net::SocketAddr;

use super::super::hosts::HostId;
use super::super::simulation::Simulation;
use super::super::sockets::{Kind, SocketId};
use super::tcp::TTL;
use super::{Packet, Protocol};
use crate::Ready;

/// The longest datagram: what IPv4 has room for.
const LONGEST: usize = 65_507;
/// What comes while so many bytes wait to be received is lost.
const ROOM: usize = 208 * 1024;

/// A datagram socket.
#[derive(Debug)]
pub(in super::super) struct Datagrams {
    pub(in super::super) local: SocketAddr,
    pub(in super::super) remote: Option<SocketAddr>,
    pub(in super::super) ttl: u32,
    waiting: VecDeque<(SocketAddr, Box<[u8]>)>,
    waiting_bytes: usize,
    pub(in super::super) error: Option<ErrorKind>,
}

impl Datagrams {
    pub(in super::super) fn ready(&self) -> Ready {
        let mut ready = Ready::WRITABLE;
        if !self.waiting.is_empty() {
            ready |= Ready::READABLE;
        }
        if self.error.is_some() {
            ready |= Ready::FAILED;
        }
        ready
    }

    fn take_error(&mut self) -> io::Result<()> {
        match self.error.take() {
            Some(error) => Err(error.into()),
            None => Ok(()),
        }
    }
}

/// What programs do.
impl Simulation {
    pub(in super::super) fn open_datagrams(&mut self, address: SocketAddr) -> io::Result<SocketId> {
        let socket = self.new_socket()?;
        let local = self.bind(Protocol::Udp, address, socket)?;
        let datagrams = Datagrams {
            local,
            remote: None,
            ttl: TTL,
            waiting: VecDeque::new(),
            waiting_bytes: 0,
            error: None,
        };
        self.open(socket, Kind::Datagrams(datagrams));
        self.write(format_args!("{socket} takes datagrams on {local}"));
        Ok(socket)
    }

    pub(in super::super) fn datagrams(&mut self, socket: SocketId) -> io::Result<&mut Datagrams> {
        match self.sockets.kind(socket) {
            Some(Kind::Datagrams(datagrams)) => Ok(datagrams),
            _ => Err(ErrorKind::NotConnected.into()),
        }
    }

    /// From now on only the datagrams of one address are received. What is there already of others is lost.
    pub(in super::super) fn connect_datagrams(&mut self, socket: SocketId, remote: SocketAddr) -> io::Result<()> {
        let source = self.hosts.source_address(self.sockets.host(socket), remote.ip());
        let datagrams = self.datagrams(socket)?;
        if datagrams.local.is_ipv4() != remote.is_ipv4() {
            return Err(ErrorKind::InvalidInput.into());
        }
        datagrams.remote = Some(remote);
        if datagrams.local.ip().is_unspecified() {
            datagrams.local.set_ip(source);
        }
        datagrams.waiting.retain(|(from, _)| *from == remote);
        datagrams.waiting_bytes = datagrams.waiting.iter().map(|(_, bytes)| bytes.len()).sum();
        Ok(())
    }

    pub(in super::super) fn send_datagram(
        &mut self,
        socket: SocketId,
        bytes: &[u8],
        to: Option<SocketAddr>,
    ) -> io::Result<usize> {
        let host = self.sockets.host(socket);
        let datagrams = self.datagrams(socket)?;
        datagrams.take_error()?;
        let to = to.or(datagrams.remote).ok_or(ErrorKind::NotConnected)?;
        let mut from = datagrams.local;
        if bytes.len() > LONGEST {
            let why = format!("a datagram has {LONGEST} bytes at most, and this one {}", bytes.len());
            return Err(io::Error::new(ErrorKind::InvalidInput, why));
        }
        if from.is_ipv4() != to.is_ipv4() {
            return Err(ErrorKind::InvalidInput.into());
        }
        if from.ip().is_unspecified() {
            from.set_ip(self.hosts.source_address(host, to.ip()));
        }
        self.write(format_args!("{socket} sends a datagram of {} to {to}", bytes.len()));
        if let Some(far) = self.hosts.of_address(host, to.ip()) {
            for _ in 0..self.copies(host, far) {
                let bytes = bytes.into();
                self.send(host, far, Packet::Datagram { from, host, to, bytes });
            }
        }
        Ok(bytes.len())
    }

    /// Receives a datagram, or copies it. What the buffer has no room for is lost.
    pub(in super::super) fn receive_datagram(
        &mut self,
        socket: SocketId,
        takes: bool,
        buf: &mut [u8],
    ) -> io::Result<(usize, SocketAddr)> {
        let datagrams = self.datagrams(socket)?;
        datagrams.take_error()?;
        let (from, bytes) = datagrams.waiting.front().ok_or(ErrorKind::WouldBlock)?;
        let (from, count) = (*from, bytes.len().min(buf.len()));
        buf[..count].copy_from_slice(&bytes[..count]);
        if takes {
            datagrams.waiting_bytes -= bytes.len();
            datagrams.waiting.pop_front();
        }
        self.write(format_args!("{socket} receives {count} from {from}"));
        Ok((count, from))
    }

    pub(in super::super) fn close_datagrams(&mut self, host: HostId, socket: SocketId, datagrams: &Datagrams) {
        let ports = &mut self.network.ports;
        ports.give_back(host, Protocol::Udp, datagrams.local, socket);
    }
}

/// What arrives.
impl Simulation {
    pub(super) fn take_datagram(&mut self, from: SocketAddr, host: HostId, to: SocketAddr, bytes: Box<[u8]>) {
        let Some(here) = self.hosts.of_address(host, to.ip()) else {
            return;
        };
        let Some(socket) = self.network.ports.owner(here, Protocol::Udp, to) else {
            if let Some(sender) = self.network.ports.owner(host, Protocol::Udp, from) {
                self.send(here, host, Packet::Unreachable { to: sender });
            }
            return;
        };
        let Ok(datagrams) = self.datagrams(socket) else { return };
        let is_wanted = datagrams.remote.is_none_or(|remote| remote == from);
        if is_wanted && datagrams.waiting_bytes + bytes.len() <= ROOM {
            datagrams.waiting_bytes += bytes.len();
            datagrams.waiting.push_back((from, bytes));
            self.touch(socket);
        }
    }

    /// Only a socket that sends to one address is told.
    pub(super) fn take_unreachable(&mut self, to: SocketId) {
        if let Ok(datagrams) = self.datagrams(to) {
            if datagrams.remote.is_some() {
                datagrams.error = Some(ErrorKind::ConnectionRefused);
                self.touch(to);
            }
        }
    }
}
