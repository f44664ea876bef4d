//! The call, and its words: what it is asked, and what it tells.

use std::io;
use std::os::fd::RawFd;

use libc::{c_int, c_short, pollfd};

use crate::{Direction, Interest, Ready, Token};

/// What is waited for, and for whom.
#[derive(Debug, Clone, Copy)]
pub(super) struct Entry {
    pub(super) poll: pollfd,
    pub(super) token: Token,
}

impl Entry {
    pub(super) fn new(token: Token, descriptor: RawFd, events: c_short) -> Entry {
        let poll = pollfd {
            fd: descriptor,
            events,
            revents: 0,
        };
        Entry { poll, token }
    }
}

/// A copy of the list, which is waited for while the list changes.
#[derive(Debug, Default)]
pub(super) struct Polled {
    pub(super) polls: Vec<pollfd>,
    pub(super) tokens: Vec<Token>,
}

impl Polled {
    pub(super) fn copy<'a>(&mut self, entries: impl Iterator<Item = &'a Entry> + Clone) {
        self.polls.clear();
        self.polls.extend(entries.clone().map(|entry| entry.poll));
        self.tokens.clear();
        self.tokens.extend(entries.map(|entry| entry.token));
    }

    /// Waits for so many milliseconds, or without end for a negative number.
    pub(super) fn wait(&mut self, timeout: c_int) -> io::Result<()> {
        let count = self.polls.len() as libc::nfds_t;
        // SAFETY: the pointer is to so many valid entries as the count says.
        let result = unsafe { libc::poll(self.polls.as_mut_ptr(), count, timeout) };
        if result >= 0 {
            Ok(())
        } else {
            Err(io::Error::last_os_error())
        }
    }

    /// Whether the pipe has ended the wait.
    pub(super) fn is_ended(&self) -> bool {
        self.polls.first().is_some_and(|pipe| pipe.revents != 0)
    }

    pub(super) fn fired(&self) -> impl Iterator<Item = (Token, c_short)> {
        let fired = self.tokens.iter().zip(&self.polls).skip(1);
        fired
            .filter(|(_, poll)| poll.revents != 0)
            .map(|(token, poll)| (*token, poll.revents))
    }
}

const READ: c_short = libc::POLLIN | READ_CLOSED | libc::POLLPRI;
const WRITE: c_short = libc::POLLOUT;
/// Events that are reported whether or not they are asked for. They end waits in both directions. A wait for priority data or
/// errors alone is not told of what comes after a hang-up or an error: poll(2) would tell of those again and again meanwhile.
const UNASKED: c_short = libc::POLLERR | libc::POLLHUP | libc::POLLNVAL;

#[cfg(any(target_os = "linux", target_os = "android"))]
const READ_CLOSED: c_short = libc::POLLRDHUP;
/// Elsewhere the end of what comes shows itself to a read alone.
#[cfg(not(any(target_os = "linux", target_os = "android")))]
const READ_CLOSED: c_short = 0;

/// What is looked for in a direction of a source. It is nothing for errors alone, which are told in any case.
pub(super) fn asked(direction: Direction, interest: Interest) -> c_short {
    let when = |flag, events| if interest.contains(flag) { events } else { 0 };
    match direction {
        Direction::Read => {
            when(Interest::READABLE, libc::POLLIN | READ_CLOSED) | when(Interest::PRIORITY, libc::POLLPRI | READ_CLOSED)
        }
        Direction::Write => WRITE,
    }
}

/// Whether the events end a wait for the source, in any direction.
pub(super) fn is_for_all(revents: c_short) -> bool {
    revents & UNASKED != 0
}

/// What is disarmed after these events: whole directions, except for a source with priority data, for which one
/// task may wait while there are other data for another.
pub(super) fn fired(revents: c_short, interest: Interest) -> c_short {
    if is_for_all(revents) {
        return READ | WRITE;
    }
    if interest.contains(Interest::PRIORITY) {
        return revents;
    }
    let when = |mask| if revents & mask != 0 { mask } else { 0 };
    when(READ) | when(WRITE)
}

/// The portable form of an event. An error is what both directions find by trying, and closed only where no error says
/// otherwise, since a datagram socket outlives its errors. A wait for a descriptor that was closed fails when it waits
/// again.
pub(super) fn to_ready(revents: c_short) -> Ready {
    let when = |mask, ready| if revents & mask != 0 { ready } else { Ready::EMPTY };
    let is_failed = revents & (libc::POLLERR | libc::POLLNVAL) != 0;
    let hung_up = if is_failed {
        Ready::READ_CLOSED
    } else {
        Ready::READ_CLOSED | Ready::WRITE_CLOSED
    };
    when(libc::POLLIN, Ready::READABLE)
        | when(libc::POLLOUT, Ready::WRITABLE)
        | when(libc::POLLPRI | libc::POLLNVAL, Ready::PRIORITY | Ready::READABLE)
        | when(READ_CLOSED, Ready::READ_CLOSED)
        | when(libc::POLLHUP, hung_up)
        | when(libc::POLLERR | libc::POLLNVAL, Ready::FAILED)
}
