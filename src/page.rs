//! Slots come in pages, so that a registration allocates nothing of its own and a slot never moves.

use std::array;
use std::mem;
use std::task::{Context, Poll};

use slab::Slab;
use std::task::Waker;
use triga_platform::{Interest, Ready};

use crate::handle::Handle;
use crate::ready::ReadyEvent;
use crate::scheduled_io::{ScheduledIo, State};
use crate::sync::{self, Mutex};
use crate::wake_batch::WakeBatch;

/// How many slots a page has.
pub(crate) const PAGE_SLOTS: usize = sync::count(32, 2);

/// A page of slots. Whoever has a slot keeps its page alive, so that a source may outlive the driver.
#[derive(Debug)]
pub(crate) struct Page {
    /// The driver's, so that a registration needs no other reference than that to its page. The driver lets go of its pages when
    /// it is shut down, and so ends the circle.
    handle: Handle,
    slots: [ScheduledIo; PAGE_SLOTS],
    /// The waits that have no place in a slot. A slot's list is made for the first of them and kept, so that most sources do
    /// without, and the others do not allocate again. A slot's mark says that its list is not empty, and changes with it,
    /// under this lock.
    listed: Mutex<[Option<Box<Slab<Waiter>>>; PAGE_SLOTS]>,
}

/// One wait of [`Readiness`](crate::Readiness).
#[derive(Debug)]
struct Waiter {
    interest: Interest,
    waker: Option<Waker>,
}

impl Page {
    pub(crate) fn new(handle: Handle) -> Page {
        Page {
            handle,
            // An array's own `default` is code for each of its elements, which a small component would carry.
            slots: array::from_fn(|_| ScheduledIo::default()),
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

    /// Adds readiness to a slot. Who waits for it is woken, or joins the batch.
    #[inline]
    pub(crate) fn deliver(&self, index: usize, ready: Ready, wakers: &mut WakeBatch) {
        let marked = self.slot(index).deliver(ready, wakers);
        if marked != 0 {
            self.take_marked(index, ready, marked, wakers);
        }
    }

    #[inline(never)]
    fn take_marked(&self, index: usize, ready: Ready, marked: u32, wakers: &mut WakeBatch) {
        self.slot(index)
            .take_marked(marked, wakers, |wakers| self.take_listed(index, ready, wakers));
    }

    /// Makes every wait for the page's slots end with an error.
    pub(crate) fn shut_down(&self, wakers: &mut WakeBatch) {
        let everything = Ready::from_bits_truncate(u16::MAX);
        for index in 0..PAGE_SLOTS {
            self.slot(index)
                .shut_down(wakers, |wakers| self.take_listed(index, everything, wakers));
        }
    }

    #[cold]
    fn take_listed(&self, index: usize, ready: Ready, wakers: &mut WakeBatch) {
        let mut listed = self.listed.lock();
        let Some(list) = &mut listed[index % PAGE_SLOTS] else {
            return;
        };
        for (_, waiter) in &mut **list {
            if waiter.interest.mask().intersects(ready) {
                wakers.push(waiter.waker.take());
            }
        }
    }

    /// As [`ScheduledIo::wait`], for a wait in the list. `key` names it there, while it is there.
    pub(crate) fn poll_listed(
        &self,
        index: usize,
        cx: &Context<'_>,
        interest: Interest,
        stale: Option<ReadyEvent>,
        key: &mut Option<usize>,
    ) -> Poll<State> {
        let slot = self.slot(index);
        let state = slot.state();
        if state.is_news(interest.mask(), stale) {
            self.remove_listed(index, key);
            return Poll::Ready(state);
        }
        // Cloning and dropping a waker is foreign code, and stays outside the lock.
        let waker = Some(cx.waker().clone());
        let mut listed = self.listed.lock();
        let list = listed[index % PAGE_SLOTS].get_or_insert_default();
        let replaced = match *key {
            Some(key) => mem::replace(&mut list[key].waker, waker),
            None => {
                *key = Some(list.insert(Waiter { interest, waker }));
                None
            }
        };
        let news = slot.mark_listed(interest.mask(), stale);
        drop(listed);
        drop(replaced);
        if news.is_ready() {
            self.remove_listed(index, key);
        }
        news
    }

    /// Ends a wait in the list, if it is there.
    pub(crate) fn remove_listed(&self, index: usize, key: &mut Option<usize>) {
        let Some(key) = key.take() else { return };
        let mut listed = self.listed.lock();
        let removed = listed[index % PAGE_SLOTS].as_mut().and_then(|list| {
            let removed = list.try_remove(key);
            if list.is_empty() {
                self.slot(index).unmark_listed();
            }
            removed
        });
        drop(listed);
        drop(removed);
    }
}
