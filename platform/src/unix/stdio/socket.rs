//! Sockets as standard streams: each call asks the system not to block.

use std::io;
use std::os::fd::RawFd;

/// Whether both calls honour `MSG_DONTWAIT`: send(2) and recv(2) of Linux and FreeBSD. macOS promises it for recv(2) alone.
pub(super) const CAN_REFUSE_TO_BLOCK: bool =
    cfg!(any(target_os = "linux", target_os = "android", target_os = "freebsd"));

pub(super) fn receive(socket: RawFd, buf: &mut [u8]) -> io::Result<usize> {
    // SAFETY: the pointer is to so many bytes as the length says.
    let result = unsafe { libc::recv(socket, buf.as_mut_ptr().cast(), buf.len(), libc::MSG_DONTWAIT) };
    count(result)
}

pub(super) fn send(socket: RawFd, buf: &[u8]) -> io::Result<usize> {
    // SAFETY: the pointer is to so many bytes as the length says.
    let result = unsafe { libc::send(socket, buf.as_ptr().cast(), buf.len(), libc::MSG_DONTWAIT) };
    count(result)
}

fn count(result: libc::ssize_t) -> io::Result<usize> {
    usize::try_from(result).map_err(|_| io::Error::last_os_error())
}
