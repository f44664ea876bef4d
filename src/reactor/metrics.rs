//! What a driver has done, in numbers that are always counted.

/// A reading of a driver's counters, from [`Handle::metrics`](crate::Handle::metrics).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Metrics {
    /// Sources that were registered, ever.
    pub registered: u64,
    /// Sources that were deregistered.
    pub deregistered: u64,
    /// Events that found their source, ever.
    pub ready_events: u64,
}

impl Metrics {
    /// Sources that are registered now.
    pub fn registrations(&self) -> u64 {
        self.registered - self.deregistered
    }
}
