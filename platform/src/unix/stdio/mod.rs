//! Standard streams, without blocking.
//!
//! Other programs share the open file descriptions of these streams, so `O_NONBLOCK` is not set there. poll(2) is no promise
//! either: another reader of a pipe may be first, and a terminal may have less room than a write takes. So a stream has a
//! non-blocking description of its own where the system opens one (`own`), is a socket that is asked not to block by each call
//! (`socket`), or is left to a thread (`threads`).

mod own;
mod socket;
mod threads;

use std::fs::{self, File, FileType};
use std::io::{self, Read, Write};
use std::os::fd::{AsFd, AsRawFd, BorrowedFd};
use std::os::unix::fs::{FileTypeExt, MetadataExt};

use super::descriptor::Descriptor;
use crate::{Interest, Ready, Registry, Source, Token};
use threads::{Reader, Writer};

/// Which way the bytes of a stream go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Way {
    Read,
    Write,
}

/// A stream, with what a thread has of it.
#[derive(Debug)]
enum Stream<T> {
    /// No call on it ever waits: a file, or the null device.
    AtOnce(File),
    /// A non-blocking description of this process.
    Own(Descriptor<File>),
    /// A socket, whose description others share.
    Socket(Descriptor<File>),
    Thread(T),
}

impl<T> Stream<T> {
    fn new(shared: BorrowedFd<'_>, way: Way, on_thread: impl FnOnce(File) -> io::Result<T>) -> io::Result<Stream<T>> {
        // A duplicate has another number, so it can be registered beside the stream's own.
        let duplicate = File::from(shared.try_clone_to_owned()?);
        let kind = duplicate.metadata()?.file_type();
        if never_waits(&duplicate, kind, way)? {
            return Ok(Stream::AtOnce(duplicate));
        }
        if kind.is_socket() && socket::CAN_REFUSE_TO_BLOCK {
            return Ok(Stream::Socket(Descriptor::new(duplicate)));
        }
        if let Some(own) = own::open(&duplicate, kind, way) {
            return Ok(Stream::Own(Descriptor::new(own)));
        }
        on_thread(duplicate).map(Stream::Thread)
    }
}

/// Whether a read or write of the file never blocks.
fn never_waits(file: &File, kind: FileType, way: Way) -> io::Result<bool> {
    Ok(kind.is_file()
        || kind.is_dir()
        || kind.is_block_device()
        || kind.is_char_device() && is_memory(file)?
        // The call fails with `EBADF`.
        || !own::allows(file, way)?)
}

/// Whether a device is in memory.
fn is_memory(file: &File) -> io::Result<bool> {
    let device = file.metadata()?.rdev();
    let is = |path: &&str| {
        fs::metadata(path).is_ok_and(|known| known.file_type().is_char_device() && known.rdev() == device)
    };
    Ok(["/dev/null", "/dev/zero", "/dev/full"].iter().any(is))
}

/// A thread's part of a stream.
trait OnThread: Sized {
    fn source(&mut self) -> &mut dyn Source;
}

impl<T: OnThread> Stream<T> {
    /// What the selector waits for, if it is needed.
    fn source(&mut self) -> Option<&mut dyn Source> {
        match self {
            Stream::AtOnce(_) => None,
            Stream::Own(source) | Stream::Socket(source) => Some(source),
            Stream::Thread(thread) => Some(thread.source()),
        }
    }

    fn register(
        &mut self,
        registry: &Registry,
        token: Token,
        interest: Interest,
        on_thread: impl FnOnce(File) -> io::Result<T>,
    ) -> io::Result<()> {
        let Some(source) = self.source() else { return Ok(()) };
        let result = source.register(registry, token, interest);
        let cannot_wait =
            |error: &io::Error| matches!(error.kind(), io::ErrorKind::Unsupported | io::ErrorKind::InvalidInput);
        match (result, &self) {
            // kqueue refuses some terminals.
            (Err(error), Stream::Own(own)) if cannot_wait(&error) => {
                let mut thread = on_thread(own.get_ref().try_clone()?)?;
                let registered = thread.source().register(registry, token, interest);
                *self = Stream::Thread(thread);
                registered
            }
            (result, _) => result,
        }
    }
}

macro_rules! stream {
    ($(#[$doc:meta])* $name:ident, $std:path, $way:expr, $thread:ident, $on_thread:expr) => {
        $(#[$doc])*
        #[derive(Debug)]
        pub struct $name(Stream<$thread>);

        impl $name {
            /// The stream, without blocking.
            ///
            /// # Errors
            ///
            /// Errors of the system, such as `EBADF` for a stream that is closed, and `EMFILE`; `ResourceBusy` for a stream that
            /// needs a thread, if the system has none.
            pub fn new() -> io::Result<$name> {
                Stream::new($std().as_fd(), $way, $on_thread).map($name)
            }
        }

        impl Source for $name {
            fn register(&mut self, registry: &Registry, token: Token, interest: Interest) -> io::Result<()> {
                self.0.register(registry, token, interest, $on_thread)
            }

            fn deregister(&mut self, registry: &Registry, token: Token) -> io::Result<()> {
                match self.0.source() {
                    Some(source) => source.deregister(registry, token),
                    None => Ok(()),
                }
            }

            /// The first try asks a thread, and finds the end of a fifo whose writer has gone: epoll(7) tells that only to a
            /// description that has seen a writer.
            fn assumed(&self) -> Ready {
                Ready::READABLE | Ready::WRITABLE
            }

            /// A terminal gives a line at a time, and others may read and write the stream.
            fn short_io_clears(&self) -> bool {
                false
            }
        }
    };
}

stream! {
    /// Standard input.
    Stdin, io::stdin, Way::Read, Reader, Reader::of_stdin
}
stream! {
    /// Standard output.
    Stdout, io::stdout, Way::Write, Writer, Writer::of_stdout
}
stream! {
    /// Standard error.
    Stderr, io::stderr, Way::Write, Writer, Writer::of_stderr
}

impl Read for &Stdin {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        if buf.is_empty() {
            return Ok(0);
        }
        match &self.0 {
            Stream::AtOnce(file) => (&*file).read(buf),
            Stream::Own(own) => own.get_ref().read(buf),
            Stream::Socket(socket) => socket::receive(socket.get_ref().as_raw_fd(), buf),
            Stream::Thread(thread) => thread.read(buf),
        }
    }
}

macro_rules! write {
    ($($name:ident)*) => {$(
        impl Write for &$name {
            fn write(&mut self, buf: &[u8]) -> io::Result<usize> {
                if buf.is_empty() {
                    return Ok(0);
                }
                match &self.0 {
                    Stream::AtOnce(file) => (&*file).write(buf),
                    Stream::Own(own) => own.get_ref().write(buf),
                    Stream::Socket(socket) => socket::send(socket.get_ref().as_raw_fd(), buf),
                    Stream::Thread(thread) => thread.write(buf),
                }
            }

            /// What was written has reached the system.
            fn flush(&mut self) -> io::Result<()> {
                match &self.0 {
                    Stream::AtOnce(_) | Stream::Own(_) | Stream::Socket(_) => Ok(()),
                    Stream::Thread(thread) => thread.flush(),
                }
            }
        }
    )*};
}

write!(Stdout Stderr);
