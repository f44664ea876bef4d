//! Pipes that are opened again, as fifos are.

use std::io;

use crate::io::pipe::{PipeReader, PipeWriter};
use crate::reactor::Handle;

/// Opens a writing end of a pipe, as a program does that opens a fifo. If the last one was dropped, the pipe is no
/// longer at its end.
///
/// # Errors
///
/// `OutOfMemory` if the host may have no more open; `NotConnected` without a [current](Handle::current) handle, and in another
/// simulation than the pipe's.
pub fn open_writer(reader: &PipeReader) -> io::Result<PipeWriter> {
    PipeWriter::register(&Handle::current()?, reader.io.source.open_writer()?)
}

/// Opens a reading end of a pipe, as a program does that opens a fifo. If the last one was dropped, writes no
/// longer fail. What it had not read is lost.
///
/// # Errors
///
/// As [`open_writer`].
pub fn open_reader(writer: &PipeWriter) -> io::Result<PipeReader> {
    PipeReader::register(&Handle::current()?, writer.io.source.open_reader()?)
}
