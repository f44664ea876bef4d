//! The list that goes to `poll_oneoff`, kept from turn to turn.

use std::io;

use wasi::{Errno, Fd, Subscription};

use super::host;
use crate::common::armed::{Armed, Entry, not_registered};
use crate::{Direction, Token};

/// Every registered source, and a subscription for each direction that a task waits for.
pub(super) struct Subscriptions(pub(super) Armed<Source, Subscription, 2>);

pub(super) struct Source {
    fd: Fd,
    /// Why the host will not wait for the source.
    refused: Option<Errno>,
}

impl Entry for Subscription {
    #[inline]
    fn owner(&self) -> (Token, usize) {
        let (token, direction) = owner(self);
        (token, direction as usize)
    }
}

impl Subscriptions {
    pub(super) fn new() -> Subscriptions {
        Subscriptions(Armed::new())
    }

    #[inline]
    pub(super) fn armed_directions(&self) -> &[Subscription] {
        self.0.entries()
    }

    pub(super) fn register(&mut self, token: Token, fd: Fd) -> io::Result<()> {
        self.0.register(token, Source { fd, refused: None })
    }

    pub(super) fn deregister(&mut self, token: Token) -> io::Result<()> {
        self.0.deregister(token)
    }

    /// Drops the source with this token, if there is one.
    pub(super) fn forget(&mut self, token: Token) {
        self.0.forget(token);
    }

    /// Subscribes a direction, unless it is subscribed.
    #[inline]
    pub(super) fn arm(&mut self, token: Token, direction: Direction) -> io::Result<()> {
        let (slot, list) = self.0.get(token).ok_or_else(|| not_registered(token))?;
        let fd = slot.source.fd;
        if let Some(errno) = slot.source.refused {
            return Err(refused(fd, errno));
        }
        if slot.entry(direction as usize, list).is_none() {
            slot.arm(direction as usize, list, readiness(token, fd, direction));
        }
        Ok(())
    }

    /// Takes the directions of these events out of the list. True if there are any.
    #[inline]
    pub(super) fn disarm_fired(&mut self, events: &[wasi::Event]) -> bool {
        let mut any = false;
        for event in events {
            let direction = match event.type_ {
                wasi::EVENTTYPE_FD_READ => Direction::Read,
                wasi::EVENTTYPE_FD_WRITE => Direction::Write,
                _ => continue,
            };
            self.0
                .disarm(Token::from_word(event.userdata as usize), direction as usize);
            any = true;
        }
        any
    }

    /// Disarms the directions of these events, and makes the next call to [`arm`](Self::arm) for their sources fail.
    pub(super) fn refuse(&mut self, events: &[wasi::Event]) {
        for event in events {
            if let Some((slot, _)) = self.0.get(Token::from_word(event.userdata as usize)) {
                slot.source.refused = Some(event.error);
            }
        }
        self.disarm_fired(events);
    }
}

/// The readiness of a descriptor.
#[inline]
pub(super) fn readiness(token: Token, fd: Fd, direction: Direction) -> Subscription {
    let readwrite = wasi::SubscriptionFdReadwrite { file_descriptor: fd };
    let u = match direction {
        Direction::Read => wasi::SubscriptionUU { fd_read: readwrite },
        Direction::Write => wasi::SubscriptionUU { fd_write: readwrite },
    };
    Subscription {
        userdata: token.to_word() as u64,
        u: wasi::SubscriptionU {
            tag: event_type(direction).raw(),
            u,
        },
    }
}

/// Whose subscription this is.
#[inline]
pub(super) fn owner(subscription: &Subscription) -> (Token, Direction) {
    let direction = if subscription.u.tag == wasi::EVENTTYPE_FD_READ.raw() {
        Direction::Read
    } else {
        Direction::Write
    };
    (Token::from_word(subscription.userdata as usize), direction)
}

pub(super) fn event_type(direction: Direction) -> wasi::Eventtype {
    match direction {
        Direction::Read => wasi::EVENTTYPE_FD_READ,
        Direction::Write => wasi::EVENTTYPE_FD_WRITE,
    }
}

#[cold]
fn refused(fd: Fd, errno: Errno) -> io::Error {
    let error = host::error(errno);
    io::Error::new(
        error.kind(),
        format!(
            "the host cannot wait for descriptor {fd}: {error}. Deregister a source before its descriptor is closed; for sockets \
             use wasmtime 46 or older with `-Spreview2=n`"
        ),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_refusal_lasts_until_the_source_is_registered_anew() {
        let mut subscriptions = Subscriptions::new();
        let token = Token::new(0, 0);
        subscriptions.register(token, 99).unwrap();
        subscriptions.refuse(&[wasi::Event {
            userdata: token.to_word() as u64,
            error: wasi::ERRNO_BADF,
            type_: wasi::EVENTTYPE_FD_READ,
            fd_readwrite: wasi::EventFdReadwrite { nbytes: 0, flags: 0 },
        }]);
        let error = subscriptions.arm(token, Direction::Read).unwrap_err();
        assert!(error.to_string().contains("descriptor 99"), "{error}");
        subscriptions.forget(token);
        subscriptions.register(token, 99).unwrap();
        subscriptions.arm(token, Direction::Read).unwrap();
    }
}
