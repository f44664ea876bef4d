//! Which ports of which hosts are taken, and by whom.

use std::collections::BTreeMap;
use std::io;
use std::net::{IpAddr, SocketAddr};

use super::super::hosts::HostId;
use super::super::simulation::Simulation;
use super::super::sockets::SocketId;

/// Ports of one do not stand in the way of the other.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(in super::super) enum Protocol {
    Tcp,
    Udp,
}

#[derive(Debug, Default)]
pub(in super::super) struct Ports {
    taken: BTreeMap<(HostId, Protocol, u16), Vec<(IpAddr, SocketId)>>,
    /// The last port that a host was given without asking for it.
    given: BTreeMap<HostId, u16>,
}

/// Those that the host chooses from.
const FIRST_GIVEN: u16 = 49_152;

impl Ports {
    /// Takes a port for a socket.
    pub(in super::super) fn take(
        &mut self,
        host: HostId,
        protocol: Protocol,
        address: SocketAddr,
        socket: SocketId,
    ) -> io::Result<SocketAddr> {
        let port = match address.port() {
            0 => self.free(host, protocol)?,
            port => port,
        };
        let owners = self.taken.entry((host, protocol, port)).or_default();
        let overlaps = |(ip, _): &(IpAddr, SocketId)| {
            *ip == address.ip()
                || ip.is_ipv4() == address.is_ipv4() && (ip.is_unspecified() || address.ip().is_unspecified())
        };
        if owners.iter().any(overlaps) {
            return Err(io::ErrorKind::AddrInUse.into());
        }
        owners.push((address.ip(), socket));
        Ok(SocketAddr::new(address.ip(), port))
    }

    /// Gives a socket's port back.
    pub(in super::super) fn give_back(
        &mut self,
        host: HostId,
        protocol: Protocol,
        address: SocketAddr,
        socket: SocketId,
    ) {
        let key = (host, protocol, address.port());
        if let Some(owners) = self.taken.get_mut(&key) {
            owners.retain(|(_, owner)| *owner != socket);
            if owners.is_empty() {
                self.taken.remove(&key);
            }
        }
    }

    /// Who has the port on this address, or on all of them.
    pub(in super::super) fn owner(&self, host: HostId, protocol: Protocol, address: SocketAddr) -> Option<SocketId> {
        let owners = self.taken.get(&(host, protocol, address.port()))?;
        let serves = |(ip, _): &&(IpAddr, SocketId)| {
            *ip == address.ip() || ip.is_unspecified() && ip.is_ipv4() == address.is_ipv4()
        };
        owners.iter().find(serves).map(|(_, socket)| *socket)
    }

    /// Frees every port of the host.
    pub(in super::super) fn forget(&mut self, host: HostId) {
        self.taken.retain(|(of, ..), _| *of != host);
    }

    /// A free port.
    pub(in super::super) fn free(&mut self, host: HostId, protocol: Protocol) -> io::Result<u16> {
        let given = self.given.entry(host).or_insert(u16::MAX);
        for _ in FIRST_GIVEN..=u16::MAX {
            *given = given.checked_add(1).unwrap_or(FIRST_GIVEN);
            if !self.taken.contains_key(&(host, protocol, *given)) {
                return Ok(*given);
            }
        }
        Err(io::ErrorKind::AddrInUse.into())
    }
}

impl Simulation {
    /// Takes a port of the host whose code runs.
    pub(in super::super) fn bind(
        &mut self,
        protocol: Protocol,
        address: SocketAddr,
        socket: SocketId,
    ) -> io::Result<SocketAddr> {
        let host = self.hosts.current;
        let ip = address.ip();
        if !ip.is_unspecified() && self.host_of(ip) != Some(host) {
            return Err(io::ErrorKind::AddrNotAvailable.into());
        }
        self.network.ports.take(host, protocol, address, socket)
    }
}
