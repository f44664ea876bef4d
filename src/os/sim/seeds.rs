//! Many seeds, one after another.

use std::cell::Cell;
use std::ops::Range;

use triga_platform::sim::seed_of_env;

/// These seeds, to be run one after another; or, if `TRIGA_SEED` names one, that one alone.
///
/// The loop over them says with which seed it was left before its end, be it by a panic, by `?` or by `break`.
///
/// # Panics
///
/// If `TRIGA_SEED` is there and no number.
pub fn seeds(range: Range<u64>) -> Seeds {
    let only = seed_of_env();
    Seeds {
        left: if only.is_some() { 0..0 } else { range },
        only,
        running: None,
    }
}

/// What [`seeds`] returns.
#[derive(Debug)]
pub struct Seeds {
    only: Option<u64>,
    left: Range<u64>,
    running: Option<u64>,
}

impl Iterator for Seeds {
    type Item = u64;

    fn next(&mut self) -> Option<u64> {
        self.running = self.only.take().or_else(|| self.left.next());
        self.running
    }
}

impl Drop for Seeds {
    fn drop(&mut self) {
        if let Some(seed) = self.running {
            report(seed);
        }
    }
}

thread_local! {
    /// The seed that was reported last: a loop need not say again what a run in it has said.
    static REPORTED: Cell<Option<u64>> = const { Cell::new(None) };
}

/// Says with which seed something failed, and how to see it again.
pub(super) fn report(seed: u64) {
    if REPORTED.replace(Some(seed)) != Some(seed) {
        eprintln!("the simulation ended early with seed {seed}: TRIGA_SEED={seed} replays it");
    }
}
