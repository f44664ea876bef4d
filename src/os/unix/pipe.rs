//! Pipes as descriptors, and those with a name in the file system.

use std::io;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::path::Path;

use triga_platform::pipe;

use crate::error::ConversionError;
use crate::io::pipe::{PipeReader, PipeWriter};
use crate::reactor::Handle;

/// How a fifo is opened.
///
/// ```no_run
/// use futures_util::AsyncReadExt;
/// use triga::os::unix::FifoOptions;
///
/// triga::block_on(async {
///     let mut reader = FifoOptions::new().open_reader("/run/commands")?;
///     let mut commands = String::new();
///     reader.read_to_string(&mut commands).await
/// })
/// # .unwrap().unwrap();
/// ```
#[derive(Debug, Clone, Default)]
pub struct FifoOptions {
    both: bool,
}

impl FifoOptions {
    /// Opens one end.
    pub fn new() -> FifoOptions {
        FifoOptions::default()
    }

    /// Opens the other end along with the one that is asked for: so a reader never comes to an end, whichever writers come and
    /// go, and a writer need not wait for a reader to come. Linux and the BSDs let a program do so.
    pub fn both_ends(&mut self, both: bool) -> &mut FifoOptions {
        self.both = both;
        self
    }

    /// Opens the reading end, with the thread's [current](Handle::current) handle. It does not wait for a writer.
    ///
    /// # Errors
    ///
    /// `InvalidInput` for what is no fifo; errors of the system, such as `NotFound` and `PermissionDenied`.
    pub fn open_reader(&self, path: impl AsRef<Path>) -> io::Result<PipeReader> {
        let handle = Handle::current()?;
        let descriptor = pipe::open_fifo(path.as_ref(), true, self.both)?;
        PipeReader::from_fd(&handle, descriptor)
    }

    /// Opens the writing end, with the thread's [current](Handle::current) handle. It does not wait for a reader.
    ///
    /// # Errors
    ///
    /// As [`open_reader`](Self::open_reader), and `NotConnected` if no program has it open for reading: try again later.
    pub fn open_writer(&self, path: impl AsRef<Path>) -> io::Result<PipeWriter> {
        let handle = Handle::current()?;
        let descriptor = pipe::open_fifo(path.as_ref(), self.both, true)?;
        PipeWriter::from_fd(&handle, descriptor)
    }
}

impl PipeReader {
    /// Takes the reading end of a pipe or a fifo over, and makes it non-blocking.
    ///
    /// # Errors
    ///
    /// `InvalidInput` for any other descriptor; errors of the system when the mode is changed or the descriptor is registered.
    pub fn from_fd(handle: &Handle, descriptor: OwnedFd) -> io::Result<PipeReader> {
        PipeReader::register(handle, pipe::receiver_from(descriptor)?)
    }

    /// Gives the descriptor back, in blocking mode, so that it may become a child's standard input.
    ///
    /// # Errors
    ///
    /// The error gives this value back. Errors of the system when the descriptor is deregistered or the mode is changed.
    pub fn into_blocking_fd(self) -> Result<OwnedFd, ConversionError<PipeReader>> {
        if let Err(error) = self.io.source.set_nonblocking(false) {
            return Err(ConversionError::new(self, error));
        }
        self.io.into_source().map(OwnedFd::from).map_err(|failed| {
            // It was non-blocking before, so the system has no objection.
            let _ = failed.get_ref().source.set_nonblocking(true);
            failed.map(|io| PipeReader { io })
        })
    }
}

impl PipeWriter {
    /// Takes the writing end of a pipe or a fifo over, and makes it non-blocking.
    ///
    /// # Errors
    ///
    /// `InvalidInput` for any other descriptor; errors of the system when the mode is changed or the descriptor is registered.
    pub fn from_fd(handle: &Handle, descriptor: OwnedFd) -> io::Result<PipeWriter> {
        PipeWriter::register(handle, pipe::sender_from(descriptor)?)
    }

    /// Gives the descriptor back, in blocking mode, so that it may become a child's standard output.
    ///
    /// # Errors
    ///
    /// The error gives this value back. Errors of the system when the descriptor is deregistered or the mode is changed.
    pub fn into_blocking_fd(self) -> Result<OwnedFd, ConversionError<PipeWriter>> {
        if let Err(error) = self.io.source.set_nonblocking(false) {
            return Err(ConversionError::new(self, error));
        }
        self.io.into_source().map(OwnedFd::from).map_err(|failed| {
            // It was non-blocking before, so the system has no objection.
            let _ = failed.get_ref().source.set_nonblocking(true);
            failed.map(|io| PipeWriter { io })
        })
    }
}

impl AsFd for PipeReader {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.io.source.as_fd()
    }
}

impl AsFd for PipeWriter {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.io.source.as_fd()
    }
}
