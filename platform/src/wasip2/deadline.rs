//! The pollable that ends a wait at its time.

use wasip2::clocks::monotonic_clock;
use wasip2::io::poll::Pollable;

use super::pollables::Handle;
use crate::{Instant, Wait};

/// It is kept as long as the time stays the same.
#[derive(Debug, Default)]
pub(super) struct Deadline(Option<(Instant, Pollable)>);

/// The deadline of a wait that only looks.
const PAST: Instant = Instant::from_nanos(0);

impl Deadline {
    /// The pollable that ends the wait, if time does.
    pub(super) fn handle(&mut self, wait: Wait) -> Option<Handle> {
        let end = match wait {
            Wait::Poll => PAST,
            Wait::Until(end) => end,
            Wait::Forever => return None,
        };
        if let Some((at, pollable)) = &self.0 {
            // A past one is made anew: it lets wasmtime's own reactor run once, so that a guest which only looks finds something.
            if *at == end && end != PAST {
                return Some(Handle::of(pollable));
            }
        }
        let pollable = monotonic_clock::subscribe_instant(end.as_nanos());
        let handle = Handle::of(&pollable);
        self.0 = Some((end, pollable));
        Some(handle)
    }
}
