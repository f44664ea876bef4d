//! Connections whose far end follows a script.
//!
//! The far ends are threads, as `far.rs` has them: of this process, or of the one that runs this guest. They connect to the
//! test's listener, so that a guest which cannot connect has peers too.

use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Mutex, PoisonError};

use futures_util::AsyncReadExt;
use triga::Handle;
use triga::net::{TcpListener, TcpStream};

use crate::harness::Outcome;

/// The listener, while no driver has it.
static LISTENER: Mutex<Option<std::net::TcpListener>> = Mutex::new(None);

/// A source as the core sees it: a connection that no driver knows yet.
pub(crate) type Source = triga_platform::net::TcpStream;

/// The far end of one or more connections.
#[derive(Debug)]
pub(crate) struct Far(u32);

/// Whether there can be peers.
pub(crate) fn is_there() -> bool {
    host::is_there()
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
    let (streams, far) = crowd(count, script).await?;
    let mut sources = Vec::with_capacity(count);
    for stream in streams {
        sources.push(triga_platform::net::stream_from_std(stream.into_std()?)?);
    }
    Ok((sources, far))
}

/// So many connections. Their far ends take each step of the script in turn, one after another.
pub(crate) async fn crowd(count: usize, script: &str) -> Outcome<(Vec<TcpStream>, Far)> {
    static NUMBERS: AtomicU32 = AtomicU32::new(0);
    let number = NUMBERS.fetch_add(1, Ordering::Relaxed);
    let listener = take_listener()?;
    host::ask(&format!("connect {number} {count} {script}"));
    let mut streams = Vec::with_capacity(count);
    while streams.len() < count {
        streams.push(listener.accept().await?.0);
    }
    give_back(listener)?;
    Ok((streams, Far(number)))
}

impl Far {
    /// Waits until the script is done, and says how many bytes were received (and were the right ones), and what error
    /// ended it before, if one did.
    pub(crate) async fn report(self) -> Outcome<String> {
        let listener = take_listener()?;
        host::ask(&format!("report {}", self.0));
        let (mut stream, _) = listener.accept().await?;
        let mut text = String::new();
        stream.read_to_string(&mut text).await?;
        give_back(listener)?;
        Ok(text)
    }
}

/// A test that fails meanwhile takes the listener along, and with it whoever still comes for that test.
fn take_listener() -> Outcome<TcpListener> {
    let kept = LISTENER.lock().unwrap_or_else(PoisonError::into_inner).take();
    let listener = match kept {
        Some(listener) => listener,
        None => host::listen()?,
    };
    Ok(TcpListener::from_std(&Handle::current()?, listener)?)
}

fn give_back(listener: TcpListener) -> Outcome {
    let listener = listener.into_std()?;
    *LISTENER.lock().unwrap_or_else(PoisonError::into_inner) = Some(listener);
    Ok(())
}

/// The far ends are threads of this process.
#[cfg(not(target_os = "wasi"))]
mod host {
    use std::io;
    use std::net::TcpListener;
    use std::sync::Mutex;

    use crate::far::FarEnds;

    static FAR_ENDS: Mutex<Option<FarEnds>> = Mutex::new(None);

    pub(super) fn is_there() -> bool {
        true
    }

    pub(super) fn listen() -> io::Result<TcpListener> {
        let listener = TcpListener::bind("127.0.0.1:0")?;
        *FAR_ENDS.lock().unwrap() = Some(FarEnds::new(listener.local_addr()?));
        Ok(listener)
    }

    pub(super) fn ask(request: &str) {
        let far_ends = FAR_ENDS.lock().unwrap();
        far_ends.as_ref().expect("the listener is there").obey(request).unwrap();
    }
}

/// The far ends are with the runner, which reads the requests from the lines of standard error.
#[cfg(target_os = "wasi")]
mod host {
    use std::io;
    use std::net::TcpListener;

    use triga::Driver;

    use super::LISTENER;

    pub(super) fn is_there() -> bool {
        let mut kept = LISTENER.lock().unwrap();
        if kept.is_none() {
            *kept = listen().ok();
        }
        kept.is_some()
    }

    /// The listener is taken with a driver, and leaves it at once.
    pub(super) fn listen() -> io::Result<TcpListener> {
        let driver = Driver::new()?;
        let _current = driver.handle().enter();
        triga::net::TcpListener::preopened(0)?.into_std()
    }

    pub(super) fn ask(request: &str) {
        eprintln!("@{request}");
    }
}
