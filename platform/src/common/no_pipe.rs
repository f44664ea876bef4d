//! Pipes where the system has none: the names are there, and say why they fail.

use std::io;

pub use crate::common::never::{Never as Receiver, Never as Sender};
use crate::support::{self, Capability};
use crate::{Registry, Token};

/// A pipe's two ends.
///
/// # Errors
///
/// Always `Unsupported` on this platform.
pub fn pair() -> io::Result<(Sender, Receiver)> {
    Err(support::unsupported(Capability::Pipes))
}

/// Ends the stream of a writing end. There is none.
///
/// # Errors
///
/// None.
pub fn end(sender: &Sender, _registry: &Registry, _token: Token) -> io::Result<()> {
    match *sender {}
}
