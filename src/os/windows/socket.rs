//! Any socket.

use std::io;
use std::os::windows::io::{AsSocket, BorrowedSocket};
use std::task::{Context, Poll};

use triga_platform::socket::Socket;
use triga_platform::{Direction, Interest};

use crate::error::ConversionError;
use crate::io::registered::Registered;
use crate::reactor::Handle;

/// Something with a socket, and the readiness of it.
///
/// It has no operations to send or receive. The program calls the system's, inside the operations here, which say when it is
/// worth trying. The socket has to be in non-blocking mode for it, and the operation has to fail with `WouldBlock` when there
/// is nothing to do.
///
/// ```
/// use std::net::UdpSocket;
/// use triga::Interest;
/// use triga::os::windows::AsyncSocket;
///
/// triga::block_on(async {
///     let (near, far) = (UdpSocket::bind("127.0.0.1:0")?, UdpSocket::bind("127.0.0.1:0")?);
///     near.set_nonblocking(true)?;
///     let near = AsyncSocket::new(near)?;
///     far.send_to(b"ping", near.get_ref().local_addr()?)?;
///     let mut buffer = [0; 8];
///     let count = near.async_io(Interest::READABLE, |near| near.recv(&mut buffer)).await?;
///     assert_eq!(&buffer[..count], b"ping");
///     std::io::Result::Ok(())
/// })
/// # .unwrap().unwrap();
/// ```
#[derive(Debug)]
pub struct AsyncSocket<T: AsSocket> {
    io: Registered<Socket<T>>,
}

impl<T: AsSocket> AsyncSocket<T> {
    /// Waits for both directions, with the thread's [current](Handle::current) handle.
    ///
    /// # Errors
    ///
    /// As [`with_handle`](Self::with_handle).
    pub fn new(inner: T) -> Result<AsyncSocket<T>, ConversionError<T>> {
        AsyncSocket::with_interest(inner, Interest::READABLE | Interest::WRITABLE)
    }

    /// Waits for what is named, with the thread's [current](Handle::current) handle.
    ///
    /// # Errors
    ///
    /// As [`with_handle`](Self::with_handle).
    pub fn with_interest(inner: T, interest: Interest) -> Result<AsyncSocket<T>, ConversionError<T>> {
        match Handle::current() {
            Ok(handle) => AsyncSocket::with_handle(&handle, inner, interest),
            Err(error) => Err(ConversionError::new(inner, error)),
        }
    }

    /// Waits for what is named.
    ///
    /// # Errors
    ///
    /// The error gives the value back. `Unsupported` for an interest that the system cannot tell; other errors of the system,
    /// such as that a provider has put itself before the socket and hides it; [`ShutDown`](crate::ShutDown) after a shutdown.
    pub fn with_handle(handle: &Handle, inner: T, interest: Interest) -> Result<AsyncSocket<T>, ConversionError<T>> {
        Registered::from_source(handle, Socket::new(inner), interest)
            .map(|io| AsyncSocket { io })
            .map_err(|failed| failed.map(Socket::into_inner))
    }

    /// What has the socket.
    pub fn get_ref(&self) -> &T {
        self.io.source.get_ref()
    }

    /// Gives back what has the socket, no longer waited for.
    pub fn into_inner(self) -> T {
        self.io.take_source().into_inner()
    }

    /// Waits until the socket is ready for the interest. Any number of tasks may wait. The readiness stays until an operation
    /// of [`try_io`](Self::try_io) would block.
    ///
    /// Cancel safe.
    ///
    /// # Errors
    ///
    /// [`ShutDown`](crate::ShutDown) after a shutdown.
    pub async fn ready(&self, interest: Interest) -> io::Result<()> {
        self.io.registration.readiness(interest).await.map(drop)
    }

    /// Runs an operation when the socket is ready for the interest, until it says neither that it would block nor that it was
    /// interrupted.
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
        self.io.async_io(interest, |socket| socket.try_io(&mut operation)).await
    }

    /// As [`async_io`](Self::async_io), for the one task that the direction has a place for.
    ///
    /// # Errors
    ///
    /// As [`async_io`](Self::async_io).
    pub fn poll_io<R>(
        &self,
        cx: &mut Context<'_>,
        direction: Direction,
        mut operation: impl FnMut(&T) -> io::Result<R>,
    ) -> Poll<io::Result<R>> {
        self.io.poll_io(cx, direction, |socket| socket.try_io(&mut operation))
    }

    /// Runs an operation unless the socket is known not to be ready, and takes the readiness back if it would block.
    ///
    /// # Errors
    ///
    /// `WouldBlock` if it is not ready, [`ShutDown`](crate::ShutDown) after a shutdown, and the operation's own.
    pub fn try_io<R>(&self, interest: Interest, operation: impl FnOnce(&T) -> io::Result<R>) -> io::Result<R> {
        self.io
            .registration
            .try_unless_idle(interest, || self.io.source.try_io(operation))
    }
}

impl<T: AsSocket> AsSocket for AsyncSocket<T> {
    fn as_socket(&self) -> BorrowedSocket<'_> {
        self.io.source.as_socket()
    }
}
