//! The pages of a driver by number: which ones have free slots, and which ones give their memory back.

use triga_platform::Token;

use crate::reactor::handle::Handle;
use crate::reactor::page::{PAGE_SLOTS, Page};
use crate::sync::{self, Arc};

/// The first few pages are never freed. Most programs need no others.
const STAY: usize = sync::count(4, 0);

/// How many of the other pages are kept without a source, beside as many as have one: so that a load that comes and goes
/// allocates no pages. It is one of the lowest, so that an allocator can give back what is above it.
const SPARE: usize = sync::count(1, 0);

/// A page, or the entry that a freed page leaves.
#[derive(Debug)]
struct Place {
    /// `None` while no source needs it.
    page: Option<Arc<Page>>,
    /// A bit for each slot that is free.
    free: u32,
    /// A bit for each slot that has no generation left.
    retired: u32,
    /// The generation that the slots of the next page begin with, so that no token of an earlier page names them.
    generation: u32,
    /// The neighbours in its list.
    before: Option<u32>,
    behind: Option<u32>,
}

/// A bit for each slot of a page.
const ALL: u32 = u32::MAX >> (u32::BITS as usize - PAGE_SLOTS);

/// What the tokens can name.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Limits {
    pages: usize,
    /// A slot is given out this many times. Then it is retired, and its tokens come round only when all others were used.
    generations: u32,
}

impl Limits {
    pub(crate) const OF_TOKENS: Limits = Limits {
        pages: Token::MAX_SLOTS / PAGE_SLOTS,
        generations: Token::GENERATIONS,
    };
}

/// The pages of a driver, by number. A page that is freed keeps its number.
///
/// An entry is in the list of used, spare or freed pages, or in none if it has no free slot.
#[derive(Debug)]
pub(crate) struct PageTable {
    limits: Limits,
    places: Vec<Place>,
    /// Pages with sources, and those that stay, with a free slot.
    used: List,
    /// Pages without a source.
    spare: List,
    /// Entries without a page.
    gone: List,
    /// How many pages beyond those that stay have sources, and how many are spare.
    pages_used: usize,
    pages_spare: usize,
    /// Where the search for an entry whose slots are all retired goes on.
    oldest: usize,
}

/// A list through the entries: its first one.
#[derive(Debug, Default, Clone, Copy)]
struct List(Option<u32>);

impl PageTable {
    pub(crate) fn new(limits: Limits) -> PageTable {
        PageTable {
            limits,
            places: Vec::new(),
            used: List::default(),
            spare: List::default(),
            gone: List::default(),
            pages_used: 0,
            pages_spare: 0,
            oldest: 0,
        }
    }

    #[inline]
    pub(crate) fn page(&self, number: usize) -> Option<&Arc<Page>> {
        self.places.get(number)?.page.as_ref()
    }

    pub(crate) fn each(&self, seen: impl FnMut(&Arc<Page>)) {
        self.places
            .iter()
            .filter_map(|place| place.page.as_ref())
            .for_each(seen);
    }

    /// A free slot: its page, and its index among all slots. `None` if every token names a source.
    #[inline]
    pub(crate) fn take(&mut self, handle: &Handle) -> Option<(Arc<Page>, usize)> {
        let number = match self.used.0 {
            Some(number) => number as usize,
            None => self.begin(handle)?,
        };
        let place = &mut self.places[number];
        let page = place.page.clone()?;
        let slot = place.free.trailing_zeros();
        place.free &= !(1 << slot);
        if place.free == 0 {
            self.used.unlink(&mut self.places, number);
        }
        Some((page, number * PAGE_SLOTS + slot as usize))
    }

    /// Begins to use a page: a spare one, one at a place that had one before, or one at a new place.
    #[cold]
    fn begin(&mut self, handle: &Handle) -> Option<usize> {
        let number = match self.spare.pop(&mut self.places) {
            Some(number) => {
                self.pages_spare -= 1;
                number
            }
            None => {
                let number = self.gone.pop(&mut self.places).or_else(|| self.add())?;
                let place = &mut self.places[number];
                place.page = Some(Arc::new(Page::new(handle.clone(), place.generation)));
                number
            }
        };
        self.pages_used += usize::from(number >= STAY);
        self.used.push(&mut self.places, number);
        Some(number)
    }

    /// A new entry, or the one whose tokens have been used up for longest.
    fn add(&mut self) -> Option<usize> {
        let number = if self.places.len() < self.limits.pages {
            self.places.push(Place {
                page: None,
                free: 0,
                retired: ALL,
                generation: 0,
                before: None,
                behind: None,
            });
            self.places.len() - 1
        } else {
            let count = self.places.len();
            let number = (self.oldest..count)
                .chain(0..self.oldest)
                .find(|&number| self.places[number].retired == ALL)?;
            self.oldest = (number + 1) % count;
            number
        };
        let place = &mut self.places[number];
        (place.free, place.retired, place.generation) = (ALL, 0, 0);
        Some(number)
    }

    /// Makes a slot free that is in use, and says the numbers of pages that give their memory back by it.
    pub(crate) fn give_back(&mut self, index: usize, mut gone: impl FnMut(usize)) {
        let number = index / PAGE_SLOTS;
        let place = &mut self.places[number];
        let Some(page) = &place.page else { return };
        let bit = 1 << (index % PAGE_SLOTS);
        let generation = page.slot(index).retire();
        if generation < self.limits.generations {
            place.generation = place.generation.max(generation);
            place.free |= bit;
            if place.free == bit {
                self.used.push(&mut self.places, number);
            }
        } else {
            place.retired |= bit;
        }
        let place = &self.places[number];
        if place.free | place.retired == ALL {
            self.put_by(number, &mut gone);
        }
    }

    /// The page has lost its last source.
    #[cold]
    fn put_by(&mut self, number: usize, gone: &mut dyn FnMut(usize)) {
        let place = &mut self.places[number];
        if place.free == 0 {
            self.pages_used -= usize::from(number >= STAY);
            place.page = None;
            return gone(number);
        }
        if number < STAY {
            return;
        }
        self.pages_used -= 1;
        self.used.unlink(&mut self.places, number);
        self.spare.push(&mut self.places, number);
        self.pages_spare += 1;
        while self.pages_spare > SPARE + self.pages_used {
            self.drop_spare(gone);
        }
    }

    /// Gives back the memory of the higher one of two spare pages.
    fn drop_spare(&mut self, gone: &mut dyn FnMut(usize)) {
        let Some(first) = self.spare.pop(&mut self.places) else {
            return;
        };
        let second = self.spare.pop(&mut self.places).unwrap_or(first);
        if second != first {
            self.spare.push(&mut self.places, first.min(second));
        }
        let number = first.max(second);
        self.pages_spare -= 1;
        self.places[number].page = None;
        self.gone.push(&mut self.places, number);
        gone(number);
    }
}

impl List {
    fn push(&mut self, places: &mut [Place], number: usize) {
        let behind = self.0.replace(number as u32);
        places[number].behind = behind;
        if let Some(behind) = behind {
            places[behind as usize].before = Some(number as u32);
        }
    }

    fn pop(&mut self, places: &mut [Place]) -> Option<usize> {
        let number = self.0? as usize;
        self.unlink(places, number);
        Some(number)
    }

    fn unlink(&mut self, places: &mut [Place], number: usize) {
        let (before, behind) = (places[number].before.take(), places[number].behind.take());
        match before {
            Some(before) => places[before as usize].behind = behind,
            None => self.0 = behind,
        }
        if let Some(behind) = behind {
            places[behind as usize].before = before;
        }
    }
}

#[cfg(all(test, not(triga_loom)))]
mod tests {
    use std::collections::{HashSet, VecDeque};

    use super::*;
    use crate::reactor::driver::Driver;

    fn take(places: &mut PageTable, driver: &Driver) -> Option<(usize, Token)> {
        let (page, index) = places.take(driver.handle())?;
        Some((index, page.slot(index).token(index)))
    }

    #[test]
    fn a_token_comes_round_when_others_were_used() {
        let limits = Limits {
            pages: 8,
            generations: 4,
        };
        let tokens = limits.pages * PAGE_SLOTS * limits.generations as usize;
        let driver = Driver::new().unwrap();
        for in_use in [1, 7, 40] {
            let mut places = PageTable::new(limits);
            let (mut seen, mut used) = (HashSet::new(), VecDeque::new());
            let count = loop {
                let (index, token) = take(&mut places, &driver).unwrap();
                if !seen.insert(token) {
                    break seen.len();
                }
                used.push_back(index);
                if used.len() > in_use {
                    places.give_back(used.pop_front().unwrap(), |_| ());
                }
            };
            // A page that gives its memory back wastes generations.
            assert!(count > tokens / 2, "{count} of {tokens} with {in_use} in use");
        }
    }

    #[test]
    fn a_slot_has_one_source_at_a_time_up_to_the_limit() {
        let limits = Limits {
            pages: 3,
            generations: 1_000,
        };
        let driver = Driver::new().unwrap();
        let mut places = PageTable::new(limits);
        let mut used = HashSet::new();
        for round in 0..10 {
            while let Some((index, _)) = take(&mut places, &driver) {
                assert!(used.insert(index));
            }
            assert_eq!(used.len(), limits.pages * PAGE_SLOTS);
            used.retain(|&index| {
                let stays = index % 10 == round;
                if !stays {
                    places.give_back(index, |_| ());
                }
                stays
            });
        }
    }

    #[test]
    fn pages_without_a_source_give_their_memory_back() {
        const PAGES: usize = 1_000;
        let driver = Driver::new().unwrap();
        let mut places = PageTable::new(Limits::OF_TOKENS);
        let few: Vec<_> = (0..PAGE_SLOTS).filter_map(|_| take(&mut places, &driver)).collect();
        let many: Vec<_> = (0..PAGES * PAGE_SLOTS)
            .filter_map(|_| take(&mut places, &driver))
            .collect();
        let mut gone = 0;
        many.iter()
            .for_each(|&(index, _)| places.give_back(index, |_| gone += 1));
        assert_eq!(few.len(), PAGE_SLOTS);
        assert!(gone >= PAGES - STAY - SPARE - 1, "{gone} of {PAGES} pages are gone");

        // Pages that come again have other tokens.
        let tokens: HashSet<Token> = many.iter().map(|&(_, token)| token).collect();
        for _ in 0..many.len() {
            assert!(!tokens.contains(&take(&mut places, &driver).unwrap().1));
        }
        assert_eq!(places.places.len(), PAGES + 1);
    }
}
