//! A source's place in a selector.

use std::io;

use super::pollables::{Handles, not_registered};
use super::selector::Registry;
use crate::{Interest, Token};

/// Where a source is registered. Once it is dropped, none of the source's pollables goes to `poll`, so it comes first among the
/// source's fields: the host is never asked for a pollable that is gone.
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
        self.0 = Some((registry.clone(), token));
        Ok(())
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

#[cfg(test)]
mod tests {
    use super::super::pollables::Handle;
    use super::super::selector::Selector;
    use super::*;

    #[test]
    fn a_source_that_was_forgotten_may_have_its_token_again() {
        let selector = Selector::new().unwrap();
        let (registry, token) = (selector.registry(), Token::new(0, 0));
        let handles = Handles {
            read: Handle::NONE,
            write: Handle::NONE,
        };
        let mut membership = Membership::default();
        for _ in 0..2 {
            membership
                .register(&registry, token, Interest::READABLE, handles)
                .unwrap();
            assert!(registry.lock().knows(token));
            let again = membership.register(&registry, token, Interest::READABLE, handles);
            assert_eq!(again.unwrap_err().kind(), io::ErrorKind::AlreadyExists);
            registry.forget(token);
        }
        membership
            .register(&registry, token, Interest::READABLE, handles)
            .unwrap();
        drop(membership);
        assert!(!registry.lock().knows(token));
    }
}
