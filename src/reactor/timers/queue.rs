//! The queue of deadlines: a heap of plain words, in which the entries of cancelled timers stay for a while.
//!
//! Inserting moves few entries, since most deadlines are later than most others; cancelling moves none. What a timer holds
//! besides its deadline is stored elsewhere, so that neither touches it more than once.
//!
//! No call takes long, however many timers there are: cancelled entries are removed a few at a time, when they are many or
//! when they come first.

use triga_platform::Instant;

use crate::reactor::table::Table;
use crate::reactor::timers::heap::{Entry, Heap};
use crate::sync;

/// Names a timer while it is in the queue. A key is given out again after 2^31 timers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Key {
    index: u32,
    generation: u32,
}

/// The earliest deadline, as far as it is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum First {
    None,
    At(Instant),
    /// Cancelled timers come first. [`Queue::settle`] removes some of them.
    Unsettled,
}

/// How many places a page of timers has.
const PLACES: usize = sync::count(512, 2);

/// Cancelled entries are swept when no more than one entry of so many is live.
const SWEEP_AT: usize = 8;

/// Below this many entries, cancelled ones are not worth a sweep.
const SWEEP_FROM: usize = 64;

/// How many entries a call looks at, at most, to remove cancelled ones.
const AT_ONCE: usize = 128;

#[derive(Debug)]
pub(crate) struct Queue<T> {
    heap: Heap<Key>,
    /// Under the generation of its key as its word, so that a sweep reads little.
    timers: Table<Option<T>, PLACES>,
    last_generation: u32,
    /// The next entry to be swept is the one before this.
    hand: usize,
}

impl<T> Default for Queue<T> {
    fn default() -> Queue<T> {
        Queue {
            heap: Heap::default(),
            timers: Table::default(),
            last_generation: 0,
            hand: 0,
        }
    }
}

impl<T> Queue<T> {
    pub(crate) fn insert(&mut self, deadline: Instant, value: T) -> Key {
        self.last_generation = (self.last_generation + 1) & (u32::MAX >> 1);
        let generation = self.last_generation;
        let (index, place) = self.timers.add(generation);
        *place = Some(value);
        let key = Key {
            index: index as u32,
            generation,
        };
        self.heap.push(Entry { deadline, key });
        key
    }

    /// What a timer holds that has not fired.
    pub(crate) fn get_mut(&mut self, key: Key) -> Option<&mut T> {
        if !self.is_live(key) {
            return None;
        }
        self.timers.get_mut(key.index as usize)?.as_mut()
    }

    /// Takes a timer out, unless it has fired.
    #[inline]
    pub(crate) fn cancel(&mut self, key: Key) -> Option<T> {
        let value = self.take(key)?;
        if self.is_first(key) {
            self.settle();
        } else if self.heap.len() >= SWEEP_FROM && self.timers.len() < self.heap.len() / SWEEP_AT {
            self.sweep();
        }
        Some(value)
    }

    pub(crate) fn first(&self) -> First {
        match self.heap.get(0) {
            Some(first) if self.is_live(first.key) => First::At(first.deadline),
            Some(_) => First::Unsettled,
            None => First::None,
        }
    }

    #[inline]
    pub(crate) fn is_first(&self, key: Key) -> bool {
        self.heap.get(0).is_some_and(|first| first.key == key)
    }

    /// Takes the earliest timer if it is due. `None` while a cancelled one comes first.
    pub(crate) fn pop_due(&mut self, now: Instant) -> Option<T> {
        let first = self.heap.get(0)?;
        if first.deadline > now {
            return None;
        }
        let value = self.take(first.key)?;
        self.settle();
        Some(value)
    }

    /// Removes cancelled entries that come first.
    #[inline]
    pub(crate) fn settle(&mut self) {
        for _ in 0..AT_ONCE {
            match self.heap.get(0) {
                Some(first) if !self.is_live(first.key) => self.heap.remove(0),
                _ => break,
            }
        }
    }

    #[inline]
    fn is_live(&self, key: Key) -> bool {
        self.timers.is(key.index as usize, key.generation)
    }

    #[inline]
    fn take(&mut self, key: Key) -> Option<T> {
        self.timers
            .remove(key.index as usize, key.generation, Option::take)
            .flatten()
    }

    /// Continues through the entries, from the last to the first and around, and removes the cancelled ones. The last entry
    /// takes the place of a removed one, and was checked before.
    #[cold]
    fn sweep(&mut self) {
        if self.hand == 0 || self.hand > self.heap.len() {
            self.hand = self.heap.len();
        }
        let end = self.hand.saturating_sub(AT_ONCE);
        for node in (end..self.hand).rev() {
            if self.heap.get(node).is_some_and(|entry| !self.is_live(entry.key)) {
                self.heap.remove(node);
            }
        }
        self.hand = end;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A reproducible sequence of numbers that looks random enough to spread deadlines (xorshift, Marsaglia 2003).
    fn numbers(mut seed: u64) -> impl FnMut() -> u64 {
        move || {
            seed ^= seed << 13;
            seed ^= seed >> 7;
            seed ^= seed << 17;
            seed
        }
    }

    fn at(nanos: u64) -> Instant {
        Instant::from_nanos(nanos)
    }

    fn settled_first(queue: &mut Queue<()>) -> First {
        while queue.first() == First::Unsettled {
            let before = queue.heap.len();
            queue.settle();
            assert!((1..=AT_ONCE).contains(&(before - queue.heap.len())));
        }
        queue.first()
    }

    #[test]
    fn due_timers_leave_in_the_order_of_their_deadlines_and_cancelled_ones_never_do() {
        let mut next = numbers(7);
        let mut queue = Queue::default();
        let mut live = std::collections::BTreeMap::new();
        // Few of them are cancelled, and then many.
        for (rounds, one_of) in [(20_000_u64, 3), (60_000, 1)] {
            for round in 0..rounds {
                // Deadlines are distinct, so that the order is fully determined.
                let deadline = (next() % 1_000) * 1_000_000 + round * 10 + one_of;
                let key = queue.insert(at(deadline), ());
                live.insert(deadline, key);
                if next() % one_of == 0 {
                    let nth = next() as usize % live.len().min(100);
                    let (&victim, &key) = live.iter().nth(nth).unwrap();
                    assert!(queue.cancel(key).is_some());
                    assert!(queue.cancel(key).is_none(), "a timer is cancelled once");
                    live.remove(&victim);
                }
                let first = live.first_key_value();
                let first = first.map_or(First::None, |(&deadline, _)| First::At(at(deadline)));
                assert_eq!(settled_first(&mut queue), first);
            }
        }
        let order: Vec<u64> = live.keys().copied().collect();
        for deadline in order {
            assert!(queue.pop_due(at(deadline - 1)).is_none(), "not before its time");
            assert!(queue.pop_due(at(deadline)).is_some());
            settled_first(&mut queue);
        }
        assert_eq!(queue.first(), First::None);
    }

    #[test]
    fn cancelled_timers_do_not_pile_up_behind_a_live_one() {
        let mut queue = Queue::default();
        queue.insert(at(1), ());
        for round in 0..100_000 {
            let key = queue.insert(at(1_000 + round), ());
            queue.cancel(key);
        }
        assert!(
            queue.heap.len() <= SWEEP_FROM,
            "{} entries for one timer",
            queue.heap.len()
        );
    }

    #[test]
    fn cancelled_timers_do_not_pile_up_among_many_that_are_put_off() {
        const LIVE: usize = 2_000;
        let mut next = numbers(11);
        let mut queue = Queue::default();
        let mut keys: Vec<Key> = (0..LIVE as u64).map(|nth| queue.insert(at(nth), ())).collect();
        for round in 0..100_000 {
            let key = &mut keys[next() as usize % LIVE];
            queue.cancel(*key);
            *key = queue.insert(at(LIVE as u64 + next() % 1_000_000), ());
            assert!(
                queue.heap.len() <= LIVE * (SWEEP_AT + 1),
                "{} entries for {LIVE} timers after {round} rounds",
                queue.heap.len()
            );
        }
    }

    #[test]
    fn cancelling_the_first_timer_takes_few_steps_after_many_cancels() {
        let mut queue = Queue::default();
        let keys: Vec<Key> = (0..10_000).map(|nth| queue.insert(at(nth), ())).collect();
        // From the second on, and fewer than are worth a sweep.
        for &key in &keys[1..7_000] {
            queue.cancel(key);
        }
        let before = queue.heap.len();
        queue.cancel(keys[0]);
        assert!(before - queue.heap.len() <= AT_ONCE);
        assert_eq!(queue.first(), First::Unsettled);
        assert_eq!(queue.pop_due(at(u64::MAX)), None);
        assert_eq!(settled_first(&mut queue), First::At(at(7_000)));
    }

    #[test]
    fn a_queue_that_is_empty_again_has_little_memory() {
        let mut next = numbers(13);
        let mut queue = Queue::default();
        let mut keys: Vec<Key> = (0..100_000).map(|_| queue.insert(at(next()), ())).collect();
        while !keys.is_empty() {
            let key = keys.swap_remove(next() as usize % keys.len());
            queue.cancel(key);
        }
        assert!(queue.heap.len() < SWEEP_FROM, "{} entries for none", queue.heap.len());
    }
}
