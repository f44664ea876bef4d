//! Pipes where the system has none: the names are there, and say why they fail.

use std::io;

pub use crate::common::never::{Never as Receiver, Never as Sender};
use crate::support::{self, Capability};

/// A pipe's two ends.
///
/// # Errors
///
/// Always `Unsupported` on this platform.
pub fn pair() -> io::Result<(Sender, Receiver)> {
    Err(support::unsupported(Capability::Pipes))
}
