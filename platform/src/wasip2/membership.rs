//! A source's place in a selector.

use std::io;

use super::pollables::{Handles, not_registered};
use super::selector::Registry;
use crate::{Interest, Token};

/// Where a source is registered. It takes the source's pollables out of the list when it is dropped, so it comes first among
/// the source's fields: the list never names a pollable that is gone.
#[derive(Debug, Default)]
pub(super) struct Membership(Option<(Registry, Token)>);

impl Membership {
    pub(super) fn register(
        &mut self,
        registry: &Registry,
        token: Token,
        interest: Interest,
        handles: Handles,
    ) -> io::Result<()> {
        check(interest)?;
        // A source that was forgotten under its token is as good as not registered.
        let is_known = |(registry, token): &(Registry, Token)| registry.lock().knows(*token);
        if self.0.as_ref().is_some_and(is_known) || !registry.lock().register(token, handles) {
            return Err(registered_already());
        }
        *self = Membership(Some((registry.clone(), token)));
        Ok(())
    }

    pub(super) fn reregister(
        &mut self,
        registry: &Registry,
        token: Token,
        interest: Interest,
        handles: Handles,
    ) -> io::Result<()> {
        check(interest)?;
        self.deregister(registry, token)?;
        self.register(registry, token, interest, handles)
    }

    pub(super) fn deregister(&mut self, registry: &Registry, token: Token) -> io::Result<()> {
        let known = registry.lock().forget(token);
        self.0 = None;
        known.then_some(()).ok_or_else(not_registered)
    }

    /// Has the source wait for other pollables. They must be there before those that they replace are dropped.
    pub(super) fn replace(&self, handles: Handles) {
        if let Some((registry, token)) = &self.0 {
            registry.lock().replace(*token, handles);
        }
    }
}

impl Drop for Membership {
    fn drop(&mut self) {
        leave(self.0.take());
    }
}

#[inline(never)]
fn leave(membership: Option<(Registry, Token)>) {
    if let Some((registry, token)) = membership {
        registry.forget(token);
    }
}

fn check(interest: Interest) -> io::Result<()> {
    if interest.intersects(Interest::READABLE | Interest::WRITABLE) {
        return Ok(());
    }
    Err(io::Error::new(
        io::ErrorKind::Unsupported,
        "WASI 0.2 waits for reads and writes alone: add READABLE or WRITABLE to the interest",
    ))
}

#[cold]
fn registered_already() -> io::Error {
    io::Error::new(
        io::ErrorKind::AlreadyExists,
        "the source is registered already, or another one under this token: deregister it first",
    )
}
