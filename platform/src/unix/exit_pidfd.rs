//! The end of a child by a descriptor for it, which Linux has since 5.3.

use std::io;
use std::os::fd::{AsRawFd, FromRawFd, OwnedFd};
use std::process::{Child, ExitStatus};
use std::sync::atomic::{AtomicBool, Ordering};

use mio::unix::SourceFd;

use super::process;
use crate::common::source_of::source_of;

/// A source that is readable when a child has ended.
#[derive(Debug)]
pub struct Exit(OwnedFd);

impl Exit {
    /// The end of a child; `None` if the system or its sandbox has no such descriptors.
    pub(super) fn new(child: &Child) -> io::Result<Option<Exit>> {
        /// The system said that it has none. Asking again would cost a call for each child.
        static LACKING: AtomicBool = AtomicBool::new(false);

        if LACKING.load(Ordering::Relaxed) {
            return Ok(None);
        }
        // SAFETY: the call takes two integers.
        let descriptor = unsafe { libc::syscall(libc::SYS_pidfd_open, child.id(), 0) };
        if descriptor < 0 {
            let error = io::Error::last_os_error();
            return match error.raw_os_error() {
                Some(libc::ENOSYS | libc::EPERM) => {
                    LACKING.store(true, Ordering::Relaxed);
                    Ok(None)
                }
                _ => Err(error),
            };
        }
        // SAFETY: the system has just opened the descriptor, and it has no other owner.
        Ok(Some(Exit(unsafe { OwnedFd::from_raw_fd(descriptor as i32) })))
    }

    /// How the child has ended, if it has.
    ///
    /// # Errors
    ///
    /// Those of [`process::try_wait`].
    pub fn try_wait(&self, child: &mut Child) -> io::Result<Option<ExitStatus>> {
        process::try_wait(child)
    }
}

source_of!(Exit: |exit| SourceFd(&exit.0.as_raw_fd()));
