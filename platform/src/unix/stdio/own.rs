//! A description of one's own for a stream: the same pipe or terminal, opened anew and non-blocking.
//!
//! Linux opens what is behind a descriptor by its name in `/proc/self/fd`: proc_pid_fd(5). A terminal can be opened by its own
//! name on every system. Opening may be refused, for want of `/proc` or of permission, and is then left to a thread.

use std::fs::{File, FileType};
use std::io;
use std::os::fd::AsRawFd;
use std::os::unix::fs::FileTypeExt;

use super::Way;

/// Whether the description lets this process read or write.
pub(super) fn allows(file: &File, way: Way) -> io::Result<bool> {
    let mode = flags(file)? & libc::O_ACCMODE;
    let only = match way {
        Way::Read => libc::O_RDONLY,
        Way::Write => libc::O_WRONLY,
    };
    Ok(mode == only || mode == libc::O_RDWR)
}

/// The flags of a description.
fn flags(file: &File) -> io::Result<libc::c_int> {
    // SAFETY: the call takes integers, and the descriptor is open.
    let flags = unsafe { libc::fcntl(file.as_raw_fd(), libc::F_GETFL) };
    if flags < 0 {
        Err(io::Error::last_os_error())
    } else {
        Ok(flags)
    }
}

/// Opens a pipe or a terminal anew. `None` if the system does not let this process, and for everything else: opening a device may
/// have effects, and a socket cannot be opened.
pub(super) fn open(shared: &File, kind: FileType, way: Way) -> Option<File> {
    if kind.is_fifo() {
        system::open_pipe(shared, way)
    } else if kind.is_char_device() && is_terminal(shared) {
        system::open_terminal(shared, way)
    } else {
        None
    }
}

/// Whether it is a terminal, and not the side of a pseudo-terminal that plays one: opening that makes another.
fn is_terminal(file: &File) -> bool {
    io::IsTerminal::is_terminal(file) && !system::is_master(file)
}

/// Opens a path for one direction, without blocking and without a new controlling terminal, if it leads to the same file.
fn open_same(shared: &File, path: &std::path::Path, way: Way) -> Option<File> {
    use std::os::unix::fs::{MetadataExt, OpenOptionsExt};

    let own = File::options()
        .read(way == Way::Read)
        .write(way == Way::Write)
        .custom_flags(libc::O_NONBLOCK | libc::O_NOCTTY)
        .open(path)
        .ok()?;
    let (one, other) = (shared.metadata().ok()?, own.metadata().ok()?);
    let identity = |file: &std::fs::Metadata| (file.dev(), file.ino(), file.rdev());
    (identity(&one) == identity(&other)).then_some(own)
}

#[cfg(target_os = "linux")]
mod system {
    use std::path::PathBuf;

    use super::*;

    fn path(file: &File) -> PathBuf {
        format!("/proc/self/fd/{}", file.as_raw_fd()).into()
    }

    /// A pipe. Its writing end cannot be opened without a reader (`ENXIO`), so that a fifo waits for one in a thread.
    pub(super) fn open_pipe(shared: &File, way: Way) -> Option<File> {
        let own = open_same(shared, &path(shared), way)?;
        let packets = flags(shared).ok()? & libc::O_DIRECT;
        if packets != 0 {
            // SAFETY: the call takes integers, and the description is this process's alone.
            let result = unsafe { libc::fcntl(own.as_raw_fd(), libc::F_SETFL, packets | libc::O_NONBLOCK) };
            if result != 0 {
                return None;
            }
        }
        Some(own)
    }

    /// A terminal. The names `/dev/tty` and `/dev/console` may lead to another one by now, so their devices are compared.
    pub(super) fn open_terminal(shared: &File, way: Way) -> Option<File> {
        let own = open_same(shared, &path(shared), way)?;
        (device(shared)? == device(&own)?).then_some(own)
    }

    pub(super) fn is_master(file: &File) -> bool {
        number(file, libc::TIOCGPTN).is_some()
    }

    /// The number of a terminal's device.
    fn device(file: &File) -> Option<libc::c_uint> {
        number(file, libc::TIOCGDEV)
    }

    /// What a request for a number says, if the terminal knows it.
    fn number(file: &File, request: libc::Ioctl) -> Option<libc::c_uint> {
        let mut number = 0;
        // SAFETY: both requests write an `unsigned int` through the pointer: ioctl_tty(2).
        let result = unsafe { libc::ioctl(file.as_raw_fd(), request, &raw mut number) };
        (result == 0).then_some(number)
    }
}

#[cfg(not(target_os = "linux"))]
mod system {
    use std::ffi::{CStr, OsStr};
    use std::os::unix::ffi::OsStrExt;

    use super::*;

    /// Opening `/dev/fd` duplicates the descriptor, description and all.
    pub(super) fn open_pipe(_shared: &File, _way: Way) -> Option<File> {
        None
    }

    pub(super) fn open_terminal(shared: &File, way: Way) -> Option<File> {
        let mut name = [0; 128];
        // SAFETY: the pointer is to so many bytes as the length says.
        let result = unsafe { libc::ttyname_r(shared.as_raw_fd(), name.as_mut_ptr().cast(), name.len()) };
        if result != 0 {
            return None;
        }
        let name = CStr::from_bytes_until_nul(&name).ok()?;
        open_same(shared, OsStr::from_bytes(name.to_bytes()).as_ref(), way)
    }

    pub(super) fn is_master(file: &File) -> bool {
        // SAFETY: the call takes an integer. What its result points to is not looked at.
        !unsafe { libc::ptsname(file.as_raw_fd()) }.is_null()
    }
}
