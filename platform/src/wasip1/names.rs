//! Names, which this platform cannot look up.

use std::convert::Infallible;
use std::io;
use std::net::IpAddr;

use super::selector::{Registry, Source};
use crate::support::{self, Capability};
use crate::{Interest, Lookup, Token};

/// Begins to look a name up.
///
/// # Errors
///
/// Always `Unsupported`.
pub fn lookup(_host: &str) -> io::Result<Lookup<Resolving>> {
    Err(support::unsupported(Capability::Names))
}

/// A name that is being looked up. There is none, so that its methods are never called.
#[derive(Debug)]
pub struct Resolving(Infallible);

impl Resolving {
    /// The addresses of the name.
    ///
    /// # Errors
    ///
    /// It is never called.
    pub fn addresses(&self) -> io::Result<Vec<IpAddr>> {
        match self.0 {}
    }
}

impl Source for Resolving {
    fn register(&mut self, _: &Registry, _: Token, _: Interest) -> io::Result<()> {
        match self.0 {}
    }

    fn reregister(&mut self, _: &Registry, _: Token, _: Interest) -> io::Result<()> {
        match self.0 {}
    }

    fn deregister(&mut self, _: &Registry, _: Token) -> io::Result<()> {
        match self.0 {}
    }
}
