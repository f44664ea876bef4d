//! Duplicates of what programs have open.

use std::fmt;
use std::io;

use triga_platform::{Interest, net, pipe};

use crate::io::pipe::{PipeReader, PipeWriter};
use crate::net::{TcpListener, TcpStream, UdpSocket};
use crate::reactor::Handle;

/// Makes a duplicate of what a program has open, as `dup` does in the real world, or a child that inherits a descriptor.
///
/// What is open is closed when its last duplicate is dropped. Until then the peer sees no end, and the address of
/// a listener stays taken.
///
/// # Errors
///
/// `OutOfMemory` if the host may have no more open, `NotConnected` if it crashed, and in another simulation than the source's.
pub fn duplicate<S: Duplicable>(source: &S) -> io::Result<Duplicate<S>> {
    source.source().map(Duplicate)
}

/// What there can be duplicates of: sockets and pipes.
pub trait Duplicable: sealed::Sealed {}

/// A duplicate that keeps something open. It is not registered with a driver.
pub struct Duplicate<S: Duplicable>(S::Source);

impl<S: Duplicable> Duplicate<S> {
    /// Makes another duplicate.
    ///
    /// # Errors
    ///
    /// As [`duplicate`].
    pub fn try_clone(&self) -> io::Result<Duplicate<S>> {
        S::duplicate(&self.0).map(Duplicate)
    }

    /// Registers it with the thread's [current](Handle::current) handle. Each duplicate may have a driver of its own, and each
    /// is told of every event.
    ///
    /// # Errors
    ///
    /// [`ShutDown`](crate::ShutDown) after a shutdown. `NotConnected` without a current handle, and in another simulation than
    /// the source's.
    pub fn register(self) -> io::Result<S> {
        S::register_source(&Handle::current()?, self.0)
    }
}

impl<S: Duplicable> fmt::Debug for Duplicate<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Duplicate").field(&self.0).finish()
    }
}

pub(crate) mod sealed {
    use super::{Handle, fmt, io};

    pub trait Sealed: Sized {
        /// What the platform has of it.
        type Source: fmt::Debug;

        fn source(&self) -> io::Result<Self::Source>;
        fn duplicate(source: &Self::Source) -> io::Result<Self::Source>;
        fn register_source(handle: &Handle, source: Self::Source) -> io::Result<Self>;
    }
}

/// Makes the types [`Duplicable`] by their sources.
macro_rules! duplicable {
    ($($type:ident, $source:ty, $interest:expr;)*) => {$(
        impl $crate::os::sim::Duplicable for $type {}

        impl $crate::os::sim::duplicate::sealed::Sealed for $type {
            type Source = $source;

            fn source(&self) -> std::io::Result<$source> {
                self.io.source.try_clone()
            }

            fn duplicate(source: &$source) -> std::io::Result<$source> {
                source.try_clone()
            }

            fn register_source(handle: &$crate::reactor::Handle, source: $source) -> std::io::Result<$type> {
                let io = $crate::io::registered::Registered::new(handle, source, $interest)?;
                Ok($type { io })
            }
        }
    )*};
}

self::duplicable! {
    TcpListener, net::TcpListener, Interest::READABLE;
    TcpStream, net::TcpStream, Interest::READABLE | Interest::WRITABLE;
    UdpSocket, net::UdpSocket, Interest::READABLE | Interest::WRITABLE;
    PipeReader, pipe::Receiver, Interest::READABLE;
    PipeWriter, pipe::Sender, Interest::WRITABLE;
}

pub(crate) use duplicable;
