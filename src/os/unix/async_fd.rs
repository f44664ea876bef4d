//! Any descriptor.

use std::io;
use std::os::fd::{AsFd, BorrowedFd};
use std::task::{Context, Poll, ready};

use triga_platform::descriptor::Descriptor;
use triga_platform::{Direction, Interest, Ready};

use crate::error::ConversionError;
use crate::io::registered::Registered;
use crate::reactor::Handle;
use crate::reactor::ReadyEvent;

/// Something with a descriptor, and the readiness of it.
///
/// The program calls the system inside the operations here, which say when a call is worth trying; what std reads and
/// writes by reference has the futures-io traits as well. The descriptor has to be in non-blocking mode for it, so that an
/// operation fails with `WouldBlock` when there is nothing to do.
///
/// The descriptor is no longer waited for when this is dropped, also if it stays open elsewhere. Only one such value may be
/// registered for a descriptor.
///
/// ```
/// use std::io::{Read, Write};
/// use std::os::unix::net::UnixStream;
/// use triga::Interest;
/// use triga::os::unix::AsyncFd;
///
/// triga::block_on(async {
///     let (near, mut far) = UnixStream::pair()?;
///     near.set_nonblocking(true)?;
///     let near = AsyncFd::new(near)?;
///     far.write_all(b"ping")?;
///     let mut buffer = [0; 8];
///     let count = near.async_io(Interest::READABLE, |mut near| near.read(&mut buffer)).await?;
///     assert_eq!(&buffer[..count], b"ping");
///     std::io::Result::Ok(())
/// })
/// # .unwrap().unwrap();
/// ```
#[derive(Debug)]
pub struct AsyncFd<T: AsFd> {
    pub(super) io: Registered<Descriptor<T>>,
}

impl<T: AsFd> AsyncFd<T> {
    /// Waits for both directions, with the thread's [current](Handle::current) handle.
    ///
    /// # Errors
    ///
    /// As [`with_handle`](Self::with_handle).
    pub fn new(inner: T) -> Result<AsyncFd<T>, ConversionError<T>> {
        AsyncFd::with_interest(inner, Interest::READABLE | Interest::WRITABLE)
    }

    /// Waits for what is named, with the thread's [current](Handle::current) handle.
    ///
    /// # Errors
    ///
    /// As [`with_handle`](Self::with_handle).
    pub fn with_interest(inner: T, interest: Interest) -> Result<AsyncFd<T>, ConversionError<T>> {
        match Handle::current() {
            Ok(handle) => AsyncFd::with_handle(&handle, inner, interest),
            Err(error) => Err(ConversionError::new(inner, error)),
        }
    }

    /// Waits for what is named.
    ///
    /// # Errors
    ///
    /// The error gives the value back. `Unsupported` for a descriptor that the system cannot wait for, such as that of a file
    /// under epoll, and for an interest that it cannot tell; other errors of the system, such as `EEXIST` for a descriptor that
    /// is registered already; [`ShutDown`](crate::ShutDown) after a shutdown.
    pub fn with_handle(handle: &Handle, inner: T, interest: Interest) -> Result<AsyncFd<T>, ConversionError<T>> {
        Registered::from_source(handle, Descriptor::new(inner), interest)
            .map(|io| AsyncFd { io })
            .map_err(|failed| failed.map(Descriptor::into_inner))
    }

    /// What has the descriptor.
    pub fn get_ref(&self) -> &T {
        self.io.source.get_ref()
    }

    /// Gives back what has the descriptor, no longer waited for.
    pub fn into_inner(self) -> T {
        self.io.take_source().into_inner()
    }

    /// Waits until the descriptor is ready for the interest. Any number of tasks may wait.
    ///
    /// The readiness stays until it is [cleared](ReadyGuard::clear).
    ///
    /// Cancel safe.
    ///
    /// # Errors
    ///
    /// [`ShutDown`](crate::ShutDown) after a shutdown.
    pub async fn ready(&self, interest: Interest) -> io::Result<ReadyGuard<'_, T>> {
        let event = self.io.registration.readiness(interest).await?;
        Ok(ReadyGuard { fd: self, event })
    }

    /// Waits until a read may make progress.
    ///
    /// # Errors
    ///
    /// As [`ready`](Self::ready).
    pub async fn readable(&self) -> io::Result<ReadyGuard<'_, T>> {
        self.ready(Interest::READABLE).await
    }

    /// Waits until a write may make progress.
    ///
    /// # Errors
    ///
    /// As [`ready`](Self::ready).
    pub async fn writable(&self) -> io::Result<ReadyGuard<'_, T>> {
        self.ready(Interest::WRITABLE).await
    }

    /// Ready when a read may make progress; otherwise the task is woken when it may. Of several tasks, the last one is.
    ///
    /// # Errors
    ///
    /// As [`ready`](Self::ready).
    pub fn poll_read_ready(&self, cx: &mut Context<'_>) -> Poll<io::Result<ReadyGuard<'_, T>>> {
        let event = ready!(self.io.registration.poll_read_ready(cx))?;
        Poll::Ready(Ok(ReadyGuard { fd: self, event }))
    }

    /// Ready when a write may make progress; otherwise the task is woken when it may. Of several tasks, the last one is.
    ///
    /// # Errors
    ///
    /// As [`ready`](Self::ready).
    pub fn poll_write_ready(&self, cx: &mut Context<'_>) -> Poll<io::Result<ReadyGuard<'_, T>>> {
        let event = ready!(self.io.registration.poll_write_ready(cx))?;
        Poll::Ready(Ok(ReadyGuard { fd: self, event }))
    }

    /// Runs an operation when the descriptor is ready for the interest, until it says neither that it would block nor that it
    /// was interrupted.
    ///
    /// Cancel safe if the operation is: it is not run once the future is dropped.
    ///
    /// # Errors
    ///
    /// As [`ready`](Self::ready), and the operation's own.
    pub async fn async_io<R>(
        &self,
        interest: Interest,
        mut operation: impl FnMut(&T) -> io::Result<R>,
    ) -> io::Result<R> {
        self.io
            .async_io(interest, |descriptor| operation(descriptor.get_ref()))
            .await
    }

    /// Runs an operation when the descriptor is ready in a direction, until it says neither that it would block nor that it was
    /// interrupted; otherwise the task is woken when it is worth another try. Of several tasks, the last one is.
    ///
    /// # Errors
    ///
    /// As [`ready`](Self::ready), and the operation's own.
    pub fn poll_io<R>(
        &self,
        cx: &mut Context<'_>,
        direction: Direction,
        mut operation: impl FnMut(&T) -> io::Result<R>,
    ) -> Poll<io::Result<R>> {
        self.io
            .poll_io(cx, direction, |descriptor| operation(descriptor.get_ref()))
    }

    /// Runs an operation unless the descriptor is known not to be ready, and takes the readiness back if it would block.
    ///
    /// # Errors
    ///
    /// `WouldBlock` if it is not ready, [`ShutDown`](crate::ShutDown) after a shutdown, and the operation's own.
    pub fn try_io<R>(&self, interest: Interest, operation: impl FnOnce(&T) -> io::Result<R>) -> io::Result<R> {
        self.io
            .registration
            .try_unless_idle(interest, || operation(self.get_ref()))
    }
}

impl<T: AsFd> AsFd for AsyncFd<T> {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.io.source.as_fd()
    }
}

/// A readiness of an [`AsyncFd`], as it was at one moment.
///
/// A task that finds that the operation would block clears it, so that the next wait waits. What became ready in the
/// meantime stays. Dropping the guard clears nothing.
#[derive(Debug)]
#[must_use = "a readiness stays until it is cleared"]
pub struct ReadyGuard<'a, T: AsFd> {
    fd: &'a AsyncFd<T>,
    event: ReadyEvent,
}

impl<'a, T: AsFd> ReadyGuard<'a, T> {
    /// What it is ready for.
    pub fn ready(&self) -> Ready {
        self.event.ready()
    }

    /// What has the descriptor.
    pub fn get_ref(&self) -> &'a T {
        self.fd.get_ref()
    }

    /// Takes the readiness back, after an operation failed with `WouldBlock`: the next wait ends with a newer event. Closed
    /// readiness is cleared as well. A short read does not show that the descriptor is open: after one,
    /// [`clear_only`](Self::clear_only) `READABLE`.
    pub fn clear(&mut self) {
        self.fd.io.registration.clear_readiness(self.event);
    }

    /// Takes a part of the readiness back, such as that of one direction.
    pub fn clear_only(&mut self, ready: Ready) {
        self.fd.io.registration.clear_readiness(self.event.only(ready));
    }

    /// Runs an operation, and takes the readiness back if it would block.
    ///
    /// # Errors
    ///
    /// The operation's own.
    pub fn try_io<R>(&mut self, operation: impl FnOnce(&T) -> io::Result<R>) -> io::Result<R> {
        let result = operation(self.get_ref());
        if matches!(&result, Err(error) if error.kind() == io::ErrorKind::WouldBlock) {
            self.clear();
        }
        result
    }
}
