//! What a platform supplies, and the words that the core and the platforms share.
//!
//! A platform is a folder that `select.rs` chooses. It exports the names below; the core uses nothing else of it. No trait
//! ties them together, since only one platform is ever compiled: the compiler holds each to the uses in the core, and this
//! page says what types cannot.
//!
//! # Selector
//!
//! * `Selector::new() -> io::Result<Selector>` and `Selector::registry(&self) -> Registry`.
//! * `Selector::select(&mut self, &mut Events, Wait) -> io::Result<Outcome>` MUST clear the events, also when it fails, wait as [`Wait`]
//!   says, and leave what happened in `Events`, already in portable terms. It MUST NOT return before its deadline without an
//!   event, a wake or an error; it MAY return late. After `io::ErrorKind::Interrupted` the core calls it again with the same
//!   wait.
//! * It MUST NOT panic or trap, whatever the sources do. A source that the system refuses to wait for is reported with
//!   [`Ready::ERROR`] under its own token, and the others go on.
//! * An event MAY be spurious. A readiness that a task is waiting for MUST NOT be lost.
//! * With [`Wait::Forever`], nothing armed and nobody who could wake it, it MUST return [`Outcome::Idle`] at once.
//! * `Events::with_capacity(usize)`, and `iter()` over [`Event`].
//!
//! # Registry
//!
//! `Clone + Send + Sync`. The order of calls for a token is `register`, any number of `reregister` and `arm`, at most one
//! `deregister`; the last call is always `forget`. A token is given out again only after that.
//!
//! * `register(&self, &mut S: Source, Token, Interest)`, `reregister` likewise, `deregister(&self, &mut S: Source, Token)`.
//! * `arm(&self, Token, Direction) -> io::Result<()>`: a task is about to wait for the direction. Where the system is
//!   edge-triggered ([`EDGE_TRIGGERED`]) there is nothing to do. Elsewhere the platform MUST subscribe the direction once and
//!   MUST disarm it when it fires, so that an idle source costs nothing. It MUST fail if the source was refused before.
//! * `forget(&self, Token)`: nobody uses the token any more. A platform that keeps a table of sources MUST drop what it has
//!   under it, since the source may have been closed without a `deregister`.
//!
//! # Waker
//!
//! `Waker::new(&Selector) -> io::Result<Waker>`, `Send + Sync`. `wake(&self)` MUST make the `select` under way return, or else the
//! next one. Its event, if there is one, comes under [`Token::WAKER`], which the core ignores. How far it reaches is
//! [`WAKE`](crate::WAKE). The core calls it only for a selector that is about to wait, once a wait.
//!
//! # Signals
//!
//! The module `signal` tells of what the system tells a process: signals on Unix, events of the console on Windows.
//!
//! * `Kind`: which; `Copy`, `Eq`, with at least `Kind::INTERRUPT` (Ctrl-C) and `Kind::TERMINATE` (a request to end).
//! * `Alert::new(&Registry) -> io::Result<Alert>`, `Send + Sync`: what makes the registry's selector report
//!   [`Token::SIGNAL`]. The core makes one for a driver with its first listener, and keeps it. On the report it calls
//!   `acknowledge(&self)` and then looks at the counts; what is counted after that MUST be reported again.
//! * `Watch::new(Kind, Arc<Alert>) -> io::Result<Watch>`, `Send + Sync`, and `count(&self) -> usize`: how many events of the
//!   kind there were since it was made, every one that the system told apart; it MAY wrap. Each MUST be counted before the
//!   alert is raised. There MAY be any number of watches of one kind, and all MUST count. When the last of them is dropped,
//!   the system MUST do again what it did without them.
//! * A child that is forked MUST NOT raise the alerts of its parent, nor wait in its parent's selector: `select`, `register`
//!   and the like MUST fail there.
//!
//! The core has tokens under which it registers nothing, for what it makes ready itself on a [`Token::SIGNAL`]. `arm` and
//! `forget` MUST take them where there are signals.
//!
//! # Pipes
//!
//! The module `pipe`: `pair() -> io::Result<(Sender, Receiver)>`, a pipe within the process. Both are a `Source`, `&Sender` is
//! `Write` and `&Receiver` is `Read`, without blocking. Dropping the one MUST end the stream of the other.
//!
//! `end(&Sender, &Registry, Token) -> io::Result<()>` ends the stream of a sender that is registered and may be in use. Later writes
//! MUST fail with `BrokenPipe`, and a direction that a task waits for MUST be reported. It MAY be called again.
//!
//! # Processes
//!
//! The module `process` is about children that std's `Command` starts.
//!
//! * `spawn(&mut Command) -> io::Result<Spawned>`: the `child`, and for each of `stdin`, `stdout` and `stderr` that the command
//!   has piped, the end of `pipe` that is this side's.
//! * `ExitWatch::new(&Child) -> io::Result<ExitWatch>` is `Source(Exit)`, a `Source` that is readable when the child has ended,
//!   and has `try_wait(&self, &mut Child)`; or `Signal(Kind)`, after which the core asks every child that it has; or `Taken`, if
//!   the child has ended and another part of the program, or the system, took its status.
//! * `try_wait(&mut Child) -> io::Result<Option<ExitStatus>>` fails with `NotFound` if the status was taken. `taken()` is that
//!   error, and says why.
//! * `terminate(&mut Child) -> io::Result<()>` asks a child that runs to end, in the way that a
//!   `Watch` of `Kind::TERMINATE` in the child would be told of; or fails with `Unsupported` where no single process can be asked.
//! * `LEAVES_ZOMBIES`: whether somebody has to ask for the status of a child that has ended, before the system forgets it.
//!
//! # Tasks
//!
//! The module `task` is for whoever simulates; every other platform leaves tasks as they are.
//!
//! * `place(future)`: the future of a new task, for an executor to run. It has the output of the one that it is given.
//! * `order(&mut [T])` puts tasks that are ready into the order in which they run.
//!
//! # What only one platform has
//!
//! `lib.rs` hands on modules that only one platform has, for `src/os` of the core: on Unix `descriptor` and `local`.
//!
//! # Constants
//!
//! * `EDGE_TRIGGERED`: events tell changes. If false, they tell a level, and only while armed.
//! * `SHORT_IO_CLEARS`: after a read or write of fewer bytes than asked for, readiness is cleared without the extra call that
//!   would say that it would block. MUST be false where events tell changes: a short transfer may leave more, of which no event
//!   tells. Where they tell a level, `arm` asks for it again.
//! * `TELLS_URGENT`: a TCP stream that is registered for [`Interest::PRIORITY`] tells of urgent data before a read can end at
//!   it, so that every other short read has emptied the stream.
//! * `CLOSING_DEREGISTERS`: the system or the source forgets the registration of a source that is dropped, whatever duplicates of it
//!   are open. MUST be false for epoll, which forgets it with the last duplicate (epoll(7), question 6). The core then calls
//!   `deregister` before it drops a source.
//! * `ANSWERS_ALLOCATE`: the host hands its answers over in memory that it takes from the guest's allocator, so that a wait and a
//!   read cost an allocation each, which they give back. True where hosts and guests are components.
//! * `WAKE`: [`Reach`]. `CAN_BLOCK`: whether `select` may wait at all.
//! * `ONE_THREAD`: whether no second thread can ever exist, so that nothing of the core is ever used by two. It says more than a
//!   [`Support`](crate::Support) without `Threads`, on which a program may start some that nobody serves.
//! * `SUPPORT`: [`Support`](crate::Support).
//!
//! # Locks
//!
//! `Lock<T>`, `Sync` where `T` is `Send`, with `const fn new(T)`, `lock(&self)`, which returns a guard, `get_mut` and `into_inner`.
//! A panic of whoever has the guard MUST NOT poison it.
//!
//! # The rest
//!
//! [`Instant`], the modules `net`, `pipe`, `process`, `signal` and `stdio`, and the trait `Source`. A name that a platform has no mechanism for is present
//! and fails with `io::ErrorKind::Unsupported` and a sentence that says what to do instead.
//!
//! [`EDGE_TRIGGERED`]: crate::EDGE_TRIGGERED

use std::fmt;
use std::io;
use std::net::IpAddr;
use std::ops::{BitAnd, BitOr, BitOrAssign, Sub};

use crate::Instant;

/// Names a registered source to the selector: the index of its slot and the slot's generation.
///
/// A token goes through the operating system as one word. An event whose generation is not the slot's is stale.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Token(usize);

impl Token {
    /// How many bits of a word name the slot; the others are the generation.
    const INDEX_BITS: u32 = if usize::BITS >= 64 { 32 } else { 20 };
    const INDEX_MASK: usize = (1 << Self::INDEX_BITS) - 1;
    /// The highest of 64 bits is not part of a generation: mio has another use for it in the events of named pipes.
    const GENERATION_MASK: usize = usize::MAX >> (usize::BITS / 64) & !Self::INDEX_MASK;

    /// The selector's own waker.
    pub const WAKER: Token = Token(usize::MAX);
    /// Signals of the process.
    pub const SIGNAL: Token = Token(usize::MAX - 1);
    /// One more than the largest index. The last two words are kept for [`WAKER`](Self::WAKER) and [`SIGNAL`](Self::SIGNAL).
    pub const MAX_SLOTS: usize = Self::INDEX_MASK - 1;

    /// How many generations of a slot have tokens of their own.
    pub const GENERATIONS: u32 = (Self::GENERATION_MASK >> Self::INDEX_BITS) as u32 + 1;

    /// The token of a slot. Bits of the generation that have no room are dropped.
    #[inline]
    pub const fn new(index: usize, generation: u32) -> Token {
        Token(((generation as usize) << Self::INDEX_BITS & Self::GENERATION_MASK) | (index & Self::INDEX_MASK))
    }

    /// The slot.
    #[inline]
    pub const fn index(self) -> usize {
        self.0 & Self::INDEX_MASK
    }

    /// Whether this is the token of `index` at `generation`, as far as a word can tell.
    #[inline]
    pub const fn is_of(self, index: usize, generation: u32) -> bool {
        self.index() == index && self.0 >> Self::INDEX_BITS == Token::new(0, generation).0 >> Self::INDEX_BITS
    }

    /// The word that goes through the operating system.
    #[inline]
    pub const fn to_word(self) -> usize {
        self.0
    }

    /// The token that [`to_word`](Self::to_word) gave out.
    #[inline]
    pub const fn from_word(word: usize) -> Token {
        Token(word)
    }
}

impl fmt::Debug for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            Token::WAKER => f.write_str("Token::WAKER"),
            Token::SIGNAL => f.write_str("Token::SIGNAL"),
            token => write!(
                f,
                "Token({}, generation {})",
                token.index(),
                token.0 >> Self::INDEX_BITS
            ),
        }
    }
}

/// One of the two ways in which bytes flow.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Direction {
    /// From the source to the task.
    Read,
    /// From the task to the source.
    Write,
}

impl Direction {
    /// The readiness that lets an operation of this direction make progress, the end of the stream included.
    #[inline]
    pub const fn mask(self) -> Ready {
        match self {
            Direction::Read => Ready(Ready::READABLE.0 | Ready::READ_CLOSED.0),
            Direction::Write => Ready(Ready::WRITABLE.0 | Ready::WRITE_CLOSED.0),
        }
    }
}

macro_rules! flag_set {
    ($(#[$doc:meta])* $name:ident: $word:ty { $($(#[$flag_doc:meta])* $flag:ident = $value:expr;)* }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, Hash)]
        pub struct $name($word);

        impl $name {
            $($(#[$flag_doc])* pub const $flag: $name = $name($value);)*

            /// Whether every flag of `other` is set.
            #[inline]
            pub const fn contains(self, other: $name) -> bool {
                self.0 & other.0 == other.0
            }

            /// Whether any flag of `other` is set.
            #[inline]
            pub const fn intersects(self, other: $name) -> bool {
                self.0 & other.0 != 0
            }

            /// The flags as bits.
            #[inline]
            pub const fn bits(self) -> $word {
                self.0
            }
        }

        impl BitOr for $name {
            type Output = $name;
            #[inline]
            fn bitor(self, other: $name) -> $name {
                $name(self.0 | other.0)
            }
        }

        impl BitOrAssign for $name {
            #[inline]
            fn bitor_assign(&mut self, other: $name) {
                self.0 |= other.0;
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                let mut bar = "";
                $(if $name::$flag.0 != 0 && self.contains($name::$flag) {
                    write!(f, "{bar}{}", stringify!($flag))?;
                    bar = " | ";
                })*
                if bar.is_empty() { f.write_str("EMPTY") } else { Ok(()) }
            }
        }
    };
}

flag_set! {
    /// What a source is registered for.
    Interest: u8 {
        /// Bytes, datagrams, connections, or the end of them.
        READABLE = 1;
        /// Room for bytes.
        WRITABLE = 2;
        /// Out-of-band data, where the system tells it apart (epoll and kqueue on some systems).
        PRIORITY = 4;
        /// Errors that are there to be asked for, while neither direction need be ready: a socket's queue of errors.
        ERROR = 8;
    }
}

impl Interest {
    /// The readiness that satisfies this interest.
    #[inline]
    pub fn mask(self) -> Ready {
        let mut mask = Ready::EMPTY;
        if self.contains(Interest::READABLE) {
            mask |= Direction::Read.mask();
        }
        if self.contains(Interest::WRITABLE) {
            mask |= Direction::Write.mask();
        }
        if self.contains(Interest::PRIORITY) {
            mask |= Ready::PRIORITY | Ready::READ_CLOSED;
        }
        if self.contains(Interest::ERROR) {
            mask |= Ready::ERROR;
        }
        mask
    }

    /// The directions that must be armed for this interest.
    pub fn directions(self) -> impl Iterator<Item = Direction> {
        let read = self
            .intersects(Interest::READABLE | Interest::PRIORITY | Interest::ERROR)
            .then_some(Direction::Read);
        let write = self.contains(Interest::WRITABLE).then_some(Direction::Write);
        read.into_iter().chain(write)
    }
}

flag_set! {
    /// What a source is ready for.
    Ready: u16 {
        /// Nothing.
        EMPTY = 0;
        /// A read may make progress.
        READABLE = 1;
        /// A write may make progress.
        WRITABLE = 1 << 1;
        /// No more bytes come than those that are there. Some sources open again: a fifo, whose next writer comes, or a socket that
        /// was registered before it connects.
        READ_CLOSED = 1 << 2;
        /// No more bytes can be sent. As with READ_CLOSED, this may end.
        WRITE_CLOSED = 1 << 3;
        /// The source has or had an error, which the next operation reports. It comes with READABLE and WRITABLE, so that
        /// whoever waits makes that operation, and is cleared by those alone who wait for [`Interest::ERROR`].
        ERROR = 1 << 4;
        /// Out-of-band data.
        PRIORITY = 1 << 5;
    }
}

impl Ready {
    /// What a platform reports for a source in error: the flag itself, and what makes both directions try and find out.
    pub const FAILED: Ready = Ready(Ready::ERROR.0 | Ready::READABLE.0 | Ready::WRITABLE.0);
    /// Both directions closed.
    pub const CLOSED: Ready = Ready(Ready::READ_CLOSED.0 | Ready::WRITE_CLOSED.0);
    /// Every flag.
    pub const ALL: Ready = Ready(0x3f);

    /// The readiness with these bits; unknown bits are dropped.
    #[inline]
    pub const fn from_bits_truncate(bits: u16) -> Ready {
        Ready(bits & Ready::ALL.0)
    }

    /// Whether nothing is ready.
    #[inline]
    pub const fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// Whether a read may make progress, if only to find the end.
    #[inline]
    pub const fn is_readable(self) -> bool {
        self.intersects(Direction::Read.mask())
    }

    /// Whether a write may make progress, if only to find that nobody reads any more.
    #[inline]
    pub const fn is_writable(self) -> bool {
        self.intersects(Direction::Write.mask())
    }

    /// Whether the reading side is closed.
    #[inline]
    pub const fn is_read_closed(self) -> bool {
        self.contains(Ready::READ_CLOSED)
    }

    /// Whether the writing side is closed.
    #[inline]
    pub const fn is_write_closed(self) -> bool {
        self.contains(Ready::WRITE_CLOSED)
    }

    /// Whether an error was reported.
    #[inline]
    pub const fn is_error(self) -> bool {
        self.contains(Ready::ERROR)
    }

    /// Whether out-of-band data is there.
    #[inline]
    pub const fn is_priority(self) -> bool {
        self.contains(Ready::PRIORITY)
    }
}

impl BitAnd for Ready {
    type Output = Ready;
    #[inline]
    fn bitand(self, other: Ready) -> Ready {
        Ready(self.0 & other.0)
    }
}

/// The flags of the left that are not in the right.
impl Sub for Ready {
    type Output = Ready;
    #[inline]
    fn sub(self, other: Ready) -> Ready {
        Ready(self.0 & !other.0)
    }
}

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
    /// There was nothing to wait for: nothing armed, no deadline, and nobody who could have woken the selector.
    Idle,
}

/// What a read of a local stream took.
#[derive(Debug, Clone, Copy)]
pub struct Received {
    /// How many bytes.
    pub bytes: usize,
    /// The read ended at a message with descriptors or credentials, and may have left bytes behind.
    pub is_cut: bool,
}

/// How a platform finds the addresses of a name.
#[derive(Debug)]
pub enum Lookup<S> {
    /// This source has them once it is readable.
    Wait(S),
    /// This call has them when it returns, and blocks until then.
    Block(fn(&str) -> io::Result<Vec<IpAddr>>),
}

/// Who can end a wait from outside.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reach {
    /// Every thread of the process.
    AnyThread,
    /// Only the thread that waits, before it waits: there is one thread.
    ThisThread,
    /// Nobody.
    Nowhere,
}
