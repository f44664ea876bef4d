//! A child, and what tells of its end.

use std::io;
use std::process::{Child, ExitStatus};
use std::task::{Context, Poll, ready};

use triga_platform::process::{self as platform, Exit, ExitWatch, LEAVES_ZOMBIES};
use triga_platform::{Direction, Interest};

use crate::io::registered::Registered;
use crate::process::orphan;
use crate::reactor::Handle;
use crate::signal::Signal;

/// A child, and what reports its end.
#[derive(Debug)]
pub(crate) struct Running {
    pub(super) child: Child,
    /// None once its status is known.
    end: Option<End>,
}

#[derive(Debug)]
enum End {
    /// A source of the child's own.
    Source(Registered<Exit>),
    /// A signal that tells that some child has ended.
    Signal(Signal),
    /// The child has ended, and its status is lost. Its number may be another process's.
    Taken,
}

impl Running {
    /// A child that has just begun. If it cannot be waited for, it is ended.
    pub(super) fn new(handle: &Handle, child: Child) -> io::Result<Running> {
        let mut running = Running { child, end: None };
        match End::new(handle, &running.child) {
            Ok(end) => {
                running.end = Some(end);
                Ok(running)
            }
            Err(error) => {
                running.end();
                Err(error)
            }
        }
    }

    pub(super) fn try_wait(&mut self) -> io::Result<Option<ExitStatus>> {
        let result = match &self.end {
            Some(End::Source(exit)) => exit.source.try_wait(&mut self.child),
            Some(End::Signal(_)) | None => platform::try_wait(&mut self.child),
            Some(End::Taken) => Err(platform::taken()),
        };
        match &result {
            Ok(Some(_)) => self.end = None,
            Ok(None) => {}
            Err(error) => self.note_taken(error),
        }
        result
    }

    fn note_taken(&mut self, error: &io::Error) {
        if error.kind() == io::ErrorKind::NotFound {
            self.end = Some(End::Taken);
        }
    }

    /// Asks a child that runs to end.
    pub(super) fn terminate(&mut self) -> io::Result<()> {
        if self.runs()? {
            platform::terminate(&mut self.child)
        } else {
            Ok(())
        }
    }

    /// Ends a child that runs.
    pub(super) fn kill(&mut self) -> io::Result<()> {
        if self.runs()? { self.child.kill() } else { Ok(()) }
    }

    /// Whether the child has not ended. The number of one that has may be another process's.
    fn runs(&mut self) -> io::Result<bool> {
        match self.try_wait() {
            Ok(status) => Ok(status.is_none()),
            Err(_) if matches!(self.end, Some(End::Taken)) => Ok(false),
            Err(error) => Err(error),
        }
    }

    /// Ready with how the child ended; otherwise the task is woken when it ends.
    pub(super) fn poll_wait(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<ExitStatus>> {
        let result = match &self.end {
            Some(End::Source(exit)) => {
                let child = &mut self.child;
                ready!(exit.poll_io(cx, Direction::Read, |exit| {
                    exit.try_wait(child)?.ok_or_else(|| io::ErrorKind::WouldBlock.into())
                }))
            }
            Some(End::Signal(signal)) => loop {
                // The signal may have been another child's, and the end of this one may be older than the listener.
                match platform::try_wait(&mut self.child) {
                    Ok(None) => ready!(signal.poll_recv(cx))?,
                    Ok(Some(status)) => break Ok(status),
                    Err(error) => break Err(error),
                }
            },
            Some(End::Taken) => Err(platform::taken()),
            // The status is known, so this does not wait.
            None => self.child.wait(),
        };
        match &result {
            Ok(_) => self.end = None,
            Err(error) => self.note_taken(error),
        }
        Poll::Ready(result)
    }

    /// Kills a child that was never returned.
    pub(super) fn end(mut self) {
        // Both calls fail for a child that has ended.
        let _ = self.kill();
        if !matches!(self.end, Some(End::Taken)) {
            let _ = self.child.wait();
        }
    }

    /// Leaves the child to itself, and its end to the driver.
    pub(super) fn let_run(mut self) {
        if LEAVES_ZOMBIES && matches!(self.try_wait(), Ok(None)) {
            orphan::adopt(self);
        }
    }
}

impl End {
    fn new(handle: &Handle, child: &Child) -> io::Result<End> {
        Ok(match ExitWatch::new(child)? {
            ExitWatch::Source(exit) => End::Source(Registered::new(handle, exit, Interest::READABLE)?),
            ExitWatch::Signal(kind) => End::Signal(Signal::new(handle, kind)?),
            ExitWatch::Taken => End::Taken,
        })
    }
}
