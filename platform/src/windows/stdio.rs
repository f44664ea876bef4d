//! Standard streams: a thread for each that is used, since the system lets nobody wait for a console or for the pipes that a
//! program is started with.
//!
//! A thread reads and writes through std, which knows what a console wants, and only when it is asked to: input that this
//! program does not read is left to the programs that it starts.

use std::io::{self, Read, Write};
use std::sync::Arc;
use std::sync::mpsc::{self, Sender};
use std::thread;

use super::posts::Posts;
use crate::{Event, Interest, Lock, Ready, Registry, Source, Token};

/// How much goes through a thread at once.
const CHUNK: usize = 8 * 1024;

/// Whom a thread tells that it is done.
type Listener = (Posts, Token);

/// Standard input.
#[derive(Debug)]
pub struct Stdin {
    reader: &'static Reader,
    listener: Option<Arc<Listener>>,
}

/// What every [`Stdin`] of the process shares, so that what was read for one that was dropped is there for the next.
#[derive(Debug)]
struct Reader {
    input: Lock<Input>,
    requests: Sender<()>,
}

#[derive(Debug, Default)]
struct Input {
    /// What was read, and where the part begins that was not given out.
    bytes: Vec<u8>,
    start: usize,
    /// How the last read ended that brought nothing: at the end of the stream, or with an error.
    end: Option<io::Result<()>>,
    is_reading: bool,
    waiting: Vec<Arc<Listener>>,
}

impl Stdin {
    /// The stream.
    ///
    /// # Errors
    ///
    /// What the system says when the stream's thread is started.
    pub fn new() -> io::Result<Stdin> {
        static READER: Lock<Option<&'static Reader>> = Lock::new(None);
        let mut shared = READER.lock();
        let reader = match *shared {
            Some(reader) => reader,
            None => *shared.insert(Reader::start()?),
        };
        Ok(Stdin { reader, listener: None })
    }
}

impl Reader {
    fn start() -> io::Result<&'static Reader> {
        let (requests, requested) = mpsc::channel();
        let reader: &'static Reader = Box::leak(Box::new(Reader {
            input: Lock::default(),
            requests,
        }));
        let work = move || requested.iter().for_each(|()| reader.read());
        thread::Builder::new().name("triga stdin".into()).spawn(work)?;
        Ok(reader)
    }

    /// Reads once, however long that takes, and tells who waits.
    fn read(&self) {
        let mut input = self.input.lock();
        let mut bytes = std::mem::take(&mut input.bytes);
        input.start = 0;
        drop(input);
        bytes.resize(CHUNK, 0);
        let result = io::stdin().read(&mut bytes);
        bytes.truncate(*result.as_ref().unwrap_or(&0));
        let mut input = self.input.lock();
        input.end = bytes.is_empty().then(|| result.map(drop));
        (input.bytes, input.is_reading) = (bytes, false);
        let waiting = std::mem::take(&mut input.waiting);
        drop(input);
        waiting.iter().for_each(|listener| tell(listener, Ready::READABLE));
    }
}

impl Read for &Stdin {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        let mut input = self.reader.input.lock();
        if let Some(end) = input.end.take() {
            return end.map(|()| 0);
        }
        let count = (&input.bytes[input.start..]).read(buf)?;
        if count > 0 || buf.is_empty() {
            input.start += count;
            return Ok(count);
        }
        if let Some(listener) = &self.listener {
            if !input.waiting.iter().any(|waiting| Arc::ptr_eq(waiting, listener)) {
                input.waiting.push(listener.clone());
            }
        }
        if !input.is_reading {
            input.is_reading = self.reader.requests.send(()).is_ok();
        }
        Err(io::ErrorKind::WouldBlock.into())
    }
}

/// A piece of output, of one stream's value.
#[derive(Debug, Default)]
struct Output {
    bytes: Vec<u8>,
    state: State,
    listener: Option<Listener>,
}

#[derive(Debug, Default)]
enum State {
    #[default]
    Idle,
    /// The thread has it.
    Writing,
    /// What became of it, until the task that wrote it asks again.
    Written(io::Result<()>),
}

type Outputs = Sender<Arc<Lock<Output>>>;

/// Starts a thread that writes what it is sent.
fn start<W: Write + 'static>(name: &str, stream: fn() -> W) -> io::Result<Outputs> {
    let (sender, receiver) = mpsc::channel::<Arc<Lock<Output>>>();
    let work = move || {
        for output in receiver {
            let bytes = std::mem::take(&mut output.lock().bytes);
            let mut stream = stream();
            let result = stream.write_all(&bytes).and_then(|()| stream.flush());
            let mut output = output.lock();
            (output.bytes, output.state) = (bytes, State::Written(result));
            let listener = output.listener.clone();
            drop(output);
            listener.iter().for_each(|listener| tell(listener, Ready::WRITABLE));
        }
    };
    thread::Builder::new().name(name.into()).spawn(work)?;
    Ok(sender)
}

/// Has the thread write a piece, or says how that has gone.
///
/// The caller asks again with the same bytes. If they are others, the task that wrote the ones before was dropped: those are
/// written, and these are a new piece.
fn write(shared: &Arc<Lock<Output>>, outputs: &Outputs, buf: &[u8]) -> io::Result<usize> {
    if buf.is_empty() {
        return Ok(0);
    }
    let mut output = shared.lock();
    match std::mem::take(&mut output.state) {
        State::Written(Ok(())) if buf.starts_with(&output.bytes) => return Ok(output.bytes.len()),
        State::Written(Err(error)) => return Err(error),
        State::Idle | State::Written(Ok(())) => {
            output.bytes.clear();
            output.bytes.extend_from_slice(&buf[..buf.len().min(CHUNK)]);
            // The thread is there as long as the process.
            let _ = outputs.send(shared.clone());
        }
        State::Writing => {}
    }
    output.state = State::Writing;
    Err(io::ErrorKind::WouldBlock.into())
}

macro_rules! output {
    ($(#[$doc:meta])* $name:ident, $std:path, $thread:literal) => {
        $(#[$doc])*
        #[derive(Debug)]
        pub struct $name {
            output: Arc<Lock<Output>>,
            outputs: Outputs,
        }

        impl $name {
            /// The stream.
            ///
            /// # Errors
            ///
            /// What the system says when the stream's thread is started.
            pub fn new() -> io::Result<$name> {
                static OUTPUTS: Lock<Option<Outputs>> = Lock::new(None);
                let mut shared = OUTPUTS.lock();
                let outputs = match &*shared {
                    Some(outputs) => outputs.clone(),
                    None => shared.insert(start($thread, $std)?).clone(),
                };
                Ok($name { output: Arc::default(), outputs })
            }
        }

        impl Source for $name {
            fn register(&mut self, registry: &Registry, token: Token, _: Interest) -> io::Result<()> {
                self.output.lock().listener = Some((registry.posts.clone(), token));
                Ok(())
            }

            fn reregister(&mut self, registry: &Registry, token: Token, interest: Interest) -> io::Result<()> {
                self.register(registry, token, interest)
            }

            fn deregister(&mut self, _: &Registry, _: Token) -> io::Result<()> {
                self.output.lock().listener = None;
                Ok(())
            }

            /// The first try gives the thread something to do.
            fn assumed(&self) -> Ready {
                Ready::WRITABLE
            }
        }

        impl Write for &$name {
            fn write(&mut self, buf: &[u8]) -> io::Result<usize> {
                write(&self.output, &self.outputs, buf)
            }

            /// What was written has reached the system.
            fn flush(&mut self) -> io::Result<()> {
                match self.output.lock().state {
                    State::Writing => Err(io::ErrorKind::WouldBlock.into()),
                    State::Idle | State::Written(_) => Ok(()),
                }
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

impl Source for Stdin {
    fn register(&mut self, registry: &Registry, token: Token, _: Interest) -> io::Result<()> {
        self.listener = Some(Arc::new((registry.posts.clone(), token)));
        Ok(())
    }

    fn reregister(&mut self, registry: &Registry, token: Token, interest: Interest) -> io::Result<()> {
        self.register(registry, token, interest)
    }

    fn deregister(&mut self, _: &Registry, _: Token) -> io::Result<()> {
        self.listener = None;
        Ok(())
    }

    /// The first try gives the thread something to do.
    fn assumed(&self) -> Ready {
        Ready::READABLE
    }
}

fn tell((posts, token): &Listener, ready: Ready) {
    posts.post(Event { token: *token, ready });
}
