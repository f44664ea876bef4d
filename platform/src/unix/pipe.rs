//! Pipes, with and without a name.

use std::fs::{File, OpenOptions};
use std::io;
use std::os::fd::{AsRawFd, OwnedFd, RawFd};
use std::os::unix::fs::{FileTypeExt, OpenOptionsExt};
use std::path::Path;

use mio::unix::SourceFd;
pub use mio::unix::pipe::{Receiver, Sender};

use super::kind;
use crate::{Direction, Interest, Registry, Token};

/// A pipe's two ends, non-blocking, and closed in programs that this one starts.
///
/// # Errors
///
/// Errors of the system, such as `EMFILE`.
pub fn pair() -> io::Result<(Sender, Receiver)> {
    mio::unix::pipe::new()
}

/// Takes a reading end over, and makes it non-blocking.
///
/// # Errors
///
/// `InvalidInput` for another kind of descriptor, and errors of the system when the mode is changed.
pub fn receiver_from(descriptor: OwnedFd) -> io::Result<Receiver> {
    let file = File::from(descriptor);
    kind::check_reading_end(&file)?;
    let receiver = Receiver::from(OwnedFd::from(file));
    receiver.set_nonblocking(true)?;
    Ok(receiver)
}

/// Takes a writing end over, and makes it non-blocking.
///
/// # Errors
///
/// `InvalidInput` for another kind of descriptor, and errors of the system when the mode is changed.
pub fn sender_from(descriptor: OwnedFd) -> io::Result<Sender> {
    let file = File::from(descriptor);
    kind::check_writing_end(&file)?;
    let sender = Sender::from(OwnedFd::from(file));
    sender.set_nonblocking(true)?;
    Ok(sender)
}

/// Ends the stream of a writing end, unless others have it open as well. Later writes fail with `BrokenPipe`.
///
/// The descriptor stays open, since it may be borrowed: the writing end of a pipe without a reader takes the place of the one
/// that was there. So tasks that wait for room are told that there will be none.
///
/// # Errors
///
/// Errors of the system, such as `EMFILE`.
pub fn end(sender: &Sender, registry: &Registry, token: Token) -> io::Result<()> {
    let (unread, _) = pair()?;
    let number = sender.as_raw_fd();
    // A duplicate keeps the registration of what is replaced. A forked child has none to take back.
    let was_registered = registry.deregister(&mut SourceFd(&number), token).is_ok();
    replace(number, &unread)?;
    if was_registered {
        registry.register(&mut SourceFd(&number), token, Interest::WRITABLE)?;
        registry.arm(token, Direction::Write)?;
    }
    Ok(())
}

/// Has a descriptor's number stand for what another one stands for.
fn replace(number: RawFd, by: &Sender) -> io::Result<()> {
    // SAFETY: the call takes integers. Both descriptors are open, and the number stays open for its borrowers.
    if unsafe { libc::dup2(by.as_raw_fd(), number) } == -1 {
        return Err(io::Error::last_os_error());
    }
    // A program that is started before this inherits an end that can do nothing.
    // SAFETY: the call takes integers.
    if unsafe { libc::fcntl(number, libc::F_SETFD, libc::FD_CLOEXEC) } == -1 {
        return Err(io::Error::last_os_error());
    }
    Ok(())
}

/// Opens a fifo without waiting for its other end.
///
/// # Errors
///
/// `InvalidInput` for a file that is no fifo, `NotConnected` for a writing end without a reader, and errors of the system.
pub fn open_fifo(path: &Path, read: bool, write: bool) -> io::Result<OwnedFd> {
    let file = OpenOptions::new()
        .read(read)
        .write(write)
        .custom_flags(libc::O_NONBLOCK)
        .open(path)
        .map_err(|error| without_reader(path, error))?;
    if !file.metadata()?.file_type().is_fifo() {
        return Err(io::Error::new(
            io::ErrorKind::InvalidInput,
            format!("`{}` is no fifo: make one with mkfifo", path.display()),
        ));
    }
    Ok(file.into())
}

/// Says what `ENXIO` means. A device that is not there fails with it as well.
fn without_reader(path: &Path, error: io::Error) -> io::Error {
    let is_fifo = || path.metadata().is_ok_and(|metadata| metadata.file_type().is_fifo());
    if error.raw_os_error() != Some(libc::ENXIO) || !is_fifo() {
        return error;
    }
    io::Error::new(
        io::ErrorKind::NotConnected,
        format!(
            "no program has the fifo `{}` open for reading: open the reading end before, try again later, or open both ends",
            path.display()
        ),
    )
}
