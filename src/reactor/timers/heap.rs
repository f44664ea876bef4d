//! A heap of deadlines, which gives memory back when they are removed.
//!
//! Four children a node keep a node's children in one cache line. It is in pages, so that it grows without being copied and
//! shrinks without a pause.

use triga_platform::Instant;

use crate::sync;

const CHILDREN: usize = 4;

/// How many entries a page has.
const PAGE: usize = sync::count(512, 2);

#[derive(Debug, Clone, Copy)]
pub(super) struct Entry<K> {
    pub(super) deadline: Instant,
    pub(super) key: K,
}

#[derive(Debug)]
pub(super) struct Heap<K> {
    pages: Vec<Box<[Entry<K>; PAGE]>>,
    len: usize,
}

impl<K> Default for Heap<K> {
    fn default() -> Heap<K> {
        Heap {
            pages: Vec::new(),
            len: 0,
        }
    }
}

impl<K: Copy> Heap<K> {
    #[inline]
    pub(super) fn len(&self) -> usize {
        self.len
    }

    /// The entry at a node. The first one has the earliest deadline.
    #[inline]
    pub(super) fn get(&self, node: usize) -> Option<Entry<K>> {
        (node < self.len).then(|| self.at(node))
    }

    pub(super) fn push(&mut self, entry: Entry<K>) {
        if self.len == self.pages.len() * PAGE {
            self.pages.push(Box::new([entry; PAGE]));
        }
        self.len += 1;
        self.sift_up(self.len - 1, entry);
    }

    /// Takes out the entry at a node. Of the others, only some of those at later nodes and above this one change places.
    #[inline]
    pub(super) fn remove(&mut self, node: usize) {
        self.len -= 1;
        if node < self.len {
            self.put(node, self.at(self.len));
        }
        if self.len % PAGE == 0 {
            self.shrink();
        }
    }

    /// Puts an entry in the place of another one.
    fn put(&mut self, node: usize, entry: Entry<K>) {
        if node > 0 && entry.deadline < self.at(parent(node)).deadline {
            self.sift_up(node, entry);
        } else {
            self.sift_down(node, entry);
        }
    }

    /// One page is kept for the next entries.
    #[cold]
    fn shrink(&mut self) {
        self.pages.truncate(self.len / PAGE + 1);
    }

    #[inline]
    fn at(&self, node: usize) -> Entry<K> {
        self.pages[node / PAGE][node % PAGE]
    }

    #[inline]
    fn set(&mut self, node: usize, entry: Entry<K>) {
        self.pages[node / PAGE][node % PAGE] = entry;
    }

    fn sift_up(&mut self, mut node: usize, entry: Entry<K>) {
        while node > 0 {
            let above = self.at(parent(node));
            if above.deadline <= entry.deadline {
                break;
            }
            self.set(node, above);
            node = parent(node);
        }
        self.set(node, entry);
    }

    fn sift_down(&mut self, mut node: usize, entry: Entry<K>) {
        loop {
            let first = node * CHILDREN + 1;
            let children = first..(first + CHILDREN).min(self.len);
            let Some(least) = children.min_by_key(|&child| self.at(child).deadline) else {
                break;
            };
            let below = self.at(least);
            if entry.deadline <= below.deadline {
                break;
            }
            self.set(node, below);
            node = least;
        }
        self.set(node, entry);
    }
}

#[inline]
fn parent(node: usize) -> usize {
    (node - 1) / CHILDREN
}
