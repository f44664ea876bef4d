//! Names: those of the simulation's hosts.

use std::io;
use std::net::IpAddr;

use super::open::{Open, source};
use super::sockets::Kind;
use crate::Lookup;

/// A name that is being looked up.
#[derive(Debug)]
pub struct Resolving {
    open: Open,
}

source!(Resolving);

/// Begins to look a name up.
///
/// # Errors
///
/// Errors of the simulated system: no descriptors are left.
pub fn lookup(host: &str) -> io::Result<Lookup<Resolving>> {
    let open = Open::new(|simulation| {
        let socket = simulation.new_socket()?;
        let addresses = simulation.hosts.addresses(host);
        let is_known = false;
        simulation.open(socket, Kind::Name { addresses, is_known });
        simulation.write(format_args!("{socket} looks up {host}"));
        simulation.tell_soon(socket);
        Ok(socket)
    })?;
    Ok(Lookup::Wait(Resolving { open }))
}

/// The addresses of a name.
///
/// # Errors
///
/// `WouldBlock` until they are known, and `NotFound` if there is no host of this name.
pub fn addresses(name: &Resolving) -> io::Result<Vec<IpAddr>> {
    name.open
        .with(|simulation, socket| match simulation.sockets.kind(socket) {
            Some(Kind::Name { is_known: false, .. }) => Err(io::ErrorKind::WouldBlock.into()),
            Some(Kind::Name { addresses, .. }) if !addresses.is_empty() => Ok(addresses.clone()),
            _ => Err(io::Error::new(
                io::ErrorKind::NotFound,
                "the simulation has no host of this name",
            )),
        })
}
