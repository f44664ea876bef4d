//! The end of a child where no descriptor tells of it: SIGCHLD does.

use std::convert::Infallible;
use std::io;
use std::process::{Child, ExitStatus};

use crate::{Interest, Registry, Source, Token};

/// There is no such source.
#[derive(Debug)]
pub struct Exit(Infallible);

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
        match self.0 {}
    }
}

impl Source for Exit {
    fn register(&mut self, _: &Registry, _: Token, _: Interest) -> io::Result<()> {
        match self.0 {}
    }

    fn deregister(&mut self, _: &Registry, _: Token) -> io::Result<()> {
        match self.0 {}
    }
}
