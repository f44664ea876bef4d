//! What this platform has, as data: the errors, the tests and the tables all read it here.

use std::fmt;
use std::io;

/// Something that a platform may have or lack.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Capability {
    /// Another thread can end the wait.
    RemoteWake,
    /// Threads exist.
    Threads,
    /// Sleeping until a moment.
    Timers,
    /// Opening TCP connections.
    TcpConnect,
    /// Listening on an address of one's own choice.
    TcpBind,
    /// Sockets that the host opened before the program began.
    PreopenedSockets,
    /// Datagrams.
    Udp,
    /// Resolving names.
    Names,
    /// Broadcast and multicast.
    Broadcast,
    /// Small writes sent at once (`TCP_NODELAY`).
    NoDelay,
    /// Sockets that come from std and go to it.
    StdSockets,
    /// Standard input and output as asynchronous streams.
    Stdio,
    /// Pipes.
    Pipes,
    /// Starting programs and waiting for their end.
    Processes,
    /// Sockets with a name in the file system, or none.
    LocalSockets,
    /// Being told of signals: Ctrl-C, and requests to end.
    Signals,
    /// The selector's own descriptor, to wait for in another loop.
    SelectorDescriptor,
}

impl Capability {
    /// Every capability, in the order of the tables.
    pub const ALL: [Capability; 17] = [
        Capability::RemoteWake,
        Capability::Threads,
        Capability::Timers,
        Capability::TcpConnect,
        Capability::TcpBind,
        Capability::PreopenedSockets,
        Capability::Udp,
        Capability::Names,
        Capability::Broadcast,
        Capability::NoDelay,
        Capability::StdSockets,
        Capability::Stdio,
        Capability::Pipes,
        Capability::Processes,
        Capability::LocalSockets,
        Capability::Signals,
        Capability::SelectorDescriptor,
    ];
}

impl fmt::Display for Capability {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Capability::RemoteWake => "wake from another thread",
            Capability::Threads => "threads",
            Capability::Timers => "timers",
            Capability::TcpConnect => "TCP connect",
            Capability::TcpBind => "TCP bind",
            Capability::PreopenedSockets => "preopened sockets",
            Capability::Udp => "UDP",
            Capability::Names => "names",
            Capability::Broadcast => "broadcast and multicast",
            Capability::NoDelay => "TCP_NODELAY",
            Capability::StdSockets => "sockets of std",
            Capability::Stdio => "standard streams",
            Capability::Pipes => "pipes",
            Capability::Processes => "processes",
            Capability::LocalSockets => "local sockets",
            Capability::Signals => "signals",
            Capability::SelectorDescriptor => "descriptor of the selector",
        })
    }
}

/// What a platform has: everything but what it lists, each with the sentence that its errors bear.
#[derive(Debug, Clone, Copy)]
pub struct Support {
    lacks: &'static [(Capability, &'static str)],
}

impl Support {
    pub(crate) const fn all_but(lacks: &'static [(Capability, &'static str)]) -> Support {
        Support { lacks }
    }

    /// Whether the platform has it.
    pub const fn has(&self, capability: Capability) -> bool {
        self.why_not(capability).is_none()
    }

    /// Fails where the platform lacks it.
    ///
    /// # Errors
    ///
    /// `Unsupported`, with the sentence of [`why_not`](Self::why_not).
    pub fn require(&self, capability: Capability) -> io::Result<()> {
        match self.why_not(capability) {
            None => Ok(()),
            Some(why) => Err(io::Error::new(io::ErrorKind::Unsupported, why)),
        }
    }

    /// Why the platform lacks it and what to do instead, if it does.
    pub const fn why_not(&self, capability: Capability) -> Option<&'static str> {
        let mut index = 0;
        while index < self.lacks.len() {
            let (lacked, why) = self.lacks[index];
            // A constant cannot call `PartialEq` yet.
            if lacked as u8 == capability as u8 {
                return Some(why);
            }
            index += 1;
        }
        None
    }
}

/// The error of a portable name that this platform has no mechanism for.
pub(crate) fn unsupported(capability: Capability) -> io::Error {
    let why = crate::SUPPORT.why_not(capability).unwrap_or("this platform lacks it");
    io::Error::new(io::ErrorKind::Unsupported, why)
}
