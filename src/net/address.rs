//! One or more addresses, each tried until one serves.

use std::future::ready;
use std::io;
use std::iter;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, SocketAddrV4, SocketAddrV6};

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
        /// The addresses. A name is looked up; a program that names no hosts is spared the code for it.
        fn addresses(&self) -> impl Future<Output = io::Result<impl Iterator<Item = SocketAddr> + Send>> + Send;
    }
}

use sealed::Target;

impl<T: Target + ?Sized> ToSocketAddrs for T {}

macro_rules! one {
    ($($type:ty),*) => {$(
        impl Target for $type {
            fn addresses(&self) -> impl Future<Output = io::Result<impl Iterator<Item = SocketAddr> + Send>> + Send {
                ready(Ok(iter::once((*self).into())))
            }
        }
    )*};
}

one!(SocketAddr, SocketAddrV4, SocketAddrV6);
one!((IpAddr, u16), (Ipv4Addr, u16), (Ipv6Addr, u16));

impl Target for [SocketAddr] {
    fn addresses(&self) -> impl Future<Output = io::Result<impl Iterator<Item = SocketAddr> + Send>> + Send {
        ready(Ok(self.iter().copied()))
    }
}

impl Target for (&str, u16) {
    async fn addresses(&self) -> io::Result<impl Iterator<Item = SocketAddr> + Send> {
        lookup(self.0, self.1).await
    }
}

impl Target for (String, u16) {
    async fn addresses(&self) -> io::Result<impl Iterator<Item = SocketAddr> + Send> {
        lookup(&self.0, self.1).await
    }
}

impl Target for str {
    async fn addresses(&self) -> io::Result<impl Iterator<Item = SocketAddr> + Send> {
        if let Ok(address) = self.parse() {
            return Ok(vec![address].into_iter());
        }
        let (host, port) = self.rsplit_once(':').ok_or_else(|| malformed(self))?;
        let port = port.parse().map_err(|_| malformed(self))?;
        let addresses: Vec<SocketAddr> = lookup(host, port).await?.collect();
        Ok(addresses.into_iter())
    }
}

impl Target for String {
    fn addresses(&self) -> impl Future<Output = io::Result<impl Iterator<Item = SocketAddr> + Send>> + Send {
        self.as_str().addresses()
    }
}

impl<T: Target + ?Sized> Target for &T {
    fn addresses(&self) -> impl Future<Output = io::Result<impl Iterator<Item = SocketAddr> + Send>> + Send {
        (**self).addresses()
    }
}

/// Tries an operation with each address in turn, and returns the first success or the last error.
pub(crate) async fn try_each<R, F: Future<Output = io::Result<R>>>(
    addresses: impl ToSocketAddrs,
    operation: impl Fn(SocketAddr) -> F,
) -> io::Result<R> {
    let mut last_error = None;
    for address in addresses.addresses().await? {
        match operation(address).await {
            Ok(success) => return Ok(success),
            Err(error) => last_error = Some(error),
        }
    }
    Err(last_error.unwrap_or_else(no_address))
}

/// The first of the addresses.
pub(crate) async fn first(addresses: impl ToSocketAddrs) -> io::Result<SocketAddr> {
    addresses.addresses().await?.next().ok_or_else(no_address)
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
