//! What goes wrong: the one place that events, packets and the results of a wait pass on their way.

use std::io;
use std::ops::RangeInclusive;

use super::hosts::HostId;
use super::network::Packet;
use super::selector::Sources;
use super::simulation::Simulation;
use super::sockets::SocketId;
use crate::{Event, Ready, Token};

impl Simulation {
    /// A selector is about to wait.
    pub(super) fn before_wait(&mut self) -> io::Result<()> {
        let failure = self.wait_failure.take();
        let interrupts = self.random.happens(self.world.interrupted_per_mille);
        match failure.or(interrupts.then(|| io::ErrorKind::Interrupted.into())) {
            Some(error) => {
                self.write(format_args!("a wait fails: {:?}", error.kind()));
                Err(error)
            }
            None => Ok(()),
        }
    }

    /// A selector is about to report an event of a socket.
    pub(super) fn report(&mut self, socket: SocketId, event: Event, events: &mut Vec<Event>) {
        if self.random.happens(self.world.late_per_mille) {
            self.write(format_args!("late: the event of {socket}"));
            return self.tell_soon(socket);
        }
        events.push(event);
        if self.random.happens(self.world.doubled_events_per_mille) {
            self.write(format_args!("doubled: the event of {socket}"));
            events.push(event);
            self.tell_soon(socket);
        }
    }

    /// A selector has reported what there is, and is about to return.
    pub(super) fn report_what_is_not(&mut self, selector: u32, events: &mut Vec<Event>) {
        let ready = Ready::READABLE | Ready::WRITABLE;
        let Some(Sources { stale, members, .. }) = self.sources.get_mut(&selector) else {
            return;
        };
        let (count, told) = (members.len(), events.len());
        stale.retain(|(at, token)| {
            let is_due = *at <= self.now;
            if is_due {
                // A task that takes it for its own reads at the end of the stream.
                let (token, ready) = (*token, ready | Ready::CLOSED);
                events.push(Event { token, ready });
            }
            !is_due
        });
        for _ in told..events.len() {
            self.write(format_args!("stale: an event without a source"));
        }
        if count == 0 || !self.random.happens(self.world.spurious_per_mille) {
            return;
        }
        let chosen = self.random.below(count as u64) as usize;
        let Some((member, socket)) = self.sources[&selector].members.iter().nth(chosen) else {
            return;
        };
        let socket = *socket;
        if let Some(membership) = self.sockets.membership(socket, *member) {
            self.write(format_args!("spurious: an event of {socket}"));
            events.push(Event {
                token: membership.token,
                ready: ready & membership.interest.mask(),
            });
        }
    }

    /// A selector has forgotten a token. When its event comes, the next source may be where the old one was.
    pub(super) fn forgot(&mut self, selector: u32, token: Token) {
        const LATE: RangeInclusive<u64> = 0..=2_000_000;

        if self.random.happens(self.world.stale_per_mille) {
            let at = self.now + self.random.within(&LATE);
            if let Some(sources) = self.sources.get_mut(&selector) {
                sources.stale.push((at, token));
            }
        }
    }

    /// So many sockets are about to be opened on the host whose code runs.
    pub(super) fn may_open(&mut self, count: usize) -> io::Result<()> {
        if self.hosts.is_down(self.hosts.current) {
            return Err(io::Error::new(io::ErrorKind::NotConnected, "this host has crashed"));
        }
        match self.world.descriptors {
            Some(descriptors) if self.sockets.count(self.hosts.current) + count > descriptors => Err(io::Error::new(
                io::ErrorKind::OutOfMemory,
                "this host has no descriptors left",
            )),
            _ => Ok(()),
        }
    }

    /// A datagram is about to travel: how many of it do.
    pub(super) fn copies(&mut self, from: HostId, to: HostId) -> usize {
        if from == to {
            return 1;
        }
        let link = self.link(from, to);
        let lost = link.and_then(|link| link.lost_per_mille);
        let doubled = link.and_then(|link| link.doubled_per_mille);
        let lost = lost.unwrap_or(self.world.lost_per_mille);
        let doubled = doubled.unwrap_or(self.world.doubled_per_mille);
        if self.is_apart(from, to) || self.random.happens(lost) {
            return 0;
        }
        1 + usize::from(self.random.happens(doubled))
    }

    /// A packet is about to travel: when it arrives.
    pub(super) fn travel(&mut self, from: HostId, to: HostId, packet: &Packet) -> u64 {
        let left = self.leave(from, to, packet.len());
        let latency = if matches!(packet, Packet::Datagram { .. }) && self.is_late(from, to) {
            let longest = *self.latencies(from, to).end();
            self.random.within(&(longest..=longest.saturating_mul(10)))
        } else {
            self.latency(from, to)
        };
        left.saturating_add(latency)
    }

    /// Whether a datagram is late.
    fn is_late(&mut self, from: HostId, to: HostId) -> bool {
        let own = self.link(from, to).and_then(|link| link.late_per_mille);
        from != to && self.random.happens(own.unwrap_or(self.world.late_datagrams_per_mille))
    }
}
