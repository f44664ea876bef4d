//! The links between hosts: what they have to carry, and which of them are cut.

use std::collections::{BTreeMap, BTreeSet};

use super::super::hosts::HostId;
use super::super::link::Link;
use super::super::simulation::Simulation;
use super::{Packet, UnderWay};

/// The links, by the hosts that they go from and to.
#[derive(Debug, Default)]
pub(in super::super) struct Links {
    cut: BTreeSet<(HostId, HostId)>,
    /// What arrived where it could not, in its order.
    held: Vec<UnderWay>,
    /// When the last byte of what was sent has left.
    busy_until: BTreeMap<(HostId, HostId), u64>,
}

impl Simulation {
    /// Whether nothing comes from one host to another.
    pub(in super::super) fn is_apart(&self, from: HostId, to: HostId) -> bool {
        self.network.links.cut.contains(&(from, to)) || self.hosts.is_down(to)
    }

    /// Cuts the link from one host to another. No host is cut off from itself.
    pub(in super::super) fn cut_link(&mut self, from: HostId, to: HostId) {
        if from != to {
            self.network.links.cut.insert((from, to));
        }
    }

    /// Mends the link between two hosts, both ways.
    pub(in super::super) fn mend_link(&mut self, one: HostId, other: HostId) {
        for way in [(one, other), (other, one)] {
            self.network.links.cut.remove(&way);
        }
        self.let_go();
    }

    /// Keeps a packet that cannot arrive: its sender sends it again until it can. What is sent but once is lost.
    pub(super) fn hold(&mut self, under_way: UnderWay) {
        if under_way.packet.is_sent_once() {
            self.write(format_args!("lost: {}", under_way.packet));
        } else {
            self.network.links.held.push(under_way);
        }
    }

    /// What was held arrives where it can. Later packets of the same connections are still under way, and stay behind it.
    pub(in super::super) fn let_go(&mut self) {
        let held = std::mem::take(&mut self.network.links.held);
        for under_way in held {
            self.arrives(under_way);
        }
    }

    /// When so many bytes have left for another host, one after another.
    pub(in super::super) fn leave(&mut self, from: HostId, to: HostId, count: usize) -> u64 {
        let Some(bandwidth) = self.bandwidth(from, to) else {
            return self.now;
        };
        let nanos = u128::from(count as u64) * 1_000_000_000 / u128::from(bandwidth);
        let nanos = u64::try_from(nanos).unwrap_or(u64::MAX);
        let busy_until = self.network.links.busy_until.entry((from, to)).or_default();
        *busy_until = self.now.max(*busy_until).saturating_add(nanos);
        *busy_until
    }

    /// How many bytes a second a link carries, if that has a bound.
    fn bandwidth(&self, from: HostId, to: HostId) -> Option<u64> {
        if from == to {
            return None;
        }
        let own = self.link(from, to).and_then(|link| link.bandwidth);
        own.or(self.world.bandwidth)
    }

    /// What was said of a link, if anything was.
    pub(in super::super) fn link(&self, from: HostId, to: HostId) -> Option<&Link> {
        self.world.link_between(self.hosts.name(from), self.hosts.name(to))
    }
}

impl Packet {
    /// Whether it is lost for good if the link loses it.
    fn is_sent_once(&self) -> bool {
        matches!(self, Packet::Datagram { .. } | Packet::Unreachable { .. })
    }

    /// How many bytes of programs it carries.
    pub(in super::super) fn len(&self) -> usize {
        match self {
            Packet::Bytes { count, .. } => *count,
            Packet::Datagram { bytes, .. } => bytes.len(),
            _ => 0,
        }
    }
}
