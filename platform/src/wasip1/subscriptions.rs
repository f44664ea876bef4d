//! The list that goes to `poll_oneoff`, kept from turn to turn, and where each source stands in it.

use std::io;

use wasi::{Errno, Fd, Subscription};

use super::host;
use crate::{Direction, Token};

/// The position of a direction that is not armed: the clock has it.
const NOT_ARMED: u32 = 0;

/// Every registered source, and a subscription for each direction that a task waits for.
pub(super) struct Subscriptions {
    /// A place for the clock, and then the armed directions in no order, with nothing between them.
    pub(super) list: Vec<Subscription>,
    /// The sources, by the index of their token.
    slots: Vec<Option<Slot>>,
}

/// A registered source.
#[derive(Debug, Clone, Copy)]
struct Slot {
    token: Token,
    fd: Fd,
    /// The position of each direction in the list.
    read: u32,
    write: u32,
    /// Why the host will not wait for the source.
    refused: Option<Errno>,
}

impl Slot {
    #[inline]
    fn position(&mut self, direction: Direction) -> &mut u32 {
        match direction {
            Direction::Read => &mut self.read,
            Direction::Write => &mut self.write,
        }
    }
}

impl Subscriptions {
    pub(super) fn new() -> Subscriptions {
        Subscriptions {
            list: vec![host::pause(0)],
            slots: Vec::new(),
        }
    }

    /// How many directions are armed.
    #[inline]
    pub(super) fn armed(&self) -> usize {
        self.list.len() - 1
    }

    pub(super) fn armed_directions(&self) -> &[Subscription] {
        &self.list[1..]
    }

    pub(super) fn register(&mut self, token: Token, fd: Fd) -> io::Result<()> {
        let index = token.index();
        if index >= self.slots.len() {
            self.slots.resize(index + 1, None);
        }
        if self.slots[index].is_some() {
            return Err(in_use(token));
        }
        self.slots[index] = Some(Slot {
            token,
            fd,
            read: NOT_ARMED,
            write: NOT_ARMED,
            refused: None,
        });
        Ok(())
    }

    pub(super) fn deregister(&mut self, token: Token) -> io::Result<()> {
        self.slot(token).ok_or_else(|| not_registered(token))?;
        self.forget(token);
        Ok(())
    }

    /// Drops the source with this token, if there is one.
    pub(super) fn forget(&mut self, token: Token) {
        if self.slot(token).is_some() {
            self.disarm(token, Direction::Read);
            self.disarm(token, Direction::Write);
            self.slots[token.index()] = None;
        }
    }

    /// Subscribes a direction, unless it is subscribed.
    #[inline]
    pub(super) fn arm(&mut self, token: Token, direction: Direction) -> io::Result<()> {
        let end = self.list.len() as u32;
        let slot = self.slot(token).ok_or_else(|| not_registered(token))?;
        if let Some(errno) = slot.refused {
            return Err(refused(slot.fd, errno));
        }
        let fd = slot.fd;
        let position = slot.position(direction);
        if *position == NOT_ARMED {
            *position = end;
            self.list.push(readiness(token, fd, direction));
        }
        Ok(())
    }

    /// Takes a direction out of the list, if it is there. The last of the list takes its place.
    #[inline]
    fn disarm(&mut self, token: Token, direction: Direction) {
        let Some(slot) = self.slot(token) else { return };
        let position = std::mem::replace(slot.position(direction), NOT_ARMED);
        if position == NOT_ARMED {
            return;
        }
        self.list.swap_remove(position as usize);
        if let Some(moved) = self.list.get(position as usize) {
            let (token, direction) = owner(moved);
            if let Some(slot) = self.slot(token) {
                *slot.position(direction) = position;
            }
        }
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
            self.disarm(Token::from_word(event.userdata as usize), direction);
            any = true;
        }
        any
    }

    /// Disarms the directions of these events, and makes the next call to [`arm`](Self::arm) for their sources fail.
    pub(super) fn refuse(&mut self, events: &[wasi::Event]) {
        for event in events {
            if let Some(slot) = self.slot(Token::from_word(event.userdata as usize)) {
                slot.refused = Some(event.error);
            }
        }
        self.disarm_fired(events);
    }

    #[inline]
    fn slot(&mut self, token: Token) -> Option<&mut Slot> {
        self.slots
            .get_mut(token.index())?
            .as_mut()
            .filter(|slot| slot.token == token)
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
fn in_use(token: Token) -> io::Error {
    io::Error::new(
        io::ErrorKind::AlreadyExists,
        format!("{token:?} is registered already: deregister its source first"),
    )
}

#[cold]
fn not_registered(token: Token) -> io::Error {
    io::Error::new(
        io::ErrorKind::NotFound,
        format!("{token:?} is not registered: its source was deregistered, or never registered"),
    )
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

    const READ: Direction = Direction::Read;
    const WRITE: Direction = Direction::Write;

    /// Every armed direction stands where its slot says, and nothing else is in the list.
    fn check(subscriptions: &Subscriptions) {
        for (position, subscription) in subscriptions.list.iter().enumerate().skip(1) {
            let (token, direction) = owner(subscription);
            let mut slot = subscriptions.slots[token.index()].expect("an armed source is registered");
            assert_eq!(slot.token, token);
            assert_eq!(*slot.position(direction) as usize, position);
        }
        let armed = subscriptions.slots.iter().flatten();
        let armed = armed.map(|slot| usize::from(slot.read != NOT_ARMED) + usize::from(slot.write != NOT_ARMED));
        assert_eq!(armed.sum::<usize>(), subscriptions.armed());
    }

    #[test]
    fn the_list_stays_dense_and_the_positions_true() {
        let mut subscriptions = Subscriptions::new();
        let mut registered: [Option<u32>; 8] = [None; 8];
        let mut random = 1u32;
        for step in 0..20_000u32 {
            random = random.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            let index = (random >> 8) as usize % registered.len();
            let direction = if random >> 31 == 0 { READ } else { WRITE };
            match (registered[index], (random >> 20) % 5) {
                (None, _) => {
                    registered[index] = Some(step);
                    subscriptions.register(Token::new(index, step), index as Fd).unwrap();
                }
                (Some(generation), 0) => {
                    registered[index] = None;
                    subscriptions.forget(Token::new(index, generation));
                }
                (Some(generation), 1 | 2) => subscriptions.disarm(Token::new(index, generation), direction),
                (Some(generation), _) => subscriptions.arm(Token::new(index, generation), direction).unwrap(),
            }
            check(&subscriptions);
        }
        assert!(subscriptions.armed() > 0);
    }

    #[test]
    fn a_stale_token_changes_nothing() {
        let mut subscriptions = Subscriptions::new();
        let (old, new) = (Token::new(3, 1), Token::new(3, 2));
        subscriptions.register(old, 7).unwrap();
        subscriptions.forget(old);
        subscriptions.register(new, 7).unwrap();
        subscriptions.arm(new, READ).unwrap();
        subscriptions.arm(new, READ).unwrap();
        assert_eq!(subscriptions.armed(), 1);

        assert_eq!(
            subscriptions.arm(old, WRITE).unwrap_err().kind(),
            io::ErrorKind::NotFound
        );
        assert_eq!(
            subscriptions.deregister(old).unwrap_err().kind(),
            io::ErrorKind::NotFound
        );
        assert_eq!(
            subscriptions.register(new, 8).unwrap_err().kind(),
            io::ErrorKind::AlreadyExists
        );
        subscriptions.disarm(old, READ);
        subscriptions.forget(old);
        assert_eq!(subscriptions.armed(), 1);
    }

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
        let error = subscriptions.arm(token, READ).unwrap_err();
        assert!(error.to_string().contains("descriptor 99"), "{error}");
        subscriptions.forget(token);
        subscriptions.register(token, 99).unwrap();
        subscriptions.arm(token, READ).unwrap();
    }
}
