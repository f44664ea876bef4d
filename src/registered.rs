//! A source together with its registration, and the byte streams made of the two.

use std::io::{self, IoSlice, IoSliceMut, Read, Write};
use std::task::{Context, Poll, ready};

use triga_platform::{Direction, Interest, Source};

use crate::coop;
use crate::handle::Handle;
use crate::registration::Registration;

/// A source that is registered as long as it lives. The source is dropped first: what is closed is forgotten by most systems,
/// and the registration tells the others.
#[derive(Debug)]
pub(crate) struct Registered<S> {
    pub(crate) source: S,
    pub(crate) registration: Registration,
}

impl<S: Source> Registered<S> {
    pub(crate) fn new(handle: &Handle, source: S, interest: Interest) -> io::Result<Registered<S>> {
        let registration = Registration::without_source(handle)?;
        let mut registered = Registered { source, registration };
        registered.registration.register(&mut registered.source, interest)?;
        Ok(registered)
    }

    /// Gives the source back, no longer registered.
    pub(crate) fn into_source(mut self) -> io::Result<S> {
        self.registration.deregister(&mut self.source)?;
        Ok(self.source)
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

    /// As [`poll_io`](Self::poll_io), for what was begun when the source was made, and may take waits. Most platforms have done all
    /// at once, so it is tried first.
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
        if !self.source.short_io_drains() {
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
        self.poll_transfer(cx, Direction::Read, buf.len(), |mut source| source.read(buf))
    }

    pub(crate) fn poll_read_vectored(
        &self,
        cx: &mut Context<'_>,
        bufs: &mut [IoSliceMut<'_>],
    ) -> Poll<io::Result<usize>> {
        let asked = bufs.iter().map(|buf| buf.len()).sum();
        self.poll_transfer(cx, Direction::Read, asked, |mut source| source.read_vectored(bufs))
    }
}

impl<S: Source> Registered<S>
where
    for<'a> &'a S: Write,
{
    #[inline]
    pub(crate) fn poll_write(&self, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        self.poll_transfer(cx, Direction::Write, buf.len(), |mut source| source.write(buf))
    }

    pub(crate) fn poll_write_vectored(&self, cx: &mut Context<'_>, bufs: &[IoSlice<'_>]) -> Poll<io::Result<usize>> {
        let asked = bufs.iter().map(|buf| buf.len()).sum();
        self.poll_transfer(cx, Direction::Write, asked, |mut source| source.write_vectored(bufs))
    }

    pub(crate) fn poll_flush(&self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        ready!(coop::poll_proceed(cx));
        self.poll_first(cx, Direction::Write, |mut source| source.flush())
    }
}

/// Implements `AsyncRead` for a type and for references to it, by its field that is a [`Registered`].
macro_rules! async_read {
    ($type:ty, $($field:tt).+) => {
        $crate::registered::async_read!(@for $type, $($field).+);
        $crate::registered::async_read!(@for &$type, $($field).+);
    };
    (@for $type:ty, $($field:tt).+) => {
        impl futures_io::AsyncRead for $type {
            #[inline]
            fn poll_read(
                self: std::pin::Pin<&mut Self>,
                cx: &mut std::task::Context<'_>,
                buf: &mut [u8],
            ) -> std::task::Poll<std::io::Result<usize>> {
                self.$($field).+.poll_read(cx, buf)
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
        $crate::registered::async_write!(@for $type, $($field).+, $close);
        $crate::registered::async_write!(@for &$type, $($field).+, $close);
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
