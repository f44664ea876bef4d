//! The monotonic clock of std.

use std::sync::OnceLock;

/// Reads the clock, in nanoseconds since the process first did so.
///
/// One is added so that no reading equals the origin, and a deadline may lie before every reading.
pub(crate) fn now() -> u64 {
    static ORIGIN: OnceLock<std::time::Instant> = OnceLock::new();
    let origin = *ORIGIN.get_or_init(std::time::Instant::now);
    u64::try_from(origin.elapsed().as_nanos()).unwrap_or(u64::MAX - 2) + 1
}
