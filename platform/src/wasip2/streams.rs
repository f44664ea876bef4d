//! The streams of `wasi:io` as sources, whatever interface they are from.

use std::io::{self, Read, Write};

use wasip2::io::poll::Pollable;
use wasip2::io::streams;

use super::membership::Membership;
use super::pollables::{Handle, Handles};
use super::reader::Reader;
use super::selector::source;
use super::writer::Writer;
use crate::Lock;

/// Bytes from the host.
#[derive(Debug)]
pub struct InputStream {
    membership: Membership,
    readable: Pollable,
    reader: Lock<Reader>,
}

impl InputStream {
    /// Takes a stream over.
    pub fn new(stream: streams::InputStream) -> InputStream {
        InputStream {
            membership: Membership::default(),
            readable: stream.subscribe(),
            reader: Lock::new(Reader::new(stream)),
        }
    }

    fn handles(&self) -> Handles {
        Handles {
            read: Handle::of(&self.readable),
            write: Handle::NONE,
        }
    }
}

source!(InputStream);

impl Read for &InputStream {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        self.reader.lock().read(buf)
    }
}

/// Bytes to the host.
#[derive(Debug)]
pub struct OutputStream {
    membership: Membership,
    writable: Pollable,
    writer: Lock<Writer>,
}

impl OutputStream {
    /// Takes a stream over.
    pub fn new(stream: streams::OutputStream) -> OutputStream {
        OutputStream {
            membership: Membership::default(),
            writable: stream.subscribe(),
            writer: Lock::new(Writer::new(stream)),
        }
    }

    fn handles(&self) -> Handles {
        Handles {
            read: Handle::NONE,
            write: Handle::of(&self.writable),
        }
    }
}

source!(OutputStream);

impl Write for &OutputStream {
    fn write(&mut self, buf: &[u8]) -> io::Result<usize> {
        self.writer.lock().write(buf)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.writer.lock().flush()
    }
}
