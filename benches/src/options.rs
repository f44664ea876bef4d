//! How much is measured.

use std::path::PathBuf;

/// What the subjects read of the command line.
pub(crate) struct Options {
    pub(crate) rounds: usize,
    pub(crate) wasmtime: Option<PathBuf>,
    /// How many descriptors the process may have.
    pub(crate) descriptors: usize,
    pub(crate) quick: bool,
}

impl Options {
    /// So much work, or a quarter of it.
    pub(crate) fn scaled(&self, work: u64) -> u64 {
        if self.quick { work / 4 } else { work }
    }
}
