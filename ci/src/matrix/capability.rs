//! The columns of the matrix.

use KnownAs::{Name, Nothing, Support};

/// What stands for a capability in triga.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum KnownAs {
    /// A variant of `triga::Capability`: `SUPPORT` says at run time whether the platform has it.
    Support(&'static str),
    /// A public name that is there where the platform has it, and missing elsewhere.
    Name(&'static str),
    /// Nothing yet, so no platform has it.
    Nothing,
}

macro_rules! capabilities {
    ($($variant:ident, $title:literal, $known_as:expr;)*) => {
        /// Something that a platform may have or lack.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
        pub(crate) enum Capability {
            $($variant),*
        }

        impl Capability {
            /// Every column, in the order of the tables.
            pub(crate) const ALL: [Capability; [$($title),*].len()] = [$(Capability::$variant),*];

            /// What the tables call it.
            pub(crate) fn title(self) -> &'static str {
                match self {
                    $(Capability::$variant => $title),*
                }
            }

            pub(crate) fn known_as(self) -> KnownAs {
                match self {
                    $(Capability::$variant => $known_as),*
                }
            }
        }
    };
}

capabilities! {
    RemoteWake, "wake from another thread", Support("RemoteWake");
    Threads, "threads", Support("Threads");
    Timers, "timers", Support("Timers");
    TcpConnect, "TCP connect", Support("TcpConnect");
    TcpListen, "TCP listen", Support("TcpBind");
    PreopenedSockets, "preopened sockets", Support("PreopenedSockets");
    Udp, "UDP", Support("Udp");
    Names, "names", Support("Names");
    Broadcast, "broadcast and multicast", Support("Broadcast");
    NoDelay, "TCP_NODELAY", Support("NoDelay");
    StdSockets, "sockets of std", Support("StdSockets");
    Stdio, "standard streams", Support("Stdio");
    SelectorDescriptor, "the driver as a descriptor", Support("SelectorDescriptor");
    RawSources, "sources of your own", Name("triga::Source");
    Signals, "signals", Support("Signals");
    Processes, "processes", Support("Processes");
    LocalSockets, "local sockets", Support("LocalSockets");
    Pipes, "pipes", Support("Pipes");
    NamedPipes, "named pipes", Name("triga::os::windows::NamedPipeServer");
    WaitableHandles, "waitable handles", Name("triga::os::windows::AsyncHandle");
    Pollables, "pollables", Name("triga::os::wasi::Pollable");
    IoUring, "io_uring", Nothing;
}
