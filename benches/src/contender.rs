//! What every contender is asked to do, in the same words.

use std::io;
use std::net::{TcpListener, TcpStream};
use std::os::fd::{BorrowedFd, OwnedFd};
use std::os::unix::net::UnixStream;

use crate::measure::footprint::Footprint;

/// The length of a message.
pub(crate) const MESSAGE: usize = 64;
/// The room that a message is read into. It is larger, so that a read is short when it takes all there is; and no larger than
/// that, since a task that waits keeps it.
pub(crate) const BUFFER: usize = 2 * MESSAGE;
/// How many events a contender that has the choice takes at once; it is what tokio and async-io take.
pub(crate) const EVENTS: usize = 1024;
/// Work without waiting (registering, setting timers) is interrupted after this many steps by one look at the selector that
/// does not block, as a program's loop would.
pub(crate) const STEPS_PER_TURN: u64 = 64;

/// Ends a wait of the driver that it belongs to.
pub(crate) type Wake = Box<dyn Fn() + Send>;

/// One way to wait for many sources.
///
/// A method does its whole work on the thread that calls it, and measures nothing unless it says so.
pub(crate) trait Contender: Sync {
    /// As it is called in the tables and on the command line.
    fn name(&self) -> &'static str;

    /// Accepts so many connections, sends back what comes on them, and returns when all are closed.
    fn echo(&self, listener: TcpListener, connections: usize) -> io::Result<()>;

    /// Sends a message to and fro over each pair, so many times each way. The sockets do not block.
    fn ping_pong(&self, pairs: Vec<(UnixStream, UnixStream)>, rounds: u64) -> io::Result<()>;

    /// Sends a message to and fro over two pipes, so many times each way, if it has pipes.
    fn pipes(&self, _rounds: u64) -> Option<io::Result<()>> {
        None
    }

    /// Registers the source for reading and writing, and deregisters it.
    fn register(&self, source: BorrowedFd<'_>, times: u64) -> io::Result<()>;

    /// Takes so many turns that do not block, each after a wake from the same thread.
    fn wake_running(&self, turns: u64) -> io::Result<()>;

    /// Gives away what wakes the driver, then waits without end, and says so after each wait until it hears `false`.
    fn wake_parked(&self, give: &dyn Fn(Wake), woken: &dyn Fn() -> bool) -> io::Result<()>;

    /// Its timers, if it has them.
    fn timers(&self) -> Option<&dyn Timers> {
        None
    }

    /// What registering each of these sources takes, and the size of what stands for one of them.
    fn idle_registrations(&self, sources: &[OwnedFd]) -> io::Result<(Footprint, usize)>;

    /// What a task for each of these connections takes that waits for a message; nothing, if it has no tasks.
    fn idle_connections(&self, _streams: Vec<TcpStream>) -> io::Result<Option<Footprint>> {
        Ok(None)
    }
}

/// Timers, all an hour or more away.
pub(crate) trait Timers {
    /// Sets and cancels a timer, perhaps while one that is due earlier lives.
    fn churn(&self, earlier: bool, times: u64) -> io::Result<()>;

    /// Sets so many timers, then cancels them: nanoseconds of CPU time for each of the two.
    fn crowd(&self, count: u64) -> io::Result<(f64, f64)>;
}

/// The slots that registrations are put into: their memory is in use before the first one.
pub(crate) fn slots<T>(count: usize) -> Vec<Option<T>> {
    (0..count).map(|_| None).collect()
}
