//! A source, its readiness in the system, and the tasks that wait for it.

use std::future::Future;
use std::io::{self, Read, Write};
use std::os::unix::net;
use std::pin::Pin;
use std::rc::Rc;

use mio::net::UnixStream;
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use triga::{Direction, Handle, Interest, Ready, ReadyEvent, Registration, Tick};
use triga_platform::EDGE_TRIGGERED;

use super::wakes::Waiter;

pub(super) const DIRECTIONS: [Direction; 2] = [Direction::Read, Direction::Write];

/// A registered socket, and the other end of it.
pub(super) struct Place {
    pub(super) registration: Rc<Registration>,
    pub(super) near: UnixStream,
    pub(super) far: Option<net::UnixStream>,
    interest: Interest,
    /// For each direction, whether it has changed since the last turn: a system that tells changes has this to tell.
    is_news: [bool; 2],
    /// When it was last seen to be ready.
    last: Option<Tick>,
    /// What was seen of its readiness at one time or another.
    pub(super) seen: Vec<ReadyEvent>,
    /// Those who wait in the place of each direction.
    pub(super) pollers: [Option<Waiter>; 2],
    pub(super) waits: Vec<Wait>,
}

/// A wait in the list.
pub(super) struct Wait {
    pub(super) interest: Interest,
    pub(super) future: Pin<Box<dyn Future<Output = io::Result<ReadyEvent>>>>,
    pub(super) waiter: Waiter,
}

/// What a turn may tell of a source, and what it must: something in each of the masks.
pub(super) struct Expected {
    before: Option<ReadyEvent>,
    may: Ready,
    must: Vec<Ready>,
}

impl Place {
    pub(super) fn new(handle: &Handle, interest: Interest) -> io::Result<Place> {
        let (near, far) = net::UnixStream::pair()?;
        near.set_nonblocking(true)?;
        far.set_nonblocking(true)?;
        Place::of(handle, UnixStream::from_std(near), Some(far), interest)
    }

    fn of(
        handle: &Handle,
        mut near: UnixStream,
        far: Option<net::UnixStream>,
        interest: Interest,
    ) -> io::Result<Place> {
        let place = Place {
            registration: Rc::new(Registration::new(handle, &mut near, interest)?),
            near,
            far,
            interest,
            is_news: [true; 2],
            last: None,
            seen: Vec::new(),
            pollers: [None, None],
            waits: Vec::new(),
        };
        assert_eq!(place.ready(), Ready::EMPTY, "no turn has told of it");
        Ok(place)
    }

    /// Takes its source to another place of the driver.
    pub(super) fn move_on(mut self, handle: &Handle, interest: Interest) -> io::Result<Place> {
        self.registration.deregister(&mut self.near)?;
        let Place { near, far, .. } = self;
        Place::of(handle, near, far, interest)
    }

    /// Whether it is registered for all of this. Errors are told of every source.
    pub(super) fn is_registered_for(&self, mask: Ready) -> bool {
        (self.interest | Interest::ERROR).mask().contains(mask)
    }

    /// All that is known of its readiness, without waiting for more.
    pub(super) fn look(&self) -> Option<ReadyEvent> {
        let all = self.interest | Interest::ERROR;
        self.registration.try_io(all, || Ok(())).ok()?;
        let mut look = self.registration.readiness(all);
        match Waiter::ask(|cx| Pin::new(&mut look).poll(cx)) {
            Ok(event) => Some(event.expect("there was no shutdown")),
            Err(_) => panic!("what is ready is waited for"),
        }
    }

    fn ready(&self) -> Ready {
        self.look().map_or(Ready::EMPTY, |event| event.ready())
    }

    pub(super) fn is_ready(&self, mask: Ready) -> bool {
        self.ready().intersects(mask)
    }

    /// Takes an event back: what came after it stays.
    pub(super) fn clear(&self, event: ReadyEvent) {
        let before = self.look();
        self.registration.clear_readiness(event);
        let is_of_now = before.is_some_and(|before| before.tick() == event.tick());
        let before = before.map_or(Ready::EMPTY, |before| before.ready());
        let expected = if is_of_now { before - event.ready() } else { before };
        assert_eq!(self.ready(), expected, "after {event:?} was taken back of {before:?}");
    }

    pub(super) fn far_writes(&mut self, count: usize) {
        let Some(far) = &mut self.far else { return };
        self.is_news[0] |= matches!(far.write(&[0; 64][..count]), Ok(1..));
    }

    /// The far end takes all that there is.
    pub(super) fn far_reads(&mut self) {
        let Some(far) = &mut self.far else { return };
        while matches!(far.read(&mut [0; 65_536]), Ok(1..)) {
            self.is_news[1] = true;
        }
    }

    pub(super) fn far_ends(&mut self) {
        let Some(far) = &self.far else { return };
        far.shutdown(std::net::Shutdown::Write).expect("it is open");
        self.is_news[0] = true;
    }

    pub(super) fn far_goes(&mut self) {
        if self.far.take().is_some() {
            self.is_news = [true; 2];
        }
    }

    pub(super) fn near_reads(&mut self, count: usize) {
        // Whatever comes of it, the system knows.
        let _ = self.near.read(&mut [0; 256][..count]);
    }

    /// Writes until there is no more room. `SIGPIPE` is ignored: it would kill the fuzzer.
    pub(super) fn near_writes(&mut self) {
        while self.far.is_some() && self.near.write(&[0; 65_536]).is_ok() {}
    }

    /// Asks the system, in other words than triga does.
    fn told(&self) -> PollFlags {
        let when = |interest, flags| {
            if self.interest.contains(interest) {
                flags
            } else {
                PollFlags::empty()
            }
        };
        // Where a system is asked for what a task waits for, it may be told of more than was registered for.
        let always = if EDGE_TRIGGERED {
            PollFlags::empty()
        } else {
            PollFlags::OUT
        };
        let flags = when(Interest::READABLE, PollFlags::IN | PollFlags::RDHUP)
            | when(Interest::WRITABLE, PollFlags::OUT)
            | always;
        let mut polled = [PollFd::new(&self.near, flags)];
        poll(&mut polled, Some(&Timespec::default())).expect("it only looks");
        polled[0].revents()
    }

    pub(super) fn expected(&self) -> Expected {
        let told = self.told();
        let when = |flags, ready| if told.intersects(flags) { ready } else { Ready::EMPTY };
        let hung_up = PollFlags::HUP;
        let failed = PollFlags::ERR;
        let may = when(PollFlags::IN, Ready::READABLE)
            | when(PollFlags::OUT, Ready::WRITABLE)
            | when(PollFlags::RDHUP | hung_up, Ready::READ_CLOSED)
            | when(hung_up, Ready::WRITE_CLOSED)
            | when(failed, Ready::FAILED | Ready::READ_CLOSED);
        let mut must = if EDGE_TRIGGERED {
            self.changes()
        } else {
            self.waited_for()
        };
        must.retain(|mask| may.intersects(*mask) && self.is_registered_for(*mask));
        Expected {
            before: self.look(),
            may,
            must,
        }
    }

    /// The directions that have changed.
    fn changes(&self) -> Vec<Ready> {
        let directions = DIRECTIONS.iter().zip(self.is_news).filter(|(_, is_news)| *is_news);
        directions.map(|(direction, _)| direction.mask()).collect()
    }

    /// What somebody waits for, if the source is registered for it.
    fn waited_for(&self) -> Vec<Ready> {
        let pollers = self.pollers.iter().zip(DIRECTIONS).filter_map(|(waiter, direction)| {
            let waits = waiter.as_ref().is_some_and(|waiter| !waiter.is_woken);
            waits.then(|| direction.mask())
        });
        let waits = self.waits.iter().filter(|wait| !wait.waiter.is_woken);
        let waits = waits.filter(|wait| self.interest.contains(wait.interest));
        pollers.chain(waits.map(|wait| wait.interest.mask())).collect()
    }

    /// Compares what a turn has told with what it may and must tell, and those who were woken with those who waited. Whether
    /// there was an event that changed something.
    pub(super) fn check_turn(&mut self, expected: &Expected) -> bool {
        self.is_news = [false; 2];
        let before = expected.before.map_or(Ready::EMPTY, |event| event.ready());
        let now = self.look();
        let after = now.map_or(Ready::EMPTY, |event| event.ready());
        if let Some(now) = now {
            let last = self.last.replace(now.tick());
            assert!(after == before || last != self.last, "an event of no tick of its own");
        }
        assert!(after.contains(before), "a turn took back of {before:?}: {after:?}");
        assert!(
            expected.may.contains(after - before),
            "{after:?} after {before:?}, of {:?}",
            expected.may
        );
        for mask in &expected.must {
            assert!(after.intersects(*mask), "{mask:?} was not told: {after:?}");
        }
        for (poller, direction) in self.pollers.iter_mut().zip(DIRECTIONS) {
            if let Some(poller) = poller {
                poller.check(after.intersects(direction.mask()));
            }
        }
        for wait in &mut self.waits {
            wait.waiter.check(after.intersects(wait.interest.mask()));
        }
        after != before
    }

    pub(super) fn check_shut_down(&mut self) {
        let polls = self.pollers.iter_mut().flatten();
        let waits = self.waits.iter_mut().map(|wait| &mut wait.waiter);
        polls.chain(waits).for_each(|waiter| waiter.check(true));
    }
}

impl Expected {
    /// Whether a turn has something to tell.
    pub(super) fn is_something(&self) -> bool {
        !self.must.is_empty()
    }
}
