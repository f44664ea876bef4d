//! Standard streams: a thread for each that is used, since the system cannot wait for a console or for the pipes that a
//! program is started with.
//!
//! The threads read and write through std, which knows what a console wants.

use std::io::{self, Read, Write};
use std::sync::Arc;

use super::posts::Posts;
use crate::common::stdio_threads::{CHUNK, Input, Notice, Output, Outputs};
use crate::{Event, Interest, Lock, Ready, Registry, Source, Token};

/// Posts an event to a selector.
#[derive(Debug)]
struct Posted {
    posts: Posts,
    event: Event,
}

impl Posted {
    fn new(registry: &Registry, token: Token, ready: Ready) -> Posted {
        Posted {
            posts: registry.posts.clone(),
            event: Event { token, ready },
        }
    }
}

impl Notice for Posted {
    /// An event tells a change.
    fn clear(&self) {}

    fn tell(&self) {
        self.posts.post(self.event);
    }
}

/// Standard input.
#[derive(Debug)]
pub struct Stdin {
    input: Input<Posted>,
    notice: Option<Arc<Posted>>,
}

impl Stdin {
    /// The stream.
    ///
    /// # Errors
    ///
    /// `ResourceBusy` if the system has no thread for the stream.
    pub fn new() -> io::Result<Stdin> {
        static INPUT: Lock<Option<Input<Posted>>> = Lock::new(None);
        let mut shared = INPUT.lock();
        let input = match &*shared {
            Some(input) => input.clone(),
            // std reads ahead in any case.
            None => shared
                .insert(Input::start("triga stdin", CHUNK, |buf| io::stdin().read(buf))?)
                .clone(),
        };
        Ok(Stdin { input, notice: None })
    }
}

impl Read for &Stdin {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        self.input.read(buf, self.notice.as_ref())
    }
}

impl Source for Stdin {
    fn register(&mut self, registry: &Registry, token: Token, _: Interest) -> io::Result<()> {
        self.notice = Some(Arc::new(Posted::new(registry, token, Ready::READABLE)));
        Ok(())
    }

    fn deregister(&mut self, _: &Registry, _: Token) -> io::Result<()> {
        self.notice = None;
        Ok(())
    }

    /// The first try gives the thread something to do.
    fn assumed(&self) -> Ready {
        Ready::READABLE
    }
}

/// Writes what the system takes at once, past std's buffer.
fn write(mut stream: impl Write, bytes: &[u8]) -> io::Result<usize> {
    let count = stream.write(bytes)?;
    stream.flush()?;
    Ok(count)
}

macro_rules! output {
    ($(#[$doc:meta])* $name:ident, $std:path, $thread:literal) => {
        $(#[$doc])*
        #[derive(Debug)]
        pub struct $name {
            output: Arc<Output<Posted>>,
            outputs: Outputs<Posted>,
        }

        impl $name {
            /// The stream.
            ///
            /// # Errors
            ///
            /// `ResourceBusy` if the system has no thread for the stream.
            pub fn new() -> io::Result<$name> {
                static OUTPUTS: Lock<Option<Outputs<Posted>>> = Lock::new(None);
                let mut shared = OUTPUTS.lock();
                let outputs = match &*shared {
                    Some(outputs) => outputs.clone(),
                    None => shared.insert(Outputs::start($thread)?).clone(),
                };
                let output = Arc::new(Output::new(|bytes| write($std(), bytes)));
                Ok($name { output, outputs })
            }
        }

        impl Source for $name {
            fn register(&mut self, registry: &Registry, token: Token, _: Interest) -> io::Result<()> {
                self.output.set_notice(Some(Arc::new(Posted::new(registry, token, Ready::WRITABLE))));
                Ok(())
            }

            fn deregister(&mut self, _: &Registry, _: Token) -> io::Result<()> {
                self.output.set_notice(None);
                Ok(())
            }

            /// The first try gives the thread something to do.
            fn assumed(&self) -> Ready {
                Ready::WRITABLE
            }
        }

        impl Write for &$name {
            fn write(&mut self, buf: &[u8]) -> io::Result<usize> {
                self.output.write(&self.outputs, buf)
            }

            /// What was written has reached the system.
            fn flush(&mut self) -> io::Result<()> {
                self.output.flush()
            }
        }
    };
}

output! {
    /// Standard output.
    Stdout, io::stdout, "triga stdout"
}
output! {
    /// Standard error.
    Stderr, io::stderr, "triga stderr"
}
