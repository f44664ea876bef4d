//! Linux, Android, macOS, iOS, the BSDs, illumos: epoll or kqueue through mio.

use crate::Reach;
use crate::support::{Capability, Support};

pub use crate::common::mio_net as net;
pub use crate::common::mio_selector::{Events, Registry, Selector, Source, Waker};
pub(crate) use crate::common::std_clock::now;

mod credentials;
pub mod descriptor;
pub(crate) mod fork;
pub mod local;
pub mod pipe;
pub mod process;
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

/// Events tell changes.
pub const EDGE_TRIGGERED: bool = true;
/// New bytes make a new edge on epoll and kqueue. mio's poll(2) makes one only after a call that would block.
pub const SHORT_IO_DRAINS: bool = cfg!(not(mio_unsupported_force_poll_poll));
/// Any thread can wake the selector.
pub const WAKE: Reach = Reach::AnyThread;
/// A wait may block.
pub const CAN_BLOCK: bool = true;
/// What this platform has.
pub const SUPPORT: Support = Support::all_but(&[(
    Capability::PreopenedSockets,
    "this platform has no preopened sockets: bind or connect, or take a std socket over with `from_std`",
)]);
