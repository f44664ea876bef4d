//! Names, which the host resolves in its own time.

use std::io;
use std::mem::take;
use std::net::IpAddr;

use wasip2::io::poll::Pollable;
use wasip2::sockets::instance_network::instance_network;
use wasip2::sockets::ip_name_lookup::{ResolveAddressStream, resolve_addresses};
use wasip2::sockets::network::{ErrorCode, IpAddress};

use super::error;
use super::membership::Membership;
use super::pollables::{Handle, Handles};
use super::selector::source;
use crate::{Lock, Lookup};

/// Begins to look a name up.
///
/// # Errors
///
/// Errors of the host, such as that it does not allow names.
pub fn lookup(host: &str) -> io::Result<Lookup<Resolving>> {
    let stream = resolve_addresses(&instance_network(), host).map_err(|code| match code {
        // wasmtime says so where names are not allowed, and at once. What a name server says comes later.
        ErrorCode::PermanentResolverFailure => error::of_socket(ErrorCode::AccessDenied),
        code => error::of_name(code),
    })?;
    Ok(Lookup::Wait(Resolving {
        membership: Membership::default(),
        ready: stream.subscribe(),
        found: Lock::default(),
        stream,
    }))
}

/// A name that is being looked up. It is readable when it is worth asking for its addresses.
#[derive(Debug)]
pub struct Resolving {
    membership: Membership,
    ready: Pollable,
    /// What the host has found so far.
    found: Lock<Vec<IpAddr>>,
    stream: ResolveAddressStream,
}

/// The addresses of a name that is being looked up, once.
///
/// # Errors
///
/// `WouldBlock` until they are all there, and errors of the host, such as that the name has none.
pub fn addresses(name: &Resolving) -> io::Result<Vec<IpAddr>> {
    let mut found = name.found.lock();
    loop {
        match name.stream.resolve_next_address() {
            Ok(Some(address)) => found.push(to_std(address)),
            Ok(None) if found.is_empty() => return Err(error::of_name(ErrorCode::NameUnresolvable)),
            Ok(None) => return Ok(take(&mut found)),
            Err(code) => return Err(error::of_name(code)),
        }
    }
}

impl Resolving {
    fn handles(&self) -> Handles {
        Handles {
            read: Handle::of(&self.ready),
            write: Handle::NONE,
        }
    }
}

source!(Resolving);

fn to_std(address: IpAddress) -> IpAddr {
    match address {
        IpAddress::Ipv4(octets) => <[u8; 4]>::from(octets).into(),
        IpAddress::Ipv6(segments) => <[u16; 8]>::from(segments).into(),
    }
}
