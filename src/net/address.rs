//! One or more addresses, each tried until one serves.

use std::future::Future;
use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, SocketAddrV4, SocketAddrV6};
use std::vec;

use crate::net::lookup;

/// An address, several of them, or the name of a host, which is looked up without blocking the thread: as std's trait of this
/// name, for the same types.
///
/// A text is an address and a port, or a name and a port: `127.0.0.1:7000`, `[::1]:7000`, `localhost:7000`.
pub trait ToSocketAddrs: sealed::Target {}

mod sealed {
    use std::io;
    use std::net::SocketAddr;

    /// What an address comes to.
    pub trait Target {
        /// The addresses, or the name that has them.
        fn resolve(&self) -> io::Result<Resolved<'_>>;
    }

    #[derive(Debug)]
    pub enum Resolved<'a> {
        One(SocketAddr),
        Several(&'a [SocketAddr]),
        Name(&'a str, u16),
    }
}

use sealed::{Resolved, Target};

impl<T: Target + ?Sized> ToSocketAddrs for T {}

macro_rules! one {
    ($($type:ty),*) => {$(
        impl Target for $type {
            fn resolve(&self) -> io::Result<Resolved<'_>> {
                Ok(Resolved::One((*self).into()))
            }
        }
    )*};
}

one!(SocketAddr, SocketAddrV4, SocketAddrV6);
one!((IpAddr, u16), (Ipv4Addr, u16), (Ipv6Addr, u16));

impl Target for [SocketAddr] {
    fn resolve(&self) -> io::Result<Resolved<'_>> {
        Ok(Resolved::Several(self))
    }
}

impl Target for (&str, u16) {
    fn resolve(&self) -> io::Result<Resolved<'_>> {
        Ok(Resolved::Name(self.0, self.1))
    }
}

impl Target for (String, u16) {
    fn resolve(&self) -> io::Result<Resolved<'_>> {
        Ok(Resolved::Name(&self.0, self.1))
    }
}

impl Target for str {
    fn resolve(&self) -> io::Result<Resolved<'_>> {
        if let Ok(address) = self.parse() {
            return Ok(Resolved::One(address));
        }
        let (host, port) = self.rsplit_once(':').ok_or_else(|| malformed(self))?;
        let port = port.parse().map_err(|_| malformed(self))?;
        Ok(Resolved::Name(host, port))
    }
}

impl Target for String {
    fn resolve(&self) -> io::Result<Resolved<'_>> {
        self.as_str().resolve()
    }
}

impl<T: Target + ?Sized> Target for &T {
    fn resolve(&self) -> io::Result<Resolved<'_>> {
        (**self).resolve()
    }
}

/// The addresses that are left to try, and why the last one failed.
pub(crate) struct Addresses {
    left: vec::IntoIter<SocketAddr>,
    last_error: io::Error,
}

impl Addresses {
    /// Looks up what is a name.
    pub(crate) async fn resolve(addresses: impl ToSocketAddrs) -> io::Result<Addresses> {
        let addresses = match addresses.resolve()? {
            Resolved::One(address) => vec![address],
            Resolved::Several(addresses) => addresses.to_vec(),
            Resolved::Name(host, port) => lookup(host, port).await?.collect(),
        };
        Ok(Addresses {
            left: addresses.into_iter(),
            last_error: no_address(),
        })
    }

    pub(crate) fn next(&mut self) -> Option<SocketAddr> {
        self.left.next()
    }

    pub(crate) fn failed(&mut self, error: io::Error) {
        self.last_error = error;
    }

    /// None of them served.
    pub(crate) fn into_error(self) -> io::Error {
        self.last_error
    }
}

/// Tries an operation with each address in turn, and returns the first success or the last error.
pub(crate) async fn try_each<R, F: Future<Output = io::Result<R>>>(
    addresses: impl ToSocketAddrs,
    operation: impl Fn(SocketAddr) -> F,
) -> io::Result<R> {
    let mut addresses = Addresses::resolve(addresses).await?;
    while let Some(address) = addresses.next() {
        match operation(address).await {
            Ok(success) => return Ok(success),
            Err(error) => addresses.failed(error),
        }
    }
    Err(addresses.into_error())
}

/// The first of the addresses.
pub(crate) async fn first(addresses: impl ToSocketAddrs) -> io::Result<SocketAddr> {
    match addresses.resolve()? {
        Resolved::One(address) => Ok(address),
        Resolved::Several(addresses) => addresses.first().copied().ok_or_else(no_address),
        Resolved::Name(host, port) => lookup(host, port).await?.next().ok_or_else(no_address),
    }
}

fn no_address() -> io::Error {
    io::Error::new(io::ErrorKind::InvalidInput, "the name has no address")
}

#[cold]
fn malformed(text: &str) -> io::Error {
    io::Error::new(
        io::ErrorKind::InvalidInput,
        format!(
            "`{text}` is not an address and a port, nor a name and a port, such as `127.0.0.1:7000` or `localhost:7000`"
        ),
    )
}
