//! What a source is registered for.

use super::flags::flag_set;
use super::ready::{Direction, Ready};

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
