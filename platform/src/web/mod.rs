//! wasm32-unknown-unknown: one thread, which may not wait, and no host interfaces.
//!
//! Tasks run as long as they wake each other. The driver is turned again when the host calls the program again.

use crate::support::{Capability, Support};

pub use crate::common::in_order as task;
pub use crate::common::no_net as net;
pub use crate::common::no_pipe as pipe;
pub use crate::common::no_process as process;
pub use crate::common::no_signal as signal;
pub use crate::common::no_stdio as stdio;

pub use self::selector::{Events, Registry, Selector};
pub use crate::common::flag_waker::Waker;
pub use crate::common::std_lock::Lock;

mod selector;

/// There are no events.
pub const EDGE_TRIGGERED: bool = false;
/// There is nothing to read.
pub const SHORT_IO_CLEARS: bool = false;
/// There are no streams.
pub const TELLS_URGENT: bool = false;
/// There are no sources that could have duplicates.
pub const CLOSING_DEREGISTERS: bool = true;
/// Memory may be shared with workers.
pub const ONE_THREAD: bool = false;

/// The target has no clock. The sentence of [`Capability::Timers`] says so.
pub(crate) fn now() -> u64 {
    0
}

/// What this platform has.
pub const SUPPORT: Support = Support::all_but(&[
    (
        Capability::RemoteWake,
        "a program on wasm32-unknown-unknown has one thread: no other can wake it",
    ),
    (
        Capability::Threads,
        "wasm32-unknown-unknown has no threads: run tasks on this one with `spawn`",
    ),
    (
        Capability::Timers,
        "wasm32-unknown-unknown has no clock: have the host call the program when it is time",
    ),
    (
        Capability::TcpConnect,
        "wasm32-unknown-unknown has no sockets: have the host connect, and exchange bytes with it",
    ),
    (
        Capability::TcpBind,
        "wasm32-unknown-unknown has no sockets: have the host listen, and exchange bytes with it",
    ),
    (
        Capability::PreopenedSockets,
        "wasm32-unknown-unknown has no descriptors: have the host exchange bytes with the program",
    ),
    (
        Capability::Udp,
        "wasm32-unknown-unknown has no sockets: have the host exchange datagrams with the program",
    ),
    (
        Capability::Names,
        "wasm32-unknown-unknown cannot resolve names: have the host do it",
    ),
    (
        Capability::Broadcast,
        "wasm32-unknown-unknown has no sockets: have the host exchange datagrams with the program",
    ),
    (
        Capability::NoDelay,
        "wasm32-unknown-unknown has no sockets: have the host set their options",
    ),
    (
        Capability::StdSockets,
        "wasm32-unknown-unknown has no sockets: have the host exchange bytes with the program",
    ),
    (
        Capability::LocalSockets,
        "wasm32-unknown-unknown has no local sockets: have the host exchange bytes with the program",
    ),
    (
        Capability::Pipes,
        "wasm32-unknown-unknown has no pipes: within a program, use a channel of tasks",
    ),
    (
        Capability::Processes,
        "wasm32-unknown-unknown cannot start programs: have the host start them",
    ),
    (
        Capability::Stdio,
        "wasm32-unknown-unknown has no standard streams: have the host exchange bytes with the program",
    ),
    (
        Capability::Signals,
        "wasm32-unknown-unknown is told of no signals: have the host call the program",
    ),
    (
        Capability::SelectorDescriptor,
        "wasm32-unknown-unknown has no descriptors: have the host call the program, and turn the driver then",
    ),
]);
