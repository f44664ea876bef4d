//! The state of one registered source: its readiness, and the wakers of the tasks that wait for it.

use std::task::Waker;

use triga_platform::{Direction, ONE_THREAD, Ready, Token};

use crate::error::ShutDown;
use crate::reactor::ready::ReadyEvent;
use crate::reactor::task_key::TaskKey;
use crate::reactor::wake_batch::{WakeBatch, wake};
use crate::sync::atomic::AtomicU32;
use crate::sync::atomic::Ordering::{AcqRel, Acquire, Relaxed, Release};
use crate::sync::{AtomicWaker, Update};

/// A slot: the state of one source after another, which the generation distinguishes. It has a cache line of its own, so that
/// two sources never contend.
///
/// No wait is lost. A task stores its waker, and then marks the state and reads it. The driver adds readiness, and then takes
/// the wakers that the marks name. One of the two changes the state second, and sees the other's change.
///
/// Nearly every wait is that of a reader whose executor turns the driver. It needs none of this, since one thread does both: it
/// stores its key, without a mark.
#[derive(Debug, Default)]
pub(crate) struct ScheduledIo {
    /// A [`State`].
    state: AtomicU32,
    generation: AtomicU32,
    /// What is below this slot in the stack of slots that wait for their release.
    below: AtomicU32,
    /// The task of the driver's own executor that was the last to call `poll_read_ready`, or an operation built on it: a
    /// [`TaskKey`], or 0. One thread uses it, so it needs no ordering.
    local_reader: AtomicU32,
    /// The last other caller.
    reader: AtomicWaker,
    /// The last caller of `poll_write_ready` or an operation built on it.
    writer: AtomicWaker,
}

impl ScheduledIo {
    pub(crate) fn new(generation: u32) -> ScheduledIo {
        ScheduledIo {
            generation: AtomicU32::new(generation),
            ..ScheduledIo::default()
        }
    }

    /// Clears the slot for its next source.
    pub(crate) fn reset(&self) {
        self.state.store(0, Relaxed);
    }

    /// Puts the slot on a stack with this on its top. What makes it the top releases that.
    #[inline]
    pub(crate) fn put_on(&self, top: u32) {
        self.below.store(top, Relaxed);
    }

    /// The slot below this one. The caller has acquired the top of the stack.
    #[inline]
    pub(crate) fn below(&self) -> u32 {
        self.below.load(Relaxed)
    }

    /// Ends the life of the source in this slot: its token finds nothing from now on. Returns the next generation.
    pub(crate) fn retire(&self) -> u32 {
        let next = self.generation.load(Relaxed).wrapping_add(1);
        self.generation.store(next, Release);
        next
    }

    #[inline]
    pub(crate) fn token(&self, index: usize) -> Token {
        Token::new(index, self.generation.load(Acquire))
    }

    /// Whether the slot's source is the one that this token of the slot was given out for.
    #[inline]
    pub(crate) fn is_at(&self, token: Token) -> bool {
        token.is_of(token.index(), self.generation.load(Acquire))
    }

    /// What the slot's source is ready for, now.
    #[inline]
    pub(crate) fn state(&self) -> State {
        // Pairs with the release in `deliver`: what happened before a source was made ready is visible to a task that sees it
        // ready.
        State(self.state.load(Acquire))
    }

    /// Adds readiness that is assumed before the first event. No task waits yet.
    pub(crate) fn assume(&self, ready: Ready) {
        self.state.fetch_or(u32::from(ready.bits()), Relaxed);
    }

    /// Adds readiness, or a shutdown, and makes the reader of the driver's own executor ready to run, if it is for one. A new
    /// tick makes every older clear void.
    ///
    /// Returns the marks of others who wait for it, for [`take_marked`](Self::take_marked).
    #[inline]
    pub(crate) fn deliver(&self, delivery: Delivery, wakers: &mut WakeBatch) -> u32 {
        let ready = delivery.ready();
        let marks = State::marks(ready);
        let before = self.change(|state| state.with(delivery).at_next_tick().without_mark(marks));
        if ready.is_readable() {
            if let Some(key) = TaskKey::from_word(self.local_reader.load(Relaxed)) {
                self.local_reader.store(0, Relaxed);
                wakers.tasks.push(key.index());
            }
        }
        before.0 & (marks | State::LISTED)
    }

    /// Takes the wakers that these marks name.
    ///
    /// No lock is held here, so the reader is woken on the spot. The others join the batch; `take_listed` adds those of the
    /// page's list.
    #[inline]
    pub(crate) fn take_marked(&self, marked: u32, wakers: &mut WakeBatch, take_listed: impl FnOnce(&mut WakeBatch)) {
        if marked & State::LISTED != 0 {
            take_listed(wakers);
        }
        wakers.push(self.take(Direction::Write.mask(), marked));
        if let Some(waker) = self.take(Direction::Read.mask(), marked) {
            wake(waker);
        }
    }

    /// Clears the event's readiness, unless another event came since.
    ///
    /// Closed readiness is cleared as well: an operation that would block shows that the source is not closed, and each close
    /// is an event.
    #[inline]
    pub(crate) fn clear_readiness(&self, event: ReadyEvent) {
        let _ = self.update(|state| event.is_at_tick_of(state.0).then_some(state.cleared_of(event.ready())));
    }

    /// Clears `READABLE` after a read that emptied the source, in one exchange if the state is still this one. Closed readiness
    /// stays: the next read finds the end.
    #[inline]
    pub(crate) fn clear_readable(&self, state: State) {
        let cleared = state.without(Ready::READABLE);
        let before = self.state.compare_exchange(state.0, cleared.0, AcqRel, Relaxed);
        if before.is_err() {
            self.clear_changed(state);
        }
    }

    #[cold]
    #[inline(never)]
    fn clear_changed(&self, state: State) {
        self.clear_readiness(state.event(Ready::READABLE));
    }

    /// From now on a short read shows that the source is empty, until there is urgent data. See [`State::is_drained`].
    pub(crate) fn trust_short_reads(&self) {
        self.state.fetch_or(State::SHORT_READS, Relaxed);
    }

    /// Stores the waker for the direction of the mask, in place of the one that was there. Returns the state as it was when it
    /// was marked: if that is ready, the caller [removes](Self::remove_waker) the waker.
    #[inline(never)]
    pub(crate) fn set_waker(&self, waker: &Waker, mask: Ready) -> State {
        self.place(mask).register(waker);
        self.mark(State::marks(mask))
    }

    /// Stores the key of a reader whose executor turns the driver. The state need not be read again: only this thread's turn
    /// makes the source ready.
    #[inline]
    pub(crate) fn set_local_reader(&self, key: TaskKey) {
        self.local_reader.store(key.word(), Relaxed);
    }

    /// The waker for the direction of the mask, if these marks name it. A mark may be left behind: then there is none.
    #[inline(never)]
    fn take(&self, mask: Ready, marked: u32) -> Option<Waker> {
        if marked & State::marks(mask) == 0 {
            return None;
        }
        self.place(mask).take()
    }

    /// Removes the waker that [`set_waker`](Self::set_waker) stored.
    pub(crate) fn remove_waker(&self, mask: Ready) {
        drop(self.take(mask, State::marks(mask)));
    }

    fn place(&self, mask: Ready) -> &AtomicWaker {
        if mask.is_readable() { &self.reader } else { &self.writer }
    }

    /// Marks the state as waited for by the list of the page, and returns it as the mark found it.
    pub(crate) fn mark_listed(&self) -> State {
        self.mark(State::LISTED)
    }

    fn mark(&self, mark: u32) -> State {
        State(self.state.fetch_or(mark, AcqRel))
    }

    /// The list of the page has no waits for this source any more.
    pub(crate) fn unmark_listed(&self) {
        self.state.fetch_and(!State::LISTED, Relaxed);
    }

    /// Drops the wakers, so that a task that owns the source and is owned by its waker can go.
    pub(crate) fn clear_wakers(&self) {
        self.local_reader.store(0, Relaxed);
        let marked = self.state().0;
        if marked & (State::READER | State::WRITER) != 0 {
            drop(self.take(Direction::Read.mask(), marked));
            drop(self.take(Direction::Write.mask(), marked));
        }
    }

    /// Changes the state as `next` says and returns the one before.
    #[inline]
    fn change(&self, next: impl Fn(State) -> State) -> State {
        self.update(|state| Some(next(state))).unwrap_or_else(|state| state)
    }

    /// Replaces the state with the result of `next` and returns the one before, or the one for which `next` is `None`.
    ///
    /// Acquire and release, since marks and readiness go both ways: a mark hands a waker to the driver, and a readiness what
    /// was done before it to the task.
    #[inline]
    fn update(&self, next: impl Fn(State) -> Option<State>) -> Result<State, State> {
        if ONE_THREAD {
            // No other thread changes the state. A compiler would keep the loop of an exchange.
            let before = self.state();
            let next = next(before).ok_or(before)?;
            self.state.store(next.0, Relaxed);
            return Ok(before);
        }
        self.state
            .update_with(AcqRel, Acquire, |state| next(State(state)).map(|state| state.0))
            .map(State)
            .map_err(State)
    }
}

/// What an event adds to a state.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Delivery(u32);

impl Delivery {
    /// The driver is shut down: every wait, under way or to come, ends with an error, whatever it is for.
    pub(crate) const SHUTDOWN: Delivery = Delivery(State::SHUTDOWN | Ready::ALL.bits() as u32);

    #[inline]
    pub(crate) const fn new(ready: Ready) -> Delivery {
        Delivery(ready.bits() as u32)
    }

    /// The readiness that ends waits.
    #[inline]
    pub(crate) const fn ready(self) -> Ready {
        Ready::from_bits_truncate(self.0 as u16)
    }
}

/// The state of a source in one word, from the low end: 16 bits of readiness and of marks, 1 bit of shutdown, 15 bits of tick.
#[derive(Debug, Clone, Copy)]
pub(crate) struct State(u32);

/// [`State::marks`] relies on these.
const _: () = {
    assert!(Direction::Read.mask().bits() == 0b0101 && Direction::Write.mask().bits() == 0b1010);
    assert!(State::WRITER == State::READER << 1);
};

impl State {
    /// A task may wait in the reader's place.
    const READER: u32 = 1 << 13;
    /// A task may wait in the writer's place.
    const WRITER: u32 = 1 << 14;
    /// Tasks wait in the list of the page.
    const LISTED: u32 = 1 << 15;
    const SHUTDOWN: u32 = 1 << 16;
    /// A read that is shorter than its buffer has emptied the source.
    const SHORT_READS: u32 = 1 << 12;

    /// The marks of the waits that end with this readiness.
    #[inline]
    fn marks(ready: Ready) -> u32 {
        // Each direction's readiness and its closed readiness lie two bits apart, in the order of the marks.
        let bits = u32::from(ready.bits());
        ((bits | bits >> 2) & 3) << Self::READER.trailing_zeros()
    }

    /// The readiness in `mask`, and when it was so.
    #[inline]
    pub(crate) fn event(self, mask: Ready) -> ReadyEvent {
        ReadyEvent::new(self.0, mask)
    }

    /// The state, or an error if the driver is shut down.
    #[inline]
    pub(crate) fn check(self) -> Result<State, ShutDown> {
        if self.0 & Self::SHUTDOWN == 0 {
            Ok(self)
        } else {
            Err(ShutDown)
        }
    }

    /// Whether the source has had no event yet. Ticks wrap, so that one event of many looks like none.
    #[inline]
    pub(crate) fn had_no_event(self) -> bool {
        self.0 & ReadyEvent::TICK_MASK == 0
    }

    /// Whether a wait for `mask` ends with this: something in it is ready, or the driver is shut down.
    #[inline]
    pub(crate) fn is_ready(self, mask: Ready) -> bool {
        self.0 & (u32::from(mask.bits()) | Self::SHUTDOWN) != 0
    }

    /// Whether a read of `moved` bytes into a buffer of `asked` has emptied the source, as far as this state tells.
    ///
    /// A read of TCP also ends at urgent data, with bytes behind it, and Linux then reports `EPOLLPRI`
    /// (`tcp_recvmsg_locked` and `tcp_poll`, net/ipv4/tcp.c). So after that no short read is trusted any more.
    #[inline]
    pub(crate) fn is_drained(self, moved: usize, asked: usize) -> bool {
        let trusted = self.0 & (Self::SHORT_READS | Ready::PRIORITY.bits() as u32) == Self::SHORT_READS;
        trusted && moved > 0 && moved < asked
    }

    #[inline]
    fn with(self, delivery: Delivery) -> State {
        State(self.0 | delivery.0)
    }

    #[inline]
    fn without(self, ready: Ready) -> State {
        State(self.0 & !u32::from(ready.bits()))
    }

    /// Without this readiness. Urgent data may have been taken while it still ends reads, so short reads stay in doubt.
    #[inline]
    fn cleared_of(self, ready: Ready) -> State {
        let cleared = self.without(ready);
        if ready.is_priority() {
            State(cleared.0 & !Self::SHORT_READS)
        } else {
            cleared
        }
    }

    #[inline]
    fn without_mark(self, mark: u32) -> State {
        State(self.0 & !mark)
    }

    #[inline]
    fn at_next_tick(self) -> State {
        State(self.0.wrapping_add(1 << ReadyEvent::TICK_SHIFT))
    }
}
