//! Who is at the other end of a local socket.

use std::io;
use std::os::fd::{AsFd, AsRawFd};

/// The user, the group and the process at the other end of a local connection, as they were when it was made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PeerCredentials {
    uid: libc::uid_t,
    gid: libc::gid_t,
    pid: Option<libc::pid_t>,
}

impl PeerCredentials {
    /// Those of a connected socket.
    ///
    /// # Errors
    ///
    /// Errors of the system, such as `ENOTCONN`.
    pub fn of(socket: impl AsFd) -> io::Result<PeerCredentials> {
        peer(socket.as_fd().as_raw_fd())
    }

    /// The effective user.
    pub fn uid(&self) -> u32 {
        self.uid
    }

    /// The effective group.
    pub fn gid(&self) -> u32 {
        self.gid
    }

    /// The process, if the system tells.
    pub fn pid(&self) -> Option<u32> {
        self.pid.and_then(|pid| u32::try_from(pid).ok())
    }
}

cfg_if::cfg_if! {
    if #[cfg(any(target_os = "linux", target_os = "android"))] {
        fn peer(socket: libc::c_int) -> io::Result<PeerCredentials> {
            let mut found = libc::ucred { pid: 0, uid: 0, gid: 0 };
            option(socket, libc::SOL_SOCKET, libc::SO_PEERCRED, &mut found)?;
            Ok(PeerCredentials { uid: found.uid, gid: found.gid, pid: Some(found.pid) })
        }
    } else if #[cfg(target_os = "netbsd")] {
        fn peer(socket: libc::c_int) -> io::Result<PeerCredentials> {
            let mut found = libc::unpcbid { unp_pid: 0, unp_euid: 0, unp_egid: 0 };
            option(socket, 0, libc::LOCAL_PEEREID, &mut found)?;
            Ok(PeerCredentials { uid: found.unp_euid, gid: found.unp_egid, pid: Some(found.unp_pid) })
        }
    } else if #[cfg(target_vendor = "apple")] {
        fn peer(socket: libc::c_int) -> io::Result<PeerCredentials> {
            let mut pid: libc::pid_t = 0;
            option(socket, libc::SOL_LOCAL, libc::LOCAL_PEERPID, &mut pid)?;
            Ok(PeerCredentials { pid: Some(pid), ..peer_ids(socket)? })
        }
    } else if #[cfg(target_os = "illumos")] {
        fn peer(socket: libc::c_int) -> io::Result<PeerCredentials> {
            let mut found = std::ptr::null_mut();
            // SAFETY: the pointer is valid for a write. The system allocates what it leaves there.
            if unsafe { libc::getpeerucred(socket, &raw mut found) } != 0 {
                return Err(io::Error::last_os_error());
            }
            // SAFETY: the credentials are there until they are freed below.
            let uid = unsafe { libc::ucred_geteuid(found) };
            // SAFETY: as above.
            let gid = unsafe { libc::ucred_getegid(found) };
            // SAFETY: as above.
            let pid = unsafe { libc::ucred_getpid(found) };
            // SAFETY: they have no other user.
            unsafe { libc::ucred_free(found) };
            Ok(PeerCredentials { uid, gid, pid: Some(pid) })
        }
    } else {
        use self::peer_ids as peer;
    }
}

/// An option of a socket.
#[cfg(any(
    target_os = "linux",
    target_os = "android",
    target_os = "netbsd",
    target_vendor = "apple"
))]
fn option<T: Copy>(socket: libc::c_int, level: libc::c_int, name: libc::c_int, value: &mut T) -> io::Result<()> {
    let mut length = size_of::<T>() as libc::socklen_t;
    // SAFETY: the pointer is valid for a write of so many bytes, and the options asked for here are of the types that they are
    // asked for with, for which the system leaves valid values.
    let result = unsafe { libc::getsockopt(socket, level, name, (&raw mut *value).cast(), &raw mut length) };
    if result == 0 {
        Ok(())
    } else {
        Err(io::Error::last_os_error())
    }
}

/// The user and the group, by the function that the BSDs have for it.
#[cfg(not(any(
    target_os = "linux",
    target_os = "android",
    target_os = "netbsd",
    target_os = "illumos"
)))]
fn peer_ids(socket: libc::c_int) -> io::Result<PeerCredentials> {
    let (mut uid, mut gid) = (0, 0);
    // SAFETY: both pointers are valid for a write.
    if unsafe { libc::getpeereid(socket, &raw mut uid, &raw mut gid) } == 0 {
        Ok(PeerCredentials { uid, gid, pid: None })
    } else {
        Err(io::Error::last_os_error())
    }
}
