//! Connections whose far end follows a script.
//!
//! The far ends are threads, as `far.rs` has them: of this process, or of the one that runs this guest. They connect to the
//! test's listener, so that a guest which cannot connect has peers too.

use std::io;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Mutex, PoisonError};

use futures_util::AsyncReadExt;
use triga::net::{TcpListener, TcpStream};
use triga::{Capability, Handle, Interest, Registration, SUPPORT};
use triga_platform::{EDGE_TRIGGERED, net};

use crate::harness::Outcome;

/// The listener that the host opened, while no driver has it. It is the only one where programs cannot listen by themselves.
static PREOPENED: Mutex<Option<std::net::TcpListener>> = Mutex::new(None);

/// A source as the core sees it: a connection that no driver knows yet.
pub(crate) type Source = net::TcpStream;

/// The far end of one or more connections.
#[derive(Debug)]
pub(crate) struct Far(u32);

/// Whether there can be peers.
pub(crate) fn is_there() -> bool {
    if SUPPORT.has(Capability::TcpBind) {
        return true;
    }
    let mut kept = PREOPENED.lock().unwrap_or_else(PoisonError::into_inner);
    if kept.is_none() {
        *kept = preopened().ok();
    }
    kept.is_some()
}

/// A connection and its far end.
pub(crate) async fn peer(script: &str) -> Outcome<(TcpStream, Far)> {
    let (mut streams, far) = crowd(1, script).await?;
    Ok((streams.remove(0), far))
}

/// As [`peer`], not registered with any driver.
pub(crate) async fn source(script: &str) -> Outcome<(Source, Far)> {
    let (mut sources, far) = sources(1, script).await?;
    Ok((sources.remove(0), far))
}

/// As [`crowd`], not registered with any driver.
pub(crate) async fn sources(count: usize, script: &str) -> Outcome<(Vec<Source>, Far)> {
    let mut sources = Vec::with_capacity(count);
    if !SUPPORT.has(Capability::TcpBind) {
        let (streams, far) = crowd(count, script).await?;
        for stream in streams {
            sources.push(net::stream_from_std(stream.into_std()?)?);
        }
        return Ok((sources, far));
    }
    let mut listener = net::TcpListener::bind(SocketAddr::from(([127, 0, 0, 1], 0)))?;
    net::finish_listen(&listener)?;
    let registration = Registration::new(&Handle::current()?, &mut listener, Interest::READABLE)?;
    let far = connect(count, &listener.local_addr()?.to_string(), script);
    while sources.len() < count {
        let (mut source, _) = registration.async_io(Interest::READABLE, || listener.accept()).await?;
        has_room(&mut source).await?;
        sources.push(source);
    }
    Ok((sources, far))
}

/// Waits until the host knows that a new connection has room for what a test writes by hand.
async fn has_room(source: &mut Source) -> Outcome {
    if EDGE_TRIGGERED {
        return Ok(());
    }
    let registration = Registration::new(&Handle::current()?, source, Interest::WRITABLE)?;
    let assumed = registration.readiness(Interest::WRITABLE).await?;
    registration.clear_readiness(assumed);
    registration.readiness(Interest::WRITABLE).await?;
    Ok(registration.deregister(source)?)
}

/// So many connections. Their far ends take each step of the script in turn, one after another.
pub(crate) async fn crowd(count: usize, script: &str) -> Outcome<(Vec<TcpStream>, Far)> {
    let (listener, address) = listen().await?;
    let far = connect(count, &address, script);
    let mut streams = Vec::with_capacity(count);
    while streams.len() < count {
        streams.push(listener.accept().await?.0);
    }
    give_back(listener)?;
    Ok((streams, far))
}

fn connect(count: usize, address: &str, script: &str) -> Far {
    static NUMBERS: AtomicU32 = AtomicU32::new(0);
    let number = NUMBERS.fetch_add(1, Ordering::Relaxed);
    host::ask(&format!("connect {address} {number} {count} {script}"));
    Far(number)
}

/// Waits until the far ends of the tests before have closed their descriptors.
#[cfg(all(unix, not(triga_platform = "sim")))]
pub(crate) fn all_done() {
    host::finish();
}

impl Far {
    /// Waits until the script is done, and says how many bytes were received (and were the right ones), and what error
    /// ended it before, if one did.
    pub(crate) async fn report(self) -> Outcome<String> {
        let (listener, address) = listen().await?;
        host::ask(&format!("report {address} {}", self.0));
        let (mut stream, _) = listener.accept().await?;
        let mut text = String::new();
        stream.read_to_string(&mut text).await?;
        give_back(listener)?;
        Ok(text)
    }
}

/// A listener, and what the far ends are to know it by.
async fn listen() -> Outcome<(TcpListener, String)> {
    if SUPPORT.has(Capability::TcpBind) {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let address = listener.local_addr()?.to_string();
        return Ok((listener, address));
    }
    // A test that fails meanwhile drops the listener, and with it connections that still come for that test.
    let kept = PREOPENED.lock().unwrap_or_else(PoisonError::into_inner).take();
    let listener = kept.map_or_else(preopened, Ok)?;
    Ok((
        TcpListener::from_std(&Handle::current()?, listener)?,
        "preopened".into(),
    ))
}

fn give_back(listener: TcpListener) -> Outcome {
    if !SUPPORT.has(Capability::TcpBind) {
        let listener = listener.into_std()?;
        *PREOPENED.lock().unwrap_or_else(PoisonError::into_inner) = Some(listener);
    }
    Ok(())
}

/// The listener is taken with a driver, and leaves it at once.
fn preopened() -> io::Result<std::net::TcpListener> {
    let driver = triga::Driver::new()?;
    let _current = driver.handle().enter();
    Ok(TcpListener::preopened(0)?.into_std()?)
}

/// The far ends are threads of this process.
#[cfg(all(not(target_family = "wasm"), not(triga_platform = "sim")))]
mod host {
    use std::sync::LazyLock;

    use crate::far::FarEnds;

    static FAR_ENDS: LazyLock<FarEnds> = LazyLock::new(FarEnds::default);

    pub(super) fn ask(request: &str) {
        FAR_ENDS.obey(request).unwrap();
    }

    #[cfg(all(unix, not(triga_platform = "sim")))]
    pub(super) fn finish() {
        FAR_ENDS.finish();
    }
}

/// The far ends are of this thread.
#[cfg(triga_platform = "sim")]
mod host {
    use crate::far::FarEnds;

    thread_local! {
        static FAR_ENDS: FarEnds = FarEnds::default();
    }

    pub(super) fn ask(request: &str) {
        FAR_ENDS.with(|far_ends| far_ends.obey(request).unwrap());
    }
}

/// The far ends are with the runner, which reads the requests from the lines of standard error.
#[cfg(target_family = "wasm")]
mod host {
    pub(super) fn ask(request: &str) {
        eprintln!("@{request}");
    }
}
