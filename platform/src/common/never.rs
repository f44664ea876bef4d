//! A source that there is none of, to stand for those that a platform lacks.

use std::io::{self, Read, Write};

use crate::{Interest, Registry, Source, Token};

/// No value has this type.
#[derive(Debug)]
pub enum Never {}

impl Source for Never {
    fn register(&mut self, _: &Registry, _: Token, _: Interest) -> io::Result<()> {
        match *self {}
    }

    fn deregister(&mut self, _: &Registry, _: Token) -> io::Result<()> {
        match *self {}
    }
}

impl Read for &Never {
    fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
        match **self {}
    }
}

impl Write for &Never {
    fn write(&mut self, _: &[u8]) -> io::Result<usize> {
        match **self {}
    }

    fn flush(&mut self) -> io::Result<()> {
        match **self {}
    }
}
