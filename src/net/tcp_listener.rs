//! TCP, the side that waits for connections.

use std::future::{Future, poll_fn};
use std::io;
use std::net::SocketAddr;
use std::task::{Context, Poll, ready};

use triga_platform::{Direction, Interest, net};

use crate::error::ConversionError;
use crate::io::registered::Registered;
use crate::net::TcpStream;
use crate::net::ToSocketAddrs;
use crate::net::address::try_each;
use crate::net::backoff::Backoff;
use crate::reactor::Handle;

/// A TCP socket that listens for connections.
///
/// Any number of tasks may [`accept`](Self::accept) from one listener.
#[derive(Debug)]
pub struct TcpListener {
    pub(crate) io: Registered<net::TcpListener>,
}

impl TcpListener {
    /// Listens on an address. A name is [looked up](crate::net::lookup), and each of its addresses is tried.
    ///
    /// Port 0 lets the system choose one: [`local_addr`](Self::local_addr) says which.
    ///
    /// # Errors
    ///
    /// `InvalidInput` for an address that does not parse, `AddrInUse` and others from the system, the last one if several
    /// addresses were tried. `Unsupported` on WASI 0.1, where the host listens: see [`preopened`](Self::preopened).
    pub async fn bind(address: impl ToSocketAddrs) -> io::Result<TcpListener> {
        let handle = &Handle::current()?;
        try_each(address, |address| async move {
            let listener = TcpListener::register(handle, net::TcpListener::bind(address)?)?;
            poll_fn(|cx| listener.io.poll_first(cx, Direction::Read, net::finish_listen)).await?;
            Ok(listener)
        })
        .await
    }

    /// The listener that the host opened before the program began, by its number from 0. Each can be taken once.
    ///
    /// wasmtime 46 and older open one for a WASI 0.1 program: `wasmtime run -Spreview2=n -Stcplisten=127.0.0.1:7000 app.wasm`.
    ///
    /// # Errors
    ///
    /// `NotFound` if the host opened fewer, `Unsupported` where programs listen by themselves.
    pub fn preopened(number: usize) -> io::Result<TcpListener> {
        TcpListener::register(&Handle::current()?, net::preopened_listener(number)?)
    }

    /// Takes a socket of std's over, and makes it non-blocking.
    ///
    /// # Errors
    ///
    /// `InvalidInput` for a socket that is no TCP listener, on Unix; errors of the system when the mode is changed or the
    /// socket is registered.
    pub fn from_std(handle: &Handle, listener: std::net::TcpListener) -> io::Result<TcpListener> {
        TcpListener::register(handle, net::listener_from_std(listener)?)
    }

    /// Gives the socket back to std. It stays non-blocking.
    ///
    /// # Errors
    ///
    /// The error gives this value back. Errors of the system when the socket is deregistered; `Unsupported` on WASI 0.2.
    pub fn into_std(self) -> Result<std::net::TcpListener, ConversionError<TcpListener>> {
        self.io
            .into_std(net::LISTENER_INTO_STD)
            .map_err(|failed| failed.map(|io| TcpListener { io }))
    }

    /// Waits for a connection. Returns it with the peer's address, which is unspecified on WASI 0.1.
    ///
    /// When the process or the system has no descriptors left, it waits for some to be given back, with growing pauses of
    /// 1.3 seconds together, before it fails; so a loop that goes on after an error does not spin.
    ///
    /// Cancel safe: a connection that was not returned is still there for the next call.
    ///
    /// # Errors
    ///
    /// Errors of the system. Most are those of one connection, such as `ECONNABORTED`: the listener can be used again.
    pub fn accept(&self) -> impl Future<Output = io::Result<(TcpStream, SocketAddr)>> {
        let mut connection = self.io.registration.readiness(Interest::READABLE);
        let mut backoff = Backoff::default();
        poll_fn(move |cx| {
            loop {
                if net::MAY_RUN_OUT {
                    ready!(backoff.poll_over(cx))?;
                }
                match ready!(connection.poll_io(cx, || self.io.source.accept())) {
                    Err(error) if net::is_exhausted(&error) => backoff.pause(self.io.registration.handle(), error)?,
                    Err(error) => return Poll::Ready(Err(error)),
                    Ok((stream, address)) => {
                        return Poll::Ready(self.register_accepted(stream).map(|stream| (stream, address)));
                    }
                }
            }
        })
    }

    /// Ready with a connection; otherwise the task is woken when there is one. Of several tasks, the last one is.
    ///
    /// # Errors
    ///
    /// As [`accept`](Self::accept). `EMFILE` and `ENFILE` are returned at once, except on WASI 0.2.
    pub fn poll_accept(&self, cx: &mut Context<'_>) -> Poll<io::Result<(TcpStream, SocketAddr)>> {
        let (stream, address) = ready!(self.io.poll_io(cx, Direction::Read, |listener| listener.accept()))?;
        Poll::Ready(self.register_accepted(stream).map(|stream| (stream, address)))
    }

    /// The address that it listens on.
    ///
    /// # Errors
    ///
    /// Errors of the system; `Unsupported` on WASI 0.1.
    pub fn local_addr(&self) -> io::Result<SocketAddr> {
        self.io.source.local_addr()
    }

    /// The time to live of its packets, in hops.
    ///
    /// # Errors
    ///
    /// Errors of the system; `Unsupported` on WASI 0.1.
    pub fn ttl(&self) -> io::Result<u32> {
        self.io.source.ttl()
    }

    /// Sets the time to live of its packets, in hops.
    ///
    /// # Errors
    ///
    /// As [`ttl`](Self::ttl).
    pub fn set_ttl(&self, hops: u32) -> io::Result<()> {
        self.io.source.set_ttl(hops)
    }

    fn register(handle: &Handle, listener: net::TcpListener) -> io::Result<TcpListener> {
        Registered::new(handle, listener, Interest::READABLE).map(|io| TcpListener { io })
    }

    fn register_accepted(&self, stream: net::TcpStream) -> io::Result<TcpStream> {
        TcpStream::register_own(self.io.registration.handle(), stream)
    }
}

/// Uses the thread's [current](Handle::current) handle.
impl TryFrom<std::net::TcpListener> for TcpListener {
    type Error = io::Error;

    fn try_from(listener: std::net::TcpListener) -> io::Result<TcpListener> {
        TcpListener::from_std(&Handle::current()?, listener)
    }
}
