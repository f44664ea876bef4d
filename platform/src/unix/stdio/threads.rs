//! Streams of which the system gives no description of one's own: a thread reads or writes, and a pipe tells the selector.

use std::fs::File;
use std::io::{self, Read, Write};
use std::os::fd::{AsFd, AsRawFd, BorrowedFd};
use std::os::unix::fs::MetadataExt;
use std::sync::Arc;

use mio::unix::pipe;

use super::OnThread;
use crate::common::stdio_threads::{Input, Notice, Output, Outputs};
use crate::select::platform::descriptor::Descriptor;
use crate::select::platform::fork::Process;
use crate::{Lock, Source};

/// A pipe that is readable when a thread is done.
#[derive(Debug)]
struct Readable {
    sender: pipe::Sender,
    receiver: pipe::Receiver,
}

impl Notice for Readable {
    fn clear(&self) {
        drain(&self.receiver);
    }

    fn tell(&self) {
        // A pipe that is full is readable.
        let _ = (&self.sender).write(&[0]);
    }
}

impl AsFd for Readable {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.receiver.as_fd()
    }
}

/// A pipe that is writable when a thread is done, and full before.
#[derive(Debug)]
struct Writable {
    sender: pipe::Sender,
    receiver: pipe::Receiver,
}

/// How much is written to a pipe at once to fill it.
const BLOCK: usize = 4096;

impl Notice for Writable {
    fn clear(&self) {
        while matches!((&self.sender).write(&[0; BLOCK]), Ok(1..)) {}
    }

    fn tell(&self) {
        drain(&self.receiver);
    }
}

impl AsFd for Writable {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.sender.as_fd()
    }
}

fn drain(mut receiver: &pipe::Receiver) {
    while matches!(receiver.read(&mut [0; BLOCK]), Ok(1..)) {}
}

/// A stream that a thread reads.
#[derive(Debug)]
pub(super) struct Reader {
    input: Input<Readable>,
    source: Descriptor<Arc<Readable>>,
}

impl Reader {
    /// Standard input, with the thread of the process for it.
    pub(super) fn of_stdin(file: File) -> io::Result<Reader> {
        static SHARED: Lock<Option<(Place, Input<Readable>)>> = Lock::new(None);
        let place = Place::of(&file)?;
        let mut shared = SHARED.lock();
        let input = match &*shared {
            Some((at, input)) if at.is_same(&place) => input.clone(),
            _ => {
                let started = Input::start("triga stdin", 0, move |buf| {
                    blocking(&file, libc::POLLIN, |mut file| file.read(buf))
                })?;
                shared.insert((place, started)).1.clone()
            }
        };
        Reader::new(input)
    }

    fn new(input: Input<Readable>) -> io::Result<Reader> {
        let (sender, receiver) = pipe::new()?;
        Ok(Reader {
            input,
            source: Descriptor::new(Arc::new(Readable { sender, receiver })),
        })
    }

    pub(super) fn read(&self, buf: &mut [u8]) -> io::Result<usize> {
        self.input.read(buf, Some(self.source.get_ref()))
    }
}

impl OnThread for Reader {
    fn source(&mut self) -> &mut dyn Source {
        &mut self.source
    }
}

/// A stream that a thread writes.
#[derive(Debug)]
pub(super) struct Writer {
    outputs: Outputs<Writable>,
    output: Arc<Output<Writable>>,
    source: Descriptor<Arc<Writable>>,
}

impl Writer {
    /// Standard output, with the thread of the process for it.
    pub(super) fn of_stdout(file: File) -> io::Result<Writer> {
        static SHARED: SharedOutputs = Lock::new(None);
        Writer::on("triga stdout", &SHARED, file)
    }

    /// Standard error, with the thread of the process for it.
    pub(super) fn of_stderr(file: File) -> io::Result<Writer> {
        static SHARED: SharedOutputs = Lock::new(None);
        Writer::on("triga stderr", &SHARED, file)
    }

    fn on(name: &str, shared: &SharedOutputs, file: File) -> io::Result<Writer> {
        let place = Place::of(&file)?;
        let mut shared = shared.lock();
        let outputs = match &*shared {
            Some((at, outputs)) if at.is_same(&place) => outputs.clone(),
            _ => shared.insert((place, Outputs::start(name)?)).1.clone(),
        };
        Writer::new(outputs, file)
    }

    fn new(outputs: Outputs<Writable>, file: File) -> io::Result<Writer> {
        let (sender, receiver) = pipe::new()?;
        shrink(&sender);
        let notice = Arc::new(Writable { sender, receiver });
        let output = Output::new(move |bytes| blocking(&file, libc::POLLOUT, |mut file| file.write(bytes)));
        output.set_notice(Some(notice.clone()));
        Ok(Writer {
            outputs,
            output: Arc::new(output),
            source: Descriptor::new(notice),
        })
    }

    pub(super) fn write(&self, buf: &[u8]) -> io::Result<usize> {
        self.output.write(&self.outputs, buf)
    }

    pub(super) fn flush(&self) -> io::Result<()> {
        self.output.flush()
    }
}

type SharedOutputs = Lock<Option<(Place, Outputs<Writable>)>>;

impl OnThread for Writer {
    fn source(&mut self) -> &mut dyn Source {
        &mut self.source
    }
}

/// What a thread was started for: a file, in the process that has the thread.
#[derive(Debug)]
struct Place {
    process: Process,
    file: (u64, u64),
}

impl Place {
    fn of(file: &File) -> io::Result<Place> {
        let metadata = file.metadata()?;
        Ok(Place {
            process: Process::this(),
            file: (metadata.dev(), metadata.ino()),
        })
    }

    fn is_same(&self, now: &Place) -> bool {
        self.process.is_this() && self.file == now.file
    }
}

/// Calls until it is done, however long that takes, also on a description that another process has made non-blocking.
fn blocking<R>(file: &File, event: libc::c_short, mut call: impl FnMut(&File) -> io::Result<R>) -> io::Result<R> {
    loop {
        match call(file) {
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => wait(file, event)?,
            result => return result,
        }
    }
}

fn wait(file: &File, events: libc::c_short) -> io::Result<()> {
    let mut poll = libc::pollfd {
        fd: file.as_raw_fd(),
        events,
        revents: 0,
    };
    // SAFETY: the pointer is to one valid `pollfd`, as the count says.
    match unsafe { libc::poll(&raw mut poll, 1, -1) } {
        count if count < 0 => Err(io::Error::last_os_error()).or_else(|error| match error.kind() {
            io::ErrorKind::Interrupted => Ok(()),
            _ => Err(error),
        }),
        _ => Ok(()),
    }
}

/// Makes a pipe as small as it can be, where the system lets it: it is filled for each piece.
fn shrink(pipe: &pipe::Sender) {
    #[cfg(any(target_os = "linux", target_os = "android"))]
    // SAFETY: the call takes integers. A pipe that keeps its size takes longer to fill.
    unsafe {
        libc::fcntl(pipe.as_raw_fd(), libc::F_SETPIPE_SZ, BLOCK as libc::c_int)
    };
    #[cfg(not(any(target_os = "linux", target_os = "android")))]
    let _ = pipe;
}
