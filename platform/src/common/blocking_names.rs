//! Names where the system has no portable call that finds their addresses without blocking.

use std::convert::Infallible;
use std::io;
use std::net::{IpAddr, ToSocketAddrs};

use crate::common::mio_selector::{Registry, Source};
use crate::{Interest, Lookup, Token};

/// How a name is looked up: by a call that blocks.
///
/// # Errors
///
/// None.
pub fn lookup(_host: &str) -> io::Result<Lookup<Resolving>> {
    Ok(Lookup::Block(resolve))
}

fn resolve(host: &str) -> io::Result<Vec<IpAddr>> {
    let addresses = (host, 0).to_socket_addrs()?;
    Ok(addresses.map(|address| address.ip()).collect())
}

/// A name that is being looked up. There is none, since the call has found its addresses when it returns.
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

    fn deregister(&mut self, _: &Registry) -> io::Result<()> {
        match self.0 {}
    }
}
