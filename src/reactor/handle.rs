//! What a program has of a driver on any thread: it registers sources, sets timers and wakes the driver.

use std::cell::RefCell;
use std::fmt;
use std::io;
use std::marker::PhantomData;
use std::mem::{self, ManuallyDrop};

use triga_platform::Registry;

use crate::reactor::listeners::Listeners;
use crate::reactor::metrics::Metrics;
use crate::reactor::parking::Parking;
use crate::reactor::registration_set::RegistrationSet;
use crate::reactor::timers::Timers;
use crate::sync::atomic::AtomicU64;
use crate::sync::atomic::Ordering::Relaxed;
use crate::sync::{Arc, thread_local};

/// A reference to a [`Driver`](crate::Driver), for any thread and any number of owners.
///
/// It stays valid when the driver is dropped. Operations that need the driver then fail with [`ShutDown`](crate::ShutDown).
pub struct Handle {
    pub(crate) shared: Arc<Shared>,
}

/// What the driver and its handles share.
pub(crate) struct Shared {
    pub(crate) registry: Registry,
    pub(crate) registrations: RegistrationSet,
    pub(crate) timers: Timers,
    pub(crate) signals: Listeners,
    pub(crate) parking: Parking,
    /// Written by the driver alone.
    pub(crate) ready_events: AtomicU64,
}

const _: () = {
    const fn assert_send_sync<T: Send + Sync>() {}
    assert_send_sync::<Handle>();
};

impl Handle {
    /// The handle that this thread has entered, by [`enter`](Self::enter) or by running inside [`block_on`](crate::block_on).
    ///
    /// It also works while the thread ends, in the destructors of its thread-locals.
    ///
    /// # Errors
    ///
    /// `NotConnected` if it has entered none.
    pub fn current() -> io::Result<Handle> {
        GUARDS.with(|guards| guards.borrow().current()).ok_or_else(|| {
            io::Error::new(
                io::ErrorKind::NotConnected,
                "this thread has no reactor: run inside `triga::block_on`, or hold what `Handle::enter` returns",
            )
        })
    }

    /// Makes this handle the current one of the thread, until the returned value is dropped.
    ///
    /// Threads of a foreign executor call it once, so that names such as [`net::TcpStream::connect`](crate::net::TcpStream)
    /// and [`time::sleep`](crate::time::sleep) find the driver. A thread-local may hold the returned value.
    #[must_use = "the handle is current only while this value lives"]
    pub fn enter(&self) -> Enter {
        Enter {
            id: GUARDS.with(|guards| guards.borrow_mut().add(self.clone())),
            bound_to_thread: PhantomData,
        }
    }

    /// Makes the driver's turn return: the one under way, or else the next one.
    ///
    /// A driver that is not waiting is woken without a system call, and any number of wakes of one wait make one call.
    /// A wake that came before a turn returned has no effect on the next one: look for work after each turn.
    ///
    /// # Errors
    ///
    /// Errors of the system when it is asked to wake the driver. None is known to happen.
    #[inline]
    pub fn unpark(&self) -> io::Result<()> {
        self.shared.parking.unpark()
    }

    /// Ends the wait under way, and does nothing to a later one: see [`Parking::wake_if_parked`].
    pub(crate) fn wake_if_parked(&self) -> io::Result<()> {
        self.shared.parking.wake_if_parked()
    }

    /// What the driver has done so far.
    pub fn metrics(&self) -> Metrics {
        let (registered, deregistered) = self.shared.registrations.counts();
        Metrics {
            registered,
            deregistered,
            ready_events: self.shared.ready_events.load(Relaxed),
        }
    }
}

impl Clone for Handle {
    // A program clones handles in many places, and is quick in none of them by it.
    #[inline(never)]
    fn clone(&self) -> Handle {
        let shared = self.shared.clone();
        Handle { shared }
    }
}

impl fmt::Debug for Handle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Handle")
            .field("metrics", &self.metrics())
            .finish_non_exhaustive()
    }
}

thread_local! {
    /// Never dropped, so that destructors of other thread-locals can use it. It owns no memory while no guard lives.
    static GUARDS: ManuallyDrop<RefCell<Guards>> = const { ManuallyDrop::new(RefCell::new(Guards::NONE)) };
}

/// Keeps a [`Handle`] current on this thread.
///
/// Of several, the newest that lives decides which handle is current; they may be dropped in any order. It stays on its
/// thread: it is not `Send`.
pub struct Enter {
    id: u64,
    bound_to_thread: PhantomData<*const ()>,
}

impl Drop for Enter {
    fn drop(&mut self) {
        let handle = GUARDS.with(|guards| guards.borrow_mut().remove(self.id));
        // Drop the handle with nothing borrowed: it may be the last one of a driver, and its wakers are foreign code.
        drop(handle);
    }
}

impl fmt::Debug for Enter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Enter").finish_non_exhaustive()
    }
}

/// The handles of the guards that live on a thread.
struct Guards {
    last_id: u64,
    newest: Option<(u64, Handle)>,
    /// The others, by age. Nearly every thread has one guard, which needs no memory here.
    older: Vec<(u64, Handle)>,
}

impl Guards {
    const NONE: Guards = Guards {
        last_id: 0,
        newest: None,
        older: Vec::new(),
    };

    #[inline]
    fn current(&self) -> Option<Handle> {
        self.newest.as_ref().map(|(_, handle)| handle.clone())
    }

    fn add(&mut self, handle: Handle) -> u64 {
        self.last_id += 1;
        let before = self.newest.replace((self.last_id, handle));
        self.older.extend(before);
        self.last_id
    }

    fn remove(&mut self, id: u64) -> Option<Handle> {
        if self.newest.as_ref().is_some_and(|(newest, _)| *newest == id) {
            let next = self.older.pop();
            if next.is_none() {
                self.older = Vec::new();
            }
            return mem::replace(&mut self.newest, next).map(|(_, handle)| handle);
        }
        let place = self.older.iter().rposition(|(older, _)| *older == id)?;
        Some(self.older.remove(place).1)
    }
}
