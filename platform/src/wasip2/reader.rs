//! Bytes from the host.

use std::io::{self, ErrorKind, IoSliceMut};

use wasip2::io::streams::{InputStream, StreamError};

use super::error;

/// A stream of the host's, and what was read from it to be looked at only.
#[derive(Debug)]
pub(super) struct Reader {
    stream: InputStream,
    /// The bytes that `peek` has read, and that no read has taken yet. WASI has no call that leaves bytes where they are.
    peeked: Vec<u8>,
}

impl Reader {
    pub(super) fn new(stream: InputStream) -> Reader {
        Reader {
            stream,
            peeked: Vec::new(),
        }
    }

    /// Reads what is there; 0 at the end.
    pub(super) fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        if self.peeked.is_empty() {
            return fetch(&self.stream, buf);
        }
        let count = copy(&self.peeked, buf);
        self.peeked.copy_within(count.., 0);
        self.peeked.truncate(self.peeked.len() - count);
        Ok(count)
    }

    /// As [`read`](Self::read), into several buffers by one call.
    pub(super) fn read_vectored(&mut self, bufs: &mut [IoSliceMut<'_>]) -> io::Result<usize> {
        if let [buf] = bufs {
            return self.read(buf);
        }
        let mut gathered = vec![0; bufs.iter().map(|buf| buf.len()).sum()];
        let count = self.read(&mut gathered)?;
        let mut rest = &gathered[..count];
        for buf in bufs {
            rest = &rest[copy(rest, buf)..];
        }
        Ok(count)
    }

    /// Copies what is there, and keeps it for the next read.
    pub(super) fn peek(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        let known = copy(&self.peeked, buf);
        match fetch(&self.stream, &mut buf[known..]) {
            Ok(new) => {
                self.peeked.extend_from_slice(&buf[known..known + new]);
                Ok(known + new)
            }
            // An error comes again, or else the end does.
            Err(_) if known > 0 => Ok(known),
            Err(error) => Err(error),
        }
    }
}

fn fetch(stream: &InputStream, buf: &mut [u8]) -> io::Result<usize> {
    if buf.is_empty() {
        return Ok(0);
    }
    match stream.read(buf.len() as u64) {
        Ok(bytes) if bytes.is_empty() => Err(ErrorKind::WouldBlock.into()),
        Ok(bytes) => Ok(copy(&bytes, buf)),
        Err(StreamError::Closed) => Ok(0),
        Err(StreamError::LastOperationFailed(error)) => Err(error::of_operation(error)),
    }
}

fn copy(bytes: &[u8], buf: &mut [u8]) -> usize {
    let count = bytes.len().min(buf.len());
    buf[..count].copy_from_slice(&bytes[..count]);
    count
}
