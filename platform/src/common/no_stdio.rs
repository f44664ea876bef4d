//! Standard streams where the system cannot wait for them: the names are there, and say why they fail.

use std::io::{self, Read, Write};

use crate::support::{self, Capability};
use crate::{Interest, Registry, Source, Token};

macro_rules! stream {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Debug)]
        pub struct $name(std::convert::Infallible);

        impl $name {
            /// The stream.
            ///
            /// # Errors
            ///
            /// Always `Unsupported` on this platform.
            pub fn new() -> io::Result<$name> {
                Err(support::unsupported(Capability::Stdio))
            }
        }

        impl Source for $name {
            fn register(&mut self, _: &Registry, _: Token, _: Interest) -> io::Result<()> {
                match self.0 {}
            }

            fn reregister(&mut self, _: &Registry, _: Token, _: Interest) -> io::Result<()> {
                match self.0 {}
            }

            fn deregister(&mut self, _: &Registry, _: Token) -> io::Result<()> {
                match self.0 {}
            }
        }
    };
}

stream! {
    /// Standard input.
    Stdin
}
stream! {
    /// Standard output.
    Stdout
}
stream! {
    /// Standard error.
    Stderr
}

impl Read for &Stdin {
    fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
        match self.0 {}
    }
}

macro_rules! write_nothing {
    ($($name:ident)*) => {$(
        impl Write for &$name {
            fn write(&mut self, _: &[u8]) -> io::Result<usize> {
                match self.0 {}
            }

            fn flush(&mut self) -> io::Result<()> {
                match self.0 {}
            }
        }
    )*};
}

write_nothing!(Stdout Stderr);
