//! The slots of all sources: who may have one, and when one may be used again.

use std::io;
use std::mem;

use triga_platform::Token;

use crate::error::ShutDown;
use crate::handle::Handle;
use crate::page::{PAGE_SLOTS, Page};
use crate::sync::atomic::AtomicU64;
use crate::sync::atomic::Ordering::{Acquire, Relaxed, SeqCst};
use crate::sync::{self, Arc, Mutex, Update};
use crate::wake_batch::WakeBatch;

/// How many released slots make it worth waking the driver, so that it takes them back.
const NOTIFY_AFTER: usize = sync::count(16, 2);

/// All slots of a driver.
///
/// A slot goes round: free, in use, pending release, and free again. Only the driver takes the last step, at the start of a
/// turn. So between its check of a token's generation and its delivery no slot changes hands, and an event that was in
/// flight when its source went meets nobody else's.
#[derive(Debug, Default)]
pub(crate) struct RegistrationSet {
    /// A [`Pending`].
    pending_release: AtomicU64,
    synced: Mutex<Synced>,
}

/// What is guarded by the set's lock.
#[derive(Debug, Default)]
struct Synced {
    is_shutdown: bool,
    registrations: Vec<Arc<Page>>,
    /// How many slots were used so far. The rest of the last page is free as well.
    used: usize,
    /// The free slots, a stack through the slots themselves: one more than the index of the last, or 0.
    free: u32,
    registered: u64,
    released: u64,
}

/// The slots that were given back and are not free yet, a stack through the slots themselves: in the upper half how many there
/// are, in the lower one the index of the last, if there is one.
#[derive(Debug, Clone, Copy)]
struct Pending(u64);

impl Pending {
    const NONE: Pending = Pending(0);

    fn count(self) -> usize {
        (self.0 >> 32) as usize
    }

    fn last(self) -> u32 {
        self.0 as u32
    }

    /// With one more slot on top.
    #[inline]
    fn with(self, index: usize) -> Pending {
        Pending(((self.0 >> 32) + 1) << 32 | index as u64)
    }
}

impl RegistrationSet {
    /// A slot for a new source, and the token that names it.
    ///
    /// # Errors
    ///
    /// After a shutdown, and when there are more sources than a token can number.
    pub(crate) fn allocate(&self, handle: &Handle) -> io::Result<(Arc<Page>, Token)> {
        let mut synced = self.synced.lock();
        if synced.is_shutdown {
            return Err(ShutDown.into());
        }
        let index = match synced.free {
            0 => synced.used,
            next => next as usize - 1,
        };
        if index >= Token::MAX_SLOTS.min(u32::MAX as usize) {
            return Err(too_many());
        }
        let page = match synced.registrations.get(index / PAGE_SLOTS) {
            Some(page) => page.clone(),
            None => {
                let page = Arc::new(Page::new(handle.clone()));
                synced.registrations.push(page.clone());
                page
            }
        };
        synced.registered += 1;
        if synced.free == 0 {
            synced.used += 1;
        } else {
            synced.free = page.slot(index).below();
        }
        // Under the lock: a shutdown that comes next marks a slot that is reset already, and is not wiped out by it.
        let slot = page.slot(index);
        slot.reset();
        let token = slot.token(index);
        Ok((page, token))
    }

    /// Gives a slot back. True if so many wait for their release that the driver should be woken for it.
    pub(crate) fn deregister(&self, page: &Page, token: Token) -> bool {
        let slot = page.slot(token.index());
        // Before the caller looks whether the driver waits, which announces its wait before it loads this in `release_pending`:
        // sequential consistency makes one see the other. It also releases what the slot says to `release`.
        let before = self.pending_release.update_with(SeqCst, Relaxed, |pending| {
            slot.put_on(Pending(pending).last());
            Some(Pending(pending).with(token.index()).0)
        });
        before.is_ok_and(|before| Pending(before).count() + 1 == NOTIFY_AFTER)
    }

    /// Makes the slots that were given back free for others. Only the driver may call it, and not while it holds an event.
    #[inline]
    pub(crate) fn release_pending(&self) {
        if self.pending_release.load(SeqCst) != Pending::NONE.0 {
            self.release();
        }
    }

    #[cold]
    fn release(&self) {
        let mut guard = self.synced.lock();
        let synced = &mut *guard;
        // Acquires what every slot says, since each exchange continues the release of the one before it.
        let pending = Pending(self.pending_release.swap(Pending::NONE.0, Acquire));
        let mut last = pending.last();
        for _ in 0..pending.count() {
            let index = last;
            let Some(page) = synced.registrations.get(index as usize / PAGE_SLOTS) else {
                // After a shutdown there are none.
                break;
            };
            let slot = page.slot(index as usize);
            slot.retire();
            last = slot.below();
            slot.put_on(synced.free);
            synced.free = index + 1;
        }
        synced.released += pending.count() as u64;
    }

    /// Refuses new sources from now on, and ends every wait with an error.
    pub(crate) fn shut_down(&self, wakers: &mut WakeBatch) {
        let pages = {
            let mut synced = self.synced.lock();
            synced.is_shutdown = true;
            mem::take(&mut synced.registrations)
        };
        pages.iter().for_each(|page| page.shut_down(wakers));
    }

    /// How many sources were registered and how many of them are gone.
    pub(crate) fn counts(&self) -> (u64, u64) {
        let synced = self.synced.lock();
        // Slots become free under the lock, so each is counted once.
        let pending = Pending(self.pending_release.load(Relaxed));
        (synced.registered, synced.released + pending.count() as u64)
    }
}

#[cold]
fn too_many() -> io::Error {
    io::Error::new(
        io::ErrorKind::OutOfMemory,
        "too many sources are registered with one driver",
    )
}

/// The driver's own list of pages, so that it finds the slot of an event without a lock.
///
/// Pages are only ever added, so a list that is too short is the only way to be out of date.
#[derive(Debug, Default)]
pub(crate) struct Slots {
    pages: Vec<Arc<Page>>,
}

impl Slots {
    /// The page of the token's slot, if its source is still there.
    #[inline]
    pub(crate) fn get(&mut self, token: Token, set: &RegistrationSet) -> Option<&Page> {
        let index = token.index();
        if index / PAGE_SLOTS >= self.pages.len() {
            self.look_again(token, set);
        }
        let page = self.pages.get(index / PAGE_SLOTS)?;
        page.slot(index).is_at(token).then_some(page)
    }

    /// The list is too short for the token, unless that is one that names no slot.
    #[cold]
    fn look_again(&mut self, token: Token, set: &RegistrationSet) {
        if token != Token::WAKER && token != Token::SIGNAL {
            let known = &set.synced.lock().registrations;
            while let Some(page) = known.get(self.pages.len()) {
                self.pages.push(page.clone());
            }
        }
    }
}

#[cfg(all(test, triga_loom))]
mod models {
    use super::{NOTIFY_AFTER, Pending};
    use crate::driver::Driver;
    use crate::registration::Registration;
    use crate::sync::atomic::Ordering::Relaxed;
    use crate::sync::thread;

    /// A driver does not wait while there are so many slots to release that it should be woken for them, whenever the last of
    /// them was given back: it finds them at the beginning of its turn, or its wait is ended.
    #[test]
    fn a_driver_does_not_wait_beside_many_slots_to_release() {
        loom::model(|| {
            let mut driver = Driver::new().unwrap();
            let handle = driver.handle().clone();
            let many = [(); NOTIFY_AFTER].map(|()| Registration::without_source(&handle).unwrap());
            let mut dropping = Some(thread::spawn(move || drop(many)));
            let is_done_with = || {
                dropping.take().map(thread::JoinHandle::join).unwrap().unwrap();
                Pending(handle.shared.registrations.pending_release.load(Relaxed)).count() < NOTIFY_AFTER
            };
            driver.turn_unless(None, is_done_with).unwrap();
        });
    }
}
