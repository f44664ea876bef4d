//! The end of a child where no descriptor tells of it: SIGCHLD does.

use std::io;
use std::process::{Child, ExitStatus};

/// There is no such source.
pub use crate::common::never::Never as Exit;

impl Exit {
    /// None, ever.
    pub(super) fn new(_child: &Child) -> io::Result<Option<Exit>> {
        Ok(None)
    }

    /// How the child has ended.
    ///
    /// # Errors
    ///
    /// None.
    pub fn try_wait(&self, _child: &mut Child) -> io::Result<Option<ExitStatus>> {
        match *self {}
    }
}
