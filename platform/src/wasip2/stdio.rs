//! Standard streams as sources.

use std::io::{self, Read, Write};
use std::sync::{Mutex, PoisonError};

use wasip2::cli::{stderr, stdin, stdout};
use wasip2::io::poll::Pollable;

use super::membership::Membership;
use super::pollables::{Handle, Handles};
use super::reader::Reader;
use super::selector::source;
use super::writer::Writer;

/// Standard input.
#[derive(Debug)]
pub struct Stdin {
    membership: Membership,
    readable: Pollable,
    reader: Mutex<Reader>,
}

impl Stdin {
    /// The stream of the component. Any number of these may be made.
    ///
    /// # Errors
    ///
    /// None.
    pub fn new() -> io::Result<Stdin> {
        let stream = stdin::get_stdin();
        Ok(Stdin {
            membership: Membership::default(),
            readable: stream.subscribe(),
            reader: Mutex::new(Reader::new(stream)),
        })
    }

    fn handles(&self) -> Handles {
        Handles {
            read: Some(Handle::of(&self.readable)),
            write: None,
        }
    }
}

source!(Stdin);

impl Read for &Stdin {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        self.reader.lock().unwrap_or_else(PoisonError::into_inner).read(buf)
    }
}

macro_rules! output {
    ($(#[$doc:meta])* $name:ident, $get:path) => {
        $(#[$doc])*
        #[derive(Debug)]
        pub struct $name {
            membership: Membership,
            writable: Pollable,
            writer: Mutex<Writer>,
        }

        impl $name {
            /// The stream of the component. Any number of these may be made.
            ///
            /// # Errors
            ///
            /// None.
            pub fn new() -> io::Result<$name> {
                let stream = $get();
                Ok($name {
                    membership: Membership::default(),
                    writable: stream.subscribe(),
                    writer: Mutex::new(Writer::new(stream)),
                })
            }

            fn handles(&self) -> Handles {
                Handles {
                    read: None,
                    write: Some(Handle::of(&self.writable)),
                }
            }
        }

        source!($name);

        impl Write for &$name {
            fn write(&mut self, buf: &[u8]) -> io::Result<usize> {
                self.writer.lock().unwrap_or_else(PoisonError::into_inner).write(buf)
            }

            fn flush(&mut self) -> io::Result<()> {
                self.writer.lock().unwrap_or_else(PoisonError::into_inner).flush()
            }
        }
    };
}

output! {
    /// Standard output.
    Stdout, stdout::get_stdout
}
output! {
    /// Standard error.
    Stderr, stderr::get_stderr
}
