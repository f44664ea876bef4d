//! What a selector tells the readiness of, and how it learns of it.

use std::io;

use crate::{Interest, Ready, Registry, SHORT_IO_CLEARS, Token};

/// Something whose readiness this platform can tell. Where mio is the selector, every source of mio's is one.
pub trait Source {
    /// Makes the source known; called through [`Registry::register`].
    fn register(&mut self, registry: &Registry, token: Token, interest: Interest) -> io::Result<()>;
    /// Forgets the source.
    fn deregister(&mut self, registry: &Registry, token: Token) -> io::Result<()>;
    /// What may be tried before the first event.
    fn assumed(&self) -> Ready {
        Ready::EMPTY
    }
    /// Whether the readiness of this source is cleared after a short read or write.
    fn short_io_clears(&self) -> bool {
        SHORT_IO_CLEARS
    }
}

impl Registry {
    /// Makes a source known. Where events tell a level, it costs the waits nothing until a direction is armed.
    ///
    /// # Errors
    ///
    /// A source that is registered already, a token that is in use, and errors of the system: a descriptor that cannot be
    /// waited for. A child that was forked from the selector's process changes nothing.
    pub fn register<S: Source + ?Sized>(&self, source: &mut S, token: Token, interest: Interest) -> io::Result<()> {
        self.check()?;
        source.register(self, token, interest)
    }

    /// Forgets a source.
    ///
    /// # Errors
    ///
    /// A source that is not registered, or closed.
    pub fn deregister<S: Source + ?Sized>(&self, source: &mut S, token: Token) -> io::Result<()> {
        self.check()?;
        source.deregister(self, token)
    }
}
