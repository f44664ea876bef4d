//! The network: packets under way on the links between hosts, and what becomes of them when they arrive.

mod links;
mod ports;
mod queue;
mod tcp;
mod udp;

use std::net::{IpAddr, SocketAddr};
use std::ops::RangeInclusive;

use super::hosts::HostId;
use super::simulation::Simulation;
use super::sockets::SocketId;

use self::links::Links;
pub(super) use self::ports::{Ports, Protocol};
pub(super) use self::queue::Queue;
pub(super) use self::tcp::{Listener, Stream};
pub(super) use self::udp::Datagrams;

/// What is under way, and which ports are taken.
#[derive(Debug, Default)]
pub(super) struct Network {
    under_way: Queue<UnderWay>,
    links: Links,
    /// How many packets have arrived.
    pub(super) arrived: u64,
    pub(super) ports: Ports,
}

/// A packet on its way from one host to another.
#[derive(Debug)]
struct UnderWay {
    from: HostId,
    to: HostId,
    packet: Packet,
}

/// What travels on a link, or arrives later at the host that it is of.
#[derive(Debug)]
pub(super) enum Packet {
    /// A connection is asked for.
    Connect {
        from: SocketId,
        from_address: SocketAddr,
        host: HostId,
        to: SocketAddr,
    },
    /// The connection was made, with this socket on the other side.
    Accepted { from: SocketId, to: SocketId },
    /// The connection was not made.
    Refused { to: SocketId, why: std::io::ErrorKind },
    /// So many bytes more; they lie with the socket already.
    Bytes { from: SocketId, to: SocketId, count: usize },
    /// No more bytes come.
    End { to: SocketId },
    /// The connection is over.
    Reset { to: SocketId },
    /// So many bytes were read.
    Room { to: SocketId, count: usize },
    /// A datagram.
    Datagram {
        from: SocketAddr,
        host: HostId,
        to: SocketAddr,
        bytes: Box<[u8]>,
    },
    /// No socket takes the datagrams of this one.
    Unreachable { to: SocketId },
    /// Something new about a socket that has nothing to do with another host.
    Notice { to: SocketId },
}

/// How long a packet takes within a host.
const WITHIN_A_HOST: RangeInclusive<u64> = 5_000..=50_000;

impl Simulation {
    /// Sends a packet from one host to another: it arrives when the link lets it.
    pub(super) fn send(&mut self, from: HostId, to: HostId, packet: Packet) {
        let at = self.travel(from, to, &packet);
        self.send_at(at, UnderWay { from, to, packet });
    }

    /// As [`send`](Self::send), not before what was sent the same way earlier. When it arrives.
    pub(super) fn send_after(&mut self, earlier: u64, from: HostId, to: HostId, packet: Packet) -> u64 {
        let at = self.travel(from, to, &packet).max(earlier + 1);
        self.send_at(at, UnderWay { from, to, packet });
        at
    }

    /// Tells a socket something soon.
    pub(super) fn tell_soon(&mut self, to: SocketId) {
        let at = self.now + self.random.within(&WITHIN_A_HOST);
        let host = self.sockets.host(to);
        let packet = Packet::Notice { to };
        self.send_at(
            at,
            UnderWay {
                from: host,
                to: host,
                packet,
            },
        );
    }

    fn send_at(&mut self, at: u64, under_way: UnderWay) {
        let word = self.random.next();
        self.network.under_way.push(at, word, under_way);
    }

    /// How long a packet takes.
    pub(super) fn latency(&mut self, from: HostId, to: HostId) -> u64 {
        let latencies = self.latencies(from, to);
        self.random.within(&latencies)
    }

    /// How long packets take.
    pub(super) fn latencies(&self, from: HostId, to: HostId) -> RangeInclusive<u64> {
        if from == to {
            return WITHIN_A_HOST;
        }
        let own = self.link(from, to).and_then(|link| link.latency.clone());
        own.unwrap_or_else(|| self.world.latency.clone())
    }

    /// When the next packet arrives.
    pub(super) fn next_arrival(&self) -> Option<u64> {
        self.network.under_way.first()
    }

    /// Everything arrives that is due.
    pub(super) fn arrive(&mut self) {
        while let Some(under_way) = self.network.under_way.pop_due(self.now) {
            self.arrives(under_way);
        }
    }

    /// A packet arrives, if it can.
    fn arrives(&mut self, under_way: UnderWay) {
        let UnderWay { from, to, packet } = under_way;
        if self.is_apart(from, to) {
            return self.hold(UnderWay { from, to, packet });
        }
        self.network.arrived += 1;
        self.write(format_args!("arrives {packet}"));
        self.take(packet);
    }

    fn take(&mut self, packet: Packet) {
        match packet {
            Packet::Connect {
                from,
                from_address,
                host,
                to,
            } => self.take_connect(from, from_address, host, to),
            Packet::Accepted { from, to } => self.take_accepted(from, to),
            Packet::Refused { to, why } => self.take_refused(to, why),
            Packet::Bytes { from, to, count } => self.take_bytes(from, to, count),
            Packet::End { to } => self.take_end(to),
            Packet::Reset { to } => self.take_reset(to),
            Packet::Room { to, count } => self.take_room(to, count),
            Packet::Datagram { from, host, to, bytes } => self.take_datagram(from, host, to, bytes),
            Packet::Unreachable { to } => self.take_unreachable(to),
            Packet::Notice { to } => self.take_notice(to),
        }
    }

    /// The host with an address, as the one sees it whose code runs.
    pub(super) fn host_of(&self, address: IpAddr) -> Option<HostId> {
        self.hosts.of_address(self.hosts.current, address)
    }
}

impl std::fmt::Display for Packet {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Packet::Connect { from, to, .. } => write!(f, "connect of {from} to {to}"),
            Packet::Accepted { from, to } => write!(f, "accept by {from} at {to}"),
            Packet::Refused { to, .. } => write!(f, "refusal at {to}"),
            Packet::Bytes { to, count, .. } => write!(f, "{count} bytes at {to}"),
            Packet::End { to } => write!(f, "end at {to}"),
            Packet::Reset { to } => write!(f, "reset at {to}"),
            Packet::Room { to, count } => write!(f, "room for {count} at {to}"),
            Packet::Datagram { from, to, bytes, .. } => write!(f, "datagram of {} from {from} at {to}", bytes.len()),
            Packet::Unreachable { to } => write!(f, "unreachable at {to}"),
            Packet::Notice { to } => write!(f, "notice at {to}"),
        }
    }
}
