//! The list that goes to `poll`, kept from turn to turn, and where each source stands in it.

use std::io;
use std::mem::{ManuallyDrop, replace};

use wasip2::clocks::monotonic_clock;
use wasip2::io::poll::{self, Pollable};

use super::linger;
use crate::{Direction, Event, Ready, Token};

/// The position of a direction that is not armed: the deadline has it.
const NOT_ARMED: u32 = 0;

/// How many answers of one wait make the guest yield to the host.
///
/// wasmtime runs on tokio, which lets a task take 128 steps before it must yield: what comes after them is never ready. Each
/// answer of `poll` is a step, and so is each `check-write`. Without this, 128 streams that are writable have spent all steps
/// before the first of them is asked for its room, which is none then, and so on for good.
const YIELD_AFTER: usize = 32;

/// How many pollables in a wait make the guest yield before it.
///
/// wasmtime looks at every pollable of a wait, and answers as soon as one is ready: what has come meanwhile is for the next wait to
/// find, which looks at all of them again. After a yield it knows of more at once. Beside 4,000 idle connections this takes a fifth
/// off the cost of a message; in a short list it gains nothing.
const YIELD_BEFORE: usize = 256;

/// The number by which the host knows a pollable. It is good as long as whoever has the pollable keeps it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Handle(u32);

impl Handle {
    pub(super) fn of(pollable: &Pollable) -> Handle {
        Handle(pollable.handle())
    }
}

/// What a source waits for in each direction; nothing where it cannot wait.
#[derive(Debug, Clone, Copy)]
pub(super) struct Handles {
    pub(super) read: Option<Handle>,
    pub(super) write: Option<Handle>,
}

/// Every registered source, and the pollables that tasks wait for.
#[derive(Debug)]
pub(super) struct Pollables {
    /// The deadline, the armed directions in no order and with nothing between them, and what a wait adds for its own time.
    list: Vec<Handle>,
    /// Whose each of the list is; the first is nobody's.
    owners: Vec<(Token, Direction)>,
    /// The sources, by the index of their token.
    slots: Vec<Option<Slot>>,
}

/// A registered source.
#[derive(Debug, Clone, Copy)]
struct Slot {
    token: Token,
    read: Place,
    write: Place,
}

/// What a source waits for in one direction.
#[derive(Debug, Clone, Copy)]
struct Place {
    handle: Option<Handle>,
    /// Where it stands in the list.
    position: u32,
}

impl Slot {
    fn place(&mut self, direction: Direction) -> &mut Place {
        match direction {
            Direction::Read => &mut self.read,
            Direction::Write => &mut self.write,
        }
    }
}

impl Pollables {
    pub(super) fn new() -> Pollables {
        Pollables {
            list: vec![Handle(0)],
            owners: vec![(Token::WAKER, Direction::Read)],
            slots: Vec::new(),
        }
    }

    /// How many directions are armed.
    pub(super) fn armed(&self) -> usize {
        self.owners.len() - 1
    }

    pub(super) fn register(&mut self, token: Token, handles: Handles) -> io::Result<()> {
        let index = token.index();
        if index >= self.slots.len() {
            self.slots.resize(index + 1, None);
        }
        if self.slots[index].is_some() {
            return Err(in_use());
        }
        let place = |handle| Place {
            handle,
            position: NOT_ARMED,
        };
        self.slots[index] = Some(Slot {
            token,
            read: place(handles.read),
            write: place(handles.write),
        });
        Ok(())
    }

    /// Has the source wait for other pollables from now on. What is armed stays armed.
    pub(super) fn replace(&mut self, token: Token, handles: Handles) {
        for (direction, handle) in [(Direction::Read, handles.read), (Direction::Write, handles.write)] {
            let Some(slot) = self.slot(token) else { return };
            let place = slot.place(direction);
            place.handle = handle;
            let position = place.position;
            match handle {
                Some(handle) if position != NOT_ARMED => self.list[position as usize] = handle,
                Some(_) => {}
                None => self.disarm(token, direction),
            }
        }
    }

    /// Whether a source has this token.
    pub(super) fn knows(&mut self, token: Token) -> bool {
        self.slot(token).is_some()
    }

    /// Drops the source with this token. False if there is none.
    pub(super) fn forget(&mut self, token: Token) -> bool {
        let known = self.slot(token).is_some();
        if known {
            self.disarm(token, Direction::Read);
            self.disarm(token, Direction::Write);
            self.slots[token.index()] = None;
        }
        known
    }

    /// Puts a direction into the list, unless it is there.
    pub(super) fn arm(&mut self, token: Token, direction: Direction) -> io::Result<()> {
        let end = self.list.len() as u32;
        let slot = self.slot(token).ok_or_else(not_registered)?;
        let place = slot.place(direction);
        if place.position == NOT_ARMED {
            let handle = place.handle.ok_or_else(one_way)?;
            place.position = end;
            self.list.push(handle);
            self.owners.push((token, direction));
        }
        Ok(())
    }

    /// Takes a direction out of the list, if it is there. The last of the list takes its place.
    fn disarm(&mut self, token: Token, direction: Direction) {
        let Some(slot) = self.slot(token) else { return };
        let position = replace(&mut slot.place(direction).position, NOT_ARMED);
        if position == NOT_ARMED {
            return;
        }
        self.list.swap_remove(position as usize);
        self.owners.swap_remove(position as usize);
        if let Some(&(token, direction)) = self.owners.get(position as usize) {
            if let Some(slot) = self.slot(token) {
                slot.place(direction).position = position;
            }
        }
    }

    /// Waits until one of the armed directions, the deadline or one of the others is ready, of which there must be one. Leaves
    /// the events of the directions, which are not armed any more.
    pub(super) fn wait(&mut self, deadline: Option<Handle>, events: &mut Vec<Event>) {
        let armed = self.list.len();
        linger::add_to(&mut self.list);
        let first = usize::from(deadline.is_none());
        if let Some(deadline) = deadline {
            self.list[0] = deadline;
        }
        if self.list.len() >= YIELD_BEFORE {
            yield_to_host();
        }
        let ready = poll(&self.list[first..]);
        self.list.truncate(armed);
        if ready.len() >= YIELD_AFTER {
            yield_to_host();
        }
        for index in ready {
            let position = index as usize + first;
            match self.owners.get(position) {
                Some(_) if position == 0 => {}
                Some(&(token, direction)) => events.push(Event {
                    token,
                    ready: match direction {
                        Direction::Read => Ready::READABLE,
                        Direction::Write => Ready::WRITABLE,
                    },
                }),
                None => linger::let_go(),
            }
        }
        // Not before: the answer speaks of the list as it was.
        for event in &*events {
            let direction = if event.ready == Ready::READABLE {
                Direction::Read
            } else {
                Direction::Write
            };
            self.disarm(event.token, direction);
        }
    }

    fn slot(&mut self, token: Token) -> Option<&mut Slot> {
        self.slots
            .get_mut(token.index())?
            .as_mut()
            .filter(|slot| slot.token == token)
    }
}

/// Lets the host do what else it has to do, once.
fn yield_to_host() {
    // A pollable that was never waited for has wasmtime yield, also if its time is over.
    monotonic_clock::subscribe_duration(0).block();
}

/// The positions of those that are ready, once there are some. The list is not empty.
fn poll(list: &[Handle]) -> Vec<u32> {
    let pollables: Vec<ManuallyDrop<Pollable>> = list
        .iter()
        // SAFETY: whoever has the pollable keeps it during the call, and what is made here does not drop it.
        .map(|handle| ManuallyDrop::new(unsafe { Pollable::from_handle(handle.0) }))
        .collect();
    let pollables: Vec<&Pollable> = pollables.iter().map(|pollable| &**pollable).collect();
    poll::poll(&pollables)
}

#[cold]
fn in_use() -> io::Error {
    io::Error::new(
        io::ErrorKind::AlreadyExists,
        "the token is in use: deregister its source first",
    )
}

#[cold]
pub(super) fn not_registered() -> io::Error {
    io::Error::new(
        io::ErrorKind::NotFound,
        "the source is not registered: it was deregistered, or never registered",
    )
}

#[cold]
fn one_way() -> io::Error {
    io::Error::new(
        io::ErrorKind::Unsupported,
        "the source has no pollable for this direction: wait for the other one",
    )
}
