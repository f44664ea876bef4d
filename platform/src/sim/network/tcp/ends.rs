//! How connections end.

use std::io::{self, ErrorKind};
use std::net::Shutdown;

use super::super::super::hosts::HostId;
use super::super::super::simulation::Simulation;
use super::super::super::sockets::SocketId;
use super::super::{Packet, Protocol};
use super::{Listener, Stream};

/// What programs do.
impl Simulation {
    pub(in super::super::super) fn shut_down(&mut self, socket: SocketId, how: Shutdown) -> io::Result<()> {
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

    /// A listener is closed: connections that wait to be accepted are refused.
    pub(in super::super::super) fn close_listener(&mut self, host: HostId, socket: SocketId, listener: Listener) {
        let ports = &mut self.network.ports;
        ports.give_back(host, Protocol::Tcp, listener.address, socket);
        for waiting in listener.waiting {
            self.reset(waiting);
        }
    }

    /// A side is closed. Unread bytes make it a reset, as anything does that comes later.
    pub(in super::super::super) fn close_stream(&mut self, host: HostId, socket: SocketId, stream: Stream) {
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
    pub(in super::super::super) fn reset(&mut self, socket: SocketId) {
        if let Ok(stream) = self.stream(socket) {
            if let Some(to) = stream.peer {
                self.send_to_peer(socket, Packet::Reset { to });
            }
            if let Ok(stream) = self.stream(socket) {
                stream.is_reset = true;
            }
            if self.sockets.is_shared(socket) {
                // Those who have duplicates of it learn of it.
                if let Ok(stream) = self.stream(socket) {
                    stream.error = Some(ErrorKind::ConnectionAborted);
                }
                self.touch(socket);
            } else {
                self.close(socket);
            }
        }
    }
}

/// What arrives.
impl Simulation {
    pub(in super::super) fn take_end(&mut self, to: SocketId) {
        if let Ok(stream) = self.stream(to) {
            stream.has_ended = true;
            self.touch(to);
        }
    }

    pub(in super::super) fn take_reset(&mut self, to: SocketId) {
        if let Ok(stream) = self.stream(to) {
            if !stream.is_reset {
                stream.is_reset = true;
                stream.error = Some(ErrorKind::ConnectionReset);
                self.touch(to);
            }
        }
    }
}
