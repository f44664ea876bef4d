//! What every port starts with.
//!
//! # Selector
//!
//! ```text
//! pub struct Selector;
//! impl Selector {
//!     pub fn new() -> io::Result<Selector>;
//!     pub fn registry(&self) -> Registry;
//!     pub fn select(&mut self, events: &mut Events, wait: Wait) -> io::Result<Outcome>;
//! }
//! ```
//!
//! * `select` MUST clear the events, also when it fails. It waits as [`Wait`] says, and leaves what happened in `Events`, in
//!   portable terms.
//! * It MUST NOT return before its deadline without an event, a wake or an error. It MAY return late.
//! * After `io::ErrorKind::Interrupted` the core calls it again with the same wait.
//! * It MUST NOT panic or trap, whatever the sources do. A source that the system refuses to wait for is reported with
//!   [`Ready::ERROR`] under its own token, and the others go on.
//! * An event MAY be spurious. A readiness that a task waits for MUST NOT be lost.
//! * With [`Wait::Forever`], nothing armed and no waker that reaches it, it MUST return [`Outcome::Idle`] at once.
//! * A selector is `Send`. `select` runs no foreign code.
//!
//! # Events
//!
//! ```text
//! pub struct Events;
//! impl Events {
//!     pub fn with_capacity(capacity: usize) -> Events;
//!     pub fn iter(&self) -> impl Iterator<Item = Event> + '_;
//! }
//! ```
//!
//! A wait MAY tell of more events than the capacity, or leave some to the next wait. The core ignores those of
//! [`Token::WAKER`].
//!
//! # Registry
//!
//! ```text
//! #[derive(Clone)] // Send + Sync
//! pub struct Registry;
//! impl Registry {
//!     pub(crate) fn check(&self) -> io::Result<()>;
//!     pub fn arm(&self, token: Token, direction: Direction) -> io::Result<()>;
//!     pub fn forget(&self, token: Token);
//! }
//! ```
//!
//! `source.rs` has its other methods, `register` and `deregister`. They call `check`, and then the source. The order of calls
//! for a token is `register`, any number of `arm`, at most one `deregister`. The last call is always `forget`. A token is
//! given out again only after that.
//!
//! * `check` fails where the registry may not change: in a child that was forked from the selector's process.
//! * `arm` says that a task is about to wait for the direction. Where [`EDGE_TRIGGERED`](crate::EDGE_TRIGGERED) it does
//!   nothing. Elsewhere it MUST subscribe the direction once and disarm it when it fires, so that an idle source costs
//!   nothing. It MUST fail if the source was refused before.
//! * `forget` says that the token is not used any more. A platform that keeps a table of sources MUST drop the token's entry,
//!   since the source may have been closed without a `deregister`.
//! * The core has tokens under which it registers nothing. It makes them ready itself on a [`Token::SIGNAL`]. Where there are
//!   signals, `arm` and `forget` MUST take them.
//!
//! # Sources
//!
//! ```text
//! pub trait Source {
//!     fn register(&mut self, registry: &Registry, token: Token, interest: Interest) -> io::Result<()>;
//!     fn deregister(&mut self, registry: &Registry, token: Token) -> io::Result<()>;
//!     fn assumed(&self) -> Ready { Ready::EMPTY }
//!     fn short_io_clears(&self) -> bool { SHORT_IO_CLEARS }
//! }
//! ```
//!
//! Every socket, stream and pipe of the other pages implements it.
//!
//! * `register` fails with `AlreadyExists` for a token or source that is registered, and with `Unsupported` for an interest
//!   that the system cannot wait for. `deregister` fails for a source that is not registered.
//! * `assumed` is what the core tries before the first event. Where no event comes without a try, it MUST have that
//!   direction.
//! * `short_io_clears` MUST be false for a source that may be ready still after a short read or write.
//!
//! # Waker
//!
//! ```text
//! pub struct Waker; // Send + Sync
//! impl Waker {
//!     pub fn new(selector: &Selector) -> io::Result<Waker>;
//!     pub fn wake(&self) -> io::Result<()>;
//! }
//! ```
//!
//! `wake` MUST make the `select` under way return, or else the next one. It MAY make an event under [`Token::WAKER`]. A
//! platform that lacks `RemoteWake` has to be woken only by its own thread, before the wait. The core calls it only for a
//! selector that is about to wait, once a wait.
//!
//! # Clock
//!
//! ```text
//! pub(crate) fn now() -> u64;
//! ```
//!
//! Nanoseconds of a monotonic clock, from an origin of the platform's choice. [`Instant`] is such a reading.
//!
//! # Locks
//!
//! ```text
//! pub struct Lock<T>; // Debug, Default, UnwindSafe, RefUnwindSafe; Send + Sync where T is Send
//! impl<T> Lock<T> {
//!     pub const fn new(value: T) -> Lock<T>;
//!     pub fn into_inner(self) -> T;
//!     pub fn get_mut(&mut self) -> &mut T;
//!     pub fn lock(&self) -> impl DerefMut<Target = T> + '_;
//! }
//! ```
//!
//! A panic of the holder MUST NOT poison it. `common/std_lock.rs` is std's, `common/cell_lock.rs` a flag for one thread.
//!
//! # Constants
//!
//! ```text
//! pub const EDGE_TRIGGERED: bool;
//! pub const SHORT_IO_CLEARS: bool;
//! pub const TELLS_URGENT: bool;
//! pub const CLOSING_DEREGISTERS: bool;
//! pub const ONE_THREAD: bool;
//! pub const SUPPORT: Support;
//! ```
//!
//! * `EDGE_TRIGGERED`: events tell changes. If false, they tell a level, and only while armed.
//! * `SHORT_IO_CLEARS`: after a read or write of fewer bytes than asked for, readiness is cleared without the extra call that
//!   would say that it would block. MUST be false where events tell changes: a short transfer may leave more, of which no
//!   event tells. Where they tell a level, `arm` asks for it again.
//! * `TELLS_URGENT`: a TCP stream that is registered for [`Interest::PRIORITY`](super::Interest::PRIORITY) tells of urgent
//!   data before a read can end at it, so that every other short read has emptied the stream.
//! * `CLOSING_DEREGISTERS`: the system or the source forgets the registration of a source that is dropped, whatever
//!   duplicates of it are open. MUST be false for epoll, which forgets it with the last duplicate (epoll(7), question 6). The
//!   core then calls `deregister` before it drops a source.
//! * `ONE_THREAD`: no second thread can ever exist, so no part of the core is ever used by two. It says more than a
//!   [`Support`](crate::Support) without `Threads`, where a program may start threads that no driver serves.
//! * `SUPPORT`: what the platform lacks, each with a sentence that says what to do instead.

use super::ready::Ready;
use super::token::Token;
use crate::Instant;

/// Something happened to a source.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Event {
    /// Whose.
    pub token: Token,
    /// What.
    pub ready: Ready,
}

/// How long a selector waits when nothing is ready.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Wait {
    /// Not at all.
    Poll,
    /// Until the clock shows this; never less.
    Until(Instant),
    /// Until something happens.
    Forever,
}

/// What became of a wait.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// The selector looked or waited; the events say the rest.
    Waited,
    /// There was nothing to wait for: nothing armed, no deadline, and no thread that could have woken the selector.
    Idle,
}
