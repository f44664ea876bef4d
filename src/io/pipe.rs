//! Pipes: bytes that flow from one end to the other, within a process or between two.

use std::io;

use triga_platform::{Interest, pipe};

use crate::io::registered::{Registered, async_read, async_write};
use crate::reactor::Handle;

/// A pipe, registered with the thread's [current](Handle::current) handle: what is written to the one end is read from the
/// other.
///
/// ```
/// use futures_util::{AsyncReadExt, AsyncWriteExt};
///
/// triga::block_on(async {
///     let (mut reader, mut writer) = triga::pipe()?;
///     writer.write_all(b"ping").await?;
///     drop(writer);
///     let mut text = String::new();
///     reader.read_to_string(&mut text).await?;
///     assert_eq!(text, "ping");
///     std::io::Result::Ok(())
/// })
/// # .unwrap().unwrap();
/// ```
///
/// # Errors
///
/// Errors of the system, such as `EMFILE`; [`ShutDown`](crate::ShutDown) after a shutdown; `Unsupported`
/// in WASI, which has no pipes.
pub fn pipe() -> io::Result<(PipeReader, PipeWriter)> {
    let handle = Handle::current()?;
    let (sender, receiver) = pipe::pair()?;
    Ok((
        PipeReader::register(&handle, receiver)?,
        PipeWriter::register(&handle, sender)?,
    ))
}

/// The reading end of a pipe. It reads to the end when every writing end is closed.
///
/// It is read through the futures-io traits, also by reference, and has one place for a reader: of several tasks, only the
/// last is woken.
#[derive(Debug)]
pub struct PipeReader {
    pub(crate) io: Registered<pipe::Receiver>,
}

/// The writing end of a pipe. A write fails with `BrokenPipe` when no reading end is left.
///
/// It is written through the futures-io traits, also by reference, and has one place for a writer. The stream ends when it is
/// dropped or closed as a writer, unless others have the writing end as well. Once it is closed, writes fail with `BrokenPipe`.
/// On Unix, closing takes a descriptor for a moment, and fails when none is left.
#[derive(Debug)]
pub struct PipeWriter {
    pub(crate) io: Registered<pipe::Sender>,
}

impl PipeReader {
    pub(crate) fn register(handle: &Handle, receiver: pipe::Receiver) -> io::Result<PipeReader> {
        Registered::new(handle, receiver, Interest::READABLE).map(|io| PipeReader { io })
    }

    /// Reads the bytes that have arrived, without waiting.
    ///
    /// # Errors
    ///
    /// `WouldBlock` if there are no bytes; errors of the system.
    pub fn try_read(&self, buf: &mut [u8]) -> io::Result<usize> {
        self.io.try_read(buf)
    }
}

impl PipeWriter {
    pub(crate) fn register(handle: &Handle, sender: pipe::Sender) -> io::Result<PipeWriter> {
        Registered::new(handle, sender, Interest::WRITABLE).map(|io| PipeWriter { io })
    }

    /// Writes as many bytes as the buffer takes, without waiting.
    ///
    /// # Errors
    ///
    /// `WouldBlock` if the pipe is full; `BrokenPipe` if no reading end is left; errors of the system.
    pub fn try_write(&self, buf: &[u8]) -> io::Result<usize> {
        self.io.try_write(buf)
    }

    /// Ends the stream.
    fn close(&self) -> io::Result<()> {
        let registration = &self.io.registration;
        let registry = &registration.handle().shared.registry;
        pipe::end(&self.io.source, registry, registration.token())
    }
}

async_read!(PipeReader, io);
async_write!(PipeWriter, io, |writer: &PipeWriter| writer.close());
