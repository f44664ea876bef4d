//! What the tests need, and which rows have it.
//!
//! What is skipped follows from what the platform says that it has and from what the host gives. The matrix, in `expected.rs`,
//! says what that should come to, so that nothing is skipped, or run, that was not meant to be.

use std::fmt;

use triga::{Capability, SUPPORT};

use crate::expected::ROWS;
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
    /// Sources that say so when their writing direction ends.
    WriteEnds,
    /// The limits, descriptors and signals of a Unix process.
    Unix,
    /// The sockets and pipes of a Linux kernel.
    Linux,
    /// Local sockets under the names that they have on Unix.
    UnixSockets,
    /// The names that are there on Windows alone.
    Windows,
    /// A host that lets the program run while its standard output is not read. wasmtime writes it blocking.
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
            Need::Unix => cfg!(all(unix, not(triga_platform = "sim"))),
            Need::Linux => cfg!(all(
                any(target_os = "linux", target_os = "android"),
                not(triga_platform = "sim")
            )),
            Need::WriteEnds => cfg!(any(unix, triga_platform = "sim")),
            Need::UnixSockets => cfg!(unix),
            Need::Windows => cfg!(all(windows, not(triga_platform = "sim"))),
            Need::UnhurriedStdout => !blocks_on_stdout(),
        }
    }
}

/// Whether the programs that are tested from outside run in a host that writes their standard output blocking. A guest does not
/// run those tests.
fn blocks_on_stdout() -> bool {
    #[cfg(target_family = "wasm")]
    return true;
    #[cfg(not(target_family = "wasm"))]
    crate::stdio::blocks_on_stdout()
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
            Need::Linux => f.write_str("Linux"),
            Need::WriteEnds => f.write_str("sources that tell the end of their writing direction"),
            Need::UnixSockets => f.write_str("the local sockets of Unix"),
            Need::Windows => f.write_str("Windows"),
            Need::UnhurriedStdout => f.write_str("a host that does not block on standard output"),
        }
    }
}

/// A platform together with the host that runs it, as `ci/src/matrix` has it.
#[derive(Debug)]
pub(crate) struct Row {
    pub(crate) name: &'static str,
    /// What the platform lacks. It has every other capability.
    pub(crate) lacks: &'static [Capability],
    /// What else is not there.
    pub(crate) without: &'static [Need],
}

/// What is done with a test.
pub(crate) enum Verdict {
    Run,
    Skip(String),
    /// What happens is not what the table says.
    Wrong(String),
}

impl Row {
    /// Whether the host gives the guest a listener, which has no other.
    #[cfg(not(target_family = "wasm"))]
    pub(crate) fn has_preopened_listener(&self) -> bool {
        !self.has_network() && !self.expects_unmet(Need::Peer)
    }

    /// Whether the host lets the guest open sockets, if it is asked to.
    #[cfg(not(target_family = "wasm"))]
    pub(crate) fn has_network(&self) -> bool {
        !self.expects_unmet(Need::Has(Capability::TcpBind))
    }

    /// Whether the host is Node.
    #[cfg(not(target_family = "wasm"))]
    pub(crate) fn is_node(&self) -> bool {
        self.name == "wasip1-node"
    }

    /// The row with this name, or else the one of this target.
    pub(crate) fn named(name: Option<&str>) -> Result<&'static Row, String> {
        let name = match name {
            Some(name) => name,
            None if cfg!(triga_platform = "sim") => "sim",
            None if cfg!(windows) => "windows-msvc",
            None if cfg!(mio_unsupported_force_poll_poll) => "native-poll",
            None if cfg!(any(target_os = "linux", target_os = "android")) => "native",
            None if cfg!(all(unix, not(triga_platform = "sim"))) => "macos",
            None => return Err("set TRIGA_ROW to the row that this host is".into()),
        };
        ROWS.iter().find(|row| row.name == name).ok_or_else(|| {
            let known: Vec<_> = ROWS.iter().map(|row| row.name).collect();
            let known = known.join(", ");
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
        match need {
            Need::Has(capability) => self.lacks.contains(&capability),
            Need::Lacks(capability) => !self.lacks.contains(&capability),
            _ => self.without.contains(&need),
        }
    }
}
