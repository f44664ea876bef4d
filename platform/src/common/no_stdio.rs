//! Standard streams, of which there are none: the names are there, and say why they fail.

use std::io;

pub use crate::common::never::{Never as Stdin, Never as Stdout, Never as Stderr};
use crate::support::{self, Capability};

impl Stdin {
    /// The stream.
    ///
    /// # Errors
    ///
    /// Always `Unsupported`.
    pub fn new() -> io::Result<Stdin> {
        Err(support::unsupported(Capability::Stdio))
    }
}
