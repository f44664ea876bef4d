//! Connections that were dropped before the host had sent all that was written to them.
//!
//! Dropping an output stream waits until the host has passed its bytes on, and every task of the guest with it. So such a
//! connection stays here until the host is done: the waits of the selectors have it in their list. When the last selector goes,
//! nobody waits any more, and what is left is waited for then, within [`LIMIT`].

use std::mem;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use wasip2::clocks::monotonic_clock;
use wasip2::io::poll::poll;

use super::pollables::Handle;
use super::tcp_stream::Connection;

/// How long the end of a driver waits for peers that take nothing.
const LIMIT: Duration = Duration::from_secs(10);

/// There is one thread, and any selector may wait for any of them.
static CONNECTIONS: Mutex<Vec<Connection>> = Mutex::new(Vec::new());
static SELECTORS: AtomicUsize = AtomicUsize::new(0);

/// Drops a connection when its bytes are sent.
pub(super) fn keep(connection: Connection) {
    connections().push(connection);
    if SELECTORS.load(Ordering::Relaxed) == 0 {
        finish();
    }
}

/// A selector's share in the waiting.
#[derive(Debug)]
pub(super) struct Lingering(());

impl Lingering {
    pub(super) fn new() -> Lingering {
        SELECTORS.fetch_add(1, Ordering::Relaxed);
        Lingering(())
    }

    /// What tells that one of them may be dropped.
    pub(super) fn handles(&self) -> Vec<Handle> {
        let mut connections = connections();
        let pollables = connections.iter_mut().filter_map(Connection::writable);
        pollables.map(Handle::of).collect()
    }

    /// Drops those that are done.
    pub(super) fn let_go(&self) {
        connections().retain(Connection::is_busy);
    }
}

impl Drop for Lingering {
    fn drop(&mut self) {
        if SELECTORS.fetch_sub(1, Ordering::Relaxed) == 1 {
            finish();
        }
    }
}

/// Waits for all of them. What is not done within the limit is left to the end of the guest, since to drop it would wait on.
fn finish() {
    let limit = monotonic_clock::subscribe_duration(LIMIT.as_nanos() as u64);
    let mut connections = connections();
    connections.retain(Connection::is_busy);
    while !connections.is_empty() {
        let mut pollables: Vec<_> = connections.iter_mut().filter_map(Connection::writable).collect();
        pollables.push(&limit);
        poll(&pollables);
        if limit.ready() {
            connections.drain(..).for_each(mem::forget);
        }
        connections.retain(Connection::is_busy);
    }
}

fn connections() -> MutexGuard<'static, Vec<Connection>> {
    CONNECTIONS.lock().unwrap_or_else(PoisonError::into_inner)
}
