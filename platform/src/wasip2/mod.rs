//! WASI 0.2 (`wasm32-wasip2`): one thread, `wasi:io/poll`, and every pollable of a component.
//!
//! It uses the component's interfaces directly. A descriptor of wasi-libc would subscribe to a pollable, and drop it, for every
//! wait; here a source keeps its pollables as long as it lives.
//!
//! The host traps where a resource is dropped before those that were made of it: pollables come before streams, streams before
//! sockets. Fields are declared in that order, since that is the order in which they are dropped, and before all of them a source
//! leaves its selector, which hands no pollable of it to `poll` again: see [`Membership`](membership::Membership).

// The lock and the wake-up flag are for one thread. Stable Rust shows no source this feature, and has no std to link with it.
#[cfg(target_feature = "atomics")]
compile_error!(
    "triga is for WASI 0.2 without shared memory, since its locks there are for one thread: build without the target feature \
     `atomics`"
);

use crate::support::{Capability, Support};

pub use crate::common::in_order as task;
pub use crate::common::no_pipe as pipe;
pub use crate::common::no_process as process;
pub use crate::common::no_signal as signal;

pub use self::selector::{Registry, Selector, Waker};
pub use crate::common::cell_lock::Lock;
pub use crate::common::events::Events;
pub(crate) use wasip2::clocks::monotonic_clock::now;

mod deadline;
mod error;
mod linger;
mod membership;
mod names;
pub mod net;
mod pollable;
mod pollables;
mod reader;
mod selector;
pub mod stdio;
mod streams;
mod tcp_listener;
mod tcp_stream;
mod udp_socket;
pub mod wasi;
mod writer;

/// A pollable tells a level, while it is in the list.
pub const EDGE_TRIGGERED: bool = false;
/// A read that finds nothing is cheaper than a wait, and wasmtime takes a stream for ready until there was one.
pub const SHORT_IO_CLEARS: bool = false;
/// There is no urgent data.
pub const TELLS_URGENT: bool = false;
/// Resources have no duplicates, and a source takes its pollables along.
pub const CLOSING_DEREGISTERS: bool = true;
/// A component's memory is its own, and nothing else can run in it.
pub const ONE_THREAD: bool = true;
/// What this platform has.
pub const SUPPORT: Support = Support::all_but(&[
    (
        Capability::RemoteWake,
        "nothing can wake a WASI 0.2 guest that waits: give the wait a deadline",
    ),
    (
        Capability::Threads,
        "WASI 0.2 has no threads: run tasks on this one with `spawn`",
    ),
    (
        Capability::PreopenedSockets,
        "no socket is open before a WASI 0.2 guest begins: listen with `TcpListener::bind`, connect with \
         `TcpStream::connect`",
    ),
    (
        Capability::LocalSockets,
        "WASI 0.2 has no local sockets: connect by TCP on the loopback address",
    ),
    (
        Capability::Pipes,
        "WASI 0.2 has no pipes: within a program, use a channel of tasks",
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
        "WASI 0.2 has neither broadcast nor multicast: send to each address",
    ),
    (
        Capability::NoDelay,
        "WASI 0.2 has no TCP_NODELAY: gather what belongs together into one write",
    ),
    (
        Capability::StdSockets,
        "on WASI 0.2 the sockets of std are wasi-libc's, and the host's interfaces know nothing of them: make sockets with \
         triga",
    ),
    (
        Capability::SelectorDescriptor,
        "`poll` is a call, not a descriptor: let the other loop call `turn`",
    ),
]);
