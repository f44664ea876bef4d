//! The bridge between a source and the tasks that use it.

use std::fmt;
use std::io;
use std::task::{Context, Poll, ready};

use triga_platform::{Capability, Direction, EDGE_TRIGGERED, Interest, Ready, SHORT_IO_DRAINS, SUPPORT, Source, Token};

use crate::coop;
use crate::handle::Handle;
use crate::page::Page;
use crate::ready::ReadyEvent;
use crate::scheduled_io::{ScheduledIo, State};
use crate::sync::Arc;
use crate::task::local;

/// A source's place in a driver: tells when the source is ready, and runs operations that wait until it is.
///
/// It does not own the source. Whoever owns both calls [`deregister`](Self::deregister) before giving the source to
/// somebody else, and may simply drop both otherwise.
///
/// Any number of tasks may wait through [`readiness`](Self::readiness) and [`async_io`](Self::async_io). The `poll_*`
/// functions have one place for a reader and one for a writer: of several tasks that call them for one direction, only the
/// last is woken.
///
/// ```
/// use triga::{Handle, Interest, Registration};
///
/// triga::block_on(async {
///     let mut near = mio::net::UdpSocket::bind(([127, 0, 0, 1], 0).into())?;
///     let far = std::net::UdpSocket::bind("127.0.0.1:0")?;
///     let registration = Registration::new(&Handle::current()?, &mut near, Interest::READABLE)?;
///     far.send_to(b"ping", near.local_addr()?)?;
///     let mut buffer = [0; 8];
///     let count = registration.async_io(Interest::READABLE, || near.recv(&mut buffer)).await?;
///     assert_eq!(&buffer[..count], b"ping");
///     registration.deregister(&mut near)
/// })
/// # .unwrap().unwrap();
/// ```
pub struct Registration {
    page: Arc<Page>,
    token: Token,
    /// What a wait may be for. A driver tells errors of every source.
    told: Ready,
}

impl Registration {
    /// Registers a source with the handle's driver.
    ///
    /// # Errors
    ///
    /// [`ShutDown`](crate::ShutDown) after a shutdown, and what the operating system says: a source that is registered
    /// already, or that it cannot wait for.
    pub fn new<S: Source + ?Sized>(handle: &Handle, source: &mut S, interest: Interest) -> io::Result<Registration> {
        let mut registration = Registration::without_source(handle)?;
        // A failure gives the slot back, since the registration is dropped.
        registration.register(source, interest)?;
        Ok(registration)
    }

    /// Gives a source the place that none has yet.
    pub(crate) fn register<S: Source + ?Sized>(&mut self, source: &mut S, interest: Interest) -> io::Result<()> {
        self.handle().shared.registry.register(source, self.token, interest)?;
        self.told = interest.mask() | Ready::ERROR;
        let assumed = source.assumed() & interest.mask();
        if !assumed.is_empty() {
            self.slot().assume(assumed);
        }
        Ok(())
    }

    /// A place that no source has: the driver makes it ready by itself.
    ///
    /// # Errors
    ///
    /// [`ShutDown`](crate::ShutDown) after a shutdown.
    #[inline]
    pub(crate) fn without_source(handle: &Handle) -> io::Result<Registration> {
        let (page, token) = handle.shared.registrations.allocate(handle)?;
        let told = Direction::Read.mask();
        Ok(Registration { page, token, told })
    }

    pub(crate) fn token(&self) -> Token {
        self.token
    }

    /// Asks the driver for no more events of the source. Later waits never end but by a shutdown.
    ///
    /// # Errors
    ///
    /// What the operating system says, for one that the source is closed or was not registered. The registration is over
    /// all the same.
    pub fn deregister<S: Source + ?Sized>(&self, source: &mut S) -> io::Result<()> {
        self.handle().shared.registry.deregister(source, self.token)
    }

    /// The handle whose driver the source is registered with.
    #[inline]
    pub fn handle(&self) -> &Handle {
        self.page.handle()
    }

    /// Ready when a read may make progress; otherwise the task is woken when it may.
    ///
    /// # Errors
    ///
    /// `InvalidInput` if the source is not registered for that, [`ShutDown`](crate::ShutDown) after a shutdown, and a platform
    /// that cannot wait for the source.
    pub fn poll_read_ready(&self, cx: &mut Context<'_>) -> Poll<io::Result<ReadyEvent>> {
        self.poll_ready(cx, Direction::Read)
    }

    /// Ready when a write may make progress; otherwise the task is woken when it may.
    ///
    /// # Errors
    ///
    /// As [`poll_read_ready`](Self::poll_read_ready).
    pub fn poll_write_ready(&self, cx: &mut Context<'_>) -> Poll<io::Result<ReadyEvent>> {
        self.poll_ready(cx, Direction::Write)
    }

    fn poll_ready(&self, cx: &mut Context<'_>, direction: Direction) -> Poll<io::Result<ReadyEvent>> {
        self.check_told(direction.mask())?;
        let state = ready!(self.poll_newer(cx, direction.mask(), None, None))?;
        Poll::Ready(Ok(state.event(direction.mask())))
    }

    /// Takes readiness back after an operation said that it would block. What became ready since the event stays, and so
    /// does closed readiness, always. An error is taken back by an event of [`Interest::ERROR`] alone.
    pub fn clear_readiness(&self, event: ReadyEvent) {
        self.slot().clear_readiness(event);
    }

    /// Runs a non-blocking operation if the source is known to be ready, and takes the readiness back if it would block.
    ///
    /// # Errors
    ///
    /// `WouldBlock` if the source is not ready, `InvalidInput` if it is not registered for the interest,
    /// [`ShutDown`](crate::ShutDown) after a shutdown, and the operation's own.
    pub fn try_io<R>(&self, interest: Interest, operation: impl FnOnce() -> io::Result<R>) -> io::Result<R> {
        self.try_if(State::is_ready, interest, operation)
    }

    /// As [`try_io`](Self::try_io), but runs the operation unless the source is known not to be ready.
    ///
    /// Before its first event nothing is known. Where events tell a level, nothing is known of a direction that is not armed.
    pub(crate) fn try_unless_idle<R>(
        &self,
        interest: Interest,
        operation: impl FnOnce() -> io::Result<R>,
    ) -> io::Result<R> {
        let is_worth_it = |state: State, mask| !EDGE_TRIGGERED || state.had_no_event() || state.is_ready(mask);
        self.try_if(is_worth_it, interest, operation)
    }

    fn try_if<R>(
        &self,
        is_worth_it: impl FnOnce(State, Ready) -> bool,
        interest: Interest,
        operation: impl FnOnce() -> io::Result<R>,
    ) -> io::Result<R> {
        let mask = interest.mask();
        let state = self.slot().state().check()?;
        self.check_told(mask)?;
        if !is_worth_it(state, mask) {
            return Err(io::ErrorKind::WouldBlock.into());
        }
        let event = state.event(mask);
        let result = operation();
        if would_block(&result) {
            self.clear_readiness(event);
        }
        result
    }

    /// Runs a non-blocking operation when the source is ready, until it says neither that it would block nor that it was
    /// interrupted; otherwise the task is woken when it is worth another try.
    ///
    /// # Errors
    ///
    /// Those of [`poll_read_ready`](Self::poll_read_ready), and the operation's own.
    #[inline]
    pub fn poll_io<R>(
        &self,
        cx: &mut Context<'_>,
        direction: Direction,
        mut operation: impl FnMut() -> io::Result<R>,
    ) -> Poll<io::Result<R>> {
        self.poll_state_io(cx, direction.mask(), |_| operation())
    }

    /// As [`poll_io`](Self::poll_io), for an operation that is tried before anything is known of the source.
    pub(crate) fn poll_first<R>(
        &self,
        cx: &mut Context<'_>,
        direction: Direction,
        mut operation: impl FnMut() -> io::Result<R>,
    ) -> Poll<io::Result<R>> {
        self.poll_from(self.slot().state(), cx, direction.mask(), |_| operation())
    }

    /// As [`poll_io`](Self::poll_io), for an operation that moves at most `asked` bytes and says how many it moved.
    ///
    /// If it moved some but fewer, the source has no more for now. Where the platform tells when that changes, the readiness
    /// is taken back at once, which saves the call that would say that it would block.
    #[inline]
    pub fn poll_transfer(
        &self,
        cx: &mut Context<'_>,
        direction: Direction,
        asked: usize,
        mut operation: impl FnMut() -> io::Result<usize>,
    ) -> Poll<io::Result<usize>> {
        let slot = self.slot();
        self.poll_state_io(cx, direction.mask(), |state| {
            let moved = operation()?;
            if SHORT_IO_DRAINS && moved > 0 && moved < asked {
                slot.clear_state(state, direction.mask());
            }
            Ok(moved)
        })
    }

    #[inline]
    fn poll_state_io<R>(
        &self,
        cx: &mut Context<'_>,
        mask: Ready,
        operation: impl FnMut(State) -> io::Result<R>,
    ) -> Poll<io::Result<R>> {
        let state = ready!(self.poll_newer(cx, mask, None, None))?;
        self.poll_from(state, cx, mask, operation)
    }

    /// Goes on from a state in which the operation has not failed yet.
    #[inline]
    fn poll_from<R>(
        &self,
        mut state: State,
        cx: &mut Context<'_>,
        mask: Ready,
        mut operation: impl FnMut(State) -> io::Result<R>,
    ) -> Poll<io::Result<R>> {
        loop {
            match operation(state) {
                Ok(done) => return Poll::Ready(Ok(done)),
                Err(error) => state = ready!(self.poll_again(cx, mask, state, error))?,
            }
        }
    }

    /// What to try an operation with again that failed in this state, or the error that ends it. A function of few arguments, since
    /// each is a register that the path beside it has to do without.
    #[cold]
    #[inline(never)]
    fn poll_again(&self, cx: &mut Context<'_>, mask: Ready, state: State, error: io::Error) -> Poll<io::Result<State>> {
        self.poll_listed_again(cx, mask, state, error, None)
    }

    /// As [`poll_again`](Self::poll_again), for a wait in the list of the page if there is a key for it.
    #[inline(never)]
    pub(crate) fn poll_listed_again(
        &self,
        cx: &mut Context<'_>,
        mask: Ready,
        state: State,
        error: io::Error,
        key: Option<&mut Option<usize>>,
    ) -> Poll<io::Result<State>> {
        let stale = match error.kind() {
            io::ErrorKind::WouldBlock => {
                let event = state.event(mask);
                self.clear_readiness(event);
                // Closed or error readiness outlives the clear, but it was tried at this tick.
                Some(event)
            }
            io::ErrorKind::Interrupted => None,
            _ => return Poll::Ready(Err(error)),
        };
        self.poll_newer(cx, mask, stale, key)
    }

    /// A state that is newer than `stale`, or the task waits for it: in the list of the page if there is a key for that, or else in
    /// the place of the direction that the mask is of.
    #[inline(always)]
    pub(crate) fn poll_newer(
        &self,
        cx: &mut Context<'_>,
        mask: Ready,
        stale: Option<ReadyEvent>,
        key: Option<&mut Option<usize>>,
    ) -> Poll<io::Result<State>> {
        if SUPPORT.has(Capability::Threads) {
            self.poll_newer_here(cx, mask, stale, key)
        } else {
            self.poll_newer_by_call(cx, mask, stale, key)
        }
    }

    /// A program for one thread is one whose size counts, and this is in each place that reads or writes.
    #[inline(never)]
    fn poll_newer_by_call(
        &self,
        cx: &mut Context<'_>,
        mask: Ready,
        stale: Option<ReadyEvent>,
        key: Option<&mut Option<usize>>,
    ) -> Poll<io::Result<State>> {
        self.poll_newer_here(cx, mask, stale, key)
    }

    /// Inlined in any case: the direction decides most of it, and a call costs a third of a hop's instructions.
    #[inline(always)]
    fn poll_newer_here(
        &self,
        cx: &mut Context<'_>,
        mask: Ready,
        stale: Option<ReadyEvent>,
        mut key: Option<&mut Option<usize>>,
    ) -> Poll<io::Result<State>> {
        let slot = self.slot();
        let mut state = slot.state();
        if !state.is_news(mask, stale) {
            self.check_told(mask)?;
            if key.is_none() && mask == Direction::Read.mask() {
                if let Some(left) = local::running(&self.handle().shared, cx.waker()) {
                    slot.wait_here(left);
                    self.arm(Direction::Read)?;
                    return Poll::Pending;
                }
            }
            state = ready!(self.wait(cx, mask, stale, key.as_deref_mut()))?;
        }
        if let Some(key) = key {
            self.remove_listed(key);
        }
        ready!(coop::poll_proceed(cx));
        Poll::Ready(Ok(state.check()?))
    }

    /// Leaves the task's waker, unless there is news.
    #[inline(never)]
    fn wait(
        &self,
        cx: &Context<'_>,
        mask: Ready,
        stale: Option<ReadyEvent>,
        key: Option<&mut Option<usize>>,
    ) -> Poll<io::Result<State>> {
        let is_listed = key.is_some();
        let state = match key {
            Some(key) => self.page.leave(self.token.index(), cx.waker(), mask, key),
            None => self.slot().leave(cx.waker(), mask),
        };
        if state.is_news(mask, stale) {
            if !is_listed {
                self.slot().take_back(mask);
            }
            return Poll::Ready(Ok(state));
        }
        if !(mask - Direction::Write.mask()).is_empty() {
            self.arm(Direction::Read)?;
        }
        if mask.is_writable() {
            self.arm(Direction::Write)?;
        }
        Poll::Pending
    }

    /// Fails if the source is not registered for what is waited for: no event would end the wait.
    #[inline]
    pub(crate) fn check_told(&self, mask: Ready) -> io::Result<()> {
        if self.told.contains(mask) {
            Ok(())
        } else {
            Err(not_told())
        }
    }

    /// A task is about to wait: the one place that tells the platform so.
    #[inline]
    fn arm(&self, direction: Direction) -> io::Result<()> {
        self.handle().shared.registry.arm(self.token, direction)
    }

    pub(crate) fn remove_listed(&self, key: &mut Option<usize>) {
        self.page.remove_listed(self.token.index(), key);
    }

    #[inline]
    fn slot(&self) -> &ScheduledIo {
        self.page.slot(self.token.index())
    }
}

impl Drop for Registration {
    fn drop(&mut self) {
        let shared = &*self.handle().shared;
        shared.registry.forget(self.token);
        self.slot().clear_wakers();
        if shared.registrations.deregister(&self.page, self.token) {
            // A wake that fails only leaves the slots for a later turn.
            let _ = shared.parking.wake_if_parked();
        }
    }
}

impl fmt::Debug for Registration {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Registration")
            .field("token", &self.token)
            .finish_non_exhaustive()
    }
}

#[cold]
#[inline(never)]
fn not_told() -> io::Error {
    io::Error::new(
        io::ErrorKind::InvalidInput,
        "the source is not registered for what is waited for: name that interest when it is registered",
    )
}

#[inline]
pub(crate) fn would_block<R>(result: &io::Result<R>) -> bool {
    result.as_ref().is_err_and(is_would_block)
}

/// Apart, since it is more code than it looks.
#[inline(never)]
fn is_would_block(error: &io::Error) -> bool {
    error.kind() == io::ErrorKind::WouldBlock
}
