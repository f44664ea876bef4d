//! Names, which this platform cannot look up.

use std::io;
use std::net::IpAddr;

use crate::Lookup;
pub use crate::common::never::Never as Resolving;
use crate::support::{self, Capability};

/// Begins to look a name up.
///
/// # Errors
///
/// Always `Unsupported`.
pub fn lookup(_host: &str) -> io::Result<Lookup<Resolving>> {
    Err(support::unsupported(Capability::Names))
}

/// The addresses of a name that is being looked up. There is none.
///
/// # Errors
///
/// It is never called.
pub fn addresses(name: &Resolving) -> io::Result<Vec<IpAddr>> {
    match *name {}
}
