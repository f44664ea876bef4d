//! The clock that programs see. It shows the time of the simulation, less what it stood still for.

use super::simulation::{Simulation, with};
use crate::Instant;

#[derive(Debug, Default)]
pub(super) struct Clock {
    /// For how long it has stood still.
    behind: u64,
    /// What it shows, and will show until it goes again.
    stopped_at: Option<u64>,
}

/// Stops the clock: programs read the same time again and again, and no deadline comes, but packets travel on and events are
/// told. Where every task waits for a deadline then, nothing will ever happen: that is a deadlock.
pub fn stop_clock() {
    with(|simulation| {
        let shown = simulation.shown();
        simulation.clock.stopped_at = Some(shown);
        simulation.write(format_args!("the clock stops"));
    });
}

/// Has the clock go on from where it stopped.
pub fn start_clock() {
    with(|simulation| {
        if let Some(shown) = simulation.clock.stopped_at.take() {
            simulation.clock.behind = simulation.now - shown;
            simulation.write(format_args!("the clock goes"));
        }
    });
}

impl Simulation {
    /// What the clock shows.
    pub(super) fn shown(&self) -> u64 {
        let Clock { behind, stopped_at } = self.clock;
        stopped_at.unwrap_or(self.now - behind)
    }

    /// Whether the clock shows a time, or a later one.
    pub(super) fn is_past(&self, deadline: Instant) -> bool {
        deadline.as_nanos() <= self.shown()
    }

    /// When the clock will show a time, if ever.
    pub(super) fn when_shown(&self, deadline: Instant) -> Option<u64> {
        if deadline == Instant::FAR_FUTURE {
            return None;
        }
        match self.clock.stopped_at {
            Some(shown) => (deadline.as_nanos() <= shown).then_some(self.now),
            None => Some(deadline.as_nanos().saturating_add(self.clock.behind)),
        }
    }
}
