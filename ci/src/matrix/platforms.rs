//! What the code of each platform has: everything but what is listed here, with the reason.

use super::Capability;

/// Whether a capability is there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Answer {
    Yes,
    /// The system has no such thing.
    No(&'static str),
    /// The platform has what it takes, and this host does not give it.
    Withheld(&'static str),
    /// The system has it, and triga does not use it yet.
    NotYet(&'static str),
}

impl Answer {
    /// Why it is not there, if it is not.
    pub(crate) fn reason(self) -> Option<&'static str> {
        match self {
            Answer::Yes => None,
            Answer::No(why) | Answer::Withheld(why) | Answer::NotYet(why) => Some(why),
        }
    }
}

/// What the conformance suite needs besides capabilities, and does not find everywhere: variants of the suite's `Need`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fixture {
    /// Connections whose far end follows a script.
    Peer,
    /// A change of readiness makes an event, whether or not a task waits.
    Edges,
    /// A panic can be caught.
    Unwinding,
    /// Sources that say so when their writing direction ends.
    WriteEnds,
    /// The limits, descriptors and signals of a Unix process, and the names that are there on Unix alone.
    Unix,
    /// The sockets and pipes of a Linux kernel.
    Linux,
    /// Local sockets under the names that they have on Unix.
    UnixSockets,
    /// The names that are there on Windows alone.
    Windows,
    /// A host that lets the program run while its standard output is not read.
    UnhurriedStdout,
}

/// The code that is compiled for some targets.
#[derive(Debug)]
pub(crate) struct Platform {
    /// What the tables call it.
    pub(crate) title: &'static str,
    /// The mechanism that waits.
    pub(crate) selector: &'static str,
    /// What heads its column of the support table.
    pub(crate) heading: &'static str,
    /// The files that are its own: no other platform is touched by a change there. A path that no platform owns is shared by
    /// all of them.
    pub(crate) owns: &'static [&'static str],
    /// The capabilities that it lacks.
    pub(crate) answers: &'static [(Capability, Answer)],
    /// What its tests have to do without.
    pub(crate) without: &'static [Fixture],
}

/// Every platform, in the order of the tables.
pub(crate) static PLATFORMS: [&Platform; 11] = [
    &LINUX,
    &LINUX_POLL,
    &KQUEUE,
    &ILLUMOS,
    &ANDROID,
    &WINDOWS,
    &WASIP1,
    &WASIP1_THREADS,
    &WASIP2,
    &WEB,
    &SIM,
];

const UNIX_OWNS: &[&str] = &[
    "platform/src/unix/",
    "platform/src/common/mio_",
    "platform/src/common/poll/",
    "src/os/unix",
];
const WASIP1_OWNS: &[&str] = &["platform/src/wasip1/", "platform/src/common/flag_waker.rs"];

const NO_PREOPENED: (Capability, Answer) = (
    Capability::PreopenedSockets,
    Answer::No("bind or connect, or take a std socket over with `from_std`"),
);
const NO_NAMED_PIPES: (Capability, Answer) = (Capability::NamedPipes, Answer::No("Windows alone has them"));
const NO_HANDLES: (Capability, Answer) = (Capability::WaitableHandles, Answer::No("Windows alone has them"));
const NO_POLLABLES: (Capability, Answer) = (Capability::Pollables, Answer::No("WASI 0.2 alone has them"));
const NO_IO_URING: (Capability, Answer) = (Capability::IoUring, Answer::No("Linux alone has it"));

pub(crate) static LINUX: Platform = Platform {
    title: "Linux",
    selector: "epoll",
    heading: "Unix",
    owns: UNIX_OWNS,
    answers: &[NO_PREOPENED, NO_NAMED_PIPES, NO_HANDLES, NO_POLLABLES],
    without: &[Fixture::Windows],
};

/// What mio falls back to where a system has neither epoll nor kqueue, shown on Linux.
pub(crate) static LINUX_POLL: Platform = Platform {
    title: "Linux, forced to poll(2)",
    selector: "poll(2)",
    heading: "Unix",
    owns: UNIX_OWNS,
    answers: &[
        NO_PREOPENED,
        NO_NAMED_PIPES,
        NO_HANDLES,
        NO_POLLABLES,
        (
            Capability::SelectorDescriptor,
            Answer::No("`poll` is a call, not a descriptor"),
        ),
        (Capability::IoUring, Answer::No("the selector is forced to be another")),
    ],
    without: &[Fixture::Edges, Fixture::Windows],
};

pub(crate) static KQUEUE: Platform = Platform {
    title: "macOS, BSDs",
    selector: "kqueue",
    heading: "Unix",
    owns: UNIX_OWNS,
    answers: &[NO_PREOPENED, NO_NAMED_PIPES, NO_HANDLES, NO_POLLABLES, NO_IO_URING],
    without: &[Fixture::Linux, Fixture::Windows],
};

pub(crate) static ILLUMOS: Platform = Platform {
    title: "illumos",
    selector: "epoll",
    heading: "Unix",
    owns: UNIX_OWNS,
    answers: &[NO_PREOPENED, NO_NAMED_PIPES, NO_HANDLES, NO_POLLABLES, NO_IO_URING],
    without: &[Fixture::Linux, Fixture::Windows],
};

pub(crate) static ANDROID: Platform = Platform {
    title: "Android",
    selector: "epoll",
    heading: "Unix",
    owns: UNIX_OWNS,
    answers: &[
        NO_PREOPENED,
        NO_NAMED_PIPES,
        NO_HANDLES,
        NO_POLLABLES,
        (
            Capability::IoUring,
            Answer::No("Android's filter of system calls refuses it to applications"),
        ),
    ],
    without: &[Fixture::Windows],
};

pub(crate) static WINDOWS: Platform = Platform {
    title: "Windows",
    selector: "IOCP",
    heading: "Windows",
    owns: &[
        "platform/src/windows/",
        "platform/src/common/mio_",
        "platform/src/common/no_fork.rs",
        "src/os/windows",
    ],
    answers: &[
        NO_PREOPENED,
        (
            Capability::SelectorDescriptor,
            Answer::No("a completion port cannot be waited for in another loop"),
        ),
        NO_POLLABLES,
        NO_IO_URING,
    ],
    without: &[Fixture::Unix, Fixture::Linux, Fixture::UnixSockets, Fixture::WriteEnds],
};

/// What WASI 0.1 has no function for.
const NOT_IN_WASIP1: &str = "WASI 0.1 has no such thing";

const WASIP1_ANSWERS: &[(Capability, Answer)] = &[
    (
        Capability::RemoteWake,
        Answer::No("nothing can wake a guest that waits: give the wait a deadline"),
    ),
    (Capability::Threads, Answer::No("there is one thread")),
    (
        Capability::TcpConnect,
        Answer::No("the host opens the socket: `TcpStream::preopened`"),
    ),
    (
        Capability::TcpListen,
        Answer::No("the host opens the listener: `TcpListener::preopened`"),
    ),
    (Capability::Udp, Answer::No(NOT_IN_WASIP1)),
    (Capability::Names, Answer::No(NOT_IN_WASIP1)),
    (Capability::Broadcast, Answer::No(NOT_IN_WASIP1)),
    (Capability::NoDelay, Answer::No(NOT_IN_WASIP1)),
    (
        Capability::SelectorDescriptor,
        Answer::No("`poll_oneoff` is a call, not a descriptor"),
    ),
    (Capability::Signals, Answer::No(NOT_IN_WASIP1)),
    (Capability::Processes, Answer::No(NOT_IN_WASIP1)),
    (Capability::LocalSockets, Answer::No(NOT_IN_WASIP1)),
    (Capability::Pipes, Answer::No(NOT_IN_WASIP1)),
    NO_NAMED_PIPES,
    NO_HANDLES,
    NO_POLLABLES,
    NO_IO_URING,
];

pub(crate) static WASIP1: Platform = Platform {
    title: "WASI 0.1",
    selector: "`poll_oneoff`",
    heading: "WASI 0.1",
    owns: WASIP1_OWNS,
    answers: WASIP1_ANSWERS,
    without: WASIP1_WITHOUT,
};

const WASIP1_WITHOUT: &[Fixture] = &[
    Fixture::Edges,
    Fixture::Unwinding,
    Fixture::Unix,
    Fixture::Linux,
    Fixture::UnixSockets,
    Fixture::WriteEnds,
    Fixture::Windows,
];

/// The target has threads; the platform is that of the other one, which has one.
pub(crate) static WASIP1_THREADS: Platform = Platform {
    title: "WASI 0.1 with threads",
    selector: "`poll_oneoff`",
    heading: "WASI 0.1",
    owns: WASIP1_OWNS,
    answers: WASIP1_ANSWERS,
    without: WASIP1_WITHOUT,
};

pub(crate) static WASIP2: Platform = Platform {
    title: "WASI 0.2",
    selector: "`wasi:io/poll`",
    heading: "WASI 0.2",
    owns: &[
        "platform/src/wasip2/",
        "platform/src/common/flag_waker.rs",
        "src/os/wasi",
    ],
    answers: &[
        (
            Capability::RemoteWake,
            Answer::No("nothing can wake a guest that waits: give the wait a deadline"),
        ),
        (Capability::Threads, Answer::No("there is one thread")),
        NO_PREOPENED_IN_WASIP2,
        (Capability::Broadcast, Answer::No(NOT_IN_WASIP2)),
        (Capability::NoDelay, Answer::No(NOT_IN_WASIP2)),
        (
            Capability::StdSockets,
            Answer::No("std's are wasi-libc's, and the host's interfaces know nothing of them"),
        ),
        (
            Capability::SelectorDescriptor,
            Answer::No("`poll` is a call, not a descriptor"),
        ),
        (Capability::Signals, Answer::No(NOT_IN_WASIP2)),
        (Capability::Processes, Answer::No(NOT_IN_WASIP2)),
        (Capability::LocalSockets, Answer::No(NOT_IN_WASIP2)),
        (Capability::Pipes, Answer::No(NOT_IN_WASIP2)),
        NO_NAMED_PIPES,
        NO_HANDLES,
        NO_IO_URING,
    ],
    // As of WASI 0.1.
    without: WASIP1_WITHOUT,
};

/// What WASI 0.2 has no interface for.
const NOT_IN_WASIP2: &str = "WASI 0.2 has no such thing";
const NO_PREOPENED_IN_WASIP2: (Capability, Answer) = (
    Capability::PreopenedSockets,
    Answer::No("a program listens and connects itself"),
);

/// What needs no host: tasks, and drivers that are turned when the host calls the program.
pub(crate) static WEB: Platform = Platform {
    title: "wasm32-unknown-unknown",
    selector: "none",
    heading: "web",
    owns: &["platform/src/web/"],
    answers: &[
        (Capability::RemoteWake, Answer::No("there is one thread")),
        (Capability::Threads, Answer::No("there is one thread")),
        (Capability::Timers, Answer::NotYet(NO_HOST)),
        (Capability::TcpConnect, Answer::No(NO_SOCKETS)),
        (Capability::TcpListen, Answer::No(NO_SOCKETS)),
        (Capability::PreopenedSockets, Answer::No(NO_SOCKETS)),
        (Capability::Udp, Answer::No(NO_SOCKETS)),
        (Capability::Names, Answer::No(NO_SOCKETS)),
        (Capability::Broadcast, Answer::No(NO_SOCKETS)),
        (Capability::NoDelay, Answer::No(NO_SOCKETS)),
        (Capability::StdSockets, Answer::No(NO_SOCKETS)),
        (Capability::Stdio, Answer::No("there are no standard streams")),
        (Capability::SelectorDescriptor, Answer::No("there are no descriptors")),
        (Capability::Signals, Answer::No("there are no signals")),
        (Capability::Processes, Answer::No("there are no processes")),
        (Capability::LocalSockets, Answer::No(NO_SOCKETS)),
        (Capability::Pipes, Answer::No("there are no descriptors")),
        NO_NAMED_PIPES,
        NO_HANDLES,
        NO_POLLABLES,
        NO_IO_URING,
    ],
    without: &[
        Fixture::Edges,
        Fixture::Unwinding,
        Fixture::Unix,
        Fixture::Linux,
        Fixture::UnixSockets,
        Fixture::WriteEnds,
        Fixture::Peer,
    ],
};

/// Why what a browser could do is not there.
const NO_HOST: &str = "the target has no clock, and the browser's is still to come";
const NO_SOCKETS: &str = "the target has no sockets";

/// A world in memory, compiled for a target in place of its own platform.
pub(crate) static SIM: Platform = Platform {
    title: "simulated",
    selector: "a virtual clock",
    heading: "simulated",
    owns: &["platform/src/sim/", "src/os/sim/", "src/os/unix/net/", "tests/sim/"],
    answers: &[
        (Capability::RemoteWake, Answer::No(ONE_THREAD)),
        (Capability::Threads, Answer::No(ONE_THREAD)),
        (
            Capability::PreopenedSockets,
            Answer::No("a program listens and connects itself"),
        ),
        (Capability::Broadcast, Answer::No("send to each address")),
        (
            Capability::StdSockets,
            Answer::No("std's are the system's, which a simulation has nothing to do with"),
        ),
        (
            Capability::SelectorDescriptor,
            Answer::No("a simulation has no descriptors"),
        ),
        (
            Capability::Processes,
            Answer::No("run a child's code as a task, on a host of its own"),
        ),
        NO_NAMED_PIPES,
        NO_HANDLES,
        NO_POLLABLES,
        NO_IO_URING,
    ],
    without: &[Fixture::Unix, Fixture::Linux, Fixture::Windows],
};

/// What comes from another thread comes at another time in every run.
const ONE_THREAD: &str = "a simulation is on one thread";
