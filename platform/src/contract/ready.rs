//! What a source is ready for, and the directions of its operations.

use std::ops::{BitAnd, Sub};

use super::flags::flag_set;

flag_set! {
    /// What a source is ready for.
    Ready: u16 {
        /// Nothing.
        EMPTY = 0;
        /// A read may make progress.
        READABLE = 1;
        /// A write may make progress.
        WRITABLE = 1 << 1;
        /// No more bytes come than those that are there. Some sources open again: a fifo, whose next writer comes, or a socket
        /// that was registered before it connects.
        READ_CLOSED = 1 << 2;
        /// No more bytes can be sent. As with READ_CLOSED, this may end.
        WRITE_CLOSED = 1 << 3;
        /// The source has or had an error, which the next operation reports. It comes with READABLE and WRITABLE, so that
        /// the waiting task makes that operation. Only a wait for [`Interest::ERROR`](super::Interest::ERROR) clears it.
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

    /// Whether a write may make progress, if only to fail because the peer no longer reads.
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
