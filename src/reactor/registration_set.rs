//! The slots of all sources: which are free, and when one may be used again.

use std::io;
use std::mem;

use triga_platform::Token;

use crate::error::ShutDown;
use crate::reactor::handle::Handle;
use crate::reactor::page::{PAGE_SLOTS, Page};
use crate::reactor::page_table::{Limits, PageTable};
use crate::reactor::wake_batch::WakeBatch;
use crate::sync::atomic::AtomicU64;
use crate::sync::atomic::Ordering::{Acquire, Relaxed, SeqCst};
use crate::sync::{self, Arc, Mutex, Update};

/// How many released slots make it worth waking the driver, so that it takes them back.
const NOTIFY_AFTER: usize = sync::count(16, 2);

/// All slots of a driver.
///
/// A slot is in turn free, in use, pending release, and free again. Only the driver takes the last step, at the start of a
/// turn. So no slot gets another source between the check of a token's generation and the delivery, and an event that was
/// in flight when its source was deregistered does not reach another source.
#[derive(Debug)]
pub(crate) struct RegistrationSet {
    /// A [`Pending`].
    pending_release: AtomicU64,
    synced: Mutex<Synced>,
}

/// What is guarded by the set's lock.
#[derive(Debug)]
struct Synced {
    is_shutdown: bool,
    registrations: PageTable,
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

impl Default for RegistrationSet {
    fn default() -> RegistrationSet {
        RegistrationSet {
            pending_release: AtomicU64::new(Pending::NONE.0),
            synced: Mutex::new(Synced {
                is_shutdown: false,
                registrations: PageTable::new(Limits::OF_TOKENS),
                registered: 0,
                released: 0,
            }),
        }
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
        let Some((page, index)) = synced.registrations.take(handle) else {
            return Err(too_many());
        };
        synced.registered += 1;
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
    pub(crate) fn release_pending(&self, slots: &mut Slots) {
        if self.pending_release.load(SeqCst) != Pending::NONE.0 {
            self.release(slots);
        }
    }

    #[cold]
    fn release(&self, slots: &mut Slots) {
        let mut guard = self.synced.lock();
        let synced = &mut *guard;
        // Acquires what every slot says, since each exchange continues the release of the one before it.
        let pending = Pending(self.pending_release.swap(Pending::NONE.0, Acquire));
        let mut last = pending.last();
        for _ in 0..pending.count() {
            let index = last as usize;
            let Some(page) = synced.registrations.page(index / PAGE_SLOTS) else {
                // After a shutdown there are none.
                break;
            };
            last = page.slot(index).below();
            synced.registrations.give_back(index, |page| slots.forget(page));
        }
        synced.released += pending.count() as u64;
    }

    /// Refuses new sources from now on, and ends every wait with an error.
    pub(crate) fn shut_down(&self, wakers: &mut WakeBatch) {
        let pages = {
            let mut synced = self.synced.lock();
            synced.is_shutdown = true;
            mem::replace(&mut synced.registrations, PageTable::new(Limits::OF_TOKENS))
        };
        pages.each(|page| page.shut_down(wakers));
    }

    /// How many sources were registered, and how many were deregistered.
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
        "too many sources are registered with one driver: drop some, or register with another driver",
    )
}

/// The driver's own list of pages, so that it finds the slot of an event without a lock.
///
/// Others add pages, and the driver alone drops them. So a page that is missing here is the only way to be out of date.
#[derive(Debug, Default)]
pub(crate) struct Slots {
    pages: Vec<Option<Arc<Page>>>,
}

impl Slots {
    /// The page of the token's slot, if its source is still there.
    #[inline]
    pub(crate) fn get(&mut self, token: Token, set: &RegistrationSet) -> Option<&Page> {
        let index = token.index();
        if !matches!(self.pages.get(index / PAGE_SLOTS), Some(Some(_))) {
            self.look_again(token, set);
        }
        let page = self.pages.get(index / PAGE_SLOTS)?.as_deref()?;
        page.slot(index).is_at(token).then_some(page)
    }

    /// The page of the token is missing, unless the token is one that names no slot.
    #[cold]
    fn look_again(&mut self, token: Token, set: &RegistrationSet) {
        if token == Token::WAKER || token == Token::SIGNAL {
            return;
        }
        let number = token.index() / PAGE_SLOTS;
        let Some(page) = set.synced.lock().registrations.page(number).cloned() else {
            return;
        };
        if number >= self.pages.len() {
            self.pages.resize(number + 1, None);
        }
        self.pages[number] = Some(page);
    }

    /// The page with this number gives its memory back.
    fn forget(&mut self, number: usize) {
        if let Some(page) = self.pages.get_mut(number) {
            *page = None;
        }
    }
}

#[cfg(all(test, triga_loom))]
mod models {
    use super::{NOTIFY_AFTER, Pending};
    use crate::reactor::driver::Driver;
    use crate::reactor::registration::Registration;
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
