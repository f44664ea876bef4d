//! Windows: sockets and the waker on a completion port, through mio.

use crate::Reach;
use crate::support::{Capability, Support};

pub use crate::common::mio_net as net;
pub use crate::common::native_selector::{EDGE_TRIGGERED, Events, Registry, Selector, Source, Waker};
pub(crate) use crate::common::no_fork as fork;
pub use crate::common::no_pipe as pipe;
pub use crate::common::no_process as process;
pub use crate::common::no_signal as signal;
pub use crate::common::no_stdio as stdio;
pub(crate) use crate::common::std_clock::now;

/// A source is polled for again only by a call that would block.
pub const SHORT_IO_DRAINS: bool = false;
/// Any thread can wake the selector.
pub const WAKE: Reach = Reach::AnyThread;
/// A wait may block.
pub const CAN_BLOCK: bool = true;
/// What this platform has.
pub const SUPPORT: Support = Support::all_but(&[
    (
        Capability::PreopenedSockets,
        "this platform has no preopened sockets: bind or connect, or take a std socket over with `from_std`",
    ),
    (
        Capability::Stdio,
        "Windows cannot wait for a standard stream: read it on a thread of its own with `std::io::stdin`",
    ),
    (
        Capability::LocalSockets,
        "local sockets are not there yet: use a TCP connection to this machine",
    ),
    (
        Capability::Pipes,
        "pipes are not there yet: use a TCP connection to this machine",
    ),
    (
        Capability::Processes,
        "waiting for a child is not there yet: wait on a thread of its own with `std::process::Child::wait`",
    ),
    (
        Capability::Signals,
        "console events are not there yet: set a handler of your own, and have it call `Handle::unpark`",
    ),
    (
        Capability::SelectorDescriptor,
        "a completion port cannot be waited for in another loop: turn the driver on a thread of its own",
    ),
]);
