//! Memory.

use std::io;
use std::ops::Sub;

use super::allocator;

/// What a process, and its calling thread, hold in memory.
#[derive(Clone, Copy)]
pub(crate) struct Footprint {
    /// Bytes of the process that are in memory.
    pub(crate) resident: i64,
    /// Bytes that the thread asked for.
    pub(crate) heap: i64,
    /// How often it asked.
    pub(crate) allocations: i64,
}

impl Footprint {
    /// As it is now.
    pub(crate) fn now() -> io::Result<Footprint> {
        let (heap, allocations) = (allocator::live_bytes(), allocator::allocations());
        Ok(Footprint {
            resident: resident()?,
            heap,
            allocations,
        })
    }
}

impl Sub for Footprint {
    type Output = Footprint;

    fn sub(self, before: Footprint) -> Footprint {
        Footprint {
            resident: self.resident - before.resident,
            heap: self.heap - before.heap,
            allocations: self.allocations - before.allocations,
        }
    }
}

/// `smaps_rollup` walks the pages. `statm` would be read faster and lag behind by what each CPU has not yet reported.
fn resident() -> io::Result<i64> {
    let rollup = std::fs::read_to_string("/proc/self/smaps_rollup")?;
    let kibibytes = rollup
        .lines()
        .find_map(|line| line.strip_prefix("Rss:"))
        .and_then(|rest| rest.trim().trim_end_matches(" kB").parse::<i64>().ok());
    kibibytes
        .map(|kibibytes| kibibytes * 1024)
        .ok_or_else(|| io::Error::other("/proc/self/smaps_rollup has no line `Rss: … kB`"))
}
