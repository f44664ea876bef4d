//! Children: their streams, and their end.

use std::io;
use std::os::fd::OwnedFd;
use std::process::{Child, Command, ExitStatus};

pub use super::exit::Exit;
use super::pipe::{self, Receiver, Sender};
use super::signal::{self, Kind};

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
/// Errors of the system.
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

/// Asks a child to end: SIGTERM. Call it only after [`try_wait`] found that the child runs: its number may be another process's
/// afterwards.
///
/// # Errors
///
/// Errors of the system, such as `EPERM` for a child that runs as another user.
pub fn terminate(child: &mut Child) -> io::Result<()> {
    // SAFETY: the call takes two integers.
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
    /// Nothing: the child has ended, and its status was taken. Its number may be another process's.
    Taken,
}

impl ExitWatch {
    /// What tells of this child's end.
    ///
    /// # Errors
    ///
    /// Errors of the system, such as `EMFILE`.
    pub fn new(child: &Child) -> io::Result<ExitWatch> {
        match Exit::new(child) {
            Ok(Some(exit)) => Ok(ExitWatch::Source(exit)),
            Ok(None) => Ok(ExitWatch::Signal(Kind::CHILD)),
            // A child keeps its number until its status is taken: that of this one was.
            Err(error) if error.raw_os_error() == Some(libc::ESRCH) => Ok(ExitWatch::Taken),
            Err(error) => Err(error),
        }
    }
}

/// How a child has ended, if it has.
///
/// # Errors
///
/// [`taken`], and errors of the system.
pub fn try_wait(child: &mut Child) -> io::Result<Option<ExitStatus>> {
    child.try_wait().map_err(|error| match error.raw_os_error() {
        Some(libc::ECHILD) => taken(),
        _ => error,
    })
}

/// The error for a child whose status was taken: `NotFound`, with the reason.
pub fn taken() -> io::Error {
    io::Error::new(
        io::ErrorKind::NotFound,
        if signal::leaves_no_zombies() {
            "the child has ended, and the system kept no status, since this process ignores SIGCHLD: \
             set SIGCHLD to SIG_DFL before starting children"
        } else {
            "the child has ended, and another part of this program has taken its status: \
             let that part wait for its own children alone, not for all by waitpid(-1)"
        },
    )
}
