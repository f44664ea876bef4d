//! The columns of the matrix.

/// Something that a platform may have or lack.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Capability {
    RemoteWake,
    Threads,
    Timers,
    TcpConnect,
    TcpListen,
    PreopenedSockets,
    Udp,
    Names,
    Broadcast,
    NoDelay,
    StdSockets,
    Stdio,
    SelectorDescriptor,
    RawSources,
    Signals,
    Processes,
    LocalSockets,
    Pipes,
    NamedPipes,
    WaitableHandles,
    Pollables,
    IoUring,
}

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

impl Capability {
    /// Every column, in the order of the tables.
    pub(crate) const ALL: [Capability; 22] = [
        Capability::RemoteWake,
        Capability::Threads,
        Capability::Timers,
        Capability::TcpConnect,
        Capability::TcpListen,
        Capability::PreopenedSockets,
        Capability::Udp,
        Capability::Names,
        Capability::Broadcast,
        Capability::NoDelay,
        Capability::StdSockets,
        Capability::Stdio,
        Capability::SelectorDescriptor,
        Capability::RawSources,
        Capability::Signals,
        Capability::Processes,
        Capability::LocalSockets,
        Capability::Pipes,
        Capability::NamedPipes,
        Capability::WaitableHandles,
        Capability::Pollables,
        Capability::IoUring,
    ];

    /// What the tables call it.
    pub(crate) fn title(self) -> &'static str {
        match self {
            Capability::RemoteWake => "wake from another thread",
            Capability::Threads => "threads",
            Capability::Timers => "timers",
            Capability::TcpConnect => "TCP connect",
            Capability::TcpListen => "TCP listen",
            Capability::PreopenedSockets => "preopened sockets",
            Capability::Udp => "UDP",
            Capability::Names => "names",
            Capability::Broadcast => "broadcast and multicast",
            Capability::NoDelay => "TCP_NODELAY",
            Capability::StdSockets => "sockets of std",
            Capability::Stdio => "standard streams",
            Capability::SelectorDescriptor => "the driver as a descriptor",
            Capability::RawSources => "sources of your own",
            Capability::Signals => "signals",
            Capability::Processes => "processes",
            Capability::LocalSockets => "local sockets",
            Capability::Pipes => "pipes",
            Capability::NamedPipes => "named pipes",
            Capability::WaitableHandles => "waitable handles",
            Capability::Pollables => "pollables",
            Capability::IoUring => "io_uring",
        }
    }

    pub(crate) fn known_as(self) -> KnownAs {
        match self {
            Capability::RemoteWake => KnownAs::Support("RemoteWake"),
            Capability::Threads => KnownAs::Support("Threads"),
            Capability::Timers => KnownAs::Support("Timers"),
            Capability::TcpConnect => KnownAs::Support("TcpConnect"),
            Capability::TcpListen => KnownAs::Support("TcpBind"),
            Capability::PreopenedSockets => KnownAs::Support("PreopenedSockets"),
            Capability::Udp => KnownAs::Support("Udp"),
            Capability::Names => KnownAs::Support("Names"),
            Capability::Broadcast => KnownAs::Support("Broadcast"),
            Capability::NoDelay => KnownAs::Support("NoDelay"),
            Capability::StdSockets => KnownAs::Support("StdSockets"),
            Capability::Stdio => KnownAs::Support("Stdio"),
            Capability::SelectorDescriptor => KnownAs::Support("SelectorDescriptor"),
            Capability::RawSources => KnownAs::Name("triga::Source"),
            Capability::LocalSockets => KnownAs::Support("LocalSockets"),
            Capability::Processes => KnownAs::Support("Processes"),
            Capability::Pipes => KnownAs::Support("Pipes"),
            Capability::Signals => KnownAs::Support("Signals"),
            Capability::NamedPipes => KnownAs::Name("triga::os::windows::NamedPipeServer"),
            Capability::WaitableHandles => KnownAs::Name("triga::os::windows::AsyncHandle"),
            Capability::Pollables => KnownAs::Name("triga::os::wasi::Pollable"),
            Capability::IoUring => KnownAs::Nothing,
        }
    }
}
