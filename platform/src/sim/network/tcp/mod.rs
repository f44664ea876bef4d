//! TCP as its users see it: connections, bytes in their order, ends and resets.

mod connects;
mod ends;
mod transfers;

use std::collections::VecDeque;
use std::io::{self, ErrorKind};
use std::net::SocketAddr;

use self::transfers::WINDOW;
use super::super::hosts::HostId;
use super::super::simulation::Simulation;
use super::super::sockets::{Kind, SocketId};
use super::Packet;
use crate::Ready;

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
            return ready | Ready::READABLE | Ready::WRITABLE | Ready::CLOSED;
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

impl Simulation {
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
