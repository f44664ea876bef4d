//! One or more addresses, each tried until one serves.

use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, SocketAddrV4, SocketAddrV6};
use std::task::{Context, Poll};

use crate::net::attempt::{Attempt, Steps, try_all, try_one};
use crate::net::lookup;

/// An address, several of them, or the name of a host, which is looked up without blocking the thread: as std's trait of this
/// name, for the same types.
///
/// A text is an address and a port, or a name and a port: `127.0.0.1:7000`, `[::1]:7000`, `localhost:7000`.
pub trait ToSocketAddrs: sealed::Target {}

mod sealed {
    use std::io;

    use crate::net::attempt::Attempt;

    /// What an address comes to.
    pub trait Target {
        /// Tries the addresses in turn, and returns the first success or the last error. A name is looked up; a program that names no
        /// hosts is spared the code for it, and one that has a single address that for several.
        fn try_each<A: Attempt>(&self, attempt: A) -> impl Future<Output = io::Result<A::Made>> + Send;
    }
}

use sealed::Target;

impl<T: Target + ?Sized> ToSocketAddrs for T {}

macro_rules! one {
    ($($type:ty),*) => {$(
        impl Target for $type {
            fn try_each<A: Attempt>(&self, attempt: A) -> impl Future<Output = io::Result<A::Made>> + Send {
                try_one(attempt, (*self).into())
            }
        }
    )*};
}

one!(SocketAddr, SocketAddrV4, SocketAddrV6);
one!((IpAddr, u16), (Ipv4Addr, u16), (Ipv6Addr, u16));

impl Target for [SocketAddr] {
    async fn try_each<A: Attempt>(&self, attempt: A) -> io::Result<A::Made> {
        try_all(&attempt, &attempt.prepare()?, self.iter().copied()).await
    }
}

impl Target for (&str, u16) {
    async fn try_each<A: Attempt>(&self, attempt: A) -> io::Result<A::Made> {
        let common = attempt.prepare()?;
        try_all(&attempt, &common, lookup(self.0, self.1).await?).await
    }
}

impl Target for (String, u16) {
    fn try_each<A: Attempt>(&self, attempt: A) -> impl Future<Output = io::Result<A::Made>> + Send {
        let target = (self.0.as_str(), self.1);
        async move { target.try_each(attempt).await }
    }
}

impl Target for str {
    async fn try_each<A: Attempt>(&self, attempt: A) -> io::Result<A::Made> {
        if let Ok(address) = self.parse::<SocketAddr>() {
            return address.try_each(attempt).await;
        }
        let common = attempt.prepare()?;
        let (host, port) = self.rsplit_once(':').ok_or_else(|| malformed(self))?;
        let port = port.parse().map_err(|_| malformed(self))?;
        try_all(&attempt, &common, lookup(host, port).await?).await
    }
}

impl Target for String {
    fn try_each<A: Attempt>(&self, attempt: A) -> impl Future<Output = io::Result<A::Made>> + Send {
        self.as_str().try_each(attempt)
    }
}

impl<T: Target + ?Sized> Target for &T {
    fn try_each<A: Attempt>(&self, attempt: A) -> impl Future<Output = io::Result<A::Made>> + Send {
        (**self).try_each(attempt)
    }
}

/// Tries the addresses in turn, and returns the first success or the last error: `begin` begins with what `prepare` returned and
/// an address, and `poll_done` says when that is done.
pub(crate) async fn try_each<C: Send + Sync, M: Send + Sync>(
    addresses: impl ToSocketAddrs,
    prepare: impl Fn() -> io::Result<C> + Send + Sync,
    begin: impl Fn(&C, SocketAddr) -> io::Result<M> + Send + Sync,
    poll_done: impl Fn(&M, &mut Context<'_>) -> Poll<io::Result<()>> + Send + Sync,
) -> io::Result<M> {
    let steps = Steps {
        prepare,
        begin,
        poll_done,
    };
    addresses.try_each(steps).await
}

/// The first of the addresses.
pub(crate) async fn first(addresses: impl ToSocketAddrs) -> io::Result<SocketAddr> {
    try_each(
        addresses,
        || Ok(()),
        |(), address| Ok(address),
        |_, _| Poll::Ready(Ok(())),
    )
    .await
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
