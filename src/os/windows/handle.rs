//! Handles that are waited for.

use std::io;
use std::os::windows::io::AsHandle;
use std::task::{Context, Poll};

use triga_platform::waitable::Waitable;
use triga_platform::{Direction, Interest};

use crate::error::ConversionError;
use crate::io::registered::Registered;
use crate::reactor::Handle;

/// Anything of Windows that becomes signalled: an event, a process, a thread, a timer, a semaphore.
///
/// A wait does to it what a wait of the system does: it resets an event that resets itself, and takes one from a semaphore's
/// count. (A mutex would come to belong to a thread of the system: it is not for this.)
///
/// ```
/// use triga::os::windows::AsyncHandle;
///
/// triga::block_on(async {
///     let thread = AsyncHandle::new(std::thread::spawn(|| 6 * 7))?;
///     thread.wait().await?;
///     assert_eq!(thread.into_inner().join().unwrap(), 42);
///     std::io::Result::Ok(())
/// })
/// # .unwrap().unwrap();
/// ```
#[derive(Debug)]
pub struct AsyncHandle<T> {
    io: Registered<Waitable>,
    inner: T,
}

impl<T: AsHandle> AsyncHandle<T> {
    /// Waits for a handle's signal with the thread's [current](Handle::current) handle of a driver.
    ///
    /// # Errors
    ///
    /// The error gives the value back. Errors of the system when it duplicates the handle; [`ShutDown`](crate::ShutDown) after
    /// a shutdown.
    pub fn new(inner: T) -> Result<AsyncHandle<T>, ConversionError<T>> {
        match Handle::current() {
            Ok(handle) => AsyncHandle::with_handle(&handle, inner),
            Err(error) => Err(ConversionError::new(inner, error)),
        }
    }

    /// As [`new`](Self::new), with a driver's handle.
    ///
    /// # Errors
    ///
    /// As [`new`](Self::new).
    pub fn with_handle(handle: &Handle, inner: T) -> Result<AsyncHandle<T>, ConversionError<T>> {
        let registered =
            Waitable::new(inner.as_handle()).and_then(|waitable| Registered::new(handle, waitable, Interest::READABLE));
        match registered {
            Ok(io) => Ok(AsyncHandle { io, inner }),
            Err(error) => Err(ConversionError::new(inner, error)),
        }
    }
}

impl<T> AsyncHandle<T> {
    /// Waits for the next signal. Several tasks may wait; where a wait takes the signal, each goes to one of them.
    ///
    /// Cancel safe: a signal that was taken for a wait that was dropped is there for the next one. It is lost with this value.
    ///
    /// # Errors
    ///
    /// `PermissionDenied` for a handle without the right to be waited for, and what else the system says;
    /// [`ShutDown`](crate::ShutDown) after a shutdown.
    pub async fn wait(&self) -> io::Result<()> {
        self.io.async_io(Interest::READABLE, Waitable::take).await
    }

    /// Ready with a signal; otherwise the task is woken when there is one. Of several tasks, the last one is.
    ///
    /// # Errors
    ///
    /// As [`wait`](Self::wait).
    pub fn poll_wait(&self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.io.poll_io(cx, Direction::Read, Waitable::take)
    }

    /// What is waited for.
    pub fn get_ref(&self) -> &T {
        &self.inner
    }

    /// Gives back what was waited for.
    pub fn into_inner(self) -> T {
        self.inner
    }
}
