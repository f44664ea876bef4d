//! The queue of deadlines: a heap of plain words whose cancelled entries stay until they surface or outnumber the others.
//!
//! Inserting moves few entries, since most deadlines are later than most others; cancelling moves none. Four children a
//! node keep a node's children in one cache line. What a timer holds besides its deadline lies apart, so that neither
//! touches it more than once.

use slab::Slab;
use triga_platform::Instant;

/// Names a timer while it is in the queue. A timer that has left it is never named by the same key again, but for one in
/// 2^32.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Key {
    index: u32,
    generation: u32,
}

#[derive(Debug, Clone, Copy)]
struct Entry {
    deadline: Instant,
    key: Key,
}

const CHILDREN: usize = 4;

/// Cancelled entries are swept when no more than one entry of so many is live.
const SWEEP_AT: usize = 8;

/// Below this many entries, cancelled ones are not worth a sweep.
const SWEEP_FROM: usize = 64;

#[derive(Debug)]
pub(crate) struct Queue<T> {
    heap: Vec<Entry>,
    values: Slab<T>,
    /// One for each index of `values`: how many timers have left it. Apart from them, so that a sweep reads little.
    generations: Vec<u32>,
}

impl<T> Default for Queue<T> {
    fn default() -> Queue<T> {
        Queue {
            heap: Vec::new(),
            values: Slab::new(),
            generations: Vec::new(),
        }
    }
}

impl<T> Queue<T> {
    pub(crate) fn insert(&mut self, deadline: Instant, value: T) -> Key {
        let index = self.values.insert(value);
        if index == self.generations.len() {
            self.generations.push(0);
        }
        let key = Key {
            index: index as u32,
            generation: self.generations[index],
        };
        self.heap.push(Entry { deadline, key });
        self.sift_up(self.heap.len() - 1);
        key
    }

    /// What a timer holds that has not fired.
    pub(crate) fn get_mut(&mut self, key: Key) -> Option<&mut T> {
        if !self.is_live(key) {
            return None;
        }
        self.values.get_mut(key.index as usize)
    }

    /// Takes a timer out, unless it has fired.
    #[inline]
    pub(crate) fn cancel(&mut self, key: Key) -> Option<T> {
        let value = self.take(key)?;
        if self.heap.first().is_some_and(|first| first.key == key) {
            self.drop_cancelled_first();
        } else if self.heap.len() >= SWEEP_FROM && self.values.len() < self.heap.len() / SWEEP_AT {
            self.sweep();
        }
        Some(value)
    }

    /// The earliest deadline. The first entry is never a cancelled one.
    pub(crate) fn first(&self) -> Option<Instant> {
        self.heap.first().map(|first| first.deadline)
    }

    /// Takes the earliest timer, if it is due.
    pub(crate) fn pop_due(&mut self, now: Instant) -> Option<T> {
        let first = *self.heap.first()?;
        if first.deadline > now {
            return None;
        }
        let value = self.take(first.key);
        self.drop_cancelled_first();
        value
    }

    fn is_live(&self, key: Key) -> bool {
        self.generations.get(key.index as usize) == Some(&key.generation)
    }

    #[inline]
    fn take(&mut self, key: Key) -> Option<T> {
        if !self.is_live(key) {
            return None;
        }
        let index = key.index as usize;
        self.generations[index] = key.generation.wrapping_add(1);
        self.values.try_remove(index)
    }

    #[inline]
    fn drop_cancelled_first(&mut self) {
        while self.heap.first().is_some_and(|first| !self.is_live(first.key)) {
            self.heap.swap_remove(0);
            self.sift_down(0);
        }
    }

    /// Drops every cancelled entry. Paid for by as many cancels as it drops entries.
    #[cold]
    fn sweep(&mut self) {
        let generations = &self.generations;
        self.heap
            .retain(|entry| generations[entry.key.index as usize] == entry.key.generation);
        for node in (0..self.heap.len().div_ceil(CHILDREN)).rev() {
            self.sift_down(node);
        }
    }

    fn sift_up(&mut self, mut node: usize) {
        let entry = self.heap[node];
        while node > 0 {
            let parent = (node - 1) / CHILDREN;
            if self.heap[parent].deadline <= entry.deadline {
                break;
            }
            self.heap[node] = self.heap[parent];
            node = parent;
        }
        self.heap[node] = entry;
    }

    fn sift_down(&mut self, mut node: usize) {
        let Some(&entry) = self.heap.get(node) else { return };
        loop {
            let first = node * CHILDREN + 1;
            let children = first..(first + CHILDREN).min(self.heap.len());
            let Some(least) = children.min_by_key(|&child| self.heap[child].deadline) else {
                break;
            };
            if entry.deadline <= self.heap[least].deadline {
                break;
            }
            self.heap[node] = self.heap[least];
            node = least;
        }
        self.heap[node] = entry;
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

    #[test]
    fn due_timers_leave_in_the_order_of_their_deadlines_and_cancelled_ones_never_do() {
        let mut next = numbers(7);
        let mut queue = Queue::default();
        let mut live = std::collections::BTreeMap::new();
        for round in 0..20_000_u64 {
            // Deadlines are distinct, so that the order is fully determined.
            let deadline = (next() % 1_000) * 100_000 + round;
            let key = queue.insert(at(deadline), ());
            live.insert(deadline, key);
            if next() % 3 == 0 {
                let nth = next() as usize % live.len();
                let (&victim, &key) = live.iter().nth(nth).unwrap();
                assert!(queue.cancel(key).is_some());
                assert!(queue.cancel(key).is_none(), "a timer is cancelled once");
                live.remove(&victim);
            }
            assert_eq!(queue.first(), live.first_key_value().map(|(&deadline, _)| at(deadline)));
        }
        let order: Vec<u64> = live.keys().copied().collect();
        for deadline in order {
            assert!(queue.pop_due(at(deadline - 1)).is_none(), "not before its time");
            assert!(queue.pop_due(at(deadline)).is_some());
        }
        assert_eq!(queue.first(), None);
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
        assert!(queue.generations.len() <= 2);
    }
}
