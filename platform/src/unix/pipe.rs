//! Pipes, with and without a name.

use std::fs::OpenOptions;
use std::io;
use std::os::fd::OwnedFd;
use std::os::unix::fs::{FileTypeExt, OpenOptionsExt};
use std::path::Path;

pub use mio::unix::pipe::{Receiver, Sender};

/// A pipe's two ends, non-blocking, and closed in programs that this one starts.
///
/// # Errors
///
/// What the system says, for one that no more descriptors are left.
pub fn pair() -> io::Result<(Sender, Receiver)> {
    mio::unix::pipe::new()
}

/// Takes a reading end over, and makes it non-blocking.
///
/// # Errors
///
/// What the system says when the mode is changed.
pub fn receiver_from(descriptor: OwnedFd) -> io::Result<Receiver> {
    let receiver = Receiver::from(descriptor);
    receiver.set_nonblocking(true)?;
    Ok(receiver)
}

/// Takes a writing end over, and makes it non-blocking.
///
/// # Errors
///
/// What the system says when the mode is changed.
pub fn sender_from(descriptor: OwnedFd) -> io::Result<Sender> {
    let sender = Sender::from(descriptor);
    sender.set_nonblocking(true)?;
    Ok(sender)
}

/// Opens a fifo without waiting for its other end.
///
/// # Errors
///
/// `InvalidInput` for what is no fifo, and what the system says.
pub fn open_fifo(path: &Path, read: bool, write: bool) -> io::Result<OwnedFd> {
    let file = OpenOptions::new()
        .read(read)
        .write(write)
        .custom_flags(libc::O_NONBLOCK)
        .open(path)?;
    if !file.metadata()?.file_type().is_fifo() {
        return Err(io::Error::new(
            io::ErrorKind::InvalidInput,
            format!("`{}` is no fifo: make one with mkfifo", path.display()),
        ));
    }
    Ok(file.into())
}
