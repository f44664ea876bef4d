//! The registered sources of a selector that is told a level, and the list that goes to the system: an entry for each thing that
//! a task waits for, with nothing between them, kept from wait to wait.

use std::io;
use std::mem;

use crate::Token;

/// The position of what is not armed. No list is as long.
const NOT_ARMED: u32 = u32::MAX;

/// What the system is asked to look for.
pub(crate) trait Entry {
    /// Whose entry it is, and which of the source's.
    fn owner(&self) -> (Token, usize);
}

/// Every registered source, each with what the platform knows of it and with up to `N` entries.
pub(crate) struct Armed<S, E, const N: usize> {
    /// The entries that are armed, in no order.
    entries: Vec<E>,
    /// The sources, by the index of their token.
    slots: Vec<Option<Slot<S, N>>>,
}

/// A registered source.
pub(crate) struct Slot<S, const N: usize> {
    token: Token,
    /// Where its entries are.
    positions: [u32; N],
    pub(crate) source: S,
}

impl<S, E: Entry, const N: usize> Armed<S, E, N> {
    pub(crate) const fn new() -> Armed<S, E, N> {
        Armed {
            entries: Vec::new(),
            slots: Vec::new(),
        }
    }

    /// The entries that are armed.
    #[inline]
    pub(crate) fn entries(&self) -> &[E] {
        &self.entries
    }

    pub(crate) fn register(&mut self, token: Token, source: S) -> io::Result<()> {
        let index = token.index();
        if index >= self.slots.len() {
            self.slots.resize_with(index + 1, || None);
        }
        if self.slots[index].is_some() {
            return Err(in_use(token));
        }
        self.slots[index] = Some(Slot {
            token,
            positions: [NOT_ARMED; N],
            source,
        });
        Ok(())
    }

    pub(crate) fn deregister(&mut self, token: Token) -> io::Result<()> {
        self.get(token).ok_or_else(|| not_registered(token))?;
        self.forget(token);
        Ok(())
    }

    /// Drops the source with this token, if there is one.
    pub(crate) fn forget(&mut self, token: Token) {
        if self.get(token).is_some() {
            (0..N).for_each(|which| self.disarm(token, which));
            self.slots[token.index()] = None;
        }
    }

    /// The source with this token, and the list that its entries are in.
    #[inline]
    pub(crate) fn get(&mut self, token: Token) -> Option<(&mut Slot<S, N>, &mut Vec<E>)> {
        let slot = self.slots.get_mut(token.index())?.as_mut()?;
        (slot.token == token).then_some((slot, &mut self.entries))
    }

    /// Takes an entry of a source out of the list, if it is there. The last of the list takes its place.
    #[inline]
    pub(crate) fn disarm(&mut self, token: Token, which: usize) {
        let Some((slot, entries)) = self.get(token) else { return };
        let position = mem::replace(&mut slot.positions[which], NOT_ARMED);
        if position == NOT_ARMED {
            return;
        }
        entries.swap_remove(position as usize);
        if let Some(moved) = entries.get(position as usize) {
            let (token, which) = moved.owner();
            if let Some((slot, _)) = self.get(token) {
                slot.positions[which] = position;
            }
        }
    }
}

impl<S, const N: usize> Slot<S, N> {
    /// An entry of the source, if it is armed.
    #[inline]
    pub(crate) fn entry<'a, E>(&self, which: usize, entries: &'a mut [E]) -> Option<&'a mut E> {
        entries.get_mut(self.positions[which] as usize)
    }

    /// Puts an entry of the source, which is not armed, at the end of the list.
    #[inline]
    pub(crate) fn arm<E>(&mut self, which: usize, entries: &mut Vec<E>, entry: E) {
        self.positions[which] = entries.len() as u32;
        entries.push(entry);
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
pub(crate) fn not_registered(token: Token) -> io::Error {
    io::Error::new(
        io::ErrorKind::NotFound,
        format!("{token:?} is not registered: its source was deregistered, or never registered"),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Which source's, and which of its two.
    type Pair = (Token, usize);

    impl Entry for Pair {
        fn owner(&self) -> Pair {
            *self
        }
    }

    fn arm(armed: &mut Armed<(), Pair, 2>, token: Token, which: usize) -> bool {
        let Some((slot, entries)) = armed.get(token) else {
            return false;
        };
        if slot.entry(which, entries).is_none() {
            slot.arm(which, entries, (token, which));
        }
        true
    }

    /// Every armed entry is where its slot says, once, and nothing else is in the list.
    fn check(armed: &Armed<(), Pair, 2>) {
        for (position, (token, which)) in armed.entries.iter().enumerate() {
            let slot = armed.slots[token.index()]
                .as_ref()
                .expect("an armed source is registered");
            assert_eq!((slot.token, slot.positions[*which] as usize), (*token, position));
        }
        let positions = armed.slots.iter().flatten().flat_map(|slot| slot.positions);
        assert_eq!(
            positions.filter(|position| *position != NOT_ARMED).count(),
            armed.entries.len()
        );
    }

    #[test]
    fn the_list_stays_dense_and_the_positions_true() {
        let mut armed = Armed::new();
        let mut registered: [Option<u32>; 8] = [None; 8];
        let mut random = 1u32;
        for step in 0..20_000u32 {
            random = random.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            let index = (random >> 8) as usize % registered.len();
            let which = (random >> 31) as usize;
            match (registered[index], (random >> 20) % 5) {
                (None, _) => {
                    // What of the generation has no room in a token is dropped.
                    registered[index] = Some(step);
                    armed.register(Token::new(index, step), ()).unwrap();
                }
                (Some(generation), 0) => {
                    registered[index] = None;
                    armed.forget(Token::new(index, generation));
                }
                (Some(generation), 1 | 2) => armed.disarm(Token::new(index, generation), which),
                (Some(generation), _) => assert!(arm(&mut armed, Token::new(index, generation), which)),
            }
            check(&armed);
        }
        assert!(!armed.entries.is_empty());
    }

    #[test]
    fn a_stale_token_changes_nothing() {
        let mut armed = Armed::new();
        let (old, new) = (Token::new(3, 1), Token::new(3, 2));
        armed.register(old, ()).unwrap();
        armed.forget(old);
        armed.register(new, ()).unwrap();
        assert!(arm(&mut armed, new, 0));
        assert!(!arm(&mut armed, old, 1));
        assert_eq!(armed.deregister(old).unwrap_err().kind(), io::ErrorKind::NotFound);
        armed.disarm(old, 0);
        armed.forget(old);
        assert_eq!(armed.entries.len(), 1);
        let twice = armed.register(new, ()).unwrap_err();
        assert_eq!(twice.kind(), io::ErrorKind::AlreadyExists);
    }
}
