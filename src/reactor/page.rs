//! Slots come in pages, so that a registration allocates nothing of its own and a slot never moves.

use std::array;
use std::task::Waker;

use slab::Slab;
use triga_platform::{CacheLine, Ready};

use crate::reactor::handle::Handle;
use crate::reactor::scheduled_io::{Delivery, ScheduledIo, State};
use crate::reactor::wake_batch::WakeBatch;
use crate::sync::{self, Mutex};

/// How many slots a page has.
pub(crate) const PAGE_SLOTS: usize = sync::count(32, 2);

/// A list for so many waits is kept when it is empty. A longer one gives its memory back.
const LIST_KEPT: usize = 16;

/// A page of slots. A registration keeps the page of its slot alive, so that a source may outlive the driver.
#[derive(Debug)]
pub(crate) struct Page {
    /// The driver's, so that a registration needs no reference besides that to its page. The driver drops its pages when it is
    /// shut down, which ends the cycle of references.
    handle: Handle,
    slots: [CacheLine<ScheduledIo>; PAGE_SLOTS],
    /// The waits of [`Readiness`](crate::Readiness). A slot's list is made for its first wait and kept, so most sources have
    /// none, and the others do not allocate again. The slot's mark says that its list is not empty. The two change together,
    /// under this lock.
    listed: Mutex<[Option<Box<Slab<Waiter>>>; PAGE_SLOTS]>,
}

/// One wait of [`Readiness`](crate::Readiness).
#[derive(Debug)]
struct Waiter {
    mask: Ready,
    waker: Option<Waker>,
}

impl Page {
    /// A page whose slots are all free, and at this generation.
    pub(crate) fn new(handle: Handle, generation: u32) -> Page {
        Page {
            handle,
            // An array's own `default` is code for each of its elements, which a small component would carry.
            slots: array::from_fn(|_| CacheLine(ScheduledIo::new(generation))),
            listed: Mutex::new([const { None }; PAGE_SLOTS]),
        }
    }

    #[inline]
    pub(crate) fn handle(&self) -> &Handle {
        &self.handle
    }

    /// The slot of a token that was given out for this page.
    #[inline]
    pub(crate) fn slot(&self, index: usize) -> &ScheduledIo {
        &self.slots[index % PAGE_SLOTS]
    }

    /// Adds readiness to a slot, or a shutdown. Wakes the tasks that wait for it, or adds their wakers to the batch.
    #[inline]
    pub(crate) fn deliver(&self, index: usize, delivery: Delivery, wakers: &mut WakeBatch) {
        let marked = self.slot(index).deliver(delivery, wakers);
        if marked != 0 {
            self.take_marked(index, delivery.ready(), marked, wakers);
        }
    }

    #[inline(never)]
    fn take_marked(&self, index: usize, ready: Ready, marked: u32, wakers: &mut WakeBatch) {
        self.slot(index)
            .take_marked(marked, wakers, |wakers| self.take_listed(index, ready, wakers));
    }

    /// Makes every wait for the page's slots end with an error.
    pub(crate) fn shut_down(&self, wakers: &mut WakeBatch) {
        for index in 0..PAGE_SLOTS {
            self.deliver(index, Delivery::SHUTDOWN, wakers);
        }
    }

    #[cold]
    fn take_listed(&self, index: usize, ready: Ready, wakers: &mut WakeBatch) {
        let mut listed = self.listed.lock();
        let Some(list) = &mut listed[index % PAGE_SLOTS] else {
            return;
        };
        for (_, waiter) in &mut **list {
            if waiter.mask.intersects(ready) {
                wakers.push(waiter.waker.take());
            }
        }
    }

    /// As [`ScheduledIo::set_waker`], for a wait in the list. `key` names the wait while it is listed. If the returned state is
    /// ready, the caller [removes](Self::remove_listed) the wait.
    pub(crate) fn add_waiter(&self, index: usize, waker: &Waker, mask: Ready, key: &mut Option<usize>) -> State {
        self.remove_listed(index, key);
        // Clone the waker before taking the lock: cloning and dropping one is foreign code.
        let waker = Some(waker.clone());
        let mut listed = self.listed.lock();
        let list = listed[index % PAGE_SLOTS].get_or_insert_default();
        *key = Some(list.insert(Waiter { mask, waker }));
        self.slot(index).mark_listed()
    }

    /// Ends a wait in the list, if it is there.
    pub(crate) fn remove_listed(&self, index: usize, key: &mut Option<usize>) {
        let Some(key) = key.take() else { return };
        let mut listed = self.listed.lock();
        let place = &mut listed[index % PAGE_SLOTS];
        let removed = place.as_mut().and_then(|list| {
            let removed = list.try_remove(key);
            if list.is_empty() {
                self.slot(index).unmark_listed();
            }
            removed
        });
        let long = place.take_if(|list| list.is_empty() && list.capacity() > LIST_KEPT);
        drop(listed);
        drop((removed, long));
    }
}
