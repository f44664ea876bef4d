//! What a simulated world is like, as its user describes it.

use std::collections::BTreeMap;
use std::ops::RangeInclusive;
use std::time::Duration;

/// The world that a simulation begins with: how fast its links are, and how often things go otherwise than one hopes.
///
/// What happens when is the seed's to decide, within these bounds.
///
/// ```
/// # use std::time::Duration;
/// # use triga_platform::sim::World;
/// let world = World::new()
///     .latency(Duration::from_millis(1)..=Duration::from_millis(30))
///     .link("near", "far", Duration::from_millis(80)..=Duration::from_millis(120));
/// ```
#[derive(Debug, Clone)]
pub struct World {
    pub(super) latency: RangeInclusive<u64>,
    pub(super) links: BTreeMap<(String, String), RangeInclusive<u64>>,
    pub(super) short_per_mille: u16,
    pub(super) refused_per_mille: u16,
    pub(super) keeps_trace: bool,
}

impl Default for World {
    fn default() -> World {
        World::new()
    }
}

impl World {
    /// A world whose links take 0.1 to 2 ms, where one of eight reads and writes is cut short, and no connect is refused for
    /// nothing.
    pub fn new() -> World {
        World {
            latency: 100_000..=2_000_000,
            links: BTreeMap::new(),
            short_per_mille: 125,
            refused_per_mille: 0,
            keeps_trace: false,
        }
    }

    /// How long a packet takes from one host to another. Within a host it takes 5 to 50 µs.
    pub fn latency(mut self, latency: RangeInclusive<Duration>) -> World {
        self.latency = nanos(&latency);
        self
    }

    /// How long a packet takes between two hosts, either way, if not what [`latency`](Self::latency) says.
    pub fn link(mut self, one: &str, other: &str, latency: RangeInclusive<Duration>) -> World {
        for (from, to) in [(one, other), (other, one)] {
            self.links.insert((from.to_owned(), to.to_owned()), nanos(&latency));
        }
        self
    }

    /// How many of a thousand reads and writes of more than one byte are cut short.
    pub fn short_transfers(mut self, per_mille: u16) -> World {
        self.short_per_mille = per_mille;
        self
    }

    /// How many of a thousand connects are refused, though somebody listens.
    pub fn refused_connects(mut self, per_mille: u16) -> World {
        self.refused_per_mille = per_mille;
        self
    }

    /// Keeps the text of the trace, for those who ask for it.
    pub fn keep_trace(mut self) -> World {
        self.keeps_trace = true;
        self
    }
}

fn nanos(range: &RangeInclusive<Duration>) -> RangeInclusive<u64> {
    let nanos = |duration: &Duration| u64::try_from(duration.as_nanos()).unwrap_or(u64::MAX);
    nanos(range.start())..=nanos(range.end())
}
