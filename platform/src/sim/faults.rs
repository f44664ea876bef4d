//! What goes wrong: the one place that events, packets and the results of a wait pass on their way.

use std::io;

use super::hosts::HostId;
use super::network::Packet;
use super::simulation::Simulation;
use crate::Event;

impl Simulation {
    /// A selector is about to wait.
    pub(super) fn before_wait(&mut self) -> io::Result<()> {
        Ok(())
    }

    /// A selector is about to report an event.
    pub(super) fn report(&mut self, event: Event, events: &mut Vec<Event>) {
        events.push(event);
    }

    /// A socket is about to be opened on the host whose code runs.
    pub(super) fn may_open(&mut self) -> io::Result<()> {
        if self.hosts.is_down(self.hosts.current) {
            return Err(io::Error::new(io::ErrorKind::NotConnected, "this host has crashed"));
        }
        Ok(())
    }

    /// A datagram is about to travel: how many of it do.
    pub(super) fn copies(&mut self, from: HostId, to: HostId) -> usize {
        if from == to {
            return 1;
        }
        if self.is_apart(from, to) || self.random.happens(self.world.lost_per_mille) {
            return 0;
        }
        1 + usize::from(self.random.happens(self.world.doubled_per_mille))
    }

    /// A packet is about to travel: when it arrives.
    pub(super) fn travel(&mut self, from: HostId, to: HostId, packet: &Packet) -> u64 {
        let left = self.leave(from, to, packet.len());
        left.saturating_add(self.latency(from, to))
    }
}
