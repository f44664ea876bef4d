//! Who is at the other end of a local socket: the process that simulates, whatever the host.

use std::io;

use super::UnixStream;

/// The user, the group and the process at the other end of a local connection. They are those of the process that simulates, so
/// that a program which serves its own user alone serves it here, too.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PeerCredentials {
    uid: u32,
    gid: u32,
    pid: u32,
}

impl PeerCredentials {
    /// Those of a connected socket.
    ///
    /// # Errors
    ///
    /// `NotConnected` in another simulation than the socket's.
    pub fn of(socket: &UnixStream) -> io::Result<PeerCredentials> {
        socket.check()?;
        // SAFETY: it reads a number of the process, and cannot fail.
        let uid = unsafe { libc::geteuid() };
        // SAFETY: as above.
        let gid = unsafe { libc::getegid() };
        let pid = std::process::id();
        Ok(PeerCredentials { uid, gid, pid })
    }

    /// The effective user.
    pub fn uid(&self) -> u32 {
        self.uid
    }

    /// The effective group.
    pub fn gid(&self) -> u32 {
        self.gid
    }

    /// The process.
    pub fn pid(&self) -> Option<u32> {
        Some(self.pid)
    }
}
