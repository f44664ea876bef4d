//! WASI 0.1 (`wasm32-wasip1`): one thread, `poll_oneoff`, and the descriptors that the host opened.

use crate::support::{Capability, Support};

pub use crate::common::in_order as task;
pub use crate::common::no_pipe as pipe;
pub use crate::common::no_process as process;
pub use crate::common::no_signal as signal;

pub(crate) use self::host::now;
pub use self::selector::{Events, Registry, Selector};
pub use crate::common::flag_waker::Waker;
pub use crate::common::std_lock::Lock;

mod asked;
mod host;
mod look;
pub mod net;
mod preopened;
mod probing;
mod selector;
pub mod stdio;
mod subscriptions;
#[cfg(test)]
mod tests;

/// A subscription tells a level, once.
pub const EDGE_TRIGGERED: bool = false;
/// Arming a direction asks for the level again.
pub const SHORT_IO_CLEARS: bool = true;
/// There is no urgent data.
pub const TELLS_URGENT: bool = false;
/// The table of subscriptions forgets a source by its token.
pub const CLOSING_DEREGISTERS: bool = true;
/// `wasm32-wasip1-threads` is this platform, too, and stable Rust does not tell it from the other.
pub const ONE_THREAD: bool = false;
/// What this platform has.
pub const SUPPORT: Support = Support::all_but(&[
    (
        Capability::RemoteWake,
        "nothing can wake a WASI 0.1 guest that waits: give the wait a deadline",
    ),
    (
        Capability::Threads,
        "WASI 0.1 has no threads: run tasks on this one with `spawn`",
    ),
    (
        Capability::TcpConnect,
        "WASI 0.1 cannot open connections: have the host open the socket, and take it with `TcpStream::preopened`",
    ),
    (
        Capability::TcpBind,
        "WASI 0.1 cannot bind: have the host open the listener (`wasmtime run -Spreview2=n -Stcplisten=ADDRESS`, wasmtime \
         46 or older) and take it with `TcpListener::preopened(0)`",
    ),
    (
        Capability::Udp,
        "WASI 0.1 has no datagram sockets: have a program outside exchange them over a preopened socket",
    ),
    (
        Capability::Names,
        "WASI 0.1 cannot resolve names: have the host open the socket, and take it with `TcpStream::preopened`",
    ),
    (
        Capability::LocalSockets,
        "WASI 0.1 has no local sockets: have the host open a TCP connection, and take it with `TcpStream::preopened`",
    ),
    (
        Capability::Pipes,
        "WASI 0.1 has no pipes: within a program, use a channel of tasks",
    ),
    (
        Capability::Processes,
        "a WASI program cannot start others: have the host start them",
    ),
    (
        Capability::Signals,
        "a WASI program is told of no signals: the host ends it, so have what must be kept written before",
    ),
    (
        Capability::Broadcast,
        "WASI 0.1 has no datagram sockets: have a program outside exchange them over a preopened socket",
    ),
    (
        Capability::NoDelay,
        "WASI 0.1 has no socket options: have the host set them, or do without",
    ),
    (
        Capability::SelectorDescriptor,
        "`poll_oneoff` is a call, not a descriptor: let the other loop call `turn`",
    ),
]);
