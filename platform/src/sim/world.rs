//! What a simulated world is like, as its user describes it.

use std::collections::BTreeMap;
use std::ops::RangeInclusive;
use std::time::Duration;

use super::link::Link;

/// The world that a simulation begins with: how fast its links are, and how often things go otherwise than one hopes.
///
/// What happens when is the seed's to decide, within these bounds.
///
/// ```
/// # use std::time::Duration;
/// # use triga_platform::sim::{Link, World};
/// let slow = Link::new().latency(Duration::from_millis(80)..=Duration::from_millis(120));
/// let world = World::new()
///     .latency(Duration::from_millis(1)..=Duration::from_millis(30))
///     .link("near", "far", slow);
/// ```
#[derive(Debug, Clone)]
pub struct World {
    pub(super) latency: RangeInclusive<u64>,
    pub(super) bandwidth: Option<u64>,
    pub(super) lost_per_mille: u16,
    pub(super) doubled_per_mille: u16,
    pub(super) late_datagrams_per_mille: u16,
    /// By the host that a link comes from, and the one that it goes to.
    links: BTreeMap<String, BTreeMap<String, Link>>,
    pub(super) descriptors: Option<usize>,
    pub(super) late_per_mille: u16,
    pub(super) doubled_events_per_mille: u16,
    pub(super) spurious_per_mille: u16,
    pub(super) stale_per_mille: u16,
    pub(super) interrupted_per_mille: u16,
    pub(super) short_per_mille: u16,
    pub(super) slices: usize,
    pub(super) refused_per_mille: u16,
    pub(super) tasks_in_order: bool,
    pub(super) keeps_trace: bool,
}

impl Default for World {
    fn default() -> World {
        World::new()
    }
}

impl World {
    /// A world whose links take 0.1 to 2 ms and carry whatever they are given, where one of eight reads and writes is cut
    /// short, and nothing else goes wrong.
    pub fn new() -> World {
        World {
            latency: 100_000..=2_000_000,
            bandwidth: None,
            lost_per_mille: 0,
            doubled_per_mille: 0,
            late_datagrams_per_mille: 0,
            links: BTreeMap::new(),
            descriptors: None,
            late_per_mille: 0,
            doubled_events_per_mille: 0,
            spurious_per_mille: 0,
            stale_per_mille: 0,
            interrupted_per_mille: 0,
            short_per_mille: 125,
            slices: 1024,
            refused_per_mille: 0,
            tasks_in_order: false,
            keeps_trace: false,
        }
    }

    /// How long a packet takes from one host to another. Within a host it takes 5 to 50 µs. Each datagram takes a time of its
    /// own within these bounds, so that one overtakes another.
    pub fn latency(mut self, latency: RangeInclusive<Duration>) -> World {
        self.latency = nanos(&latency);
        self
    }

    /// What the link between two hosts is like, either way, as far as it is not like every other.
    pub fn link(self, one: &str, other: &str, link: Link) -> World {
        self.one_way(one, other, link.clone()).one_way(other, one, link)
    }

    /// What the link from one host to another is like, and not that back. What was said of it before stays where this says
    /// nothing.
    pub fn one_way(mut self, from: &str, to: &str, link: Link) -> World {
        let links = self.links.entry(from.to_owned()).or_default();
        let before = links.remove(to).unwrap_or_default();
        links.insert(to.to_owned(), link.or(before));
        self
    }

    /// How many bytes a second a link carries, either way at once, if there is a bound: the bytes of connections and datagrams
    /// leave one after another, and then take the latency. At least 1.
    pub fn bandwidth(mut self, bytes_per_second: u64) -> World {
        self.bandwidth = Some(bytes_per_second.max(1));
        self
    }

    /// How many of a thousand datagrams from one host to another are lost.
    pub fn lost_datagrams(mut self, per_mille: u16) -> World {
        self.lost_per_mille = per_mille;
        self
    }

    /// How many of a thousand datagrams from one host to another arrive twice.
    pub fn doubled_datagrams(mut self, per_mille: u16) -> World {
        self.doubled_per_mille = per_mille;
        self
    }

    /// How many of a thousand datagrams from one host to another take up to ten times as long as the longest of the others,
    /// which overtake them.
    pub fn late_datagrams(mut self, per_mille: u16) -> World {
        self.late_datagrams_per_mille = per_mille;
        self
    }

    /// How many sockets, pipes and streams each host may have open, if there is a bound. Opening one more fails with
    /// `OutOfMemory`.
    pub fn descriptors(mut self, of_each_host: usize) -> World {
        self.descriptors = Some(of_each_host);
        self
    }

    /// How many of a thousand events come some microseconds late, at most 900.
    pub fn late_events(mut self, per_mille: u16) -> World {
        // One may be late again. It comes in the end.
        self.late_per_mille = per_mille.min(900);
        self
    }

    /// How many of a thousand events come twice at once, and once more some microseconds later, at most 900.
    pub fn doubled_events(mut self, per_mille: u16) -> World {
        self.doubled_events_per_mille = per_mille.min(900);
        self
    }

    /// In how many of a thousand looks for events one comes of a source that is not ready.
    pub fn spurious_events(mut self, per_mille: u16) -> World {
        self.spurious_per_mille = per_mille;
        self
    }

    /// How many of a thousand sources have an event come when they are no longer registered, and others may be in their places.
    pub fn stale_events(mut self, per_mille: u16) -> World {
        self.stale_per_mille = per_mille;
        self
    }

    /// How many of a thousand waits fail with `Interrupted`, as signals have them fail, at most 900.
    pub fn interrupted_waits(mut self, per_mille: u16) -> World {
        self.interrupted_per_mille = per_mille.min(900);
        self
    }

    /// How many of a thousand reads and writes of more than one byte are cut short. More is left, and no event says so.
    pub fn short_transfers(mut self, per_mille: u16) -> World {
        self.short_per_mille = per_mille;
        self
    }

    /// How many slices a vectored read or write takes in one call, at least 1. The others are left. 1024 unless it is set, as
    /// on Linux.
    pub fn slices(mut self, of_each_call: usize) -> World {
        self.slices = of_each_call.max(1);
        self
    }

    /// How many of a thousand connects are refused, though somebody listens.
    pub fn refused_connects(mut self, per_mille: u16) -> World {
        self.refused_per_mille = per_mille;
        self
    }

    /// Runs tasks that are ready in the order in which they were woken, as triga does in the real world, and not in one that
    /// the seed decides.
    pub fn tasks_in_order(mut self) -> World {
        self.tasks_in_order = true;
        self
    }

    /// Keeps the text of the trace, for those who ask for it.
    pub fn keep_trace(mut self) -> World {
        self.keeps_trace = true;
        self
    }

    /// What was said of the link from one host to another, if anything was.
    pub(super) fn link_between(&self, from: &str, to: &str) -> Option<&Link> {
        self.links.get(from)?.get(to)
    }
}

/// The bounds in nanoseconds.
pub(super) fn nanos(range: &RangeInclusive<Duration>) -> RangeInclusive<u64> {
    let nanos = |duration: &Duration| u64::try_from(duration.as_nanos()).unwrap_or(u64::MAX);
    nanos(range.start())..=nanos(range.end())
}
