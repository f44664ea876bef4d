//! Windows: sockets, named pipes and the waker on a completion port, through mio; and what the system tells on threads of its
//! own, posted to the selector.

use crate::support::{Capability, Support};

pub use crate::common::in_order as task;
pub use crate::common::mio_net as net;
pub use crate::common::native_selector::{EDGE_TRIGGERED, Events, Registry, Selector, Waker};
pub(crate) use crate::common::no_fork as fork;
pub(crate) use crate::common::no_kind as kind;
pub(crate) use crate::common::std_clock::now;
pub use crate::common::std_lock::Lock;

pub mod local;
pub mod named_pipe;
pub mod pipe;
pub(crate) mod posts;
pub mod process;
pub mod signal;
pub mod socket;
pub mod stdio;
pub mod waitable;

/// A source is polled for again only by a call that would block.
pub const SHORT_IO_CLEARS: bool = false;
/// mio does not ask AFD for urgent data.
pub const TELLS_URGENT: bool = false;
/// mio cancels the poll of a socket that is dropped, and the other sources end theirs as they are dropped.
pub const CLOSING_DEREGISTERS: bool = true;
/// A program may start others.
pub const ONE_THREAD: bool = false;
/// What this platform has.
pub const SUPPORT: Support = Support::all_but(&[
    (
        Capability::PreopenedSockets,
        "this platform has no preopened sockets: bind or connect, or take a std socket over with `from_std`",
    ),
    (
        Capability::SelectorDescriptor,
        "a completion port cannot be waited for in another loop: turn the driver on a thread of its own",
    ),
]);

#[cfg(test)]
mod tests;
