//! WASI 0.2: what any interface of a component hands out to wait for, in the same reactor as everything else.
//!
//! The types of `wasi:io` are those of the crate `wasip2` 1, which `wasi` 0.14 hands on.
//!
//! As everywhere in WASI, a pollable or a stream is dropped before what it was made of: declare it first among the fields of a
//! struct, since fields are dropped in the order of their declaration. A host traps otherwise.

use std::io;
use std::task::{Context, Poll};

use triga_platform::{Direction, Interest, wasi};

use crate::io::registered::{Registered, async_read, async_write};
use crate::reactor::Handle;

/// A pollable of any interface: `wasi:http`, `wasi:keyvalue`, one of your own.
///
/// Any number of tasks may wait for it.
#[derive(Debug)]
pub struct Pollable(Registered<wasi::Pollable>);

impl Pollable {
    /// Takes a pollable over, and registers it with the thread's [current](Handle::current) handle.
    ///
    /// # Errors
    ///
    /// [`ShutDown`](crate::ShutDown) after a shutdown.
    pub fn new(pollable: wasi::HostPollable) -> io::Result<Pollable> {
        register(wasi::Pollable::new(pollable), Interest::READABLE).map(Pollable)
    }

    /// Waits until it is ready, as the interface means that.
    ///
    /// Cancel safe.
    ///
    /// # Errors
    ///
    /// [`ShutDown`](crate::ShutDown) after a shutdown.
    pub async fn ready(&self) -> io::Result<()> {
        let look = |pollable: &wasi::Pollable| {
            let ready = pollable.is_ready();
            ready.then_some(()).ok_or_else(|| io::ErrorKind::WouldBlock.into())
        };
        self.0.async_io(Interest::READABLE, look).await
    }

    /// Runs an operation when the pollable is ready, until it does not say that it would block; otherwise the task is woken
    /// when it is worth another try. Of several tasks that call this, only the last is.
    ///
    /// # Errors
    ///
    /// Those of [`ready`](Self::ready), and the operation's own.
    pub fn poll_io<R>(
        &self,
        cx: &mut Context<'_>,
        mut operation: impl FnMut() -> io::Result<R>,
    ) -> Poll<io::Result<R>> {
        self.0.poll_io(cx, Direction::Read, |_| operation())
    }
}

/// A stream of `wasi:io` that is read.
#[derive(Debug)]
pub struct InputStream(Registered<wasi::InputStream>);

impl InputStream {
    /// Takes a stream over, and registers it with the thread's [current](Handle::current) handle.
    ///
    /// # Errors
    ///
    /// [`ShutDown`](crate::ShutDown) after a shutdown.
    pub fn new(stream: wasi::HostInputStream) -> io::Result<InputStream> {
        register(wasi::InputStream::new(stream), Interest::READABLE).map(InputStream)
    }
}

/// A stream of `wasi:io` that is written.
///
/// Closing it as a writer flushes it. To drop it before that has the host wait until it is done, and every task with it.
#[derive(Debug)]
pub struct OutputStream(Registered<wasi::OutputStream>);

impl OutputStream {
    /// Takes a stream over, and registers it with the thread's [current](Handle::current) handle.
    ///
    /// # Errors
    ///
    /// [`ShutDown`](crate::ShutDown) after a shutdown.
    pub fn new(stream: wasi::HostOutputStream) -> io::Result<OutputStream> {
        register(wasi::OutputStream::new(stream), Interest::WRITABLE).map(OutputStream)
    }
}

async_read!(InputStream, 0);
async_write!(OutputStream, 0, |_| Ok(()));

fn register<S: triga_platform::Source>(source: S, interest: Interest) -> io::Result<Registered<S>> {
    Registered::new(&Handle::current()?, source, interest)
}
