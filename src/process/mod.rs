//! Children, for programs that run others: started by std's [`Command`], and waited for without blocking and without a thread.

mod orphan;
mod running;

use std::future::poll_fn;
use std::io;
use std::process::{Command, ExitStatus, Output};
use std::task::{Context, Poll, ready};

use futures_util::future::try_join3;
use triga_platform::process;

use crate::io::pipe::{PipeReader, PipeWriter};
use crate::reactor::Handle;

use running::Running;

/// Starts a program, with the thread's [current](Handle::current) handle.
///
/// The streams that the command has as [`Stdio::piped`](std::process::Stdio::piped) are asynchronous on this side.
///
/// ```
/// use std::process::{Command, Stdio};
/// use triga::process;
///
/// # if !triga::SUPPORT.has(triga::Capability::Processes) { return }
/// triga::block_on(async {
///     let child = process::spawn(Command::new("rustc").arg("--version").stdout(Stdio::piped()))?;
///     let output = child.wait_with_output().await?;
///     assert!(output.status.success());
///     assert!(output.stdout.starts_with(b"rustc "));
///     std::io::Result::Ok(())
/// })
/// # .unwrap().unwrap();
/// ```
///
/// # Errors
///
/// Errors of the system: `NotFound` and `PermissionDenied` of the program, and `EMFILE`, in which case
/// nothing runs; [`ShutDown`](crate::ShutDown) after a shutdown; `Unsupported` in WASI. A program that has ended before this
/// returns is no error, also if its status is lost: [`wait`](Child::wait) tells.
pub fn spawn(command: &mut Command) -> io::Result<Child> {
    let handle = Handle::current()?;
    orphan::reap_abandoned();
    let spawned = process::spawn(command)?;
    // From here on a failure ends the child.
    let running = Running::new(&handle, spawned.child)?;
    let streams = (|| {
        let reader = |receiver| PipeReader::register(&handle, receiver);
        let writer = |sender| PipeWriter::register(&handle, sender);
        io::Result::Ok((
            spawned.stdin.map(writer).transpose()?,
            spawned.stdout.map(reader).transpose()?,
            spawned.stderr.map(reader).transpose()?,
        ))
    })();
    match streams {
        Ok((stdin, stdout, stderr)) => Ok(Child {
            stdin,
            stdout,
            stderr,
            running: Some(running),
        }),
        Err(error) => {
            running.end();
            Err(error)
        }
    }
}

/// A program that was started.
///
/// Dropping it lets the program run on. The driver sees to it that it leaves nothing behind in the system when it ends (on
/// Unix, no zombie), as long as it is turned.
#[derive(Debug)]
pub struct Child {
    /// What the program reads, if it was piped. Closing or dropping it ends that stream (on Windows, with the driver's next
    /// turn).
    pub stdin: Option<PipeWriter>,
    /// What the program writes, if it was piped.
    pub stdout: Option<PipeReader>,
    /// What the program writes as its errors, if it was piped.
    pub stderr: Option<PipeReader>,
    /// There until it is dropped.
    running: Option<Running>,
}

impl Child {
    /// The system's number of the process.
    pub fn id(&self) -> u32 {
        self.running().child.id()
    }

    /// Waits for the end of the program, and says how it ended. Its standard input is closed before, so that it does not wait
    /// for more of that.
    ///
    /// Cancel safe: the next call goes on waiting, or says the same again.
    ///
    /// # Errors
    ///
    /// `NotFound`, with the reason, if the program has ended and its status is lost: on Unix, because this process ignores
    /// SIGCHLD, or because another part of it waits for every child. [`ShutDown`](crate::ShutDown) after a shutdown, and errors
    /// of the system.
    pub async fn wait(&mut self) -> io::Result<ExitStatus> {
        drop(self.stdin.take());
        poll_fn(|cx| self.poll_wait(cx)).await
    }

    /// Ready with how the program ended; otherwise the task is woken when it ends. It leaves standard input alone.
    ///
    /// # Errors
    ///
    /// As [`wait`](Self::wait).
    pub fn poll_wait(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<ExitStatus>> {
        self.running_mut().poll_wait(cx)
    }

    /// How the program ended, if it did.
    ///
    /// # Errors
    ///
    /// As [`wait`](Self::wait).
    pub fn try_wait(&mut self) -> io::Result<Option<ExitStatus>> {
        self.running_mut().try_wait()
    }

    /// Waits for the end of the program, and gathers meanwhile what it writes to streams that are piped.
    ///
    /// # Errors
    ///
    /// As [`wait`](Self::wait), and errors of the streams.
    pub async fn wait_with_output(mut self) -> io::Result<Output> {
        let (stdout, stderr) = (self.stdout.take(), self.stderr.take());
        let (status, stdout, stderr) = try_join3(self.wait(), read_to_end(stdout), read_to_end(stderr)).await?;
        Ok(Output { status, stdout, stderr })
    }

    /// Asks the program to end, by what [`signal::terminate`](crate::signal::terminate) would tell it of: SIGTERM on Unix. It
    /// may take its time. Nothing happens to one that has ended.
    ///
    /// # Errors
    ///
    /// `Unsupported` on Windows, which can ask a group of processes alone
    /// (`os::windows::send_console_event`); what else the system says.
    pub fn terminate(&mut self) -> io::Result<()> {
        self.running_mut().terminate()
    }

    /// Ends the program by force: SIGKILL on Unix. It is over when [`wait`](Self::wait) says so. Nothing happens to one that
    /// has ended.
    ///
    /// # Errors
    ///
    /// Errors of the system.
    pub fn kill(&mut self) -> io::Result<()> {
        self.running_mut().kill()
    }

    fn running(&self) -> &Running {
        self.running.as_ref().expect("it is there until the child is dropped")
    }

    fn running_mut(&mut self) -> &mut Running {
        self.running.as_mut().expect("it is there until the child is dropped")
    }
}

impl Drop for Child {
    fn drop(&mut self) {
        if let Some(running) = self.running.take() {
            running.let_run();
        }
    }
}

/// Everything that comes, of a stream that was piped.
async fn read_to_end(stream: Option<PipeReader>) -> io::Result<Vec<u8>> {
    const CHUNK: usize = 8_192;
    let Some(reader) = stream else { return Ok(Vec::new()) };
    let mut bytes = Vec::new();
    poll_fn(move |cx| {
        loop {
            let length = bytes.len();
            bytes.resize(length + CHUNK, 0);
            let read = reader.io.poll_read(cx, &mut bytes[length..]);
            bytes.truncate(length + if let Poll::Ready(Ok(count)) = read { count } else { 0 });
            if ready!(read)? == 0 {
                return Poll::Ready(Ok(std::mem::take(&mut bytes)));
            }
        }
    })
    .await
}
