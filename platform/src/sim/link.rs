//! What one link is like, as the user of a world describes it.

use std::ops::RangeInclusive;
use std::time::Duration;

use super::world::nanos;

/// What is different on one link than what a [`World`](super::world::World) says of all.
///
/// ```
/// # use std::time::Duration;
/// # use triga_platform::sim::{Link, World};
/// let satellite = Link::new().latency(Duration::from_millis(250)..=Duration::from_millis(300));
/// let uplink = Link::new().bandwidth(16_000).lost_datagrams(50);
/// let world = World::new()
///     .link("near", "far", satellite)
///     .one_way("near", "far", uplink);
/// ```
#[derive(Debug, Clone, Default)]
pub struct Link {
    pub(super) latency: Option<RangeInclusive<u64>>,
    pub(super) bandwidth: Option<u64>,
    pub(super) lost_per_mille: Option<u16>,
    pub(super) doubled_per_mille: Option<u16>,
    pub(super) late_per_mille: Option<u16>,
}

impl Link {
    /// A link like every other.
    pub fn new() -> Link {
        Link::default()
    }

    /// How long a packet takes.
    pub fn latency(mut self, latency: RangeInclusive<Duration>) -> Link {
        self.latency = Some(nanos(&latency));
        self
    }

    /// How many bytes a second it carries, at least 1.
    pub fn bandwidth(mut self, bytes_per_second: u64) -> Link {
        self.bandwidth = Some(bytes_per_second.max(1));
        self
    }

    /// How many of a thousand datagrams are lost.
    pub fn lost_datagrams(mut self, per_mille: u16) -> Link {
        self.lost_per_mille = Some(per_mille);
        self
    }

    /// How many of a thousand datagrams arrive twice.
    pub fn doubled_datagrams(mut self, per_mille: u16) -> Link {
        self.doubled_per_mille = Some(per_mille);
        self
    }

    /// How many of a thousand datagrams take up to ten times as long as the longest of the others.
    pub fn late_datagrams(mut self, per_mille: u16) -> Link {
        self.late_per_mille = Some(per_mille);
        self
    }

    /// This link, and what it does not say as another one says it.
    pub(super) fn or(self, other: Link) -> Link {
        Link {
            latency: self.latency.or(other.latency),
            bandwidth: self.bandwidth.or(other.bandwidth),
            lost_per_mille: self.lost_per_mille.or(other.lost_per_mille),
            doubled_per_mille: self.doubled_per_mille.or(other.doubled_per_mille),
            late_per_mille: self.late_per_mille.or(other.late_per_mille),
        }
    }
}
