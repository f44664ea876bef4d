//! Connections that were dropped before the host had sent all the bytes that were written to them.
//!
//! Dropping an output stream waits until the host has sent its bytes, and blocks every task of the guest. So such a connection
//! stays here until the host is done: the selectors have it in the list of each wait. Dropping the last selector waits for the
//! connections that are left, for at most [`LIMIT`].

use std::mem::{self, ManuallyDrop};
use std::ops::Deref;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use super::pollables::Pollables;
use super::selector::Selector;
use super::tcp_stream::Connection;
use crate::common::cell_lock::Guard;
use crate::{Instant, Lock, Wait};

/// How long the end of a driver waits for peers that take nothing.
const LIMIT: Duration = Duration::from_secs(10);

/// There is one thread, and any selector may wait for any of them.
static CONNECTIONS: Lock<Vec<Connection>> = Lock::new(Vec::new());
static SELECTORS: AtomicUsize = AtomicUsize::new(0);

/// A connection that is dropped when its bytes are sent.
#[derive(Debug)]
pub(super) struct Lingering(ManuallyDrop<Connection>);

impl Lingering {
    pub(super) fn new(connection: Connection) -> Lingering {
        Lingering(ManuallyDrop::new(connection))
    }
}

impl Deref for Lingering {
    type Target = Connection;

    fn deref(&self) -> &Connection {
        &self.0
    }
}

impl Drop for Lingering {
    fn drop(&mut self) {
        // SAFETY: a value that is being dropped has no other user.
        let mut connection = unsafe { ManuallyDrop::take(&mut self.0) };
        if connection.is_busy() {
            connections().push(connection);
            // Its end waits if there is no other.
            drop(Selector::new());
        }
    }
}

/// There is one more selector.
pub(super) fn enter() {
    SELECTORS.fetch_add(1, Ordering::Relaxed);
}

/// A selector goes. The last one waits for all connections.
pub(super) fn leave(pollables: &mut Pollables) {
    if SELECTORS.fetch_sub(1, Ordering::Relaxed) == 1 {
        finish(pollables);
    }
}

/// Waits for all connections. What is not done within the limit is left to the end of the guest, since to drop it would wait
/// on.
fn finish(pollables: &mut Pollables) {
    let limit = Instant::now() + LIMIT;
    let mut connections = connections();
    while !connections.is_empty() && Instant::now() < limit {
        pollables.wait(Wait::Until(limit), &mut connections, &mut Vec::new());
    }
    mem::forget(mem::take(&mut *connections));
}

/// Drops the one at this index if it is done. If it moves another one there, the next wait tells of that.
pub(super) fn look_at(connections: &mut Vec<Connection>, index: usize) {
    if let Some(connection) = connections.get_mut(index) {
        if !connection.is_busy() {
            connections.swap_remove(index);
        }
    }
}

pub(super) fn connections() -> Guard<'static, Vec<Connection>> {
    CONNECTIONS.lock()
}
