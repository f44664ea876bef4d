//! The platforms that run here, one row each.

use std::ffi::OsString;

use crate::wasmtime::{self, Need};

/// A platform to run on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Row {
    /// This machine.
    Native,
    /// WASI 0.1 with sockets that the host opened.
    Wasip1Wasmtime36,
    /// WASI 0.1 as later wasmtimes have it: standard streams and clocks.
    Wasip1Wasmtime48,
}

impl Row {
    pub(crate) const ALL: [Row; 3] = [Row::Native, Row::Wasip1Wasmtime36, Row::Wasip1Wasmtime48];

    /// What the row is called on the command line and in the environment of the programs that it runs.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Row::Native => "native",
            Row::Wasip1Wasmtime36 => "wasip1-wasmtime36",
            Row::Wasip1Wasmtime48 => "wasip1-wasmtime48",
        }
    }

    /// The target to compile for, unless it is this machine's own.
    pub(crate) fn target(self) -> Option<&'static str> {
        match self {
            Row::Native => None,
            Row::Wasip1Wasmtime36 | Row::Wasip1Wasmtime48 => Some("wasm32-wasip1"),
        }
    }

    /// Which wasmtime runs its programs.
    pub(crate) fn wasmtime(self) -> Option<&'static Need> {
        match self {
            Row::Native => None,
            Row::Wasip1Wasmtime36 => Some(&wasmtime::SOCKETS),
            Row::Wasip1Wasmtime48 => Some(&wasmtime::STDIO),
        }
    }

    /// The rows named by the remaining arguments, in their own order; all of them if there is none.
    pub(crate) fn from_args(mut parser: lexopt::Parser) -> Result<Vec<Row>, lexopt::Error> {
        let mut named = Vec::new();
        while let Some(argument) = parser.next()? {
            match argument {
                lexopt::Arg::Value(name) => named.push(Row::from_name(name)?),
                argument => return Err(argument.unexpected()),
            }
        }
        let selected = |row: &Row| named.is_empty() || named.contains(row);
        Ok(Row::ALL.into_iter().filter(selected).collect())
    }

    fn from_name(name: OsString) -> Result<Row, lexopt::Error> {
        Row::ALL.into_iter().find(|row| name == row.name()).ok_or_else(|| {
            let known = Row::ALL.map(Row::name).join(", ");
            format!("there is no row `{}` (there are {known})", name.to_string_lossy()).into()
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_come_in_their_own_order() {
        let rows = |args: &[&str]| Row::from_args(lexopt::Parser::from_args(args)).unwrap();
        assert_eq!(rows(&[]), Row::ALL);
        assert_eq!(
            rows(&["wasip1-wasmtime48", "native"]),
            [Row::Native, Row::Wasip1Wasmtime48]
        );
    }
}
