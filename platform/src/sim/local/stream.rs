//! Local connections: a pipe each way.

use std::collections::VecDeque;
use std::io::{self, ErrorKind};
use std::net::Shutdown;

use super::super::hosts::HostId;
use super::super::pipe::{Reader, Writer};
use super::super::simulation::Simulation;
use super::super::sockets::{Kind, SocketId};
use super::{EPROTOTYPE, Name};
use crate::Ready;

/// How many connections wait to be accepted.
const BACKLOG: usize = 128;

/// A local socket that accepts connections.
#[derive(Debug)]
pub(in super::super) struct Listener {
    pub(super) name: Name,
    pub(in super::super) waiting: VecDeque<SocketId>,
}

/// One side of a local connection.
#[derive(Debug)]
pub(in super::super) struct Stream {
    pub(super) local: Option<Name>,
    pub(super) remote: Option<Name>,
    pub(in super::super) reader: Reader,
    pub(in super::super) writer: Writer,
    peer: SocketId,
    /// The other side was closed before it had read everything.
    pub(super) error: Option<ErrorKind>,
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
    pub(in super::super) fn ready(&self) -> Ready {
        let mut ready = self.reader.ready();
        match (ready.is_read_closed(), self.writer.is_closed()) {
            (true, true) => ready |= Ready::WRITABLE | Ready::WRITE_CLOSED,
            // The next write fails.
            (false, true) => ready |= Ready::WRITABLE,
            (_, false) => ready |= self.writer.ready(),
        }
        if self.error.is_some() {
            ready |= Ready::FAILED;
        }
        ready
    }
}

impl Simulation {
    pub(super) fn listen_locally(&mut self, name: Name) -> io::Result<SocketId> {
        let socket = self.new_socket()?;
        self.local_names.take(self.hosts.current, name.clone(), socket)?;
        self.write(format_args!("{socket} listens on {name}"));
        let waiting = VecDeque::new();
        self.open(socket, Kind::LocalListener(Listener { name, waiting }));
        Ok(socket)
    }

    /// Connects at once, or not at all: `WouldBlock` if too many wait to be accepted.
    pub(super) fn connect_locally(&mut self, name: Name) -> io::Result<SocketId> {
        let from = self.new_socket()?;
        self.write(format_args!("{from} connects to {name}"));
        let to = self.local_names.owner(self.hosts.current, &name)?;
        let is_full = self.local_listener(to)?.waiting.len() >= BACKLOG;
        if self.random.happens(self.world.refused_per_mille) {
            return Err(ErrorKind::ConnectionRefused.into());
        }
        if is_full {
            return Err(ErrorKind::WouldBlock.into());
        }
        let accepted = self.sockets.next_id();
        self.join(from, None, accepted, Some(name));
        self.local_listener(to)?.waiting.push_back(accepted);
        self.touch(to);
        Ok(from)
    }

    pub(super) fn accept_locally(&mut self, listener: SocketId) -> io::Result<SocketId> {
        if self.local_listener(listener)?.waiting.is_empty() {
            return Err(ErrorKind::WouldBlock.into());
        }
        self.may_open(1)?;
        let accepted = self.local_listener(listener)?.waiting.pop_front();
        let accepted = accepted.ok_or(ErrorKind::WouldBlock)?;
        self.write(format_args!("{listener} accepts {accepted}"));
        Ok(accepted)
    }

    /// Two sides of a connection. The second is that of a name, if there is one.
    pub(super) fn join(&mut self, one: SocketId, own: Option<Name>, other: SocketId, name: Option<Name>) {
        let sides = [(one, other, own.clone(), name.clone()), (other, one, name, own)];
        for (socket, peer, local, remote) in sides {
            let stream = Stream {
                local,
                remote,
                reader: Reader::of(peer),
                writer: Writer::to(peer),
                peer,
                error: None,
            };
            self.open(socket, Kind::LocalStream(stream));
        }
    }

    pub(super) fn read_locally(&mut self, socket: SocketId, bufs: &mut [&mut [u8]]) -> io::Result<usize> {
        let stream = self.local_stream(socket)?;
        if stream.reader.is_empty() {
            if let Some(error) = stream.error.take() {
                return Err(error.into());
            }
        }
        self.read_pipe(socket, bufs)
    }

    pub(super) fn shut_down_locally(&mut self, socket: SocketId, how: Shutdown) -> io::Result<()> {
        let stream = self.local_stream(socket)?;
        let (mut writer, mut reader) = (None, None);
        if how != Shutdown::Write {
            writer = stream.reader.end();
        }
        if how != Shutdown::Read {
            reader = stream.writer.end();
        }
        self.write(format_args!("{socket} shuts down {how:?}"));
        self.lose_reader(writer);
        self.lose_writer(reader);
        self.touch(socket);
        Ok(())
    }

    /// A listener is closed: connections that wait to be accepted are refused.
    pub(in super::super) fn close_local_listener(&mut self, host: HostId, socket: SocketId, listener: Listener) {
        self.local_names.leave(host, &listener.name, socket);
        for waiting in listener.waiting {
            self.reset_peer(waiting);
            self.close(waiting);
        }
    }

    /// A side is closed. What it has not read makes that an error for the other one.
    pub(in super::super) fn close_local_stream(&mut self, mut stream: Stream) {
        if !stream.reader.is_empty() {
            self.fail(stream.peer);
        }
        self.lose_reader(stream.reader.end());
        self.lose_writer(stream.writer.end());
    }

    fn reset_peer(&mut self, socket: SocketId) {
        if let Ok(stream) = self.local_stream(socket) {
            let peer = stream.peer;
            self.fail(peer);
        }
    }

    fn fail(&mut self, socket: SocketId) {
        if let Ok(stream) = self.local_stream(socket) {
            stream.error = Some(ErrorKind::ConnectionReset);
            self.touch(socket);
        }
    }

    pub(super) fn local_stream(&mut self, socket: SocketId) -> io::Result<&mut Stream> {
        match self.sockets.kind(socket) {
            Some(Kind::LocalStream(stream)) => Ok(stream),
            _ => Err(ErrorKind::NotConnected.into()),
        }
    }

    pub(super) fn local_listener(&mut self, socket: SocketId) -> io::Result<&mut Listener> {
        match self.sockets.kind(socket) {
            Some(Kind::LocalListener(listener)) => Ok(listener),
            _ => Err(io::Error::from_raw_os_error(EPROTOTYPE)),
        }
    }
}
