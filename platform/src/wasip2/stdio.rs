//! Standard streams as sources.

use std::io::{self, Read, Write};

use wasip2::cli::{stderr, stdin, stdout};

use super::streams::{InputStream, OutputStream};
use crate::Ready;
use crate::common::source_of::source_of;

macro_rules! stream {
    ($(#[$doc:meta])* $name:ident, $stream:ident, $get:path) => {
        $(#[$doc])*
        #[derive(Debug)]
        pub struct $name($stream);

        impl $name {
            /// The stream of the component. Any number of these may be made.
            ///
            /// # Errors
            ///
            /// None.
            pub fn new() -> io::Result<$name> {
                Ok($name($stream::new($get())))
            }
        }

        source_of!($name: |stream| stream.0, {
            fn assumed(&self) -> Ready {
                self.0.assumed()
            }
        });
    };
}

stream! {
    /// Standard input.
    Stdin, InputStream, stdin::get_stdin
}
stream! {
    /// Standard output.
    Stdout, OutputStream, stdout::get_stdout
}
stream! {
    /// Standard error.
    Stderr, OutputStream, stderr::get_stderr
}

impl Read for &Stdin {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        (&self.0).read(buf)
    }
}

macro_rules! write {
    ($($name:ident)*) => {$(
        impl Write for &$name {
            fn write(&mut self, buf: &[u8]) -> io::Result<usize> {
                (&self.0).write(buf)
            }

            fn flush(&mut self) -> io::Result<()> {
                (&self.0).flush()
            }
        }
    )*};
}

write!(Stdout Stderr);
