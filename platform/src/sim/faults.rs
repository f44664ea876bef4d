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
        Ok(())
    }

    /// A packet is about to travel: when it arrives.
    pub(super) fn travel(&mut self, from: HostId, to: HostId, _packet: &Packet) -> u64 {
        self.now + self.latency(from, to)
    }
}
