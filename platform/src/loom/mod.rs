//! The platform of a model, for `--cfg triga_loom`: threads, wakes and events are loom's and the model's own, so that loom
//! tries every order in which they may come. There is no system.

use crate::support::{Capability, Support};

pub use crate::common::in_order as task;
pub use crate::common::no_net as net;
pub use crate::common::no_pipe as pipe;
pub use crate::common::no_process as process;
pub use crate::common::no_signal as signal;
pub use crate::common::no_stdio as stdio;

pub use self::selector::{Registry, Selector, Waker};
pub use crate::common::events::Events;
pub use crate::common::std_lock::Lock;

mod selector;

/// An event is posted once.
pub const EDGE_TRIGGERED: bool = true;
/// Events tell changes, as those of epoll.
pub const SHORT_IO_CLEARS: bool = false;
/// The models have streams that tell of urgent data.
pub const TELLS_URGENT: bool = true;
/// There are no duplicates of sources.
pub const CLOSING_DEREGISTERS: bool = true;
/// Models have several.
pub const ONE_THREAD: bool = false;

/// The clock stands still, since a model's runs have to be alike: a timer is due from the beginning, or never.
pub(crate) fn now() -> u64 {
    1
}

const NO_SYSTEM: &str = "a model has no system: post the events of sources of your own with `Registry::post`";

/// What this platform has: threads, wakes and timers.
pub const SUPPORT: Support = Support::all_but(&[
    (Capability::TcpConnect, NO_SYSTEM),
    (Capability::TcpBind, NO_SYSTEM),
    (Capability::PreopenedSockets, NO_SYSTEM),
    (Capability::Udp, NO_SYSTEM),
    (Capability::Names, NO_SYSTEM),
    (Capability::Broadcast, NO_SYSTEM),
    (Capability::NoDelay, NO_SYSTEM),
    (Capability::StdSockets, NO_SYSTEM),
    (Capability::LocalSockets, NO_SYSTEM),
    (Capability::Pipes, NO_SYSTEM),
    (Capability::Processes, NO_SYSTEM),
    (Capability::Stdio, NO_SYSTEM),
    (Capability::Signals, NO_SYSTEM),
    (Capability::SelectorDescriptor, NO_SYSTEM),
]);
