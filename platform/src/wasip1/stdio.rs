//! Standard streams as sources.
//!
//! Hosts read and write them blocking, and a call that blocks stops every task of the guest. So each call asks first whether
//! it would block, unless the stream is one that never does.

use std::io::{self, Read, Write};
use std::os::fd::AsFd;

use wasi::Fd;

use super::{host, look};
use crate::common::source_of::source_of;
use crate::{Direction, Lock, Ready};

/// How much is read at once, and kept for the reads that follow.
///
/// wasmtime with `-Spreview2=n` reads through a buffer of this size in the host, and a wait does not see what a smaller read
/// leaves there.
const READ_SIZE: usize = 8 * 1024;

/// How much is written at once: a pipe that is writable at all has room for it (`PIPE_BUF` of Linux).
const WRITE_SIZE: usize = 4 * 1024;

macro_rules! stream {
    ($(#[$doc:meta])* $name:ident, $std:path, $waits:expr) => {
        $(#[$doc])*
        #[derive(Debug)]
        pub struct $name {
            /// Whether operations may have to wait, and the host can tell.
            waits: bool,
        }

        impl $name {
            /// The stream of the process. Any number of these may be made.
            ///
            /// # Errors
            ///
            /// None.
            pub fn new() -> io::Result<$name> {
                Ok($name { waits: $waits })
            }
        }

        source_of!($name: |_stream| $std().as_fd(), {
            /// Everything: the operation asks whether it would block.
            fn assumed(&self) -> Ready {
                Ready::READABLE | Ready::WRITABLE
            }

            /// What never waits is always ready, also after a short read of the last bytes.
            fn short_io_clears(&self) -> bool {
                self.waits
            }
        });
    };
}

stream! {
    /// Standard input. The bytes that one of these has read ahead are there for the next.
    Stdin, io::stdin, stdin_waits()
}
stream! {
    /// Standard output.
    Stdout, io::stdout, can_wait(wasi::FD_STDOUT, Direction::Write)
}
stream! {
    /// Standard error.
    Stderr, io::stderr, can_wait(wasi::FD_STDERR, Direction::Write)
}

impl Read for &Stdin {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        let mut ahead = READ_AHEAD.lock();
        if ahead.is_empty() {
            if self.waits {
                check(wasi::FD_STDIN, Direction::Read)?;
            }
            if buf.len() >= READ_SIZE {
                return read(buf);
            }
            ahead.fill()?;
        }
        Ok(ahead.take(buf))
    }
}

macro_rules! write {
    ($($name:ident: $fd:expr),*) => {$(
        impl Write for &$name {
            /// Writes all bytes to a stream that never waits, and otherwise no more than there is room for.
            fn write(&mut self, buf: &[u8]) -> io::Result<usize> {
                if !self.waits {
                    return host::write($fd, buf);
                }
                check($fd, Direction::Write)?;
                host::write($fd, &buf[..buf.len().min(WRITE_SIZE)])
            }

            fn flush(&mut self) -> io::Result<()> {
                Ok(())
            }
        }
    )*};
}

write!(Stdout: wasi::FD_STDOUT, Stderr: wasi::FD_STDERR);

/// What was read from standard input and not asked for yet. It belongs to the process, as the stream does.
static READ_AHEAD: Lock<ReadAhead> = Lock::new(ReadAhead {
    bytes: [0; READ_SIZE],
    next: 0,
    end: 0,
});

struct ReadAhead {
    bytes: [u8; READ_SIZE],
    next: usize,
    end: usize,
}

impl ReadAhead {
    fn is_empty(&self) -> bool {
        self.next == self.end
    }

    fn fill(&mut self) -> io::Result<()> {
        self.end = read(&mut self.bytes)?;
        self.next = 0;
        Ok(())
    }

    fn take(&mut self, buf: &mut [u8]) -> usize {
        let rest = &self.bytes[self.next..self.end];
        let count = buf.len().min(rest.len());
        buf[..count].copy_from_slice(&rest[..count]);
        self.next += count;
        count
    }
}

fn read(buf: &mut [u8]) -> io::Result<usize> {
    host::read(wasi::FD_STDIN, buf).map_err(|error| match error.kind() {
        // So says wasmtime 48 when there is nothing after all.
        io::ErrorKind::Interrupted => io::ErrorKind::WouldBlock.into(),
        _ => error,
    })
}

/// Whether a read of standard input may have to wait, and the host can tell.
///
/// wasmtime with `-Spreview2=n` traps when a program waits for the null device to be readable, and makes that of a standard
/// input that is closed. So the question whether it is writable comes first: of what is readable, only regular files, the
/// null device, terminals and sockets are that too. The first two never block; a terminal can be told; a socket is taken
/// for a file there, and blocks.
fn stdin_waits() -> bool {
    let writable = look::would_wait(wasi::FD_STDIN, Direction::Write) == Ok(false);
    let terminal = host::file_type(wasi::FD_STDIN) == Some(wasi::FILETYPE_CHARACTER_DEVICE);
    (!writable || terminal) && can_wait(wasi::FD_STDIN, Direction::Read)
}

/// Whether the host can wait for the stream. It cannot where the operation never blocks (Node says so of regular files), or
/// fails at once.
fn can_wait(fd: Fd, direction: Direction) -> bool {
    look::would_wait(fd, direction).is_ok()
}

/// Fails with `WouldBlock` unless an operation of this kind would go on at once.
fn check(fd: Fd, direction: Direction) -> io::Result<()> {
    match look::would_wait(fd, direction) {
        Ok(true) => Err(io::ErrorKind::WouldBlock.into()),
        // If the host has come to refuse the stream, the operation says why.
        Ok(false) | Err(_) => Ok(()),
    }
}
