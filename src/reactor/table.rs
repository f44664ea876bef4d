//! A table by index, which gives memory back when its values are removed.

use std::array;
use std::fmt;

/// The word of a place that is vacant. The rest of the word is the next vacant place of its page.
const VACANT: u32 = 1 << 31;

/// No place of a page.
const END: u32 = VACANT - 1;

/// A table in pages of `N` places.
///
/// A thing never moves. A page is made for the first thing in it, and given back after the last one, unless it is the only one
/// with room. Each place has a word of 31 bits besides its value; the words of a page lie together.
pub(crate) struct Table<T, const N: usize> {
    pages: Vec<Option<Box<Page<T, N>>>>,
    /// The pages with a vacant place. The last one is used first.
    roomy: Vec<u32>,
    /// The pages that were given back.
    absent: Vec<u32>,
    len: usize,
}

struct Page<T, const N: usize> {
    /// Together, so that looking at many of them touches little memory.
    words: [u32; N],
    values: [T; N],
    /// The first vacant place.
    vacant: u32,
    used: u32,
    /// Where the page is in [`Table::roomy`], if it is there.
    in_roomy: u32,
}

impl<T, const N: usize> Default for Table<T, N> {
    fn default() -> Self {
        Table {
            pages: Vec::new(),
            roomy: Vec::new(),
            absent: Vec::new(),
            len: 0,
        }
    }
}

impl<T: Default, const N: usize> Table<T, N> {
    /// How many things there are.
    #[inline]
    pub(crate) fn len(&self) -> usize {
        self.len
    }

    /// What every index is below.
    pub(crate) fn end(&self) -> usize {
        self.pages.len() * N
    }

    /// Takes a vacant place. Its value is the one that was removed there last, or the default.
    #[inline]
    pub(crate) fn add(&mut self, word: u32) -> (usize, &mut T) {
        if self.roomy.is_empty() {
            self.add_page();
        }
        let number = self.roomy.last().map_or(0, |&number| number as usize);
        let Some(page) = self.pages[number].as_deref_mut() else {
            unreachable!("a page with room is there")
        };
        let place = page.vacant as usize % N;
        page.vacant = page.words[place] & !VACANT;
        page.words[place] = word;
        page.used += 1;
        if page.used as usize == N {
            self.roomy.pop();
        }
        self.len += 1;
        (number * N + place, &mut page.values[place])
    }

    /// The value at an index, also if the place is vacant.
    #[inline]
    pub(crate) fn get_mut(&mut self, index: usize) -> Option<&mut T> {
        let page = self.pages.get_mut(index / N)?.as_mut()?;
        Some(&mut page.values[index % N])
    }

    /// Whether there is a thing at this index that came with this word.
    #[inline]
    pub(crate) fn is(&self, index: usize, word: u32) -> bool {
        match self.pages.get(index / N) {
            Some(Some(page)) => page.words[index % N] == word,
            _ => false,
        }
    }

    /// Takes what is at an index, if it came with this word. The value stays in its place, for the next thing, unless the page
    /// goes too; `take` may take something out of it.
    #[inline(always)]
    pub(crate) fn remove<R>(&mut self, index: usize, word: u32, take: impl FnOnce(&mut T) -> R) -> Option<R> {
        let (number, place) = (index / N, index % N);
        let page = self.pages.get_mut(number)?.as_deref_mut()?;
        if page.words[place] != word {
            return None;
        }
        page.words[place] = VACANT | page.vacant;
        page.vacant = place as u32;
        if page.used as usize == N {
            page.in_roomy = self.roomy.len() as u32;
            self.roomy.push(number as u32);
        }
        page.used -= 1;
        self.len -= 1;
        let taken = take(&mut page.values[place]);
        if page.used == 0 && self.roomy.len() > 1 {
            self.remove_page(number);
        }
        Some(taken)
    }

    #[cold]
    #[inline(never)]
    fn add_page(&mut self) {
        let number = self.absent.pop().map_or(self.pages.len(), |number| number as usize);
        let page = Some(Box::new(Page {
            words: array::from_fn(|place| VACANT | if place + 1 < N { place as u32 + 1 } else { END }),
            values: array::from_fn(|_| T::default()),
            vacant: 0,
            used: 0,
            in_roomy: self.roomy.len() as u32,
        }));
        match self.pages.get_mut(number) {
            Some(absent) => *absent = page,
            None => self.pages.push(page),
        }
        self.roomy.push(number as u32);
    }

    #[cold]
    #[inline(never)]
    fn remove_page(&mut self, number: usize) {
        let Some(page) = self.pages[number].take() else { return };
        self.absent.push(number as u32);
        let place = page.in_roomy as usize;
        self.roomy.swap_remove(place);
        if let Some(&moved) = self.roomy.get(place) {
            if let Some(moved) = &mut self.pages[moved as usize] {
                moved.in_roomy = place as u32;
            }
        }
    }
}

impl<T, const N: usize> fmt::Debug for Table<T, N> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Table").field("len", &self.len).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pages(table: &Table<u64, 4>) -> usize {
        table.pages.iter().flatten().count()
    }

    #[test]
    fn a_thing_keeps_its_place_and_pages_come_and_go() {
        let mut table = Table::<u64, 4>::default();
        let mut seed = 1_u64;
        let mut live = Vec::new();
        for round in 0..10_000_u32 {
            // xorshift (Marsaglia 2003). Mostly more things for a while, and then mostly fewer.
            seed ^= seed << 13;
            seed ^= seed >> 7;
            seed ^= seed << 17;
            let grows = round / 1_000 % 2 == 0;
            if live.is_empty() || (seed % 4 == 0) != grows {
                let (index, value) = table.add(round);
                *value = u64::from(round);
                live.push((index, round));
            } else {
                let (index, round) = live.swap_remove((seed >> 32) as usize % live.len());
                assert!(table.is(index, round));
                assert_eq!(table.remove(index, round, |value| *value), Some(u64::from(round)));
                assert!(!table.is(index, round));
                assert_eq!(table.remove(index, round, |_| ()), None);
            }
            assert_eq!(table.len(), live.len());
            for &(index, round) in &live {
                assert!(table.is(index, round));
                assert_eq!(table.get_mut(index), Some(&mut u64::from(round)));
            }
        }
        for (index, round) in live {
            table.remove(index, round, |_| ());
        }
        assert_eq!((table.len(), pages(&table)), (0, 1));
    }

    #[test]
    fn what_was_needed_at_a_peak_is_given_back() {
        let mut table = Table::<u64, 4>::default();
        let all: Vec<usize> = (0..4_000).map(|_| table.add(7).0).collect();
        assert_eq!((all.last(), pages(&table)), (Some(&3_999), 1_000));
        // In an order that leaves gaps.
        for step in 0..7 {
            all.iter()
                .skip(step)
                .step_by(7)
                .for_each(|&index| table.remove(index, 7, |_| ()).unwrap());
        }
        assert_eq!(pages(&table), 1);
        let again: Vec<usize> = (0..4_000).map(|_| table.add(7).0).collect();
        assert!(again.iter().all(|&index| index < 4_000), "the names are used again");
    }

    #[test]
    fn one_thing_that_comes_and_goes_makes_no_page() {
        let mut table = Table::<u64, 1>::default();
        table.add(0);
        let (first, _) = table.add(0);
        for _ in 0..3 {
            table.remove(first, 0, |_| ());
            assert_eq!(table.add(0).0, first);
        }
    }
}
