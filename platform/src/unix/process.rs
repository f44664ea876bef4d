//! Children: their streams, and their end.

use std::io;
use std::os::fd::OwnedFd;
use std::process::{Child, Command};

pub use super::exit::Exit;
use super::pipe::{self, Receiver, Sender};
use super::signal::Kind;

/// A child that has ended takes a place in the system's table until its parent asks how.
pub const LEAVES_ZOMBIES: bool = true;

/// A child that has just begun, and this side of the streams that its command has piped.
#[derive(Debug)]
pub struct Spawned {
    /// The child, without its streams.
    pub child: Child,
    /// What it reads.
    pub stdin: Option<Sender>,
    /// What it writes.
    pub stdout: Option<Receiver>,
    /// What it complains of.
    pub stderr: Option<Receiver>,
}

/// Starts a child.
///
/// # Errors
///
/// What the system says.
pub fn spawn(command: &mut Command) -> io::Result<Spawned> {
    let mut child = command.spawn()?;
    Ok(Spawned {
        stdin: child
            .stdin
            .take()
            .map(OwnedFd::from)
            .map(pipe::sender_from)
            .transpose()?,
        stdout: child
            .stdout
            .take()
            .map(OwnedFd::from)
            .map(pipe::receiver_from)
            .transpose()?,
        stderr: child
            .stderr
            .take()
            .map(OwnedFd::from)
            .map(pipe::receiver_from)
            .transpose()?,
        child,
    })
}

/// Asks a child to end: SIGTERM. Nothing happens to one that has ended.
///
/// # Errors
///
/// What the system says, for one that the child has become somebody else's.
pub fn terminate(child: &mut Child) -> io::Result<()> {
    // Once its end was asked for, the number may be somebody else's.
    if child.try_wait()?.is_some() {
        return Ok(());
    }
    // SAFETY: the call takes two integers. The child is this process's until its end is asked for, which takes it by `&mut`.
    let result = unsafe { libc::kill(child.id() as libc::pid_t, libc::SIGTERM) };
    if result == 0 {
        Ok(())
    } else {
        Err(io::Error::last_os_error())
    }
}

/// What tells of a child's end.
#[derive(Debug)]
pub enum ExitWatch {
    /// A source of its own.
    Source(Exit),
    /// A signal that comes whenever any child has ended: ask whether it was this one.
    Signal(Kind),
}

impl ExitWatch {
    /// What tells of this child's end.
    ///
    /// # Errors
    ///
    /// What the system says, for one that no more descriptors are left.
    pub fn new(child: &Child) -> io::Result<ExitWatch> {
        Ok(match Exit::new(child)? {
            Some(exit) => ExitWatch::Source(exit),
            None => ExitWatch::Signal(Kind::CHILD),
        })
    }
}
