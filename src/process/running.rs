//! A child, and what tells of its end.

use std::io;
use std::process::{Child, ExitStatus};
use std::task::{Context, Poll, ready};

use triga_platform::process::{Exit, ExitWatch, LEAVES_ZOMBIES};
use triga_platform::{Direction, Interest};

use crate::handle::Handle;
use crate::process::orphan;
use crate::registered::Registered;
use crate::signal::Signal;

/// A child whose end is waited for.
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
        let status = match &self.end {
            Some(End::Source(exit)) => exit.source.try_wait(&mut self.child),
            Some(End::Signal(_)) | None => self.child.try_wait(),
        }?;
        if status.is_some() {
            self.end = None;
        }
        Ok(status)
    }

    /// Ready with how the child ended; otherwise the task is woken when it ends.
    pub(super) fn poll_wait(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<ExitStatus>> {
        match &self.end {
            Some(End::Source(exit)) => {
                let child = &mut self.child;
                let status = ready!(exit.poll_io(cx, Direction::Read, |exit| {
                    exit.try_wait(child)?.ok_or_else(|| io::ErrorKind::WouldBlock.into())
                }))?;
                self.end = None;
                Poll::Ready(Ok(status))
            }
            Some(End::Signal(signal)) => loop {
                // The signal may have been another child's, and the end of this one may be older than the listener.
                if let Some(status) = self.child.try_wait()? {
                    self.end = None;
                    return Poll::Ready(Ok(status));
                }
                ready!(signal.poll_recv(cx))?;
            },
            // The status is known, so this does not wait.
            None => Poll::Ready(self.child.wait()),
        }
    }

    /// Ends a child that nobody has seen yet.
    pub(super) fn end(mut self) {
        // It may have ended by itself; and if it has not, then it does at once.
        let _ = self.child.kill();
        let _ = self.child.wait();
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
        })
    }
}
