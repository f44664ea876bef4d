//! The end of a child by a kqueue of its own, which is a descriptor that other kqueues can wait for.

use std::io;
use std::os::fd::{AsRawFd, FromRawFd, OwnedFd};
use std::process::{Child, ExitStatus};
use std::{mem, ptr};

use mio::unix::SourceFd;

use super::process;
use crate::Ready;
use crate::common::source_of::source_of;

/// A source that is readable when a child has ended.
#[derive(Debug)]
pub struct Exit {
    queue: OwnedFd,
    /// It had ended before the queue could be told of it.
    is_over: bool,
}

impl Exit {
    /// The end of a child.
    pub(super) fn new(child: &Child) -> io::Result<Option<Exit>> {
        // SAFETY: the call takes nothing.
        let descriptor = unsafe { libc::kqueue() };
        if descriptor < 0 {
            return Err(io::Error::last_os_error());
        }
        // SAFETY: the system has just opened the descriptor, and it has no other owner.
        let queue = unsafe { OwnedFd::from_raw_fd(descriptor) };
        // SAFETY: every field is an integer or a pointer that may be null.
        let mut change: libc::kevent = unsafe { mem::zeroed() };
        change.ident = child.id() as _;
        change.filter = libc::EVFILT_PROC;
        change.flags = libc::EV_ADD;
        change.fflags = libc::NOTE_EXIT;
        // SAFETY: the pointer is to one change, as the count says, and there is no room for events.
        let result = unsafe { libc::kevent(queue.as_raw_fd(), &raw const change, 1, ptr::null_mut(), 0, ptr::null()) };
        let is_over = match result {
            0 => false,
            _ => match io::Error::last_os_error() {
                error if error.raw_os_error() == Some(libc::ESRCH) => true,
                error => return Err(error),
            },
        };
        Ok(Some(Exit { queue, is_over }))
    }

    /// How the child has ended, if it has.
    ///
    /// The queue may tell of the end a moment before the status is there; that moment is waited for.
    ///
    /// # Errors
    ///
    /// Those of [`process::try_wait`].
    pub fn try_wait(&self, child: &mut Child) -> io::Result<Option<ExitStatus>> {
        match process::try_wait(child)? {
            None if self.is_told()? => child.wait().map(Some),
            status => Ok(status),
        }
    }

    /// Whether the queue has told of the end.
    fn is_told(&self) -> io::Result<bool> {
        if self.is_over {
            return Ok(true);
        }
        // SAFETY: every field is an integer or a pointer that may be null.
        let mut event: libc::kevent = unsafe { mem::zeroed() };
        let at_once = libc::timespec { tv_sec: 0, tv_nsec: 0 };
        // SAFETY: there are no changes; the pointers are to one event that may be written, and to a time.
        let count = unsafe {
            libc::kevent(
                self.queue.as_raw_fd(),
                ptr::null(),
                0,
                &raw mut event,
                1,
                &raw const at_once,
            )
        };
        if count < 0 {
            Err(io::Error::last_os_error())
        } else {
            Ok(count == 1)
        }
    }
}

source_of!(Exit: |exit| SourceFd(&exit.queue.as_raw_fd()), {
    fn assumed(&self) -> Ready {
        if self.is_over { Ready::READABLE } else { Ready::EMPTY }
    }
});
