//! Names.

use std::future::poll_fn;
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::task::Poll;

use triga_platform::{Interest, Lookup, net};

use crate::error::not_now;
use crate::handle::Handle;
use crate::registered::Registered;
use crate::sync::{Arc, AtomicWaker, Mutex, thread};

/// Looks a host's name up: its addresses, each with the port.
///
/// The reactor goes on meanwhile. On WASI 0.2 the host resolves the name. Elsewhere the system's resolver blocks whoever calls
/// it, so that each lookup has a thread, which ends with it. The address of a host, in place of a name, needs neither.
///
/// Cancel safe: a lookup that is dropped is given up, though its thread stays until the resolver answers.
///
/// # Errors
///
/// What the resolver says, for one that there is no such name. `Unsupported` on WASI 0.1, and `PermissionDenied` from a WASI 0.2
/// host that was not told to allow it (`-Sallow-ip-name-lookup`).
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
        Lookup::Block(resolve) => {
            let host = host.to_owned();
            on_thread(move || resolve(&host)).await?
        }
    }
}

/// Runs a call that blocks on a thread of its own.
async fn on_thread<R: Send + 'static>(call: impl FnOnce() -> R + Send + 'static) -> io::Result<R> {
    let returned = Arc::new((Mutex::new(None), AtomicWaker::default()));
    let far = returned.clone();
    thread::Builder::new().name("triga-lookup".into()).spawn(move || {
        let result = call();
        *far.0.lock() = Some(result);
        far.1.wake();
    })?;
    let (result, waker) = &*returned;
    let result = poll_fn(|cx| {
        // The thread stores its result before it looks for a waker. So it finds this one, or its result is found here.
        waker.register(cx.waker());
        result.lock().take().map_or(Poll::Pending, Poll::Ready)
    });
    Ok(result.await)
}
