//! Local datagrams: whole, in order, and none is lost.

use std::collections::VecDeque;
use std::io::{self, ErrorKind};
use std::net::Shutdown;

use super::super::hosts::HostId;
use super::super::simulation::Simulation;
use super::super::sockets::{Kind, SocketId};
use super::{EMSGSIZE, EPROTOTYPE, Name};
use crate::Ready;

/// The longest datagram: what Linux takes, unless it is told to take more.
const LONGEST: usize = 208 * 1024 - 32;
/// How many wait to be received. The next one waits with its sender.
const ROOM: usize = 11;

/// A local socket for datagrams.
#[derive(Debug, Default)]
pub(in super::super) struct Datagrams {
    pub(super) name: Option<Name>,
    /// The other side, and the name that it had.
    pub(super) peer: Option<(SocketId, Option<Name>)>,
    waiting: VecDeque<(Option<Name>, Box<[u8]>)>,
    /// Who found no room here.
    senders: Vec<SocketId>,
    /// It found no room elsewhere.
    wants_room: bool,
    reads_no_more: bool,
    writes_no_more: bool,
    pub(super) error: Option<ErrorKind>,
}

impl Datagrams {
    pub(in super::super) fn ready(&self) -> Ready {
        let mut ready = Ready::EMPTY;
        if !self.waiting.is_empty() {
            ready |= Ready::READABLE;
        }
        if !self.wants_room || self.writes_no_more {
            ready |= Ready::WRITABLE;
        }
        if self.reads_no_more {
            ready |= Ready::READABLE | Ready::READ_CLOSED;
        }
        if self.reads_no_more && self.writes_no_more {
            ready |= Ready::WRITE_CLOSED;
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

    fn is_for_another(&self, than: SocketId) -> bool {
        self.peer.as_ref().is_some_and(|(peer, _)| *peer != than)
    }
}

impl Simulation {
    pub(super) fn open_local_datagrams(&mut self, name: Option<Name>) -> io::Result<SocketId> {
        let socket = self.new_socket()?;
        if let Some(name) = &name {
            self.local_names.take(self.hosts.current, name.clone(), socket)?;
            self.write(format_args!("{socket} takes datagrams on {name}"));
        }
        let datagrams = Datagrams {
            name,
            ..Datagrams::default()
        };
        self.open(socket, Kind::LocalDatagrams(datagrams));
        Ok(socket)
    }

    pub(super) fn pair_local_datagrams(&mut self, one: SocketId, other: SocketId) {
        for (socket, peer) in [(one, other), (other, one)] {
            let datagrams = Datagrams {
                peer: Some((peer, None)),
                ..Datagrams::default()
            };
            self.open(socket, Kind::LocalDatagrams(datagrams));
        }
    }

    /// Sets the other side. What came from the one before is lost, and that one learns of it.
    pub(super) fn connect_local_datagrams(&mut self, socket: SocketId, name: &Name) -> io::Result<()> {
        let host = self.sockets.host(socket);
        let to = self.local_names.owner(host, name)?;
        if self.local_datagrams(to)?.is_for_another(socket) {
            return Err(ErrorKind::PermissionDenied.into());
        }
        let datagrams = self.local_datagrams(socket)?;
        let before = datagrams.peer.replace((to, Some(name.clone())));
        let Some((before, _)) = before.filter(|(before, _)| *before != to) else {
            return Ok(());
        };
        datagrams.waiting.clear();
        self.give_room(socket);
        if let Ok(left) = self.local_datagrams(before) {
            if left.peer.is_some() && !left.is_for_another(socket) {
                left.error = Some(ErrorKind::ConnectionReset);
                self.touch(before);
            }
        }
        Ok(())
    }

    pub(super) fn send_locally(&mut self, socket: SocketId, bytes: &[u8], to: Option<&Name>) -> io::Result<usize> {
        let host = self.sockets.host(socket);
        let datagrams = self.local_datagrams(socket)?;
        datagrams.take_error()?;
        let peer = datagrams.peer.as_ref().map(|(peer, _)| *peer);
        let from = datagrams.name.clone();
        if to.is_none() && peer.is_none() {
            return Err(ErrorKind::NotConnected.into());
        }
        if bytes.len() > LONGEST {
            return Err(io::Error::from_raw_os_error(EMSGSIZE));
        }
        if datagrams.writes_no_more {
            return Err(ErrorKind::BrokenPipe.into());
        }
        let to = match to {
            Some(name) => self.local_names.owner(host, name)?,
            None => peer
                .filter(|peer| self.sockets.is_open(*peer))
                .ok_or(ErrorKind::ConnectionRefused)?,
        };
        let receiver = self.local_datagrams(to)?;
        if receiver.is_for_another(socket) {
            return Err(ErrorKind::PermissionDenied.into());
        }
        if receiver.reads_no_more {
            return Err(ErrorKind::BrokenPipe.into());
        }
        if receiver.waiting.len() >= ROOM {
            if !receiver.senders.contains(&socket) {
                receiver.senders.push(socket);
            }
            self.local_datagrams(socket)?.wants_room = true;
            return Err(ErrorKind::WouldBlock.into());
        }
        receiver.waiting.push_back((from, bytes.into()));
        self.touch(to);
        self.write(format_args!("{socket} sends a datagram of {} to {to}", bytes.len()));
        Ok(bytes.len())
    }

    /// Receives a datagram. What the buffer has no room for is lost.
    pub(super) fn receive_locally(&mut self, socket: SocketId, buf: &mut [u8]) -> io::Result<(usize, Option<Name>)> {
        let datagrams = self.local_datagrams(socket)?;
        datagrams.take_error()?;
        let (from, bytes) = datagrams.waiting.pop_front().ok_or(ErrorKind::WouldBlock)?;
        let count = bytes.len().min(buf.len());
        buf[..count].copy_from_slice(&bytes[..count]);
        self.write(format_args!("{socket} receives {count}"));
        self.give_room(socket);
        Ok((count, from))
    }

    pub(super) fn shut_local_datagrams_down(&mut self, socket: SocketId, how: Shutdown) -> io::Result<()> {
        let datagrams = self.local_datagrams(socket)?;
        datagrams.reads_no_more |= how != Shutdown::Write;
        datagrams.writes_no_more |= how != Shutdown::Read;
        self.write(format_args!("{socket} shuts down {how:?}"));
        self.give_room(socket);
        self.touch(socket);
        Ok(())
    }

    pub(in super::super) fn close_local_datagrams(&mut self, host: HostId, socket: SocketId, datagrams: Datagrams) {
        if let Some(name) = &datagrams.name {
            self.local_names.leave(host, name, socket);
        }
        self.tell_of_room(datagrams.senders);
    }

    /// The senders that found a socket full try again.
    fn give_room(&mut self, socket: SocketId) {
        if let Ok(datagrams) = self.local_datagrams(socket) {
            let senders = std::mem::take(&mut datagrams.senders);
            self.tell_of_room(senders);
        }
    }

    fn tell_of_room(&mut self, senders: Vec<SocketId>) {
        for sender in senders {
            if let Ok(datagrams) = self.local_datagrams(sender) {
                datagrams.wants_room = false;
                self.touch(sender);
            }
        }
    }

    pub(super) fn local_datagrams(&mut self, socket: SocketId) -> io::Result<&mut Datagrams> {
        match self.sockets.kind(socket) {
            Some(Kind::LocalDatagrams(datagrams)) => Ok(datagrams),
            _ => Err(io::Error::from_raw_os_error(EPROTOTYPE)),
        }
    }
}
