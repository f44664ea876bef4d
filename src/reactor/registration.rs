//! The bridge between a source and the tasks that use it.

use std::fmt;
use std::io;
use std::task::{Context, Poll, ready};

use triga_platform::{Direction, EDGE_TRIGGERED, Interest, Ready, SHORT_IO_CLEARS, Source, TELLS_URGENT, Token};

use crate::reactor::budget;
use crate::reactor::handle::Handle;
use crate::reactor::page::Page;
use crate::reactor::ready::ReadyEvent;
use crate::reactor::scheduled_io::{ScheduledIo, State};
use crate::reactor::task_key;
use crate::sync::Arc;

/// A source's slot in a driver: reports when the source is ready, and runs operations that wait until it is.
///
/// It does not own the source. Call [`deregister`](Self::deregister) before the source is dropped or given away: under epoll, a
/// duplicate of its descriptor would keep it registered, and its events would wake the driver.
///
/// Any number of tasks may wait through [`readiness`](Self::readiness) and [`async_io`](Self::async_io). The `poll_*`
/// functions keep one waker for reading and one for writing: of several tasks that call them for one direction, only the
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
    /// What a wait may be for. Every source reports errors.
    interest: Ready,
}

impl Registration {
    /// Registers a source with the handle's driver.
    ///
    /// # Errors
    ///
    /// [`ShutDown`](crate::ShutDown) after a shutdown, and errors of the system, such as `EEXIST` for a source that is
    /// registered already and `EPERM` for one that it cannot wait for.
    pub fn new<S: Source + ?Sized>(handle: &Handle, source: &mut S, interest: Interest) -> io::Result<Registration> {
        let mut registration = Registration::without_source(handle)?;
        // A failure gives the slot back, since the registration is dropped.
        registration.register(source, interest)?;
        Ok(registration)
    }

    /// Registers the source of a slot that has none yet.
    pub(crate) fn register<S: Source + ?Sized>(&mut self, source: &mut S, interest: Interest) -> io::Result<()> {
        self.handle().shared.registry.register(source, self.token, interest)?;
        self.interest = interest.mask() | Ready::ERROR;
        let assumed = source.assumed() & interest.mask();
        if !assumed.is_empty() {
            self.slot().assume(assumed);
        }
        Ok(())
    }

    /// A slot without a source. The driver makes it ready.
    ///
    /// # Errors
    ///
    /// [`ShutDown`](crate::ShutDown) after a shutdown.
    #[inline]
    pub(crate) fn without_source(handle: &Handle) -> io::Result<Registration> {
        let (page, token) = handle.shared.registrations.allocate(handle)?;
        let interest = Direction::Read.mask();
        Ok(Registration { page, token, interest })
    }

    pub(crate) fn token(&self) -> Token {
        self.token
    }

    /// Asks the driver for no more events of the source. Later waits end only with a shutdown.
    ///
    /// # Errors
    ///
    /// Errors of the system, such as `EBADF` for a source that is closed and `ENOENT` for one that is not registered. The
    /// registration is over in any case.
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
        self.check_interest(direction.mask())?;
        let state = ready!(self.poll_state(cx, direction.mask()))?;
        Poll::Ready(Ok(state.event(direction.mask())))
    }

    /// Takes readiness back after an operation failed with `WouldBlock`, so that the next wait ends with a newer event. What
    /// became ready since the event stays. Only an event of [`Interest::ERROR`] clears an error.
    ///
    /// Closed readiness is cleared as well: a source whose operation would block is not closed. A short read does not show
    /// that the source is open: after one, clear [`only`](ReadyEvent::only) `READABLE`, if anything.
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
        self.check_interest(mask)?;
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
        ready!(budget::poll_proceed(cx));
        self.poll_from(self.slot().state(), cx, direction.mask(), |_| operation())
    }

    /// As [`poll_io`](Self::poll_io), for an operation that moves at most `asked` bytes and returns how many it moved.
    ///
    /// Clears the readiness after a short transfer, where that loses nothing: it saves the call that would fail with
    /// `WouldBlock`. Where events tell a level, the next wait asks for it again. Where they tell changes, only the system can
    /// say that a short read has emptied the source: see [`State::is_drained`].
    #[inline]
    pub(crate) fn poll_transfer(
        &self,
        cx: &mut Context<'_>,
        direction: Direction,
        asked: usize,
        mut operation: impl FnMut() -> io::Result<usize>,
    ) -> Poll<io::Result<usize>> {
        if direction == Direction::Read && TELLS_URGENT {
            return self.poll_read_to_end(cx, asked, || operation().map(|moved| (moved, false)));
        }
        let slot = self.slot();
        self.poll_state_io(cx, direction.mask(), |state| {
            let moved = operation()?;
            if SHORT_IO_CLEARS && moved > 0 && moved < asked {
                slot.clear_readiness(state.event(direction.mask()));
            }
            Ok(moved)
        })
    }

    /// As [`poll_transfer`](Self::poll_transfer), for a read that also reports whether it may have left bytes behind.
    #[inline]
    pub(crate) fn poll_read_to_end(
        &self,
        cx: &mut Context<'_>,
        asked: usize,
        mut read: impl FnMut() -> io::Result<(usize, bool)>,
    ) -> Poll<io::Result<usize>> {
        let slot = self.slot();
        self.poll_state_io(cx, Direction::Read.mask(), |state| {
            let (moved, is_cut) = read()?;
            if !is_cut && state.is_drained(moved, asked) {
                slot.clear_readable(state);
            }
            Ok(moved)
        })
    }

    /// The source reports urgent data, and any other short read empties it.
    pub(crate) fn trust_short_reads(&self) {
        self.slot().trust_short_reads();
    }

    #[inline]
    fn poll_state_io<R>(
        &self,
        cx: &mut Context<'_>,
        mask: Ready,
        operation: impl FnMut(State) -> io::Result<R>,
    ) -> Poll<io::Result<R>> {
        let state = ready!(self.poll_state(cx, mask))?;
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

    /// The state to try an operation in again that failed in this one, or the error that ends it. Takes few arguments, so that
    /// the caller's hot path spills no registers.
    #[cold]
    #[inline(never)]
    fn poll_again(&self, cx: &mut Context<'_>, mask: Ready, state: State, error: io::Error) -> Poll<io::Result<State>> {
        self.check_error(state.event(mask), error)?;
        self.poll_state(cx, mask)
    }

    /// Fails with the error of an operation, unless that is to be tried again. Takes the event's readiness back after
    /// `WouldBlock`.
    #[inline(never)]
    pub(crate) fn check_error(&self, event: ReadyEvent, error: io::Error) -> io::Result<()> {
        match error.kind() {
            io::ErrorKind::WouldBlock => self.clear_readiness(event),
            io::ErrorKind::Interrupted => {}
            _ => return Err(error),
        }
        Ok(())
    }

    /// The state, once something in the mask of a direction is ready. Until then the slot holds the task's waker, or its key.
    ///
    /// Inlined in any case: the direction decides most of it, and a call costs a third of a hop's instructions.
    #[inline(always)]
    fn poll_state(&self, cx: &mut Context<'_>, mask: Ready) -> Poll<io::Result<State>> {
        let slot = self.slot();
        let mut state = slot.state();
        if !state.is_ready(mask) {
            self.check_interest(mask)?;
            if mask == Direction::Read.mask() {
                if let Some(key) = task_key::running(&self.handle().shared, cx.waker()) {
                    slot.set_local_reader(key);
                    self.arm(Direction::Read)?;
                    return Poll::Pending;
                }
            }
            state = ready!(self.poll_wait(cx, mask))?;
        }
        ready!(budget::poll_proceed(cx));
        Poll::Ready(Ok(state.check()?))
    }

    /// Stores the task's waker for the direction. Ready if the source is ready by now.
    #[inline(never)]
    fn poll_wait(&self, cx: &Context<'_>, mask: Ready) -> Poll<io::Result<State>> {
        let state = self.slot().set_waker(cx.waker(), mask);
        if state.is_ready(mask) {
            self.slot().remove_waker(mask);
            return Poll::Ready(Ok(state));
        }
        self.arm_each(mask)?;
        Poll::Pending
    }

    /// As [`poll_state`](Self::poll_state), for any mask and any number of tasks: each waits in the list of the page. `key`
    /// names the task's wait there, while there is one.
    #[inline(never)]
    pub(crate) fn poll_listed(
        &self,
        cx: &mut Context<'_>,
        mask: Ready,
        key: &mut Option<usize>,
    ) -> Poll<io::Result<State>> {
        self.check_interest(mask)?;
        let mut state = self.slot().state();
        if !state.is_ready(mask) {
            state = self.page.add_waiter(self.token.index(), cx.waker(), mask, key);
            if !state.is_ready(mask) {
                self.arm_each(mask)?;
                return Poll::Pending;
            }
        }
        self.remove_listed(key);
        ready!(budget::poll_proceed(cx));
        Poll::Ready(Ok(state.check()?))
    }

    /// Arms the directions that a wait for the mask is for.
    fn arm_each(&self, mask: Ready) -> io::Result<()> {
        if !(mask - Direction::Write.mask()).is_empty() {
            self.arm(Direction::Read)?;
        }
        if mask.is_writable() {
            self.arm(Direction::Write)?;
        }
        Ok(())
    }

    /// Fails if the source is not registered for what is waited for: no event would end the wait.
    #[inline]
    fn check_interest(&self, mask: Ready) -> io::Result<()> {
        if self.interest.contains(mask) {
            Ok(())
        } else {
            Err(not_registered_for())
        }
    }

    /// Tells the platform that a task is about to wait. Nothing else does.
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
            // If the wake fails, a later turn releases the slots.
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
fn not_registered_for() -> io::Error {
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

#[cfg(all(test, triga_loom))]
mod models;
