//! How connections come to be.

use std::collections::VecDeque;
use std::io::{self, ErrorKind};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use super::super::super::hosts::HostId;
use super::super::super::simulation::Simulation;
use super::super::super::sockets::{Kind, SocketId};
use super::super::{Packet, Protocol};
use super::{Listener, Stream, TTL};

/// How many connections wait to be accepted.
const BACKLOG: usize = 1024;

/// What programs do.
impl Simulation {
    pub(in super::super::super) fn listen(&mut self, address: SocketAddr) -> io::Result<SocketId> {
        let socket = self.new_socket()?;
        let address = self.bind(Protocol::Tcp, address, socket)?;
        let listener = Listener {
            address,
            ttl: TTL,
            waiting: VecDeque::new(),
        };
        self.open(socket, Kind::Listener(listener));
        self.write(format_args!("{socket} listens on {address}"));
        Ok(socket)
    }

    pub(in super::super::super) fn connect(&mut self, to: SocketAddr) -> io::Result<SocketId> {
        let from = self.new_socket()?;
        let to = reachable(to);
        let host = self.hosts.current;
        let far = self.host_of(to.ip());
        let source = self.hosts.source_address(host, to.ip());
        let from_address = self.bind(Protocol::Tcp, SocketAddr::new(source, 0), from)?;
        let far_host = far.unwrap_or(host);
        self.open(from, Kind::Stream(Stream::new(from_address, to, far_host)));
        self.write(format_args!("{from} connects to {to}"));
        let refusal = match far {
            None => Some(ErrorKind::HostUnreachable),
            Some(_) => {
                let refused = self.random.happens(self.world.refused_per_mille);
                refused.then_some(ErrorKind::ConnectionRefused)
            }
        };
        let packet = match refusal {
            Some(why) => Packet::Refused { to: from, why },
            None => Packet::Connect {
                from,
                from_address,
                host,
                to,
            },
        };
        self.send(host, far_host, packet);
        Ok(from)
    }

    pub(in super::super::super) fn accept(&mut self, listener: SocketId) -> io::Result<(SocketId, SocketAddr)> {
        if self.listener(listener)?.waiting.is_empty() {
            return Err(ErrorKind::WouldBlock.into());
        }
        self.may_open(1)?;
        let accepted = self.listener(listener)?.waiting.pop_front();
        let accepted = accepted.ok_or(ErrorKind::WouldBlock)?;
        self.write(format_args!("{listener} accepts {accepted}"));
        let stream = self.stream(accepted)?;
        Ok((accepted, stream.remote))
    }

    pub(in super::super::super) fn remote_address(&mut self, socket: SocketId) -> io::Result<SocketAddr> {
        let stream = self.stream(socket)?;
        stream.check()?;
        if stream.is_reset {
            return Err(ErrorKind::NotConnected.into());
        }
        Ok(stream.remote)
    }
}

/// What arrives.
impl Simulation {
    pub(in super::super) fn take_connect(
        &mut self,
        from: SocketId,
        from_address: SocketAddr,
        host: HostId,
        to: SocketAddr,
    ) {
        let Some(here) = self.hosts.of_address(host, to.ip()) else {
            return;
        };
        let owner = self.network.ports.owner(here, Protocol::Tcp, to);
        let listener = owner.filter(|owner| {
            self.listener(*owner)
                .is_ok_and(|listener| listener.waiting.len() < BACKLOG)
        });
        let Some(listener) = listener else {
            let why = ErrorKind::ConnectionRefused;
            return self.send(here, host, Packet::Refused { to: from, why });
        };
        let accepted = self.sockets.next_id();
        let mut stream = Stream::new(to, from_address, host);
        stream.peer = Some(from);
        self.open_at(here, accepted, Kind::Stream(stream));
        if let Ok(listener) = self.listener(listener) {
            listener.waiting.push_back(accepted);
        }
        self.touch(listener);
        self.send_to_peer(
            accepted,
            Packet::Accepted {
                from: accepted,
                to: from,
            },
        );
    }

    pub(in super::super) fn take_accepted(&mut self, from: SocketId, to: SocketId) {
        match self.stream(to) {
            Ok(stream) => {
                stream.peer = Some(from);
                self.touch(to);
            }
            // The connect was given up.
            Err(_) => self.take_reset(from),
        }
    }

    pub(in super::super) fn take_refused(&mut self, to: SocketId, why: ErrorKind) {
        if let Ok(stream) = self.stream(to) {
            stream.error = Some(why);
            stream.is_reset = true;
            self.touch(to);
        }
    }
}

/// The address that a connect to no address in particular means.
fn reachable(address: SocketAddr) -> SocketAddr {
    let ip = match address.ip() {
        IpAddr::V4(ip) if ip.is_unspecified() => Ipv4Addr::LOCALHOST.into(),
        IpAddr::V6(ip) if ip.is_unspecified() => Ipv6Addr::LOCALHOST.into(),
        ip => ip,
    };
    SocketAddr::new(ip, address.port())
}
