//! Children: their streams, and their end.

use std::io;
use std::os::windows::io::{AsHandle, OwnedHandle};
use std::process::{Child, Command, ExitStatus};

use super::named_pipe::NamedPipe;
use super::pipe::{Receiver, Sender};
use super::signal::Kind;
use super::waitable::Waitable;
use crate::Ready;
use crate::common::source_of::source_of;

/// The system keeps nothing of a child whose handles are closed.
pub const LEAVES_ZOMBIES: bool = false;

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
    // std makes this side of each stream as a named pipe for overlapped operations. Another kind would be refused when it is
    // registered.
    fn pipe(stream: impl Into<OwnedHandle>) -> NamedPipe {
        NamedPipe::from_handle(stream.into())
    }
    let mut child = command.spawn()?;
    Ok(Spawned {
        stdin: child.stdin.take().map(pipe).map(Sender::new),
        stdout: child.stdout.take().map(pipe).map(Receiver),
        stderr: child.stderr.take().map(pipe).map(Receiver),
        child,
    })
}

/// Does nothing to a child that has ended, and fails otherwise: an event of the console is sent to a group of processes, and
/// only who started the child knows whether it leads one.
///
/// # Errors
///
/// `Unsupported` for a child that runs, and errors of the system.
pub fn terminate(child: &mut Child) -> io::Result<()> {
    if child.try_wait()?.is_some() {
        return Ok(());
    }
    Err(io::Error::new(
        io::ErrorKind::Unsupported,
        "Windows asks no single process to end: start it with a group of its own (`creation_flags(0x200)`) and send that \
         `ConsoleEvent::BREAK`, or end it by `kill`",
    ))
}

/// What tells of a child's end.
#[derive(Debug)]
pub enum ExitWatch {
    /// A source of its own.
    Source(Exit),
    /// A signal that comes whenever any child has ended. There is none here.
    Signal(Kind),
    /// Nothing, since the status was taken. A handle keeps it here.
    Taken,
}

impl ExitWatch {
    /// What tells of this child's end.
    ///
    /// # Errors
    ///
    /// Errors of the system when it duplicates the child's handle.
    pub fn new(child: &Child) -> io::Result<ExitWatch> {
        Waitable::new(child.as_handle()).map(Exit).map(ExitWatch::Source)
    }
}

/// How a child has ended, if it has.
///
/// # Errors
///
/// Errors of the system.
pub fn try_wait(child: &mut Child) -> io::Result<Option<ExitStatus>> {
    child.try_wait()
}

/// The error for a child whose status was taken, which does not happen here: `NotFound`.
pub fn taken() -> io::Error {
    io::ErrorKind::NotFound.into()
}

/// The end of a child, through its handle.
#[derive(Debug)]
pub struct Exit(Waitable);

impl Exit {
    /// How the child has ended, if it has.
    ///
    /// # Errors
    ///
    /// Errors of the system.
    pub fn try_wait(&self, child: &mut Child) -> io::Result<Option<ExitStatus>> {
        match self.0.take() {
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => Ok(None),
            result => result.and_then(|()| child.try_wait()),
        }
    }
}

source_of!(Exit: |exit| exit.0, {
    fn assumed(&self) -> Ready {
        self.0.assumed()
    }
});
