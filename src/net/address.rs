//! Where a socket binds or connects to: one or more addresses, each tried until one serves.

use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, SocketAddrV4, SocketAddrV6};

use crate::error::not_now;
use crate::net::lookup;

/// An address, several of them, or the name of a host, which is looked up without blocking the thread: as std's trait of this
/// name, for the same types.
///
/// A text is an address and a port, or a name and a port: `127.0.0.1:7000`, `[::1]:7000`, `localhost:7000`.
pub trait ToSocketAddrs: sealed::Target {}

mod sealed {
    use std::io;

    use super::SocketAddr;

    /// What has addresses.
    pub trait Target {
        /// The addresses, in the order in which they are tried. A name is looked up: only these types bring the code for that.
        fn addresses(&self) -> impl Future<Output = io::Result<impl Iterator<Item = SocketAddr> + Send>> + Send;
    }
}

use sealed::Target;

impl<T: Target + ?Sized> ToSocketAddrs for T {}

macro_rules! one {
    ($($type:ty),*) => {$(
        impl Target for $type {
            async fn addresses(&self) -> io::Result<impl Iterator<Item = SocketAddr> + Send> {
                Ok(std::iter::once((*self).into()))
            }
        }
    )*};
}

one!(SocketAddr, SocketAddrV4, SocketAddrV6);
one!((IpAddr, u16), (Ipv4Addr, u16), (Ipv6Addr, u16));

impl Target for [SocketAddr] {
    async fn addresses(&self) -> io::Result<impl Iterator<Item = SocketAddr> + Send> {
        Ok(self.iter().copied())
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
        let (address, found) = match self.parse() {
            Ok(address) => (Some(address), None),
            Err(_) => {
                let (host, port) = self.rsplit_once(':').ok_or_else(|| malformed(self))?;
                let port = port.parse().map_err(|_| malformed(self))?;
                (None, Some(lookup(host, port).await?))
            }
        };
        Ok(address.into_iter().chain(found.into_iter().flatten()))
    }
}

impl Target for String {
    async fn addresses(&self) -> io::Result<impl Iterator<Item = SocketAddr> + Send> {
        self.as_str().addresses().await
    }
}

impl<T: Target + ?Sized + Sync> Target for &T {
    async fn addresses(&self) -> io::Result<impl Iterator<Item = SocketAddr> + Send> {
        (**self).addresses().await
    }
}

/// Tries the addresses in turn, and returns the first success or the last error.
pub(crate) async fn try_each<T, F: Future<Output = io::Result<T>>>(
    addresses: impl ToSocketAddrs,
    attempt: impl Fn(SocketAddr) -> F,
) -> io::Result<T> {
    let mut last_error = None;
    for address in addresses.addresses().await? {
        match attempt(address).await {
            Ok(made) => return Ok(made),
            Err(error) => last_error = Some(not_now(error)),
        }
    }
    Err(last_error.unwrap_or_else(no_address))
}

/// The first of the addresses.
pub(crate) async fn first(addresses: impl ToSocketAddrs) -> io::Result<SocketAddr> {
    addresses.addresses().await?.next().ok_or_else(no_address)
}

#[cold]
fn no_address() -> io::Error {
    io::Error::new(
        io::ErrorKind::InvalidInput,
        "there is no address to try: give one at least, or a name that has one",
    )
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

#[cfg(test)]
mod tests {
    use std::pin::pin;
    use std::task::{Context, Poll, Waker};

    use super::*;

    fn failure(of: io::ErrorKind) -> io::ErrorKind {
        let address = SocketAddr::from(([127, 0, 0, 1], 9));
        let mut attempt = pin!(try_each(address, |_| async move { Err::<(), _>(of.into()) }));
        match attempt.as_mut().poll(&mut Context::from_waker(Waker::noop())) {
            Poll::Ready(result) => result.unwrap_err().kind(),
            Poll::Pending => panic!("there is nothing to wait for"),
        }
    }

    #[test]
    fn an_attempt_that_would_block_or_was_interrupted_says_so_in_another_way() {
        assert_eq!(failure(io::ErrorKind::WouldBlock), io::ErrorKind::ResourceBusy);
        assert_eq!(failure(io::ErrorKind::Interrupted), io::ErrorKind::ResourceBusy);
        assert_eq!(
            failure(io::ErrorKind::ConnectionRefused),
            io::ErrorKind::ConnectionRefused
        );
    }
}
