//! Pipes: within a host, so that nothing is under way in them. Two of them are a local connection.

use std::collections::VecDeque;
use std::io::{self, ErrorKind, Read, Write};

use super::local;
use super::open::{Open, source};
use super::simulation::Simulation;
use super::sockets::{Kind, SocketId};
use crate::{Ready, Registry, Token};

/// How many bytes wait to be read.
const ROOM: usize = 64 * 1024;

/// The reading end of a pipe.
#[derive(Debug)]
pub struct Receiver {
    open: Open,
}

/// The writing end of a pipe.
#[derive(Debug)]
pub struct Sender {
    open: Open,
}

source!(Receiver Sender);

/// A pipe's two ends.
///
/// # Errors
///
/// What the world says, for one that no descriptors are left.
pub fn pair() -> io::Result<(Sender, Receiver)> {
    let (sender, receiver) = Open::pair(|simulation, from, to| {
        simulation.open(from, Kind::PipeWriter(Writer::to(to)));
        simulation.open(to, Kind::PipeReader(Reader::of(from)));
    })?;
    Ok((Sender { open: sender }, Receiver { open: receiver }))
}

/// Ends the stream of a writing end. Later writes fail with `BrokenPipe`.
///
/// # Errors
///
/// A pipe that was lost when its host crashed.
pub fn end(sender: &Sender, _registry: &Registry, _token: Token) -> io::Result<()> {
    sender.open.with(Simulation::end_pipe)
}

impl Read for &Receiver {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        self.open.with(|simulation, socket| simulation.read_pipe(socket, buf))
    }
}

impl Write for &Sender {
    fn write(&mut self, buf: &[u8]) -> io::Result<usize> {
        self.open.with(|simulation, socket| simulation.write_pipe(socket, buf))
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// What a reading end is.
#[derive(Debug)]
pub(super) struct Reader {
    bytes: VecDeque<u8>,
    /// None once it is closed.
    writer: Option<SocketId>,
}

/// What a writing end is.
#[derive(Debug)]
pub(super) struct Writer {
    /// None once it is closed.
    reader: Option<SocketId>,
    /// A write found no room.
    wants_room: bool,
}

impl Reader {
    pub(super) fn of(writer: SocketId) -> Reader {
        Reader {
            bytes: VecDeque::new(),
            writer: Some(writer),
        }
    }

    pub(super) fn ready(&self) -> Ready {
        let mut ready = Ready::EMPTY;
        if !self.bytes.is_empty() {
            ready |= Ready::READABLE;
        }
        if self.writer.is_none() {
            ready |= Ready::READABLE | Ready::READ_CLOSED;
        }
        ready
    }

    pub(super) fn is_empty(&self) -> bool {
        self.bytes.is_empty()
    }

    /// Ends it behind what is there. Returns who wrote, if that was not closed.
    pub(super) fn end(&mut self) -> Option<SocketId> {
        self.writer.take()
    }
}

impl Writer {
    pub(super) fn to(reader: SocketId) -> Writer {
        Writer {
            reader: Some(reader),
            wants_room: false,
        }
    }

    pub(super) fn ready(&self) -> Ready {
        match self.reader {
            None => Ready::WRITABLE | Ready::WRITE_CLOSED | Ready::ERROR,
            Some(_) if self.wants_room => Ready::EMPTY,
            Some(_) => Ready::WRITABLE,
        }
    }

    pub(super) fn is_closed(&self) -> bool {
        self.reader.is_none()
    }

    /// Ends it. Returns who read, if that was not closed.
    pub(super) fn end(&mut self) -> Option<SocketId> {
        self.reader.take()
    }
}

impl Simulation {
    pub(super) fn read_pipe(&mut self, socket: SocketId, buf: &mut [u8]) -> io::Result<usize> {
        let reader = self.reader(socket)?;
        let (there, writer) = (reader.bytes.len().min(buf.len()), reader.writer);
        if there == 0 && writer.is_some() && !buf.is_empty() {
            return Err(ErrorKind::WouldBlock.into());
        }
        let count = self.cut(there);
        self.reader(socket)?.bytes.read_exact(&mut buf[..count])?;
        self.write(format_args!("{socket} reads {count} of {there}"));
        if count < there {
            self.tell_soon(socket);
        }
        if let Some(writer) = writer {
            if std::mem::take(&mut self.writer(writer)?.wants_room) {
                self.touch(writer);
            }
        }
        Ok(count)
    }

    pub(super) fn write_pipe(&mut self, socket: SocketId, buf: &[u8]) -> io::Result<usize> {
        let to = self.writer(socket)?.reader.ok_or(ErrorKind::BrokenPipe)?;
        let room = buf.len().min(ROOM - self.reader(to)?.bytes.len());
        let count = self.cut(room);
        self.writer(socket)?.wants_room = room < buf.len();
        if room == 0 && !buf.is_empty() {
            return Err(ErrorKind::WouldBlock.into());
        }
        self.reader(to)?.bytes.extend(&buf[..count]);
        self.write(format_args!("{socket} writes {count} of {}", buf.len()));
        if count < room {
            self.tell_soon(socket);
        }
        self.touch(to);
        Ok(count)
    }

    fn end_pipe(&mut self, socket: SocketId) -> io::Result<()> {
        let reader = self.writer(socket)?.end();
        self.write(format_args!("{socket} ends its stream"));
        self.lose_writer(reader);
        self.touch(socket);
        Ok(())
    }

    /// What this one writes to, if anything, is closed: it learns that at once.
    pub(super) fn lose_reader(&mut self, writer: Option<SocketId>) {
        let Some(writer) = writer else { return };
        if let Ok(end) = self.writer(writer) {
            end.reader = None;
            self.touch(writer);
        }
    }

    /// What this one reads from, if anything, is closed.
    pub(super) fn lose_writer(&mut self, reader: Option<SocketId>) {
        let Some(reader) = reader else { return };
        if let Ok(end) = self.reader(reader) {
            end.writer = None;
            self.touch(reader);
        }
    }

    fn reader(&mut self, socket: SocketId) -> io::Result<&mut Reader> {
        match self.sockets.kind(socket) {
            Some(Kind::PipeReader(reader) | Kind::LocalStream(local::Stream { reader, .. })) => Ok(reader),
            _ => Err(ErrorKind::NotConnected.into()),
        }
    }

    fn writer(&mut self, socket: SocketId) -> io::Result<&mut Writer> {
        match self.sockets.kind(socket) {
            Some(Kind::PipeWriter(writer) | Kind::LocalStream(local::Stream { writer, .. })) => Ok(writer),
            _ => Err(ErrorKind::NotConnected.into()),
        }
    }
}
