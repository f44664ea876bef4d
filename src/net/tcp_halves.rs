//! A connection taken apart into its two directions.

use std::error::Error;
use std::fmt;

use crate::net::TcpStream;
use crate::registered::{async_read, async_write};
use crate::sync::Arc;

/// The reading direction, borrowed: what [`TcpStream::as_split`] returns.
#[derive(Debug)]
pub struct ReadHalf<'a>(&'a TcpStream);

/// The writing direction, borrowed: what [`TcpStream::as_split`] returns.
#[derive(Debug)]
pub struct WriteHalf<'a>(&'a TcpStream);

/// The reading direction, owned: what [`TcpStream::into_split`] returns.
#[derive(Debug)]
pub struct OwnedReadHalf(Arc<TcpStream>);

/// The writing direction, owned: what [`TcpStream::into_split`] returns. Dropping it ends the direction.
#[derive(Debug)]
pub struct OwnedWriteHalf {
    stream: Arc<TcpStream>,
    ends_when_dropped: bool,
}

pub(crate) fn split(stream: &TcpStream) -> (ReadHalf<'_>, WriteHalf<'_>) {
    (ReadHalf(stream), WriteHalf(stream))
}

pub(crate) fn into_split(stream: TcpStream) -> (OwnedReadHalf, OwnedWriteHalf) {
    let stream = Arc::new(stream);
    (
        OwnedReadHalf(stream.clone()),
        OwnedWriteHalf {
            stream,
            ends_when_dropped: true,
        },
    )
}

impl OwnedReadHalf {
    /// Puts the two halves of a connection together again.
    ///
    /// # Errors
    ///
    /// Gives both halves back if they are not of one connection.
    pub fn reunite(self, write: OwnedWriteHalf) -> Result<TcpStream, ReuniteError> {
        if !Arc::ptr_eq(&self.0, &write.stream) {
            return Err(ReuniteError(self, write));
        }
        drop(self);
        let stream = write.into_stream();
        // There were two halves, and one is left.
        Ok(Arc::into_inner(stream).expect("no half of the connection is left"))
    }
}

impl OwnedWriteHalf {
    /// Drops the half without ending the direction.
    pub fn forget(self) {
        drop(self.into_stream());
    }

    fn into_stream(mut self) -> Arc<TcpStream> {
        self.ends_when_dropped = false;
        self.stream.clone()
    }
}

impl Drop for OwnedWriteHalf {
    fn drop(&mut self) {
        if self.ends_when_dropped {
            // A connection that fails here has failed for its reader too, who learns it.
            let _ = self.stream.close();
        }
    }
}

impl AsRef<TcpStream> for ReadHalf<'_> {
    fn as_ref(&self) -> &TcpStream {
        self.0
    }
}

impl AsRef<TcpStream> for WriteHalf<'_> {
    fn as_ref(&self) -> &TcpStream {
        self.0
    }
}

impl AsRef<TcpStream> for OwnedReadHalf {
    fn as_ref(&self) -> &TcpStream {
        &self.0
    }
}

impl AsRef<TcpStream> for OwnedWriteHalf {
    fn as_ref(&self) -> &TcpStream {
        &self.stream
    }
}

async_read!(ReadHalf<'_>, 0.io);
async_read!(OwnedReadHalf, 0.io);
async_write!(WriteHalf<'_>, 0.io, |half: &WriteHalf<'_>| half.0.close());
async_write!(OwnedWriteHalf, stream.io, |half: &OwnedWriteHalf| half.stream.close());

/// The halves given to [`OwnedReadHalf::reunite`] are not of one connection. It gives them back.
#[derive(Debug)]
pub struct ReuniteError(
    /// The reading half.
    pub OwnedReadHalf,
    /// The writing half.
    pub OwnedWriteHalf,
);

impl fmt::Display for ReuniteError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the two halves are not of one connection")
    }
}

impl Error for ReuniteError {}
