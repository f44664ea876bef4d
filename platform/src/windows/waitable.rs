//! Handles that become signalled: events, processes, threads, timers, semaphores.
//!
//! A thread of the system waits for them all (`RegisterWaitForSingleObject`), each once for every time that somebody has to
//! wait. Where a wait takes the signal, as of a semaphore, none is taken unless a task waits for it.

use std::ffi::c_void;
use std::io;
use std::mem;
use std::os::windows::io::{AsRawHandle, BorrowedHandle, OwnedHandle};
use std::ptr;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::sync::atomic::Ordering::{AcqRel, Release};

use windows_sys::Win32::Foundation::{HANDLE, INVALID_HANDLE_VALUE, WAIT_FAILED, WAIT_TIMEOUT};
use windows_sys::Win32::System::Threading::{
    INFINITE, RegisterWaitForSingleObject, UnregisterWaitEx, WT_EXECUTEINWAITTHREAD, WT_EXECUTEONLYONCE,
    WaitForSingleObject,
};

use crate::select::platform::posts::Posts;
use crate::{Event, Interest, Lock, Ready, Registry, Source, Token};

/// A handle whose signal is readiness to read.
#[derive(Debug)]
pub struct Waitable {
    /// The wait that is registered with the system. It is dropped before the handle that it is for.
    wait: Lock<Option<Wait>>,
    handle: OwnedHandle,
    /// Where a wait tells of its end, once this is registered.
    told: Option<Arc<Told>>,
}

/// What a wait's callback has in its hands.
#[derive(Debug)]
struct Told {
    posts: Posts,
    token: Token,
    /// The wait is over, and the first call takes the signal.
    is_signalled: AtomicBool,
}

impl Waitable {
    /// Waits for what the handle is of, through a handle of its own.
    ///
    /// # Errors
    ///
    /// Errors of the system when it duplicates the handle.
    pub fn new(handle: BorrowedHandle<'_>) -> io::Result<Waitable> {
        Ok(Waitable {
            wait: Lock::default(),
            handle: handle.try_clone_to_owned()?,
            told: None,
        })
    }

    /// Takes the signal if there is one, as a wait of the system does.
    ///
    /// # Errors
    ///
    /// `WouldBlock` if there is none: an event will tell. Errors of the system, such as that the handle may not be waited for.
    pub fn take(&self) -> io::Result<()> {
        let mut wait = self.wait.lock();
        let Some(told) = &self.told else {
            return self.take_now();
        };
        if wait.is_none() {
            match self.take_now() {
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
                result => return result,
            }
            *wait = Some(Wait::register(&self.handle, told)?);
            return Err(io::ErrorKind::WouldBlock.into());
        }
        // Pairs with the store in `signalled`.
        if !told.is_signalled.swap(false, AcqRel) {
            return Err(io::ErrorKind::WouldBlock.into());
        }
        let over = wait.take();
        drop(wait);
        // It may have to wait for the callback's end.
        drop(over);
        Ok(())
    }

    fn take_now(&self) -> io::Result<()> {
        // SAFETY: the handle is open as long as `self`.
        match unsafe { WaitForSingleObject(self.handle.as_raw_handle(), 0) } {
            WAIT_TIMEOUT => Err(io::ErrorKind::WouldBlock.into()),
            WAIT_FAILED => Err(io::Error::last_os_error()),
            _ => Ok(()),
        }
    }

    fn end_wait(&mut self) {
        *self.wait.get_mut() = None;
    }
}

impl Source for Waitable {
    fn register(&mut self, registry: &Registry, token: Token, _interest: Interest) -> io::Result<()> {
        if self.told.is_some() {
            return Err(io::Error::new(
                io::ErrorKind::AlreadyExists,
                "the handle is registered already: deregister it first",
            ));
        }
        self.told = Some(Arc::new(Told {
            posts: registry.posts.clone(),
            token,
            is_signalled: AtomicBool::new(false),
        }));
        Ok(())
    }

    fn deregister(&mut self, _registry: &Registry, _token: Token) -> io::Result<()> {
        self.end_wait();
        match self.told.take() {
            Some(_) => Ok(()),
            None => Err(io::Error::new(
                io::ErrorKind::NotFound,
                "the handle is not registered: register it first",
            )),
        }
    }

    /// The first try registers a wait, if there is no signal.
    fn assumed(&self) -> Ready {
        Ready::READABLE
    }
}

/// A wait that is registered with the system. It ends with this value.
#[derive(Debug)]
struct Wait {
    wait: HANDLE,
    /// What the callback points to.
    told: Arc<Told>,
}

// SAFETY: the handle of a wait may be used by any thread.
unsafe impl Send for Wait {}

impl Wait {
    fn register(handle: &OwnedHandle, told: &Arc<Told>) -> io::Result<Wait> {
        let mut wait = ptr::null_mut();
        let context: *const Told = Arc::as_ptr(told);
        // SAFETY: the callback's context lives until the wait is unregistered, since the value that does so has a share in it;
        // and the handle is of a `Waitable`, which drops that value first.
        let done = unsafe {
            RegisterWaitForSingleObject(
                &raw mut wait,
                handle.as_raw_handle(),
                Some(signalled),
                context.cast(),
                INFINITE,
                WT_EXECUTEONLYONCE | WT_EXECUTEINWAITTHREAD,
            )
        };
        if done == 0 {
            return Err(io::Error::last_os_error());
        }
        Ok(Wait {
            wait,
            told: told.clone(),
        })
    }
}

impl Drop for Wait {
    fn drop(&mut self) {
        // SAFETY: the wait was registered and is unregistered once. With this event the call returns when the callback has,
        // which is never the caller: the callback runs no code but this file's and that of `Posts`.
        if unsafe { UnregisterWaitEx(self.wait, INVALID_HANDLE_VALUE) } == 0 {
            // The callback may still come. It has to find what it points to.
            mem::forget(self.told.clone());
        }
    }
}

/// The system's thread calls it when the wait is over.
unsafe extern "system" fn signalled(context: *mut c_void, _timed_out: bool) {
    // SAFETY: the context is that of `Wait::register`, and is alive until the wait is unregistered, which waits for this.
    let told = unsafe { &*context.cast::<Told>() };
    // Pairs with the swap in `take`.
    told.is_signalled.store(true, Release);
    told.posts.post(Event {
        token: told.token,
        ready: Ready::READABLE,
    });
}
