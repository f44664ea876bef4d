//! Linux, Android, macOS, iOS, the BSDs, illumos: epoll or kqueue through mio, or poll(2) if mio is told to do
//! without them.

use crate::support::{Capability, Support};

pub use crate::common::in_order as task;
pub use crate::common::mio_net as net;
pub use crate::common::native_selector::{EDGE_TRIGGERED, Events, Registry, Selector, Waker};
pub(crate) use crate::common::std_clock::now;
pub use crate::common::std_lock::Lock;

mod credentials;
pub mod descriptor;
pub(crate) mod fork;
pub(crate) mod kind;
pub mod local;
pub mod pipe;
pub mod process;
mod receive;
pub mod signal;
pub mod stdio;
#[cfg(test)]
mod tests;

cfg_if::cfg_if! {
    // Not on Android, whose sandbox may end a process for a call that it does not know.
    if #[cfg(target_os = "linux")] {
        mod exit_pidfd;
        use exit_pidfd as exit;
    } else if #[cfg(any(target_vendor = "apple", target_os = "freebsd", target_os = "netbsd"))] {
        mod exit_kqueue;
        use exit_kqueue as exit;
    } else {
        mod exit_signal;
        use exit_signal as exit;
    }
}

/// With poll(2), arming a direction asks for the level again.
pub const SHORT_IO_CLEARS: bool = !EDGE_TRIGGERED;
/// `EPOLLPRI` says that there is urgent data. Miri's epoll refuses it.
pub const TELLS_URGENT: bool = EDGE_TRIGGERED && cfg!(any(target_os = "linux", target_os = "android")) && !cfg!(miri);
/// kqueue removes the events of a descriptor that is closed (kqueue(2)), and poll(2) has a table of ours. Epoll keeps them while a
/// duplicate is open (epoll(7), question 6).
pub const CLOSING_DEREGISTERS: bool = !EDGE_TRIGGERED
    || cfg!(any(
        target_vendor = "apple",
        target_os = "freebsd",
        target_os = "netbsd"
    ));
/// A program may start others.
pub const ONE_THREAD: bool = false;
/// What this platform has. It is a descriptor that tells changes: epoll's or kqueue's.
pub const SUPPORT: Support = Support::all_but(if EDGE_TRIGGERED {
    &[NO_PREOPENED_SOCKETS]
} else {
    &[NO_PREOPENED_SOCKETS, NO_DESCRIPTOR]
});

const NO_PREOPENED_SOCKETS: (Capability, &str) = (
    Capability::PreopenedSockets,
    "this platform has no preopened sockets: bind or connect, or take a std socket over with `from_std`",
);
const NO_DESCRIPTOR: (Capability, &str) = (
    Capability::SelectorDescriptor,
    "poll(2) is a call, not a descriptor: let the other loop call `turn`",
);
