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
        let Some(slot) = self.slot(token) else {
            return Err(not_registered());
        };
        let place = slot.place(direction);
        if place.position == NOT_ARMED {
            let Some(handle) = place.handle else {
                return Err(one_way());
            };
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

#[cfg(test)]
mod tests {
    use super::*;

    const READ: Direction = Direction::Read;
    const WRITE: Direction = Direction::Write;

    /// Numbers that no other source has. They stand for pollables where nothing is waited for.
    fn handles(index: usize) -> Handles {
        let handle = |direction| Some(Handle(2 * index as u32 + direction));
        Handles {
            read: handle(0),
            write: handle(1),
        }
    }

    /// Every armed direction stands where its slot says, with the slot's pollable, and nothing else is in the list.
    fn check(pollables: &Pollables) {
        assert_eq!(pollables.list.len(), pollables.owners.len());
        for (position, (token, direction)) in pollables.owners.iter().enumerate().skip(1) {
            let mut slot = pollables.slots[token.index()].expect("an armed source is registered");
            assert_eq!(slot.token, *token);
            let place = slot.place(*direction);
            assert_eq!(place.position as usize, position);
            assert_eq!(place.handle, Some(pollables.list[position]));
        }
        let places = pollables
            .slots
            .iter()
            .flatten()
            .flat_map(|slot| [slot.read, slot.write]);
        let armed = places.filter(|place| place.position != NOT_ARMED);
        assert_eq!(armed.count(), pollables.armed());
    }

    #[test]
    fn the_list_stays_dense_and_the_positions_true() {
        let mut pollables = Pollables::new();
        let mut registered: [Option<u32>; 8] = [None; 8];
        let mut random = 1u32;
        for step in 0..20_000u32 {
            random = random.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            let index = (random >> 8) as usize % registered.len();
            let direction = if random >> 31 == 0 { READ } else { WRITE };
            match (registered[index], (random >> 20) % 6) {
                (None, _) => {
                    registered[index] = Some(step);
                    pollables.register(Token::new(index, step), handles(index)).unwrap();
                }
                (Some(generation), 0) => {
                    registered[index] = None;
                    assert!(pollables.forget(Token::new(index, generation)));
                }
                (Some(generation), 1 | 2) => pollables.disarm(Token::new(index, generation), direction),
                (Some(generation), 3) => pollables.replace(Token::new(index, generation), handles(step as usize)),
                (Some(generation), _) => pollables.arm(Token::new(index, generation), direction).unwrap(),
            }
            check(&pollables);
        }
        assert!(pollables.armed() > 0);
    }

    #[test]
    fn a_stale_token_changes_nothing() {
        let mut pollables = Pollables::new();
        let (old, new) = (Token::new(3, 1), Token::new(3, 2));
        pollables.register(old, handles(3)).unwrap();
        assert!(pollables.forget(old));
        pollables.register(new, handles(3)).unwrap();
        pollables.arm(new, READ).unwrap();
        assert_eq!(pollables.arm(old, WRITE).unwrap_err().kind(), io::ErrorKind::NotFound);
        assert!(!pollables.forget(old));
        let in_use = pollables.register(new, handles(3)).unwrap_err();
        assert_eq!(in_use.kind(), io::ErrorKind::AlreadyExists);
        check(&pollables);
        assert_eq!(pollables.armed(), 1);
    }

    #[test]
    fn a_direction_that_loses_its_pollable_is_armed_no_more() {
        let mut pollables = Pollables::new();
        let token = Token::new(0, 0);
        pollables.register(token, handles(0)).unwrap();
        pollables.arm(token, READ).unwrap();
        pollables.arm(token, WRITE).unwrap();
        let one_way = Handles {
            write: None,
            ..handles(7)
        };
        pollables.replace(token, one_way);
        check(&pollables);
        assert_eq!(pollables.armed(), 1);
        assert_eq!(
            pollables.arm(token, WRITE).unwrap_err().kind(),
            io::ErrorKind::Unsupported
        );
    }

    #[test]
    fn a_wait_disarms_what_was_ready_and_nothing_else() {
        let soon = [0; 5].map(monotonic_clock::subscribe_duration);
        let never = [u64::MAX; 5].map(monotonic_clock::subscribe_duration);
        let mut pollables = Pollables::new();
        for (index, (soon, never)) in soon.iter().zip(&never).enumerate() {
            // Now the one, now the other direction is ready.
            let mut handles = [Some(Handle::of(soon)), Some(Handle::of(never))];
            handles.rotate_left(index % 2);
            let [read, write] = handles;
            pollables
                .register(Token::new(index, 0), Handles { read, write })
                .unwrap();
            pollables.arm(Token::new(index, 0), READ).unwrap();
            pollables.arm(Token::new(index, 0), WRITE).unwrap();
        }
        let mut events = Vec::new();
        while events.len() < soon.len() {
            pollables.wait(None, &mut events);
            check(&pollables);
        }
        events.sort_by_key(|event| event.token.index());
        for (index, event) in events.iter().enumerate() {
            let ready = [Ready::READABLE, Ready::WRITABLE][index % 2];
            assert_eq!((event.token, event.ready), (Token::new(index, 0), ready));
        }
        assert_eq!(pollables.armed(), never.len());
        // What is left never fires: the deadline ends the wait.
        let deadline = monotonic_clock::subscribe_duration(0);
        pollables.wait(Some(Handle::of(&deadline)), &mut Vec::new());
        assert_eq!(pollables.armed(), never.len());
    }
}
