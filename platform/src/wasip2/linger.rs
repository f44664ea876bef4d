//! Connections that were dropped before the host had sent all that was written to them.
//!
//! Dropping an output stream waits until the host has passed its bytes on, and every task of the guest with it. So such a
//! connection stays here until the host is done: the waits of the selectors have it in their list. When the last selector goes,
//! nobody waits any more, and what is left is waited for then, within [`LIMIT`].

use std::mem;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use super::pollables::Handle;
use super::selector::Selector;
use super::tcp_stream::Connection;
use crate::common::cell_lock::Guard;
use crate::{Instant, Lock, Wait};

/// How long the end of a driver waits for peers that take nothing.
const LIMIT: Duration = Duration::from_secs(10);

/// There is one thread, and any selector may wait for any of them.
static CONNECTIONS: Lock<Vec<Connection>> = Lock::new(Vec::new());
static SELECTORS: AtomicUsize = AtomicUsize::new(0);

/// Drops a connection when its bytes are sent.
pub(super) fn keep(connection: Connection) {
    connections().push(connection);
    if SELECTORS.load(Ordering::Relaxed) == 0 {
        // The end of this one waits.
        drop(Selector::new());
    }
}

/// There is one more selector.
pub(super) fn enter() {
    SELECTORS.fetch_add(1, Ordering::Relaxed);
}

/// A selector goes. The last one waits for all connections. What is not done within the limit is left to the end of the guest,
/// since to drop it would wait on.
pub(super) fn leave(selector: &mut Selector) {
    if SELECTORS.fetch_sub(1, Ordering::Relaxed) != 1 {
        return;
    }
    let limit = Instant::now() + LIMIT;
    while !is_empty() && Instant::now() < limit {
        selector.wait(&mut Vec::new(), Wait::Until(limit));
    }
    connections().drain(..).for_each(mem::forget);
}

pub(super) fn is_empty() -> bool {
    connections().is_empty()
}

/// Adds what tells that one of them may be done.
pub(super) fn add_to(list: &mut Vec<Handle>) {
    list.extend(
        connections()
            .iter_mut()
            .filter_map(Connection::writable)
            .map(Handle::of),
    );
}

/// Drops those that are done.
pub(super) fn let_go() {
    connections().retain(Connection::is_busy);
}

fn connections() -> Guard<'static, Vec<Connection>> {
    CONNECTIONS.lock()
}
