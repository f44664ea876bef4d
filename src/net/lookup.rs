//! Names.

mod threads;

use std::io;
use std::net::{IpAddr, SocketAddr};

use triga_platform::{Interest, Lookup, net};

use crate::error::not_now;
use crate::io::registered::Registered;
use crate::reactor::Handle;

/// Looks a host's name up: its addresses, each with the port.
///
/// The reactor goes on meanwhile. On WASI 0.2 the host resolves the name. Elsewhere the system's resolver blocks its caller, so
/// threads call it: up to four in the process. Further lookups wait for their turn, and a thread ends when none is left. The
/// address of a host, in place of a name, needs neither.
///
/// Cancel safe: a lookup that is dropped is given up. If the resolver was called for it, a thread is taken until it answers.
///
/// # Errors
///
/// Errors of the resolver, such as an unknown name. `ResourceBusy` if the system has no thread to give; `Unsupported` on
/// WASI 0.1, and `PermissionDenied` from a WASI 0.2 host that was not told to allow it (`-Sallow-ip-name-lookup`).
///
/// ```
/// triga::block_on(async {
///     let mut addresses = triga::net::lookup("localhost", 7000).await?;
///     assert!(addresses.all(|address| address.ip().is_loopback() && address.port() == 7000));
///     std::io::Result::Ok(())
/// })
/// # .unwrap().unwrap();
/// ```
pub async fn lookup(host: &str, port: u16) -> io::Result<impl Iterator<Item = SocketAddr> + use<>> {
    let addresses = find(host).await.map_err(not_now)?;
    Ok(addresses.into_iter().map(move |address| SocketAddr::new(address, port)))
}

async fn find(host: &str) -> io::Result<Vec<IpAddr>> {
    if let Ok(address) = host.parse() {
        return Ok(vec![address]);
    }
    match net::lookup(host)? {
        Lookup::Wait(name) => {
            let name = Registered::new(&Handle::current()?, name, Interest::READABLE)?;
            name.async_io(Interest::READABLE, net::addresses).await
        }
        Lookup::Block(resolve) => threads::lookup(host, resolve).await,
    }
}
