//! Standard streams as sources.
//!
//! Their descriptors are shared with other programs, so they stay in blocking mode: each call asks first whether it would
//! block. A stream that the system cannot wait for (a regular file) never would.

use std::fs::File;
use std::io::{self, Read, Write};
use std::os::fd::{AsFd, AsRawFd};

use super::descriptor::Descriptor;
use crate::{Interest, Ready, Registry, Source, Token};

/// There is room for so many bytes in a pipe that is writable at all.
const PIPE_BUF: usize = libc::PIPE_BUF as _;

/// What the three streams share.
#[derive(Debug)]
struct Stream {
    /// A duplicate, so that a registration of the number itself by somebody else is not in the way.
    source: Descriptor<File>,
    can_wait: bool,
}

impl Stream {
    fn duplicate(stream: impl AsFd) -> io::Result<Stream> {
        Ok(Stream {
            source: Descriptor::new(File::from(stream.as_fd().try_clone_to_owned()?)),
            can_wait: true,
        })
    }

    fn file(&self) -> &File {
        self.source.get_ref()
    }

    fn register(&mut self, registry: &Registry, token: Token, interest: Interest) -> io::Result<()> {
        match self.source.register(registry, token, interest) {
            Err(error) if error.kind() == io::ErrorKind::Unsupported => {
                self.can_wait = false;
                Ok(())
            }
            result => result,
        }
    }

    fn reregister(&mut self, registry: &Registry, token: Token, interest: Interest) -> io::Result<()> {
        if !self.can_wait {
            return Ok(());
        }
        self.source.reregister(registry, token, interest)
    }

    fn deregister(&mut self, registry: &Registry, token: Token) -> io::Result<()> {
        if !self.can_wait {
            return Ok(());
        }
        self.source.deregister(registry, token)
    }

    fn assumed(&self) -> Ready {
        if self.can_wait {
            Ready::EMPTY
        } else {
            Ready::READABLE | Ready::WRITABLE
        }
    }

    /// Fails with `WouldBlock` unless an operation of this kind would go on at once.
    fn check(&self, event: libc::c_short) -> io::Result<()> {
        if !self.can_wait {
            return Ok(());
        }
        let mut poll = libc::pollfd {
            fd: self.file().as_raw_fd(),
            events: event,
            revents: 0,
        };
        // SAFETY: the pointer is to one valid `pollfd`, as the count says, and the descriptor is open as long as `self`.
        match unsafe { libc::poll(&raw mut poll, 1, 0) } {
            0 => Err(io::ErrorKind::WouldBlock.into()),
            count if count < 0 => Err(io::Error::last_os_error()),
            _ => Ok(()),
        }
    }
}

macro_rules! stream {
    ($(#[$doc:meta])* $name:ident, $std:path) => {
        $(#[$doc])*
        #[derive(Debug)]
        pub struct $name(Stream);

        impl $name {
            /// The stream, through a descriptor of its own.
            ///
            /// # Errors
            ///
            /// A stream that is closed, or no descriptors left.
            pub fn new() -> io::Result<$name> {
                Stream::duplicate($std()).map($name)
            }
        }

        impl Source for $name {
            fn register(&mut self, registry: &Registry, token: Token, interest: Interest) -> io::Result<()> {
                self.0.register(registry, token, interest)
            }

            fn reregister(&mut self, registry: &Registry, token: Token, interest: Interest) -> io::Result<()> {
                self.0.reregister(registry, token, interest)
            }

            fn deregister(&mut self, registry: &Registry, token: Token) -> io::Result<()> {
                self.0.deregister(registry, token)
            }

            fn assumed(&self) -> Ready {
                self.0.assumed()
            }

            /// A file ends with a short read, and a pipe takes no more than `PIPE_BUF` bytes at a time from here.
            fn short_io_clears(&self) -> bool {
                false
            }
        }
    };
}

stream! {
    /// Standard input.
    Stdin, io::stdin
}
stream! {
    /// Standard output.
    Stdout, io::stdout
}
stream! {
    /// Standard error.
    Stderr, io::stderr
}

impl Read for &Stdin {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        self.0.check(libc::POLLIN)?;
        self.0.file().read(buf)
    }
}

macro_rules! write {
    ($($name:ident)*) => {$(
        impl Write for &$name {
            /// Writes no more than `PIPE_BUF` bytes at a time.
            fn write(&mut self, buf: &[u8]) -> io::Result<usize> {
                self.0.check(libc::POLLOUT)?;
                self.0.file().write(&buf[..buf.len().min(PIPE_BUF)])
            }

            fn flush(&mut self) -> io::Result<()> {
                Ok(())
            }
        }
    )*};
}

write!(Stdout Stderr);
