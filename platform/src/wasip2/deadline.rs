//! The pollable that ends a wait at its time.

use wasip2::clocks::monotonic_clock;
use wasip2::io::poll::Pollable;

use super::pollables::Handle;
use crate::Instant;

/// It is kept as long as the time stays the same.
#[derive(Debug, Default)]
pub(super) struct Deadline(Option<(Instant, Pollable)>);

impl Deadline {
    /// A moment before every reading of the clock: a wait until then only looks.
    pub(super) const PAST: Instant = Instant::from_nanos(0);

    /// The pollable that is ready then.
    pub(super) fn handle(&mut self, until: Option<Instant>) -> Option<Handle> {
        let until = until?;
        if let Some((at, pollable)) = &self.0 {
            // A past one is made anew: it lets wasmtime's own reactor run once, so that a guest which only looks finds something.
            if *at == until && until != Deadline::PAST {
                return Some(Handle::of(pollable));
            }
        }
        let pollable = monotonic_clock::subscribe_instant(until.as_nanos());
        let handle = Handle::of(&pollable);
        self.0 = Some((until, pollable));
        Some(handle)
    }
}
