//! The calls into the host, made safe.

use std::io::{self, IoSlice, IoSliceMut};
use std::mem::MaybeUninit;
use std::net::Shutdown;
use std::os::fd::{AsRawFd, BorrowedFd, FromRawFd, OwnedFd};

use wasi::{Errno, Fd, Subscription};

/// How many buffers of a vectored call go to the host; the caller hears of a short operation if there are more.
const MAX_BUFFERS: usize = 16;

/// Reads the monotonic clock of the host, by which `poll_oneoff` waits too.
#[inline]
pub(crate) fn now() -> u64 {
    // SAFETY: the call takes numbers and gives one back.
    let now = unsafe { wasi::clock_time_get(wasi::CLOCKID_MONOTONIC, 1) };
    // WASI lets this call fail only for a clock that the host lacks, and every host has this one. The origin stands in for
    // it, so that a deadline is late rather than early.
    now.unwrap_or(0)
}

/// Waits for any of the subscriptions and appends what happened to the events.
///
/// # Errors
///
/// The errno with which the host refused the call as a whole; `INVAL` for no subscriptions.
#[inline]
pub(super) fn poll(subscriptions: &[Subscription], events: &mut Vec<wasi::Event>) -> Result<(), Errno> {
    events.reserve(subscriptions.len());
    let count = poll_into(subscriptions, events.spare_capacity_mut())?;
    // SAFETY: so many events were written behind the last one.
    unsafe { events.set_len(events.len() + count) };
    Ok(())
}

/// Whether a wait for the subscription ends only with its clock.
///
/// # Errors
///
/// The errno with which the host refused the call.
pub(super) fn would_wait(subscription: Subscription, clock: Subscription) -> Result<bool, Errno> {
    let mut events = [const { MaybeUninit::uninit() }; 2];
    let count = poll_into(&[subscription, clock], &mut events)?;
    let waits = events[..count].iter().all(|event| {
        // SAFETY: the host wrote so many events.
        let event: &wasi::Event = unsafe { event.assume_init_ref() };
        event.type_ == wasi::EVENTTYPE_CLOCK
    });
    Ok(waits)
}

/// Waits for any of the subscriptions; how many events were written.
#[inline]
fn poll_into(subscriptions: &[Subscription], events: &mut [MaybeUninit<wasi::Event>]) -> Result<usize, Errno> {
    let len = subscriptions.len();
    assert!(events.len() >= len, "a subscription makes an event at most");
    // SAFETY: the first pointer is valid for reads of `len` subscriptions, the second for writes of as many events.
    let count = unsafe { wasi::poll_oneoff(subscriptions.as_ptr(), events.as_mut_ptr().cast(), len) }?;
    Ok(count.min(len))
}

/// The monotonic clock going on by this many nanoseconds.
#[inline]
pub(super) fn pause(nanos: u64) -> Subscription {
    Subscription {
        userdata: 0,
        u: wasi::SubscriptionU {
            tag: wasi::EVENTTYPE_CLOCK.raw(),
            u: wasi::SubscriptionUU {
                clock: wasi::SubscriptionClock {
                    id: wasi::CLOCKID_MONOTONIC,
                    timeout: nanos,
                    precision: 1,
                    flags: 0,
                },
            },
        },
    }
}

/// Accepts a connection, non-blocking from the start.
pub(super) fn accept(listener: BorrowedFd<'_>) -> io::Result<OwnedFd> {
    // SAFETY: the call takes numbers and gives one back.
    let fd = unsafe { wasi::sock_accept(number(listener), wasi::FDFLAGS_NONBLOCK) }.map_err(error)?;
    // SAFETY: the host opened this descriptor for us alone.
    Ok(unsafe { OwnedFd::from_raw_fd(fd as i32) })
}

/// Receives into one buffer; `flags` are of `wasi::RIFLAGS_*`.
#[inline]
pub(super) fn recv(socket: BorrowedFd<'_>, buf: &mut [u8], flags: wasi::Riflags) -> io::Result<usize> {
    let buffer = [wasi::Iovec {
        buf: buf.as_mut_ptr(),
        buf_len: buf.len(),
    }];
    // SAFETY: the buffer is valid for writes of its length during the call.
    let (count, _) = unsafe { wasi::sock_recv(number(socket), &buffer, flags) }.map_err(error)?;
    Ok(count)
}

/// Receives into several buffers.
pub(super) fn recv_vectored(socket: BorrowedFd<'_>, bufs: &mut [IoSliceMut<'_>]) -> io::Result<usize> {
    let mut buffers = [wasi::Iovec {
        buf: std::ptr::NonNull::dangling().as_ptr(),
        buf_len: 0,
    }; MAX_BUFFERS];
    let used = bufs.len().min(MAX_BUFFERS);
    for (buffer, buf) in buffers.iter_mut().zip(bufs) {
        buffer.buf = buf.as_mut_ptr();
        buffer.buf_len = buf.len();
    }
    // SAFETY: each buffer is valid for writes of its length during the call.
    let (count, _) = unsafe { wasi::sock_recv(number(socket), &buffers[..used], 0) }.map_err(error)?;
    Ok(count)
}

/// Sends one buffer.
#[inline]
pub(super) fn send(socket: BorrowedFd<'_>, buf: &[u8]) -> io::Result<usize> {
    let buffer = [wasi::Ciovec {
        buf: buf.as_ptr(),
        buf_len: buf.len(),
    }];
    // SAFETY: the buffer is valid for reads of its length during the call.
    unsafe { wasi::sock_send(number(socket), &buffer, 0) }.map_err(error)
}

/// Sends several buffers.
pub(super) fn send_vectored(socket: BorrowedFd<'_>, bufs: &[IoSlice<'_>]) -> io::Result<usize> {
    let mut buffers = [wasi::Ciovec {
        buf: std::ptr::NonNull::dangling().as_ptr(),
        buf_len: 0,
    }; MAX_BUFFERS];
    let used = bufs.len().min(MAX_BUFFERS);
    for (buffer, buf) in buffers.iter_mut().zip(bufs) {
        buffer.buf = buf.as_ptr();
        buffer.buf_len = buf.len();
    }
    // SAFETY: each buffer is valid for reads of its length during the call.
    unsafe { wasi::sock_send(number(socket), &buffers[..used], 0) }.map_err(error)
}

/// Ends one or both directions of a connection.
pub(super) fn shutdown(socket: BorrowedFd<'_>, how: Shutdown) -> io::Result<()> {
    let how = match how {
        Shutdown::Read => wasi::SDFLAGS_RD,
        Shutdown::Write => wasi::SDFLAGS_WR,
        Shutdown::Both => wasi::SDFLAGS_RD | wasi::SDFLAGS_WR,
    };
    // SAFETY: the call takes numbers alone.
    unsafe { wasi::sock_shutdown(number(socket), how) }.map_err(error)
}

/// Makes calls on the descriptor return instead of blocking.
pub(super) fn set_nonblocking(socket: BorrowedFd<'_>) -> io::Result<()> {
    // SAFETY: the call takes a number and gives a plain struct back.
    let status = unsafe { wasi::fd_fdstat_get(number(socket)) }.map_err(error)?;
    let flags = status.fs_flags | wasi::FDFLAGS_NONBLOCK;
    // SAFETY: the call takes numbers alone.
    unsafe { wasi::fd_fdstat_set_flags(number(socket), flags) }.map_err(error)
}

/// What kind of file the descriptor is; nothing if it is not open.
pub(super) fn file_type(fd: Fd) -> Option<wasi::Filetype> {
    // SAFETY: the call takes a number and gives a plain struct back.
    let status = unsafe { wasi::fd_fdstat_get(fd) };
    status.ok().map(|status| status.fs_filetype)
}

/// The descriptor as an owned one.
///
/// # Safety
///
/// The descriptor is open and has no other owner.
pub(super) unsafe fn own(fd: Fd) -> OwnedFd {
    // SAFETY: as the caller promised.
    unsafe { OwnedFd::from_raw_fd(fd as i32) }
}

/// Reads from a descriptor.
pub(super) fn read(fd: Fd, buf: &mut [u8]) -> io::Result<usize> {
    let buffer = [wasi::Iovec {
        buf: buf.as_mut_ptr(),
        buf_len: buf.len(),
    }];
    // SAFETY: the buffer is valid for writes of its length during the call.
    unsafe { wasi::fd_read(fd, &buffer) }.map_err(error)
}

/// Writes to a descriptor.
pub(super) fn write(fd: Fd, buf: &[u8]) -> io::Result<usize> {
    let buffer = [wasi::Ciovec {
        buf: buf.as_ptr(),
        buf_len: buf.len(),
    }];
    // SAFETY: the buffer is valid for reads of its length during the call.
    unsafe { wasi::fd_write(fd, &buffer) }.map_err(error)
}

/// The number by which the host knows a descriptor.
#[inline]
pub(super) fn number(fd: BorrowedFd<'_>) -> Fd {
    fd.as_raw_fd() as Fd
}

/// The host's errno as an error; std knows WASI's numbers.
#[inline]
pub(super) fn error(errno: Errno) -> io::Error {
    io::Error::from_raw_os_error(i32::from(errno.raw()))
}
