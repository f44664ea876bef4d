//! Bytes to the host, which takes as many as it says that it would, and writes them in its own time.

use std::io::{self, ErrorKind, IoSlice};

use wasip2::io::streams::{OutputStream, StreamError};

use super::error;

/// A stream of the host's, and how far it is flushed.
#[derive(Debug)]
pub(super) struct Writer {
    stream: OutputStream,
    flushed: Flushed,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Flushed {
    Yes,
    /// There were writes since the last flush.
    No,
    /// The host is at it. It takes no bytes until it is done.
    UnderWay,
}

impl Writer {
    pub(super) fn new(stream: OutputStream) -> Writer {
        Writer {
            stream,
            flushed: Flushed::Yes,
        }
    }

    /// Hands the host as many bytes as it has room for.
    pub(super) fn write(&mut self, buf: &[u8]) -> io::Result<usize> {
        if buf.is_empty() {
            return Ok(0);
        }
        match self.hand_over(buf) {
            Ok(0) => Err(ErrorKind::WouldBlock.into()),
            Ok(count) => Ok(count),
            Err(error) => Err(error::of_write(error)),
        }
    }

    fn hand_over(&mut self, buf: &[u8]) -> Result<usize, StreamError> {
        let room = self.stream.check_write()?;
        let count = usize::try_from(room).map_or(buf.len(), |room| room.min(buf.len()));
        if count > 0 {
            self.stream.write(&buf[..count])?;
            self.flushed = Flushed::No;
        }
        Ok(count)
    }

    /// As [`write`](Self::write), from several buffers by one call. The host would send each by itself.
    pub(super) fn write_vectored(&mut self, bufs: &[IoSlice<'_>]) -> io::Result<usize> {
        match bufs {
            [buf] => self.write(buf),
            _ => {
                let bufs: Vec<&[u8]> = bufs.iter().map(|buf| &**buf).collect();
                self.write(&bufs.concat())
            }
        }
    }

    /// Has the host bring everything where it belongs, and fails with `WouldBlock` until it is there.
    pub(super) fn flush(&mut self) -> io::Result<()> {
        if self.flushed == Flushed::No {
            self.stream.flush().map_err(error::of_write)?;
            self.flushed = Flushed::UnderWay;
        }
        if self.flushed == Flushed::UnderWay {
            if self.is_busy().map_err(error::of_write)? {
                return Err(ErrorKind::WouldBlock.into());
            }
            self.flushed = Flushed::Yes;
        }
        Ok(())
    }

    /// Whether the host still writes, or waits for room to write. Dropping the stream would wait for the end of it.
    pub(super) fn is_busy(&self) -> Result<bool, StreamError> {
        self.stream.check_write().map(|room| room == 0)
    }
}
