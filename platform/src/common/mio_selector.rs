//! Epoll, kqueue and IOCP through mio: edge-triggered, so that a source is registered once for both directions and arming is
//! nothing.

use std::io;
use std::sync::Arc;
use std::time::Duration;

#[cfg(unix)]
use crate::common::no_posts::{Posted, Posts};
use crate::select::platform::fork::Process;
#[cfg(windows)]
use crate::select::platform::posts::{Posted, Posts};
use crate::{Direction, Event, Instant, Interest, Outcome, Ready, Source, Token, Wait};

/// mio tells changes: the system does, or mio makes edges of AFD's one-shot polls.
pub const EDGE_TRIGGERED: bool = true;

/// The longest time that goes to mio, some weeks. epoll takes milliseconds as an `int`: of more, mio makes the longest that
/// there is, which ends too early, and mio 1.2.0 cuts off what has no room, so that the wait ends at once, or never.
const LONGEST: Duration = Duration::from_millis(i32::MAX as u64);

/// Waits for events of every registered source.
#[derive(Debug)]
pub struct Selector {
    poll: mio::Poll,
    waker: Arc<mio::Waker>,
    registry: Registry,
    process: Process,
}

impl Selector {
    /// Opens the system's queue of events.
    ///
    /// # Errors
    ///
    /// Errors of the system, such as `EMFILE`.
    pub fn new() -> io::Result<Selector> {
        let poll = mio::Poll::new()?;
        let waker = Arc::new(mio::Waker::new(poll.registry(), mio::Token(Token::WAKER.to_word()))?);
        let process = Process::this();
        let registry = Registry {
            mio: Arc::new(poll.registry().try_clone()?),
            posts: Posts::new(&waker),
            process,
        };
        Ok(Selector {
            poll,
            waker,
            registry,
            process,
        })
    }

    /// What registers sources here.
    pub fn registry(&self) -> Registry {
        self.registry.clone()
    }

    /// Waits as the contract says.
    ///
    /// # Errors
    ///
    /// What the system's wait says, `Interrupted` among it. A child that was forked from the selector's process may not wait.
    pub fn select(&mut self, events: &mut Events, wait: Wait) -> io::Result<Outcome> {
        events.mio.clear();
        events.posted.clear();
        self.process.check()?;
        match wait {
            Wait::Poll => self.poll.poll(&mut events.mio, Some(Duration::ZERO))?,
            Wait::Until(deadline) => self.wait_until(events, deadline)?,
            Wait::Forever => self.poll.poll(&mut events.mio, None)?,
        }
        events.posted.take(&self.registry.posts);
        Ok(Outcome::Waited)
    }

    /// Apart, so that the many waits without a deadline do not carry its arithmetic.
    ///
    /// What is left of a wait that is too long for the system is waited for anew.
    #[inline(never)]
    fn wait_until(&mut self, events: &mut Events, deadline: Instant) -> io::Result<()> {
        loop {
            let rest = deadline - Instant::now();
            self.poll.poll(&mut events.mio, Some(rest.min(LONGEST)))?;
            if !events.mio.is_empty() || rest <= LONGEST {
                return Ok(());
            }
        }
    }
}

#[cfg(unix)]
impl std::os::fd::AsFd for Selector {
    fn as_fd(&self) -> std::os::fd::BorrowedFd<'_> {
        self.poll.registry().as_fd()
    }
}

/// Registers sources with a [`Selector`].
#[derive(Debug, Clone)]
pub struct Registry {
    mio: Arc<mio::Registry>,
    pub(crate) posts: Posts,
    process: Process,
}

impl Registry {
    /// Whether the sources may change: not by a child that was forked from the selector's process.
    #[inline]
    pub(crate) fn check(&self) -> io::Result<()> {
        self.process.check()
    }

    /// Nothing: the system forgets a descriptor that is closed, and mio a socket that is dropped.
    #[inline]
    pub fn forget(&self, _token: Token) {}

    /// Nothing: every direction is watched from the start.
    ///
    /// # Errors
    ///
    /// None.
    #[inline]
    pub fn arm(&self, _token: Token, _direction: Direction) -> io::Result<()> {
        Ok(())
    }
}

impl<S: mio::event::Source + ?Sized> Source for S {
    fn register(&mut self, registry: &Registry, token: Token, interest: Interest) -> io::Result<()> {
        registry
            .mio
            .register(self, mio::Token(token.to_word()), to_mio(interest)?)
            .map_err(explain)
    }

    fn deregister(&mut self, registry: &Registry, _token: Token) -> io::Result<()> {
        registry.mio.deregister(self)
    }
}

/// Says what `EEXIST` means here.
#[cold]
fn explain(error: io::Error) -> io::Error {
    if error.kind() != io::ErrorKind::AlreadyExists {
        return error;
    }
    io::Error::new(
        io::ErrorKind::AlreadyExists,
        "the descriptor is registered with this driver already: deregister the other source first, or register a duplicate",
    )
}

/// Wakes a selector through mio's waker: an eventfd, a user event or a completion packet.
#[derive(Debug)]
pub struct Waker {
    mio: Arc<mio::Waker>,
    process: Process,
}

impl Waker {
    /// A waker for the selector: its one, since mio has no other for it.
    ///
    /// # Errors
    ///
    /// None.
    pub fn new(selector: &Selector) -> io::Result<Waker> {
        Ok(Waker {
            mio: selector.waker.clone(),
            process: selector.process,
        })
    }

    /// Makes the wait under way return, or the next one.
    ///
    /// # Errors
    ///
    /// Errors of the system; none is known to happen. In a child that was forked from the selector's process it has no effect.
    pub fn wake(&self) -> io::Result<()> {
        self.process.check()?;
        self.mio.wake()
    }
}

/// Where a [`Selector`] leaves what happened.
#[derive(Debug)]
pub struct Events {
    mio: mio::Events,
    posted: Posted,
}

impl Events {
    /// Room for so many events of one wait.
    pub fn with_capacity(capacity: usize) -> Events {
        Events {
            mio: mio::Events::with_capacity(capacity),
            posted: Posted::default(),
        }
    }

    /// What happened in the last wait.
    #[inline]
    pub fn iter(&self) -> impl Iterator<Item = Event> + '_ {
        let told = self.mio.iter().map(|event| Event {
            token: Token::from_word(event.token().0),
            ready: to_ready(event),
        });
        self.posted.after(told)
    }
}

/// The portable form of an event. Most say no more than readable or writable.
#[inline]
fn to_ready(event: &mio::event::Event) -> Ready {
    let usual = when(event.is_readable(), Ready::READABLE) | when(event.is_writable(), Ready::WRITABLE);
    let is_unusual = event.is_error() || event.is_read_closed() || event.is_write_closed() || event.is_priority();
    if is_unusual { usual | unusual(event) } else { usual }
}

/// mio counts "writable and in error" as closed for writing. A datagram socket whose last datagram was refused is in that
/// state and is not closed. So an error is reported as what both directions find by trying, and closed only where there is no
/// error.
#[cold]
fn unusual(event: &mio::event::Event) -> Ready {
    when(event.is_error(), Ready::FAILED)
        | when(event.is_read_closed(), Ready::READ_CLOSED)
        | when(event.is_write_closed() && !event.is_error(), Ready::WRITE_CLOSED)
        | when(event.is_priority(), Ready::PRIORITY)
}

#[inline]
fn when(condition: bool, ready: Ready) -> Ready {
    if condition { ready } else { Ready::EMPTY }
}

fn to_mio(interest: Interest) -> io::Result<mio::Interest> {
    let mut all: Option<mio::Interest> = None;
    let mut add = |one| all = Some(all.map_or(one, |some| some | one));
    // Every system tells of errors, whatever it is asked for.
    if interest.contains(Interest::READABLE) || interest == Interest::ERROR {
        add(mio::Interest::READABLE);
    }
    if interest.contains(Interest::WRITABLE) {
        add(mio::Interest::WRITABLE);
    }
    #[cfg(any(target_os = "linux", target_os = "android"))]
    if interest.contains(Interest::PRIORITY) {
        add(mio::Interest::PRIORITY);
    }
    all.ok_or_else(|| {
        io::Error::new(
            io::ErrorKind::Unsupported,
            format!("this system cannot wait for {interest:?} alone: add READABLE or WRITABLE"),
        )
    })
}
