//! Local sockets: streams between programs of one machine, through a path in the file system. Windows has them since 2018.

use std::io;
use std::net::Shutdown;
use std::path::Path;
use std::task::{Context, Poll, ready};

use triga_platform::{Direction, Interest, local};

use crate::io::registered::{Registered, async_read, async_write};
use crate::reactor::Handle;

/// Listens on a path.
///
/// ```no_run
/// use futures_util::{AsyncReadExt, AsyncWriteExt};
/// use triga::os::windows::net::{UnixListener, UnixStream};
///
/// triga::block_on(async {
///     let path = std::env::temp_dir().join("example.socket");
///     let listener = UnixListener::bind(&path)?;
///     let mut near = UnixStream::connect(&path).await?;
///     let mut far = listener.accept().await?;
///     near.write_all(b"ping").await?;
///     let mut buffer = [0; 4];
///     far.read_exact(&mut buffer).await?;
///     std::fs::remove_file(&path)
/// })
/// # .unwrap().unwrap();
/// ```
#[derive(Debug)]
pub struct UnixListener {
    io: Registered<local::UnixListener>,
}

/// A connection through a path: a stream of bytes in each direction.
///
/// It is read and written through the futures-io traits, also by reference, and has one place for a reader and one for a
/// writer. Closing it as a writer ends the writing direction.
#[derive(Debug)]
pub struct UnixStream {
    io: Registered<local::UnixStream>,
}

impl UnixListener {
    /// Listens on a path, registered with the thread's [current](Handle::current) handle. The path becomes a file, which stays
    /// when no listener is left: remove it before it is used again.
    ///
    /// # Errors
    ///
    /// `AddrInUse` for a path that is there, `InvalidInput` for one of more than 107 bytes, and what else the system says: one
    /// older than 2018 has no such sockets.
    pub fn bind(path: impl AsRef<Path>) -> io::Result<UnixListener> {
        let listener = local::UnixListener::bind(path.as_ref())?;
        Registered::new(&Handle::current()?, listener, Interest::READABLE).map(|io| UnixListener { io })
    }

    /// Waits for a connection. Any number of tasks may wait.
    ///
    /// Cancel safe: a connection that was not returned is still there for the next call.
    ///
    /// # Errors
    ///
    /// Errors of the system; [`ShutDown`](crate::ShutDown) after a shutdown.
    pub async fn accept(&self) -> io::Result<UnixStream> {
        let stream = self
            .io
            .async_io(Interest::READABLE, local::UnixListener::accept)
            .await?;
        UnixStream::register(self.io.registration.handle(), stream)
    }

    /// Ready with a connection; otherwise the task is woken when there is one. Of several tasks, the last one is.
    ///
    /// # Errors
    ///
    /// As [`accept`](Self::accept).
    pub fn poll_accept(&self, cx: &mut Context<'_>) -> Poll<io::Result<UnixStream>> {
        let stream = ready!(self.io.poll_io(cx, Direction::Read, local::UnixListener::accept))?;
        Poll::Ready(UnixStream::register(self.io.registration.handle(), stream))
    }
}

impl UnixStream {
    /// Connects to a path, with the thread's [current](Handle::current) handle.
    ///
    /// Cancel safe: a connection that is being made is given up.
    ///
    /// # Errors
    ///
    /// `ConnectionRefused` if no listener is there, `InvalidInput` for a path of more than 107 bytes, and what else the system
    /// says.
    pub async fn connect(path: impl AsRef<Path>) -> io::Result<UnixStream> {
        let handle = Handle::current()?;
        let stream = UnixStream::register(&handle, local::UnixStream::connect(path.as_ref())?)?;
        let outcome = |stream: &local::UnixStream| stream.take_error()?.map_or(Ok(()), Err);
        stream.io.async_io(Interest::WRITABLE, outcome).await?;
        Ok(stream)
    }

    /// Ends one direction or both. What was written before still arrives.
    ///
    /// # Errors
    ///
    /// `NotConnected` if the other side has gone already, and what else the system says.
    pub fn shutdown(&self, how: Shutdown) -> io::Result<()> {
        self.io.source.shutdown(how)
    }

    fn register(handle: &Handle, stream: local::UnixStream) -> io::Result<UnixStream> {
        Registered::new(handle, stream, Interest::READABLE | Interest::WRITABLE).map(|io| UnixStream { io })
    }

    /// Ends the writing direction. One that has ended already is no error.
    fn close(&self) -> io::Result<()> {
        match self.shutdown(Shutdown::Write) {
            Err(error) if error.kind() == io::ErrorKind::NotConnected => Ok(()),
            result => result,
        }
    }
}

async_read!(UnixStream, io);
async_write!(UnixStream, io, |stream: &UnixStream| stream.close());
