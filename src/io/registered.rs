//! A source together with its registration, and the byte streams made of the two.

use std::io::{self, IoSlice, IoSliceMut, Read, Write};
use std::ops::{Deref, DerefMut};
use std::task::{Context, Poll};

use triga_platform::{
    CLOSING_DEREGISTERS, Capability, Direction, Interest, SHORT_IO_CLEARS, SUPPORT, Source, TELLS_URGENT,
};

use crate::error::ConversionError;
use crate::reactor::Handle;
use crate::reactor::Registration;

/// A source that is registered as long as it lives.
#[derive(Debug)]
pub(crate) struct Registered<S: Source> {
    /// Dropped first: the selectors that keep tables of sources learn of it from the registration.
    pub(crate) source: Owned<S>,
    pub(crate) registration: Registration,
}

impl<S: Source> Registered<S> {
    pub(crate) fn new(handle: &Handle, source: S, interest: Interest) -> io::Result<Registered<S>> {
        Ok(Registered::from_source(handle, source, interest)?)
    }

    /// As [`new`](Self::new), but gives the source back if that fails.
    pub(crate) fn from_source(
        handle: &Handle,
        mut source: S,
        interest: Interest,
    ) -> Result<Registered<S>, ConversionError<S>> {
        match Registration::new(handle, &mut source, interest) {
            Ok(registration) => Ok(Registered {
                source: Owned(Some(source)),
                registration,
            }),
            Err(error) => Err(ConversionError::new(source, error)),
        }
    }

    /// A stream that tells of urgent data where the platform does, and of which nothing else ends a read early unless the read
    /// says so.
    pub(crate) fn new_stream(handle: &Handle, source: S) -> io::Result<Registered<S>> {
        let both = Interest::READABLE | Interest::WRITABLE;
        if !TELLS_URGENT {
            return Registered::new(handle, source, both);
        }
        let registered = Registered::new(handle, source, both | Interest::PRIORITY)?;
        registered.registration.trust_short_reads();
        Ok(registered)
    }

    /// Gives the source back, no longer registered.
    pub(crate) fn into_source(mut self) -> Result<S, ConversionError<Registered<S>>> {
        match self.registration.deregister(&mut *self.source) {
            Ok(()) => Ok(self.take_source()),
            Err(error) => Err(ConversionError::new(self, error)),
        }
    }

    /// Gives a source back that deregisters itself.
    pub(crate) fn take_source(mut self) -> S {
        self.source.0.take().unwrap_or_else(|| gone())
    }

    /// Makes the source one of std's, where the platform has a way to do so.
    pub(crate) fn into_std<T>(self, convert: Option<fn(S) -> T>) -> Result<T, ConversionError<Registered<S>>> {
        let Some(convert) = convert else {
            let why = SUPPORT.why_not(Capability::StdSockets).unwrap_or_default();
            return Err(ConversionError::new(
                self,
                io::Error::new(io::ErrorKind::Unsupported, why),
            ));
        };
        self.into_source().map(convert)
    }

    /// Runs a non-blocking operation until it does not say that it would block.
    pub(crate) fn async_io<R>(
        &self,
        interest: Interest,
        mut operation: impl FnMut(&S) -> io::Result<R>,
    ) -> impl Future<Output = io::Result<R>> {
        self.registration.async_io(interest, move || operation(&self.source))
    }

    /// As [`async_io`](Self::async_io), for the one task that the direction has a place for.
    pub(crate) fn poll_io<R>(
        &self,
        cx: &mut Context<'_>,
        direction: Direction,
        mut operation: impl FnMut(&S) -> io::Result<R>,
    ) -> Poll<io::Result<R>> {
        self.registration.poll_io(cx, direction, || operation(&self.source))
    }

    /// As [`poll_io`](Self::poll_io), for what was begun when the source was made, and may take waits. Most platforms have done
    /// all at once, so it is tried first.
    pub(crate) fn poll_first<R>(
        &self,
        cx: &mut Context<'_>,
        direction: Direction,
        mut operation: impl FnMut(&S) -> io::Result<R>,
    ) -> Poll<io::Result<R>> {
        self.registration.poll_first(cx, direction, || operation(&self.source))
    }

    /// As [`poll_io`](Self::poll_io), for an operation that moves at most `asked` bytes and says how many it moved.
    #[inline]
    fn poll_transfer(
        &self,
        cx: &mut Context<'_>,
        direction: Direction,
        asked: usize,
        mut operation: impl FnMut(&S) -> io::Result<usize>,
    ) -> Poll<io::Result<usize>> {
        if SHORT_IO_CLEARS && !self.source.short_io_clears() {
            return self.poll_io(cx, direction, operation);
        }
        self.registration
            .poll_transfer(cx, direction, asked, || operation(&self.source))
    }
}

impl<S: Source> Registered<S>
where
    for<'a> &'a S: Read,
{
    #[inline]
    pub(crate) fn poll_read(&self, cx: &mut Context<'_>, buf: &mut [u8]) -> Poll<io::Result<usize>> {
        if buf.is_empty() {
            return Poll::Ready(Ok(0));
        }
        self.poll_transfer(cx, Direction::Read, buf.len(), |mut source| source.read(buf))
    }

    pub(crate) fn poll_read_vectored(
        &self,
        cx: &mut Context<'_>,
        bufs: &mut [IoSliceMut<'_>],
    ) -> Poll<io::Result<usize>> {
        if bufs.iter().all(|buf| buf.is_empty()) {
            return Poll::Ready(Ok(0));
        }
        // The system takes a limited number of slices, so a short read may leave bytes behind.
        self.poll_io(cx, Direction::Read, |mut source| source.read_vectored(bufs))
    }

    pub(crate) fn try_read(&self, buf: &mut [u8]) -> io::Result<usize> {
        if buf.is_empty() {
            return Ok(0);
        }
        self.registration
            .try_unless_idle(Interest::READABLE, || (&*self.source).read(buf))
    }
}

impl<S: Source> Registered<S>
where
    for<'a> &'a S: Write,
{
    #[inline]
    pub(crate) fn poll_write(&self, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        if buf.is_empty() {
            return Poll::Ready(Ok(0));
        }
        self.poll_transfer(cx, Direction::Write, buf.len(), |mut source| source.write(buf))
    }

    pub(crate) fn poll_write_vectored(&self, cx: &mut Context<'_>, bufs: &[IoSlice<'_>]) -> Poll<io::Result<usize>> {
        if bufs.iter().all(|buf| buf.is_empty()) {
            return Poll::Ready(Ok(0));
        }
        self.poll_io(cx, Direction::Write, |mut source| source.write_vectored(bufs))
    }

    pub(crate) fn try_write(&self, buf: &[u8]) -> io::Result<usize> {
        if buf.is_empty() {
            return Ok(0);
        }
        self.registration
            .try_unless_idle(Interest::WRITABLE, || (&*self.source).write(buf))
    }

    pub(crate) fn poll_flush(&self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.poll_first(cx, Direction::Write, |mut source| source.flush())
    }
}

/// Deregisters the source: a duplicate, which anybody may have, keeps it open, and its events would wake the driver for ever.
impl<S: Source> Drop for Registered<S> {
    #[inline]
    fn drop(&mut self) {
        if CLOSING_DEREGISTERS {
            return;
        }
        if let Some(source) = &mut self.source.0 {
            // It fails for a descriptor that was closed behind its owner's back, which is not registered any more.
            let _ = self.registration.deregister(source);
        }
    }
}

/// A source that is there until its [`Registered`] gives it back.
#[derive(Debug)]
pub(crate) struct Owned<S>(Option<S>);

impl<S> Deref for Owned<S> {
    type Target = S;

    #[inline]
    fn deref(&self) -> &S {
        self.0.as_ref().unwrap_or_else(|| gone())
    }
}

impl<S> DerefMut for Owned<S> {
    fn deref_mut(&mut self) -> &mut S {
        self.0.as_mut().unwrap_or_else(|| gone())
    }
}

#[cold]
fn gone() -> ! {
    unreachable!("the source was given back")
}

/// Implements `AsyncRead` for a type and for references to it, by its field that is a [`Registered`].
macro_rules! async_read {
    ($type:ty, $($field:tt).+) => {
        $crate::io::registered::async_read!($type, $($field).+, poll_read);
    };
    ($type:ty, $($field:tt).+, $read:ident) => {
        $crate::io::registered::async_read!(@for $type, $($field).+, $read);
        $crate::io::registered::async_read!(@for &$type, $($field).+, $read);
    };
    (@for $type:ty, $($field:tt).+, $read:ident) => {
        impl futures_io::AsyncRead for $type {
            #[inline]
            fn poll_read(
                self: std::pin::Pin<&mut Self>,
                cx: &mut std::task::Context<'_>,
                buf: &mut [u8],
            ) -> std::task::Poll<std::io::Result<usize>> {
                self.$($field).+.$read(cx, buf)
            }

            fn poll_read_vectored(
                self: std::pin::Pin<&mut Self>,
                cx: &mut std::task::Context<'_>,
                bufs: &mut [std::io::IoSliceMut<'_>],
            ) -> std::task::Poll<std::io::Result<usize>> {
                self.$($field).+.poll_read_vectored(cx, bufs)
            }
        }
    };
}

/// Implements `AsyncWrite` for a type and for references to it, by its field that is a [`Registered`] and what closing does.
macro_rules! async_write {
    ($type:ty, $($field:tt).+, $close:expr) => {
        $crate::io::registered::async_write!(@for $type, $($field).+, $close);
        $crate::io::registered::async_write!(@for &$type, $($field).+, $close);
    };
    (@for $type:ty, $($field:tt).+, $close:expr) => {
        impl futures_io::AsyncWrite for $type {
            #[inline]
            fn poll_write(
                self: std::pin::Pin<&mut Self>,
                cx: &mut std::task::Context<'_>,
                buf: &[u8],
            ) -> std::task::Poll<std::io::Result<usize>> {
                self.$($field).+.poll_write(cx, buf)
            }

            fn poll_write_vectored(
                self: std::pin::Pin<&mut Self>,
                cx: &mut std::task::Context<'_>,
                bufs: &[std::io::IoSlice<'_>],
            ) -> std::task::Poll<std::io::Result<usize>> {
                self.$($field).+.poll_write_vectored(cx, bufs)
            }

            fn poll_flush(
                self: std::pin::Pin<&mut Self>,
                cx: &mut std::task::Context<'_>,
            ) -> std::task::Poll<std::io::Result<()>> {
                self.$($field).+.poll_flush(cx)
            }

            fn poll_close(
                self: std::pin::Pin<&mut Self>,
                cx: &mut std::task::Context<'_>,
            ) -> std::task::Poll<std::io::Result<()>> {
                std::task::ready!(self.$($field).+.poll_flush(cx))?;
                std::task::Poll::Ready($close(&self))
            }
        }
    };
}

pub(crate) use {async_read, async_write};
