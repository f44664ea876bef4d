//! What happened in a simulation, line by line. One seed makes one trace, on every machine: no line bears an address of
//! memory, a token, or whatever else depends on the target.

use std::fmt::{self, Write};

/// The lines, or what tells them from others.
#[derive(Debug)]
pub(super) struct Trace {
    kept: Option<String>,
    line: String,
    fingerprint: u64,
}

impl Trace {
    pub(super) fn new(is_kept: bool) -> Trace {
        Trace {
            kept: is_kept.then(String::new),
            line: String::new(),
            fingerprint: 0xcbf2_9ce4_8422_2325,
        }
    }

    /// Adds a line.
    pub(super) fn write(&mut self, now: u64, what: fmt::Arguments<'_>) {
        self.line.clear();
        // A string takes whatever comes.
        let _ = writeln!(self.line, "{now} {what}");
        // FNV-1a.
        for byte in self.line.bytes() {
            self.fingerprint = (self.fingerprint ^ u64::from(byte)).wrapping_mul(0x100_0000_01b3);
        }
        if let Some(kept) = &mut self.kept {
            kept.push_str(&self.line);
        }
    }

    /// The lines, if they are kept.
    pub(super) fn text(&self) -> &str {
        self.kept.as_deref().unwrap_or_default()
    }

    /// A number for the lines so far (FNV-1a).
    pub(super) fn fingerprint(&self) -> u64 {
        self.fingerprint
    }
}
