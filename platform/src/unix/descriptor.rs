//! Any descriptor as a source.

use std::io;
use std::os::fd::{AsFd, AsRawFd, BorrowedFd};

use mio::unix::SourceFd;

use crate::{Interest, Registry, Source, Token};

/// Something with a descriptor, as a source.
///
/// What is behind the descriptor may outlive it, by a duplicate or in another process, and the system would go on to tell of
/// it. So it is deregistered before it is dropped.
#[derive(Debug)]
pub struct Descriptor<T: AsFd> {
    inner: Option<T>,
    registered: Option<(Registry, Token)>,
}

impl<T: AsFd> Descriptor<T> {
    /// A source that no task waits for yet.
    pub fn new(inner: T) -> Descriptor<T> {
        Descriptor {
            inner: Some(inner),
            registered: None,
        }
    }

    /// What has the descriptor.
    pub fn get_ref(&self) -> &T {
        self.inner.as_ref().expect("it is there until the source is dropped")
    }

    /// Gives back what has the descriptor.
    pub fn into_inner(mut self) -> T {
        self.leave();
        self.inner.take().expect("it is there until the source is dropped")
    }

    fn leave(&mut self) {
        if let Some((registry, token)) = self.registered.take() {
            // One that was closed already is not registered any more.
            let _ = registry.deregister(&mut SourceFd(&self.as_fd().as_raw_fd()), token);
        }
    }
}

impl<T: AsFd> AsFd for Descriptor<T> {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.get_ref().as_fd()
    }
}

impl<T: AsFd> Source for Descriptor<T> {
    fn register(&mut self, registry: &Registry, token: Token, interest: Interest) -> io::Result<()> {
        registry
            .register(&mut SourceFd(&self.as_fd().as_raw_fd()), token, interest)
            .map_err(explain)?;
        self.registered = Some((registry.clone(), token));
        Ok(())
    }

    fn deregister(&mut self, registry: &Registry, token: Token) -> io::Result<()> {
        self.registered = None;
        registry.deregister(&mut SourceFd(&self.as_fd().as_raw_fd()), token)
    }

    /// Its kind is not known: a file ends with a short read, and a terminal gives a line at a time.
    fn short_io_clears(&self) -> bool {
        false
    }
}

impl<T: AsFd> Drop for Descriptor<T> {
    fn drop(&mut self) {
        self.leave();
    }
}

/// Says what epoll means by "operation not permitted".
fn explain(error: io::Error) -> io::Error {
    if error.raw_os_error() != Some(libc::EPERM) {
        return error;
    }
    io::Error::new(
        io::ErrorKind::Unsupported,
        "this system cannot wait for such a descriptor, as for a file or a directory: it never blocks, so use it without waiting",
    )
}
