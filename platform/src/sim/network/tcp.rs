//! TCP as its users see it: connections, bytes in their order, ends and resets.

use std::collections::VecDeque;
use std::io::{self, ErrorKind, Read};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, Shutdown, SocketAddr};

use super::super::hosts::HostId;
use super::super::simulation::Simulation;
use super::super::sockets::{Kind, SocketId};
use super::{Packet, Protocol};
use crate::Ready;

/// How many bytes may be under way or unread in one direction.
const WINDOW: usize = 64 * 1024;
/// The reader tells the writer of room when it has read so many bytes.
const WORTH_TELLING: usize = WINDOW / 4;
/// How many connections wait to be accepted.
const BACKLOG: usize = 1024;

/// The time to live that packets begin with.
pub(super) const TTL: u32 = 64;

/// A socket that accepts connections.
#[derive(Debug)]
pub(in super::super) struct Listener {
    pub(in super::super) address: SocketAddr,
    pub(in super::super) ttl: u32,
    pub(in super::super) waiting: VecDeque<SocketId>,
}

/// One side of a connection.
#[derive(Debug)]
pub(in super::super) struct Stream {
    pub(in super::super) local: SocketAddr,
    remote: SocketAddr,
    remote_host: HostId,
    pub(in super::super) nodelay: bool,
    pub(in super::super) ttl: u32,
    /// None while the connection is being made, and when it was not.
    peer: Option<SocketId>,
    /// What the other side has sent: the first `arrived` bytes can be read, the others are under way.
    bytes: VecDeque<u8>,
    arrived: usize,
    /// What was read and not told.
    taken: usize,
    /// What was sent, and of which the other side has not told that it was read.
    unread: usize,
    /// A write found no room.
    wants_room: bool,
    /// When the last packet of this side arrives.
    last_arrival: u64,
    /// The other side sends no more.
    has_ended: bool,
    reads_no_more: bool,
    writes_no_more: bool,
    is_reset: bool,
    pub(in super::super) error: Option<ErrorKind>,
}

impl Listener {
    pub(in super::super) fn ready(&self) -> Ready {
        if self.waiting.is_empty() {
            Ready::EMPTY
        } else {
            Ready::READABLE
        }
    }
}

impl Stream {
    fn new(local: SocketAddr, remote: SocketAddr, remote_host: HostId) -> Stream {
        Stream {
            local,
            remote,
            remote_host,
            nodelay: false,
            ttl: TTL,
            peer: None,
            bytes: VecDeque::new(),
            arrived: 0,
            taken: 0,
            unread: 0,
            wants_room: false,
            last_arrival: 0,
            has_ended: false,
            reads_no_more: false,
            writes_no_more: false,
            is_reset: false,
            error: None,
        }
    }

    pub(in super::super) fn ready(&self) -> Ready {
        let mut ready = Ready::EMPTY;
        if self.error.is_some() {
            ready |= Ready::FAILED;
        }
        if self.is_reset {
            return ready | Ready::READABLE | Ready::WRITABLE | Ready::STICKY;
        }
        if self.peer.is_none() {
            return ready;
        }
        let is_at_end = self.has_ended || self.reads_no_more;
        if self.arrived > 0 || is_at_end {
            ready |= Ready::READABLE;
        }
        if is_at_end {
            ready |= Ready::READ_CLOSED;
        }
        if self.unread < WINDOW || self.writes_no_more {
            ready |= Ready::WRITABLE;
        }
        if is_at_end && self.writes_no_more {
            ready |= Ready::WRITE_CLOSED;
        }
        ready
    }

    /// Whether there is a connection.
    fn check(&self) -> io::Result<()> {
        if self.peer.is_some() {
            Ok(())
        } else {
            Err(ErrorKind::NotConnected.into())
        }
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
    pub(in super::super) fn listen(&mut self, address: SocketAddr) -> io::Result<SocketId> {
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

    pub(in super::super) fn connect(&mut self, to: SocketAddr) -> io::Result<SocketId> {
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

    pub(in super::super) fn accept(&mut self, listener: SocketId) -> io::Result<(SocketId, SocketAddr)> {
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

    /// Reads what has arrived, or copies it.
    pub(in super::super) fn receive(
        &mut self,
        socket: SocketId,
        takes: bool,
        buf: &mut [&mut [u8]],
    ) -> io::Result<usize> {
        let stream = self.stream(socket)?;
        if stream.arrived == 0 || stream.reads_no_more {
            stream.take_error()?;
            if stream.is_reset || stream.has_ended || stream.reads_no_more {
                return Ok(0);
            }
            stream.check()?;
            return Err(ErrorKind::WouldBlock.into());
        }
        let asked = buf.iter().map(|part| part.len()).sum();
        let there = stream.arrived.min(asked);
        let count = if takes { self.cut(there) } else { there };
        let stream = self.stream(socket)?;
        if takes {
            fill(&mut stream.bytes, buf, count);
            stream.arrived -= count;
            self.has_read(socket, count);
        } else {
            let (first, second) = stream.bytes.as_slices();
            fill(&mut first.chain(second), buf, count);
        }
        self.write(format_args!("{socket} reads {count} of {there}"));
        if count < asked && count < there {
            // The rest comes a moment later, as if it had been under way.
            self.tell_soon(socket);
        }
        Ok(count)
    }

    /// Tells the writer of room, if that is worth a packet.
    fn has_read(&mut self, socket: SocketId, count: usize) {
        let Ok(stream) = self.stream(socket) else { return };
        stream.taken += count;
        if stream.taken < WORTH_TELLING {
            return;
        }
        let count = std::mem::take(&mut stream.taken);
        if let Some(to) = stream.peer {
            self.send_to_peer(socket, Packet::Room { to, count });
        }
    }

    pub(in super::super) fn transmit(&mut self, socket: SocketId, buf: &[&[u8]]) -> io::Result<usize> {
        let stream = self.stream(socket)?;
        stream.take_error()?;
        if stream.is_reset || stream.writes_no_more {
            return Err(ErrorKind::BrokenPipe.into());
        }
        stream.check()?;
        let asked: usize = buf.iter().map(|part| part.len()).sum();
        let room = asked.min(WINDOW - stream.unread);
        if room == 0 && asked > 0 {
            stream.wants_room = true;
            return Err(ErrorKind::WouldBlock.into());
        }
        let count = self.cut(room);
        let stream = self.stream(socket)?;
        stream.unread += count;
        stream.wants_room = room < asked;
        let peer = stream.peer;
        self.write(format_args!("{socket} writes {count} of {asked}"));
        if count < room {
            self.tell_soon(socket);
        }
        let Some(to) = peer.filter(|_| count > 0) else {
            return Ok(count);
        };
        if let Ok(peer) = self.stream(to) {
            let mut left = count;
            for part in buf {
                let part = &part[..left.min(part.len())];
                peer.bytes.extend(part);
                left -= part.len();
            }
        }
        self.send_to_peer(
            socket,
            Packet::Bytes {
                from: socket,
                to,
                count,
            },
        );
        Ok(count)
    }

    pub(in super::super) fn shut_down(&mut self, socket: SocketId, how: Shutdown) -> io::Result<()> {
        let stream = self.stream(socket)?;
        stream.check()?;
        if stream.is_reset {
            return Err(ErrorKind::NotConnected.into());
        }
        let (reads, writes) = match how {
            Shutdown::Read => (true, false),
            Shutdown::Write => (false, true),
            Shutdown::Both => (true, true),
        };
        stream.reads_no_more |= reads;
        let ends = writes && !stream.writes_no_more;
        stream.writes_no_more |= writes;
        let peer = stream.peer;
        self.write(format_args!("{socket} shuts down {how:?}"));
        if let Some(to) = peer.filter(|_| ends) {
            self.send_to_peer(socket, Packet::End { to });
        }
        self.touch(socket);
        Ok(())
    }

    pub(in super::super) fn remote_address(&mut self, socket: SocketId) -> io::Result<SocketAddr> {
        let stream = self.stream(socket)?;
        stream.check()?;
        if stream.is_reset {
            return Err(ErrorKind::NotConnected.into());
        }
        Ok(stream.remote)
    }

    /// A listener is closed: whoever waits to be accepted is turned away.
    pub(in super::super) fn close_listener(&mut self, host: HostId, socket: SocketId, listener: Listener) {
        let ports = &mut self.network.ports;
        ports.give_back(host, Protocol::Tcp, listener.address, socket);
        for waiting in listener.waiting {
            self.reset(waiting);
        }
    }

    /// A side is closed. Unread bytes make it a reset, as anything does that comes later.
    pub(in super::super) fn close_stream(&mut self, host: HostId, socket: SocketId, stream: Stream) {
        self.network.ports.give_back(host, Protocol::Tcp, stream.local, socket);
        let Some(to) = stream.peer.filter(|_| !stream.is_reset) else {
            return;
        };
        if stream.arrived > 0 {
            self.send_after(stream.last_arrival, host, stream.remote_host, Packet::Reset { to });
        } else if !stream.writes_no_more {
            self.send_after(stream.last_arrival, host, stream.remote_host, Packet::End { to });
        }
    }

    /// Ends a connection without a goodbye.
    pub(in super::super) fn reset(&mut self, socket: SocketId) {
        if let Ok(stream) = self.stream(socket) {
            if let Some(to) = stream.peer {
                self.send_to_peer(socket, Packet::Reset { to });
            }
            if let Ok(stream) = self.stream(socket) {
                stream.is_reset = true;
            }
            self.close(socket);
        }
    }

    fn send_to_peer(&mut self, socket: SocketId, packet: Packet) {
        let host = self.sockets.host(socket);
        let Ok(stream) = self.stream(socket) else { return };
        let (earlier, remote_host) = (stream.last_arrival, stream.remote_host);
        let at = self.send_after(earlier, host, remote_host, packet);
        if let Ok(stream) = self.stream(socket) {
            stream.last_arrival = at;
        }
    }

    pub(in super::super) fn stream(&mut self, socket: SocketId) -> io::Result<&mut Stream> {
        match self.sockets.kind(socket) {
            Some(Kind::Stream(stream)) => Ok(stream),
            _ => Err(ErrorKind::NotConnected.into()),
        }
    }

    pub(in super::super) fn listener(&mut self, socket: SocketId) -> io::Result<&mut Listener> {
        match self.sockets.kind(socket) {
            Some(Kind::Listener(listener)) => Ok(listener),
            _ => Err(ErrorKind::InvalidInput.into()),
        }
    }
}

/// What arrives.
impl Simulation {
    pub(super) fn take_connect(&mut self, from: SocketId, from_address: SocketAddr, host: HostId, to: SocketAddr) {
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

    pub(super) fn take_accepted(&mut self, from: SocketId, to: SocketId) {
        match self.stream(to) {
            Ok(stream) => {
                stream.peer = Some(from);
                self.touch(to);
            }
            // The connect was given up.
            Err(_) => self.take_reset(from),
        }
    }

    pub(super) fn take_refused(&mut self, to: SocketId, why: ErrorKind) {
        if let Ok(stream) = self.stream(to) {
            stream.error = Some(why);
            stream.is_reset = true;
            self.touch(to);
        }
    }

    pub(super) fn take_bytes(&mut self, from: SocketId, to: SocketId, count: usize) {
        let Ok(stream) = self.stream(to) else {
            // Nobody is there any more.
            let host = self.sockets.host(from);
            if let Ok(Stream { remote_host, .. }) = self.stream(from) {
                let remote_host = *remote_host;
                self.send(remote_host, host, Packet::Reset { to: from });
            }
            return;
        };
        if stream.is_reset {
            return;
        }
        stream.arrived += count;
        if stream.reads_no_more {
            // They are taken, and nobody sees them.
            let arrived = std::mem::take(&mut stream.arrived);
            stream.bytes.drain(..arrived);
            self.has_read(to, arrived);
            return;
        }
        self.touch(to);
    }

    pub(super) fn take_end(&mut self, to: SocketId) {
        if let Ok(stream) = self.stream(to) {
            stream.has_ended = true;
            self.touch(to);
        }
    }

    pub(super) fn take_reset(&mut self, to: SocketId) {
        if let Ok(stream) = self.stream(to) {
            if !stream.is_reset {
                stream.is_reset = true;
                stream.error = Some(ErrorKind::ConnectionReset);
                self.touch(to);
            }
        }
    }

    pub(super) fn take_room(&mut self, to: SocketId, count: usize) {
        if let Ok(stream) = self.stream(to) {
            stream.unread -= count;
            if std::mem::take(&mut stream.wants_room) {
                self.touch(to);
            }
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

/// Reads so many bytes, which are there, into the buffers.
fn fill(from: &mut impl Read, buf: &mut [&mut [u8]], mut count: usize) {
    for part in buf {
        let room = count.min(part.len());
        // A deque gives what it has, in two pieces at most.
        let _ = from.read_exact(&mut part[..room]);
        count -= room;
    }
}
