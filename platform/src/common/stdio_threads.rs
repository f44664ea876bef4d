//! Threads that read and write the standard streams that no selector can wait for.
//!
//! A thread reads only when it is asked to: input that this program does not read is left to the programs that it starts. A write
//! is reported once the system has the bytes, so nothing that was written is lost when the program ends.

use std::fmt;
use std::io;
use std::mem;
use std::sync::Arc;
use std::sync::mpsc::{self, Sender};

use crate::{Lock, start_thread};

/// How much goes through a thread at once.
pub(crate) const CHUNK: usize = 8 * 1024;

/// Makes a stream ready for its task, once a thread is done.
///
/// Both are called with a lock held, so that what was told of one piece is not taken for the end of the next. They do not block,
/// and run no task.
pub(crate) trait Notice: fmt::Debug + Send + Sync + 'static {
    /// The task is about to wait: the stream is not ready.
    fn clear(&self);

    /// The stream is ready.
    fn tell(&self);
}

/// A thread that reads, and what it has read for those that share it. What it read for a stream that was dropped is there for the
/// next. The thread ends with the last of them.
#[derive(Debug)]
pub(crate) struct Input<N> {
    shared: Arc<Lock<Shared<N>>>,
    /// How many bytes are asked for.
    requests: Sender<usize>,
}

#[derive(Debug)]
struct Shared<N> {
    /// What was read, and where the part begins that was not given out.
    bytes: Vec<u8>,
    start: usize,
    /// How the last read ended that brought nothing: at the end of the stream, or with an error.
    end: Option<io::Result<()>>,
    is_reading: bool,
    waiting: Vec<Arc<N>>,
}

impl<N: Notice> Input<N> {
    /// Starts a thread that reads by this call. It asks for at least so many bytes, of those that it may ask for.
    ///
    /// # Errors
    ///
    /// Those of [`start_thread`].
    pub(crate) fn start(
        name: &str,
        least: usize,
        mut read: impl FnMut(&mut [u8]) -> io::Result<usize> + Send + 'static,
    ) -> io::Result<Input<N>> {
        let (requests, requested) = mpsc::channel::<usize>();
        let shared = Arc::new(Lock::new(Shared {
            bytes: Vec::new(),
            start: 0,
            end: None,
            is_reading: false,
            waiting: Vec::new(),
        }));
        let input = shared.clone();
        start_thread(name, move || {
            for asked in requested {
                read_once(&input, asked.clamp(least, CHUNK), &mut read);
            }
        })?;
        Ok(Input { shared, requests })
    }

    /// Gives out what was read, or asks the thread to read.
    pub(crate) fn read(&self, buf: &mut [u8], notice: Option<&Arc<N>>) -> io::Result<usize> {
        if buf.is_empty() {
            return Ok(0);
        }
        let mut shared = self.shared.lock();
        if let Some(end) = shared.end.take() {
            return end.map(|()| 0);
        }
        let count = io::Read::read(&mut &shared.bytes[shared.start..], buf)?;
        if count > 0 {
            shared.start += count;
            return Ok(count);
        }
        if let Some(notice) = notice {
            notice.clear();
            if !shared.waiting.iter().any(|waiting| Arc::ptr_eq(waiting, notice)) {
                shared.waiting.push(notice.clone());
            }
        }
        if !shared.is_reading {
            shared.is_reading = self.requests.send(buf.len()).is_ok();
        }
        Err(io::ErrorKind::WouldBlock.into())
    }
}

impl<N> Clone for Input<N> {
    fn clone(&self) -> Input<N> {
        Input {
            shared: self.shared.clone(),
            requests: self.requests.clone(),
        }
    }
}

/// Reads once, however long that takes, and tells those that wait.
fn read_once<N: Notice>(input: &Lock<Shared<N>>, asked: usize, read: &mut impl FnMut(&mut [u8]) -> io::Result<usize>) {
    let mut bytes = mem::take(&mut input.lock().bytes);
    bytes.resize(asked, 0);
    let result = read(&mut bytes);
    bytes.truncate(*result.as_ref().unwrap_or(&0));
    let mut shared = input.lock();
    shared.end = bytes.is_empty().then(|| result.map(drop));
    (shared.bytes, shared.start, shared.is_reading) = (bytes, 0, false);
    let waiting = mem::take(&mut shared.waiting);
    waiting.iter().for_each(|notice| notice.tell());
    drop(shared);
    drop(waiting);
}

/// A thread that writes what it is sent.
#[derive(Debug)]
pub(crate) struct Outputs<N>(Sender<Arc<Output<N>>>);

impl<N: Notice> Outputs<N> {
    /// Starts a thread, which ends with the last of those that share it.
    ///
    /// # Errors
    ///
    /// Those of [`start_thread`].
    pub(crate) fn start(name: &str) -> io::Result<Outputs<N>> {
        let (sender, receiver) = mpsc::channel::<Arc<Output<N>>>();
        start_thread(name, move || {
            receiver.into_iter().for_each(|output| output.write_once())
        })?;
        Ok(Outputs(sender))
    }
}

impl<N> Clone for Outputs<N> {
    fn clone(&self) -> Outputs<N> {
        Outputs(self.0.clone())
    }
}

/// Writes bytes, and says how many the system has taken.
type Write = dyn Fn(&[u8]) -> io::Result<usize> + Send + Sync;

/// A stream that a thread writes, a piece after the other.
pub(crate) struct Output<N> {
    write: Box<Write>,
    piece: Lock<Piece<N>>,
}

struct Piece<N> {
    bytes: Vec<u8>,
    state: State,
    notice: Option<Arc<N>>,
}

enum State {
    Idle,
    /// The thread has it.
    Writing,
    /// What became of it, until the task that wrote it asks again.
    Written(io::Result<usize>),
}

impl<N: Notice> Output<N> {
    /// A stream that is written by this call.
    pub(crate) fn new(write: impl Fn(&[u8]) -> io::Result<usize> + Send + Sync + 'static) -> Output<N> {
        Output {
            write: Box::new(write),
            piece: Lock::new(Piece {
                bytes: Vec::new(),
                state: State::Idle,
                notice: None,
            }),
        }
    }

    /// Says who is told, if anybody, that a piece was written.
    pub(crate) fn set_notice(&self, notice: Option<Arc<N>>) {
        let before = mem::replace(&mut self.piece.lock().notice, notice);
        drop(before);
    }

    /// Has the thread write a piece, or says how that has gone.
    ///
    /// The caller asks again with the same bytes. If they are others, the task that wrote the ones before was dropped: those are
    /// written, and these are a new piece.
    pub(crate) fn write(self: &Arc<Output<N>>, outputs: &Outputs<N>, buf: &[u8]) -> io::Result<usize> {
        if buf.is_empty() {
            return Ok(0);
        }
        let mut piece = self.piece.lock();
        match mem::replace(&mut piece.state, State::Writing) {
            State::Written(Ok(count)) if buf.starts_with(&piece.bytes) => {
                piece.state = State::Idle;
                return Ok(count);
            }
            State::Written(Err(error)) => {
                piece.state = State::Idle;
                return Err(error);
            }
            State::Idle | State::Written(Ok(_)) => {
                piece.bytes.clear();
                piece.bytes.extend_from_slice(&buf[..buf.len().min(CHUNK)]);
                if let Some(notice) = &piece.notice {
                    notice.clear();
                }
                // The thread is there as long as there are senders.
                let _ = outputs.0.send(self.clone());
            }
            State::Writing => {}
        }
        Err(io::ErrorKind::WouldBlock.into())
    }

    /// Says whether the system has what was written.
    pub(crate) fn flush(&self) -> io::Result<()> {
        match self.piece.lock().state {
            State::Writing => Err(io::ErrorKind::WouldBlock.into()),
            State::Idle | State::Written(_) => Ok(()),
        }
    }

    fn write_once(&self) {
        let bytes = mem::take(&mut self.piece.lock().bytes);
        let result = (self.write)(&bytes);
        let mut piece = self.piece.lock();
        (piece.bytes, piece.state) = (bytes, State::Written(result));
        if let Some(notice) = &piece.notice {
            notice.tell();
        }
    }
}

impl<N> fmt::Debug for Output<N> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Output").finish_non_exhaustive()
    }
}
