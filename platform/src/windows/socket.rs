//! Any socket as a source.

use std::io;
use std::mem::ManuallyDrop;
use std::os::windows::io::{AsRawSocket, AsSocket, BorrowedSocket, FromRawSocket, IntoRawSocket};

use mio::net::UdpSocket;

use crate::{Interest, Registry, Source, Token};

/// Something with a socket, as a source.
#[derive(Debug)]
pub struct Socket<T: AsSocket> {
    /// What mio polls for the socket. It is a datagram socket by name alone: mio asks the system about sockets of every kind
    /// in the same way. It must not close the socket, which is `inner`'s.
    poll: ManuallyDrop<UdpSocket>,
    inner: Option<T>,
}

impl<T: AsSocket> Socket<T> {
    /// A source that no task waits for yet.
    pub fn new(inner: T) -> Socket<T> {
        let socket = inner.as_socket().as_raw_socket();
        Socket {
            // SAFETY: the socket is open as long as `inner`, and `drop` gives it back rather than closing it.
            poll: ManuallyDrop::new(unsafe { UdpSocket::from_raw_socket(socket) }),
            inner: Some(inner),
        }
    }

    /// What has the socket.
    pub fn get_ref(&self) -> &T {
        self.inner.as_ref().expect("it is there until the source is dropped")
    }

    /// Gives back what has the socket.
    pub fn into_inner(mut self) -> T {
        self.inner.take().expect("it is there until the source is dropped")
    }

    /// Runs an operation. If it would block, the system is asked to tell when it is worth another try.
    ///
    /// # Errors
    ///
    /// The operation's own.
    pub fn try_io<R>(&self, operation: impl FnOnce(&T) -> io::Result<R>) -> io::Result<R> {
        self.poll.try_io(|| operation(self.get_ref()))
    }
}

impl<T: AsSocket> AsSocket for Socket<T> {
    fn as_socket(&self) -> BorrowedSocket<'_> {
        self.get_ref().as_socket()
    }
}

impl<T: AsSocket> Source for Socket<T> {
    fn register(&mut self, registry: &Registry, token: Token, interest: Interest) -> io::Result<()> {
        registry.register(&mut *self.poll, token, interest)
    }

    fn deregister(&mut self, registry: &Registry, token: Token) -> io::Result<()> {
        registry.deregister(&mut *self.poll, token)
    }
}

impl<T: AsSocket> Drop for Socket<T> {
    fn drop(&mut self) {
        // SAFETY: it is taken once, here.
        let poll = unsafe { ManuallyDrop::take(&mut self.poll) };
        // What is left of it is the number of a socket that is not its own.
        let _ = poll.into_raw_socket();
    }
}
