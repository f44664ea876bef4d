//! Names where the system has no portable call that finds their addresses without blocking.

use std::io;
use std::net::{IpAddr, ToSocketAddrs};

use crate::Lookup;
pub use crate::common::never::Never as Resolving;

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

/// The addresses of a name that is being looked up. There is none, since the call has found them when it returns.
///
/// # Errors
///
/// It is never called.
pub fn addresses(name: &Resolving) -> io::Result<Vec<IpAddr>> {
    match *name {}
}
