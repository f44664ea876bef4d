//! The simulator: a world in memory, on one thread, whose time passes only while somebody waits.
//!
//! Sockets, hosts and everything under way are in the thread's [`Simulation`](simulation::Simulation); what programs have of
//! them are numbers. Whatever could be one way or another is drawn from the [seed](random::Random), and nothing else is: no
//! clock, no address of memory, no order of a hash map.

use crate::support::{Capability, Support};

pub use crate::common::no_process as process;

pub use self::selector::{Registry, Selector};
pub use crate::common::events::Events;
pub use crate::common::flag_waker::Waker;
pub use crate::common::std_lock::Lock;

mod beside;
mod clock;
mod faults;
mod hosts;
mod link;
#[cfg_attr(
    not(unix),
    expect(
        dead_code,
        unreachable_pub,
        reason = "the names by which programs use them are those of Unix"
    )
)]
pub mod local;
mod names;
pub mod net;
mod network;
mod open;
pub mod pipe;
mod random;
mod selector;
pub mod signal;
mod simulation;
mod slices;
mod sockets;
pub mod stdio;
pub mod task;
mod tcp_listener;
mod tcp_stream;
mod trace;
mod udp_socket;
mod world;

/// What steers a simulation.
pub mod sim {
    pub use super::beside::beside;
    pub use super::clock::{start_clock, stop_clock};
    pub use super::link::Link;
    pub use super::simulation::{Entered, enter, fail_wait, fingerprint, seed, seed_of_env, trace};
    pub use super::task::{Host, Placed, host};
    pub use super::world::World;
}

/// Events tell changes, as epoll's do.
pub const EDGE_TRIGGERED: bool = true;
/// Events tell changes, as those of epoll.
pub const SHORT_IO_CLEARS: bool = false;
/// There is no urgent data.
pub const TELLS_URGENT: bool = false;
/// As epoll, which forgets a registration with the last duplicate of its source.
pub const CLOSING_DEREGISTERS: bool = false;
/// The machine that simulates has more than one.
pub const ONE_THREAD: bool = false;

/// What the clock shows.
pub(crate) fn now() -> u64 {
    simulation::with(|simulation| simulation.shown())
}

/// What this platform has.
pub const SUPPORT: Support = Support::all_but(&[
    (
        Capability::RemoteWake,
        "a simulation is on one thread, and what comes from another would not come again: run it as a task",
    ),
    (
        Capability::Threads,
        "a simulation is on one thread: run tasks there with `spawn`, on hosts of their own if need be",
    ),
    (
        Capability::PreopenedSockets,
        "no socket is open before a simulated program begins: listen with `TcpListener::bind`, connect with \
         `TcpStream::connect`",
    ),
    (
        Capability::Broadcast,
        "a simulated network has neither broadcast nor multicast: send to each address",
    ),
    (
        Capability::StdSockets,
        "the sockets of std are the system's, which a simulation has nothing to do with: make sockets with triga",
    ),
    (
        Capability::Processes,
        "a simulation is one process: run what a child would do as a task, on a host of its own if need be",
    ),
    // Their addresses are std's.
    #[cfg(not(unix))]
    (
        Capability::LocalSockets,
        "a simulation has the local sockets of Unix, where this is not compiled for: connect by TCP on the loopback address",
    ),
    (
        Capability::SelectorDescriptor,
        "a simulation has no descriptors: let the other loop call `turn`",
    ),
]);
