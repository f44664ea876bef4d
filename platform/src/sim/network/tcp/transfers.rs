//! How bytes go from one side to the other.

use std::io::{self, ErrorKind, Read};

use super::super::super::simulation::Simulation;
use super::super::super::slices::{append, fill};
use super::super::super::sockets::SocketId;
use super::super::Packet;
use super::Stream;

/// How many bytes may be under way or unread in one direction.
pub(super) const WINDOW: usize = 64 * 1024;
/// The reader tells the writer of room when it has read so many bytes.
const WORTH_TELLING: usize = WINDOW / 4;

/// What programs do.
impl Simulation {
    /// Reads what has arrived, or copies it.
    pub(in super::super::super) fn receive(
        &mut self,
        socket: SocketId,
        takes: bool,
        buf: &mut [&mut [u8]],
    ) -> io::Result<usize> {
        let asked = self.asked(buf);
        let stream = self.stream(socket)?;
        if stream.arrived == 0 || stream.reads_no_more {
            stream.take_error()?;
            if stream.is_reset || stream.has_ended || stream.reads_no_more {
                return Ok(0);
            }
            stream.check()?;
            return Err(ErrorKind::WouldBlock.into());
        }
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

    pub(in super::super::super) fn transmit(&mut self, socket: SocketId, buf: &[&[u8]]) -> io::Result<usize> {
        let asked = self.asked(buf);
        let stream = self.stream(socket)?;
        stream.take_error()?;
        if stream.is_reset || stream.writes_no_more {
            return Err(ErrorKind::BrokenPipe.into());
        }
        stream.check()?;
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
        let Some(to) = peer.filter(|_| count > 0) else {
            return Ok(count);
        };
        if let Ok(peer) = self.stream(to) {
            append(&mut peer.bytes, buf, count);
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
}

/// What arrives.
impl Simulation {
    pub(in super::super) fn take_bytes(&mut self, from: SocketId, to: SocketId, count: usize) {
        let Ok(stream) = self.stream(to) else {
            // The socket is closed.
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
            // The bytes are dropped: the socket is closed.
            let arrived = std::mem::take(&mut stream.arrived);
            stream.bytes.drain(..arrived);
            self.has_read(to, arrived);
            return;
        }
        self.touch(to);
    }

    pub(in super::super) fn take_room(&mut self, to: SocketId, count: usize) {
        if let Ok(stream) = self.stream(to) {
            stream.unread -= count;
            if std::mem::take(&mut stream.wants_room) {
                self.touch(to);
            }
        }
    }
}
