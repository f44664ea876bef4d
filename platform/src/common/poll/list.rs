//! The list that goes to poll(2), and what becomes of its answers.

use std::io;
use std::mem;
use std::os::fd::RawFd;

use libc::c_short;

use super::call::{Entry, Polled, asked, fired, is_for_all, to_ready};
use crate::common::armed::{self, Armed};
use crate::{Direction, Event, Interest, Token, Wait};

/// A source has one entry, for both directions.
const BOTH: usize = 0;

/// Every registered source, and an entry for each that a task waits for.
pub(super) struct List {
    /// The pipe that ends a wait, and then the pipe of signals, if it is registered. They stay armed.
    pipes: Vec<Entry>,
    armed: Armed<Source, Entry, 1>,
    /// Whether somebody waits for a copy of the entries, who has not been told that they changed.
    is_waited_for: bool,
    is_woken: bool,
}

struct Source {
    descriptor: RawFd,
    interest: Interest,
    /// Whether a task waits for an event that is reported without being asked for. The source was not registered for it.
    is_unasked: bool,
    /// Whether the descriptor was closed when it was waited for.
    is_refused: bool,
}

impl armed::Entry for Entry {
    fn owner(&self) -> (Token, usize) {
        (self.token, BOTH)
    }
}

impl List {
    pub(super) fn new(pipe: RawFd) -> List {
        List {
            pipes: vec![Entry::new(Token::WAKER, pipe, libc::POLLIN)],
            armed: Armed::new(),
            is_waited_for: false,
            is_woken: false,
        }
    }

    /// How many sources are armed, the pipe of signals among them.
    pub(super) fn armed(&self) -> usize {
        self.pipes.len() - 1 + self.armed.entries().len()
    }

    /// Makes the wait under way end, or the next one. True if the pipe is to be written to.
    pub(super) fn wake(&mut self) -> bool {
        self.is_woken = true;
        mem::take(&mut self.is_waited_for)
    }

    /// Copies the entries for a wait, which is over at once if there was a wake.
    pub(super) fn begin_wait(&mut self, polled: &mut Polled, wait: Wait) -> Wait {
        polled.copy(self.pipes.iter().chain(self.armed.entries()));
        let wait = if self.is_woken { Wait::Poll } else { wait };
        self.is_waited_for = wait != Wait::Poll;
        wait
    }

    /// Takes the events of a wait, and disarms what fired. Whether there was a wake.
    pub(super) fn end_wait(&mut self, polled: &Polled, events: &mut Vec<Event>) -> bool {
        self.is_waited_for = false;
        for (token, revents) in polled.fired() {
            if self.disarm_fired(token, revents) {
                let ready = to_ready(revents);
                events.push(Event { token, ready });
            }
        }
        mem::take(&mut self.is_woken)
    }

    /// False if the source is gone.
    fn disarm_fired(&mut self, token: Token, revents: c_short) -> bool {
        if token == Token::SIGNAL {
            return true;
        }
        let Some((slot, _)) = self.armed.get(token) else {
            return false;
        };
        let source = &mut slot.source;
        source.is_refused |= revents & libc::POLLNVAL != 0;
        let interest = source.interest;
        source.is_unasked &= !is_for_all(revents);
        // A wait for errors or for a hang-up goes on beside other waits.
        let keeps = source.is_unasked || (interest.contains(Interest::ERROR) && !is_for_all(revents));
        self.disarm(token, fired(revents, interest), keeps);
        true
    }

    pub(super) fn register(&mut self, token: Token, descriptor: RawFd, interest: Interest) -> io::Result<bool> {
        if token == Token::SIGNAL {
            self.pipes.push(Entry::new(token, descriptor, libc::POLLIN));
            return Ok(mem::take(&mut self.is_waited_for));
        }
        let source = Source {
            descriptor,
            interest,
            is_unasked: false,
            is_refused: false,
        };
        self.armed.register(token, source).map(|()| false)
    }

    pub(super) fn deregister(&mut self, token: Token) -> io::Result<()> {
        if token == Token::SIGNAL {
            self.forget(token);
            return Ok(());
        }
        self.armed.deregister(token)
    }

    /// Drops the source with this token, if there is one.
    pub(super) fn forget(&mut self, token: Token) {
        if token == Token::SIGNAL {
            self.pipes.truncate(1);
        } else {
            self.armed.forget(token);
        }
    }

    /// Has the waits look for a direction. True if the pipe is to be written to.
    ///
    /// # Errors
    ///
    /// A source that the system refused to wait for. A token without a source is one that the core makes ready by itself.
    #[inline]
    pub(super) fn arm(&mut self, token: Token, direction: Direction) -> io::Result<bool> {
        let Some((slot, entries)) = self.armed.get(token) else {
            return Ok(false);
        };
        let source = &mut slot.source;
        if source.is_refused {
            return Err(refused(source.descriptor));
        }
        let (descriptor, events) = (source.descriptor, asked(direction, source.interest));
        source.is_unasked |= events == 0;
        match slot.entry(BOTH, entries) {
            None => slot.arm(BOTH, entries, Entry::new(token, descriptor, events)),
            Some(entry) if entry.poll.events & events == events => return Ok(false),
            Some(entry) => entry.poll.events |= events,
        }
        Ok(mem::take(&mut self.is_waited_for))
    }

    /// Looks no more for these events of a source, and not for the source if no others are left, unless it is to be kept.
    fn disarm(&mut self, token: Token, events: c_short, keeps: bool) {
        let Some((slot, entries)) = self.armed.get(token) else {
            return;
        };
        let Some(entry) = slot.entry(BOTH, entries) else { return };
        entry.poll.events &= !events;
        if entry.poll.events == 0 && !keeps {
            self.armed.disarm(token, BOTH);
        }
    }
}

#[cold]
fn refused(descriptor: RawFd) -> io::Error {
    io::Error::new(
        io::ErrorKind::InvalidInput,
        format!(
            "the system does not wait for descriptor {descriptor}: it was closed, and its registration goes with it"
        ),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    const READ: Direction = Direction::Read;
    const WRITE: Direction = Direction::Write;

    fn add(list: &mut List, token: Token) {
        list.register(token, token.index() as RawFd, Interest::READABLE | Interest::WRITABLE)
            .unwrap();
    }

    #[test]
    fn a_direction_that_fires_leaves_the_other_armed() {
        let mut list = List::new(0);
        let token = Token::new(0, 0);
        add(&mut list, token);
        list.arm(token, READ).unwrap();
        list.arm(token, WRITE).unwrap();
        assert_eq!(list.armed(), 1);
        list.disarm_fired(token, libc::POLLIN);
        assert_eq!(list.armed.entries()[0].poll.events, libc::POLLOUT);
        list.disarm_fired(token, libc::POLLHUP);
        assert_eq!(list.armed(), 0);
    }

    #[test]
    fn what_another_task_may_wait_for_stays_armed() {
        let mut list = List::new(0);
        let (urgent, failing) = (Token::new(0, 0), Token::new(1, 0));
        list.register(urgent, 5, Interest::READABLE | Interest::PRIORITY)
            .unwrap();
        list.register(failing, 6, Interest::READABLE | Interest::ERROR).unwrap();
        for token in [urgent, failing] {
            list.arm(token, READ).unwrap();
            list.disarm_fired(token, libc::POLLIN);
        }
        assert_eq!(list.armed(), 2);
        assert_eq!(
            list.armed.entries()[0].poll.events & (libc::POLLPRI | libc::POLLIN),
            libc::POLLPRI
        );
        list.disarm_fired(failing, libc::POLLERR);
        assert_eq!(list.armed(), 1);
    }

    #[test]
    fn a_hang_up_is_waited_for_beside_what_fires() {
        let mut list = List::new(0);
        let token = Token::new(0, 0);
        list.register(token, 5, Interest::WRITABLE).unwrap();
        for _ in 0..2 {
            list.arm(token, READ).unwrap();
            list.arm(token, WRITE).unwrap();
            list.disarm_fired(token, libc::POLLOUT);
            assert_eq!(list.armed(), 1);
            list.disarm_fired(token, libc::POLLHUP);
            assert_eq!(list.armed(), 0);
        }
    }

    #[test]
    fn a_change_of_the_list_ends_the_wait_for_the_old_one_once() {
        let mut list = List::new(0);
        let mut polled = Polled::default();
        for index in 0..2 {
            add(&mut list, Token::new(index, 0));
        }
        assert!(!list.arm(Token::new(0, 0), READ).unwrap(), "no wait is under way");
        list.begin_wait(&mut polled, Wait::Forever);
        assert!(!list.arm(Token::new(0, 0), READ).unwrap(), "it is armed");
        assert!(list.arm(Token::new(0, 0), WRITE).unwrap());
        assert!(!list.arm(Token::new(1, 0), READ).unwrap(), "it ends already");
        assert!(!list.end_wait(&polled, &mut Vec::new()));
        list.begin_wait(&mut polled, Wait::Forever);
        assert!(list.wake());
        assert!(list.end_wait(&polled, &mut Vec::new()));
    }

    #[test]
    fn a_wake_before_the_wait_ends_it() {
        let mut list = List::new(0);
        let mut polled = Polled::default();
        assert!(!list.wake(), "no wait is under way");
        assert_eq!(list.begin_wait(&mut polled, Wait::Forever), Wait::Poll);
        assert!(list.end_wait(&polled, &mut Vec::new()));
        assert_eq!(list.begin_wait(&mut polled, Wait::Forever), Wait::Forever);
    }

    #[test]
    fn a_stale_token_changes_nothing() {
        let mut list = List::new(0);
        let (old, new) = (Token::new(3, 1), Token::new(3, 2));
        add(&mut list, old);
        list.forget(old);
        add(&mut list, new);
        list.arm(new, READ).unwrap();
        assert!(!list.arm(old, WRITE).unwrap());
        assert_eq!(list.deregister(old).unwrap_err().kind(), io::ErrorKind::NotFound);
        assert!(!list.disarm_fired(old, libc::POLLIN));
        list.forget(old);
        assert_eq!(list.armed(), 1);
        let twice = list.register(new, 8, Interest::READABLE).unwrap_err();
        assert_eq!(twice.kind(), io::ErrorKind::AlreadyExists);
    }

    #[test]
    fn a_descriptor_that_was_closed_is_refused_until_it_is_registered_anew() {
        let mut list = List::new(0);
        let token = Token::new(9, 0);
        add(&mut list, token);
        list.arm(token, READ).unwrap();
        list.disarm_fired(token, libc::POLLNVAL);
        assert!(
            to_ready(libc::POLLNVAL).is_priority(),
            "a wait for that alone ends as well"
        );
        let error = list.arm(token, READ).unwrap_err();
        assert!(error.to_string().contains("descriptor 9"), "{error}");
        list.forget(token);
        list.register(token, 9, Interest::READABLE).unwrap();
        list.arm(token, READ).unwrap();
    }

    #[test]
    fn the_pipe_of_signals_stays_armed() {
        let mut list = List::new(0);
        list.register(Token::SIGNAL, 5, Interest::READABLE).unwrap();
        assert!(list.disarm_fired(Token::SIGNAL, libc::POLLIN));
        assert_eq!(list.armed(), 1);
        list.forget(Token::SIGNAL);
        assert_eq!(list.armed(), 0);
    }
}
