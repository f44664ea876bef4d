//! What the tests need, and which rows have it.
//!
//! What is skipped follows from what the platform says that it has and from what the host gives. The table here says what
//! that should come to, so that nothing is skipped, or run, that was not meant to be.

use std::fmt;

use triga::{Capability, SUPPORT};

use crate::peer;

/// Something that a test cannot do without.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Need {
    /// The platform has it.
    Has(Capability),
    /// The platform lacks it.
    Lacks(Capability),
    /// Connections whose far end follows a script.
    Peer,
    /// A change of readiness makes an event, whether or not a task waits.
    Edges,
    /// A panic can be caught.
    Unwinding,
    /// The limits and descriptors of a Unix process.
    Unix,
    /// A host that lets the program run while nobody reads its standard output. wasmtime writes it blocking.
    UnhurriedStdout,
}

impl Need {
    fn is_met(self) -> bool {
        match self {
            Need::Has(capability) => SUPPORT.has(capability),
            Need::Lacks(capability) => !SUPPORT.has(capability),
            Need::Peer => peer::is_there(),
            Need::Edges => triga_platform::EDGE_TRIGGERED,
            Need::Unwinding => cfg!(panic = "unwind"),
            Need::Unix => cfg!(unix),
            Need::UnhurriedStdout => !is_for_guest(),
        }
    }
}

/// Whether the programs that are tested from outside run in a guest.
fn is_for_guest() -> bool {
    #[cfg(target_os = "wasi")]
    return true;
    #[cfg(not(target_os = "wasi"))]
    crate::stdio::is_for_guest()
}

impl fmt::Display for Need {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Need::Has(capability) => write!(f, "{capability}"),
            Need::Lacks(capability) => write!(f, "the lack of: {capability}"),
            Need::Peer => f.write_str("a peer"),
            Need::Edges => f.write_str("edge-triggered events"),
            Need::Unwinding => f.write_str("panics that unwind"),
            Need::Unix => f.write_str("Unix"),
            Need::UnhurriedStdout => f.write_str("a host that does not block on standard output"),
        }
    }
}

/// A platform together with the host that runs it.
#[derive(Debug)]
pub(crate) struct Row {
    pub(crate) name: &'static str,
    /// Every need of a test that is not met there.
    unmet: &'static [&'static [Need]],
}

const ROWS: [Row; 4] = [
    Row {
        name: "native",
        unmet: &[SYSTEM],
    },
    Row {
        name: "windows",
        unmet: &[
            SYSTEM,
            &[
                Need::Has(Capability::SelectorDescriptor),
                Need::Has(Capability::Stdio),
                Need::Unix,
            ],
        ],
    },
    Row {
        name: "wasip1-wasmtime36",
        unmet: &[WASIP1],
    },
    Row {
        name: "wasip1-wasmtime48",
        unmet: &[WASIP1, &[Need::Peer]],
    },
];

/// An operating system has everything but a host around it.
const SYSTEM: &[Need] = &[
    Need::Has(Capability::PreopenedSockets),
    Need::Lacks(Capability::RemoteWake),
    Need::Lacks(Capability::TcpBind),
];

const WASIP1: &[Need] = &[
    Need::Has(Capability::RemoteWake),
    Need::Has(Capability::SelectorDescriptor),
    Need::Has(Capability::TcpBind),
    Need::Has(Capability::TcpConnect),
    Need::Has(Capability::Threads),
    Need::Has(Capability::Udp),
    Need::Edges,
    Need::Unwinding,
    Need::Unix,
    Need::UnhurriedStdout,
];

/// What is done with a test.
pub(crate) enum Verdict {
    Run,
    Skip(String),
    /// What happens is not what the table says.
    Wrong(String),
}

impl Row {
    /// Whether the host gives the guest a listener.
    #[cfg(not(target_os = "wasi"))]
    pub(crate) fn has_listener(&self) -> bool {
        !self.expects_unmet(Need::Peer)
    }

    /// The row with this name, or else the one of this target.
    pub(crate) fn named(name: Option<&str>) -> Result<&'static Row, String> {
        let name = match name {
            Some(name) => name,
            None if cfg!(windows) => "windows",
            None if cfg!(unix) => "native",
            None => return Err("set TRIGA_ROW to the row that this host is".into()),
        };
        ROWS.iter().find(|row| row.name == name).ok_or_else(|| {
            let known = ROWS.map(|row| row.name).join(", ");
            format!("there is no row `{name}`: there are {known}")
        })
    }

    pub(crate) fn verdict(&self, needs: &[Need]) -> Verdict {
        let unmet = |need: &&Need| !need.is_met();
        let expected = |need: &&Need| self.expects_unmet(**need);
        match (needs.iter().find(unmet), needs.iter().find(expected)) {
            (None, None) => Verdict::Run,
            (Some(need), Some(_)) => Verdict::Skip(format!("needs {need}")),
            (Some(need), None) => Verdict::Wrong(format!("it needs {need}, which {} should have", self.name)),
            (None, Some(need)) => Verdict::Wrong(format!("it needs {need}, which {} should not have", self.name)),
        }
    }

    fn expects_unmet(&self, need: Need) -> bool {
        self.unmet.iter().any(|unmet| unmet.contains(&need))
    }
}
