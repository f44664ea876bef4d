//! What each row of the matrix lacks. `cargo ci table` writes this from `ci/src/matrix`, and compares it.

use triga::Capability;

use crate::rows::{Need, Row};

pub(crate) const ROWS: &[Row] = &[
    Row {
        name: "native",
        lacks: &[
            Capability::PreopenedSockets,
        ],
        without: &[
            Need::Windows,
        ],
    },
    Row {
        name: "native-poll",
        lacks: &[
            Capability::PreopenedSockets,
            Capability::SelectorDescriptor,
        ],
        without: &[
            Need::Edges,
            Need::Windows,
        ],
    },
    Row {
        name: "native-pipe",
        lacks: &[
            Capability::PreopenedSockets,
        ],
        without: &[
            Need::Windows,
        ],
    },
    Row {
        name: "native-sigchld",
        lacks: &[
            Capability::PreopenedSockets,
        ],
        without: &[
            Need::Windows,
        ],
    },
    Row {
        name: "x86_64-musl",
        lacks: &[
            Capability::PreopenedSockets,
        ],
        without: &[
            Need::Windows,
        ],
    },
    Row {
        name: "i686",
        lacks: &[
            Capability::PreopenedSockets,
        ],
        without: &[
            Need::Windows,
        ],
    },
    Row {
        name: "aarch64",
        lacks: &[
            Capability::PreopenedSockets,
        ],
        without: &[
            Need::Windows,
        ],
    },
    Row {
        name: "armv7",
        lacks: &[
            Capability::PreopenedSockets,
        ],
        without: &[
            Need::Windows,
        ],
    },
    Row {
        name: "s390x",
        lacks: &[
            Capability::PreopenedSockets,
        ],
        without: &[
            Need::Windows,
        ],
    },
    Row {
        name: "riscv64",
        lacks: &[
            Capability::PreopenedSockets,
        ],
        without: &[
            Need::Windows,
        ],
    },
    Row {
        name: "windows-gnu-wine",
        lacks: &[
            Capability::PreopenedSockets,
            Capability::SelectorDescriptor,
        ],
        without: &[
            Need::Unix,
            Need::Linux,
            Need::UnixSockets,
            Need::WriteEnds,
        ],
    },
    Row {
        name: "windows-msvc",
        lacks: &[
            Capability::PreopenedSockets,
            Capability::SelectorDescriptor,
        ],
        without: &[
            Need::Unix,
            Need::Linux,
            Need::UnixSockets,
            Need::WriteEnds,
        ],
    },
    Row {
        name: "windows-msvc-aarch64",
        lacks: &[
            Capability::PreopenedSockets,
            Capability::SelectorDescriptor,
        ],
        without: &[
            Need::Unix,
            Need::Linux,
            Need::UnixSockets,
            Need::WriteEnds,
        ],
    },
    Row {
        name: "macos",
        lacks: &[
            Capability::PreopenedSockets,
        ],
        without: &[
            Need::Linux,
            Need::Windows,
        ],
    },
    Row {
        name: "macos-x86_64",
        lacks: &[
            Capability::PreopenedSockets,
        ],
        without: &[
            Need::Linux,
            Need::Windows,
        ],
    },
    Row {
        name: "wasip1-wasmtime36",
        lacks: &[
            Capability::RemoteWake,
            Capability::Threads,
            Capability::TcpConnect,
            Capability::TcpBind,
            Capability::Udp,
            Capability::Names,
            Capability::Broadcast,
            Capability::NoDelay,
            Capability::SelectorDescriptor,
            Capability::Signals,
            Capability::Processes,
            Capability::LocalSockets,
            Capability::Pipes,
        ],
        without: &[
            Need::Edges,
            Need::Unwinding,
            Need::Unix,
            Need::Linux,
            Need::UnixSockets,
            Need::WriteEnds,
            Need::Windows,
            Need::UnhurriedStdout,
        ],
    },
    Row {
        name: "wasip1-wasmtime48",
        lacks: &[
            Capability::RemoteWake,
            Capability::Threads,
            Capability::TcpConnect,
            Capability::TcpBind,
            Capability::Udp,
            Capability::Names,
            Capability::Broadcast,
            Capability::NoDelay,
            Capability::SelectorDescriptor,
            Capability::Signals,
            Capability::Processes,
            Capability::LocalSockets,
            Capability::Pipes,
        ],
        without: &[
            Need::Edges,
            Need::Unwinding,
            Need::Unix,
            Need::Linux,
            Need::UnixSockets,
            Need::WriteEnds,
            Need::Windows,
            Need::Peer,
            Need::UnhurriedStdout,
        ],
    },
    Row {
        name: "wasip1-node",
        lacks: &[
            Capability::RemoteWake,
            Capability::Threads,
            Capability::TcpConnect,
            Capability::TcpBind,
            Capability::Udp,
            Capability::Names,
            Capability::Broadcast,
            Capability::NoDelay,
            Capability::SelectorDescriptor,
            Capability::Signals,
            Capability::Processes,
            Capability::LocalSockets,
            Capability::Pipes,
        ],
        without: &[
            Need::Edges,
            Need::Unwinding,
            Need::Unix,
            Need::Linux,
            Need::UnixSockets,
            Need::WriteEnds,
            Need::Windows,
            Need::Peer,
        ],
    },
    Row {
        name: "wasip2-wasmtime48",
        lacks: &[
            Capability::RemoteWake,
            Capability::Threads,
            Capability::PreopenedSockets,
            Capability::Broadcast,
            Capability::NoDelay,
            Capability::StdSockets,
            Capability::SelectorDescriptor,
            Capability::Signals,
            Capability::Processes,
            Capability::LocalSockets,
            Capability::Pipes,
        ],
        without: &[
            Need::Edges,
            Need::Unwinding,
            Need::Unix,
            Need::Linux,
            Need::UnixSockets,
            Need::WriteEnds,
            Need::Windows,
            Need::UnhurriedStdout,
        ],
    },
    Row {
        name: "sim",
        lacks: &[
            Capability::RemoteWake,
            Capability::Threads,
            Capability::PreopenedSockets,
            Capability::Broadcast,
            Capability::StdSockets,
            Capability::SelectorDescriptor,
            Capability::Processes,
        ],
        without: &[
            Need::Unix,
            Need::Linux,
            Need::Windows,
        ],
    },
];
