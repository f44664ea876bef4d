//! What is under way, by the time of its arrival.

use std::cmp::{Ordering, Reverse};
use std::collections::BinaryHeap;

/// Items, the earliest first. The seed has decided which of two that arrive together comes first.
#[derive(Debug)]
pub(in super::super) struct Queue<T> {
    heap: BinaryHeap<Reverse<Entry<T>>>,
    count: u64,
}

#[derive(Debug)]
struct Entry<T> {
    at: u64,
    /// The seed's word, and then the order in which they were sent.
    order: (u64, u64),
    item: T,
}

impl<T> Default for Queue<T> {
    fn default() -> Queue<T> {
        Queue {
            heap: BinaryHeap::new(),
            count: 0,
        }
    }
}

impl<T> Queue<T> {
    pub(in super::super) fn push(&mut self, at: u64, word: u64, item: T) {
        self.count += 1;
        let order = (word, self.count);
        self.heap.push(Reverse(Entry { at, order, item }));
    }

    pub(in super::super) fn first(&self) -> Option<u64> {
        self.heap.peek().map(|Reverse(entry)| entry.at)
    }

    /// Takes the earliest, if it is due.
    pub(in super::super) fn pop_due(&mut self, now: u64) -> Option<T> {
        if self.first()? > now {
            return None;
        }
        self.heap.pop().map(|Reverse(entry)| entry.item)
    }
}

impl<T> Entry<T> {
    fn key(&self) -> (u64, (u64, u64)) {
        (self.at, self.order)
    }
}

impl<T> PartialEq for Entry<T> {
    fn eq(&self, other: &Entry<T>) -> bool {
        self.key() == other.key()
    }
}

impl<T> Eq for Entry<T> {}

impl<T> PartialOrd for Entry<T> {
    fn partial_cmp(&self, other: &Entry<T>) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl<T> Ord for Entry<T> {
    fn cmp(&self, other: &Entry<T>) -> Ordering {
        self.key().cmp(&other.key())
    }
}
