//! Children where a program can start none: the names are there, and say why they fail.

use std::io;
use std::process::{Child, Command, ExitStatus};

pub use crate::common::never::Never as Exit;
use crate::pipe::{Receiver, Sender};
use crate::signal::Kind;
use crate::support::{self, Capability};

/// There are no children.
pub const LEAVES_ZOMBIES: bool = false;

/// A child that has just begun.
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
/// Always `Unsupported` on this platform.
pub fn spawn(_command: &mut Command) -> io::Result<Spawned> {
    Err(support::unsupported(Capability::Processes))
}

/// Asks a child to end.
///
/// # Errors
///
/// Always `Unsupported` on this platform.
pub fn terminate(_child: &mut Child) -> io::Result<()> {
    Err(support::unsupported(Capability::Processes))
}

/// What tells of a child's end.
#[derive(Debug)]
pub enum ExitWatch {
    /// A source of its own.
    Source(Exit),
    /// A signal that comes whenever any child has ended.
    Signal(Kind),
    /// Nothing, since the status was taken.
    Taken,
}

/// How a child has ended.
///
/// # Errors
///
/// Always `Unsupported` on this platform.
pub fn try_wait(_child: &mut Child) -> io::Result<Option<ExitStatus>> {
    Err(support::unsupported(Capability::Processes))
}

/// `Unsupported`: there are no children.
pub fn taken() -> io::Error {
    support::unsupported(Capability::Processes)
}

impl ExitWatch {
    /// What tells of this child's end.
    ///
    /// # Errors
    ///
    /// Always `Unsupported` on this platform.
    pub fn new(_child: &Child) -> io::Result<ExitWatch> {
        Err(support::unsupported(Capability::Processes))
    }
}

impl Exit {
    /// How the child has ended.
    ///
    /// # Errors
    ///
    /// None.
    pub fn try_wait(&self, _child: &mut Child) -> io::Result<Option<ExitStatus>> {
        match *self {}
    }
}
