//! Looking whether descriptors are ready, without waiting for them.
//!
//! A wait that is over at once does so on wasmtime. Node ends such a wait before it has looked at anything, and cuts other times
//! to whole milliseconds. Nothing names the host: what tells them apart is the first descriptor that is found ready.

use std::sync::atomic::{AtomicU8, Ordering};

use wasi::{Errno, Fd, Subscription};

use super::host;
use super::subscriptions::readiness;
use crate::{Direction, Token};

/// What is known of the host. There is one thread, so that any order of memory does.
static HOST: AtomicU8 = AtomicU8::new(UNKNOWN);
const UNKNOWN: u8 = 0;
/// It looks at descriptors in a wait of no time.
const PROMPT: u8 = 1;
/// It looks at them in a wait of a millisecond or more.
const LATE: u8 = 2;

const MILLISECOND: u64 = 1_000_000;

/// Whether a wait for the descriptor would not end at this moment.
///
/// # Errors
///
/// The errno with which the host refused the call.
pub(super) fn would_wait(fd: Fd, direction: Direction) -> Result<bool, Errno> {
    let within = |nanos| host::would_wait(readiness(Token::WAKER, fd, direction), host::pause(nanos));
    if HOST.load(Ordering::Relaxed) != UNKNOWN {
        return within(shortest());
    }
    if within(0)? && within(MILLISECOND)? {
        return Ok(true);
    }
    // It is ready by now, whether or not it was when it was looked at first.
    let host = if within(0)? { LATE } else { PROMPT };
    HOST.store(host, Ordering::Relaxed);
    Ok(false)
}

/// The clock of a wait for descriptors that ends after this many nanoseconds, and not before it has looked at them.
#[inline]
pub(super) fn pause(nanos: u64) -> Subscription {
    host::pause(nanos.max(shortest()))
}

#[inline]
fn shortest() -> u64 {
    if HOST.load(Ordering::Relaxed) == LATE {
        MILLISECOND
    } else {
        0
    }
}
