//! Pipes: within a host, so that nothing is under way in them. Two of them are a local connection.

use std::collections::VecDeque;
use std::io::{self, ErrorKind, IoSlice, IoSliceMut, Read, Write};

use super::local;
use super::open::{Open, source};
use super::simulation::Simulation;
use super::slices::{append, fill, to_read, to_write};
use super::sockets::{Descriptor, FIRST, Kind, SocketId};
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
/// Errors of the simulated system: no descriptors are left.
pub fn pair() -> io::Result<(Sender, Receiver)> {
    let (sender, receiver) = Open::pair(|simulation, from, to| {
        simulation.open(from, Kind::PipeWriter(Writer::to(to)));
        simulation.open(to, Kind::PipeReader(Reader::of(from)));
    })?;
    Ok((Sender { open: sender }, Receiver { open: receiver }))
}

impl Receiver {
    /// Opens a writing end, as that of a fifo. The pipe goes on if it was at its end.
    ///
    /// # Errors
    ///
    /// `OutOfMemory` if the host has no descriptors left.
    pub fn open_writer(&self) -> io::Result<Sender> {
        self.open
            .and_descriptor(Simulation::open_writer)
            .map(|open| Sender { open })
    }
}

impl Sender {
    /// Opens a reading end, as that of a fifo. Writes succeed again if they failed.
    ///
    /// # Errors
    ///
    /// `OutOfMemory` if the host has no descriptors left.
    pub fn open_reader(&self) -> io::Result<Receiver> {
        self.open
            .and_descriptor(Simulation::open_reader)
            .map(|open| Receiver { open })
    }
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
        self.open
            .with(|simulation, socket| simulation.read_pipe(socket, &mut [buf]))
    }

    fn read_vectored(&mut self, bufs: &mut [IoSliceMut<'_>]) -> io::Result<usize> {
        self.open
            .with(|simulation, socket| simulation.read_pipe(socket, &mut to_read(bufs)))
    }
}

impl Write for &Sender {
    fn write(&mut self, buf: &[u8]) -> io::Result<usize> {
        self.open
            .with(|simulation, socket| simulation.write_pipe(socket, &[buf]))
    }

    fn write_vectored(&mut self, bufs: &[IoSlice<'_>]) -> io::Result<usize> {
        self.open
            .with(|simulation, socket| simulation.write_pipe(socket, &to_write(bufs)))
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
    pub(super) fn read_pipe(&mut self, socket: SocketId, bufs: &mut [&mut [u8]]) -> io::Result<usize> {
        let asked = self.asked(bufs);
        let reader = self.reader(socket)?;
        let (there, writer) = (reader.bytes.len().min(asked), reader.writer);
        if there == 0 && writer.is_some() && asked > 0 {
            return Err(ErrorKind::WouldBlock.into());
        }
        let count = self.cut(there);
        fill(&mut self.reader(socket)?.bytes, bufs, count);
        self.write(format_args!("{socket} reads {count} of {there}"));
        if let Some(writer) = writer {
            if std::mem::take(&mut self.writer(writer)?.wants_room) {
                self.touch(writer);
            }
        }
        Ok(count)
    }

    pub(super) fn write_pipe(&mut self, socket: SocketId, bufs: &[&[u8]]) -> io::Result<usize> {
        let asked = self.asked(bufs);
        let to = self.writer(socket)?.reader.ok_or(ErrorKind::BrokenPipe)?;
        let room = asked.min(ROOM - self.reader(to)?.bytes.len());
        let count = self.cut(room);
        self.writer(socket)?.wants_room = room < asked;
        if room == 0 && asked > 0 {
            return Err(ErrorKind::WouldBlock.into());
        }
        append(&mut self.reader(to)?.bytes, bufs, count);
        self.write(format_args!("{socket} writes {count} of {asked}"));
        self.touch(to);
        Ok(count)
    }

    /// Another descriptor of the writing end, or a new end if that was closed. It makes no event.
    fn open_writer(&mut self, reader: SocketId) -> io::Result<(SocketId, Descriptor)> {
        if let Some(writer) = self.reader(reader)?.writer {
            return Ok((writer, self.duplicate(writer)?));
        }
        let writer = self.new_socket()?;
        self.open_at(self.sockets.host(reader), writer, Kind::PipeWriter(Writer::to(reader)));
        self.reader(reader)?.writer = Some(writer);
        self.write(format_args!("{writer} opens {reader} to write"));
        Ok((writer, FIRST))
    }

    /// Another descriptor of the reading end, or a new end if that was closed. It makes no event.
    fn open_reader(&mut self, writer: SocketId) -> io::Result<(SocketId, Descriptor)> {
        if let Some(reader) = self.writer(writer)?.reader {
            return Ok((reader, self.duplicate(reader)?));
        }
        let reader = self.new_socket()?;
        self.open_at(self.sockets.host(writer), reader, Kind::PipeReader(Reader::of(writer)));
        *self.writer(writer)? = Writer::to(reader);
        self.write(format_args!("{reader} opens {writer} to read"));
        Ok((reader, FIRST))
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
