//! The rows that a command line names.

use std::ffi::OsStr;

use crate::machine;
use crate::matrix::{ROWS, Row};

/// The row with this name. `native` is this machine's own, wherever it is.
pub(crate) fn named(name: &OsStr) -> Result<&'static Row, lexopt::Error> {
    if name == "native"
        && let Some(own) = ROWS.iter().find(|row| row.target == machine::host())
    {
        return Ok(own);
    }
    ROWS.iter().find(|row| name == row.name).ok_or_else(|| {
        let known = ROWS.each_ref().map(|row| row.name).join(", ");
        format!("there is no row `{}` (there are {known})", name.to_string_lossy()).into()
    })
}

/// The named rows, in the order of the matrix, each once; without any, those that are there by default.
pub(crate) fn in_order(named: &[&'static Row], default: impl Fn(&Row) -> bool) -> Vec<&'static Row> {
    let selected = |row: &&'static Row| {
        if named.is_empty() {
            default(row)
        } else {
            named.iter().any(|named| named.name == row.name)
        }
    };
    ROWS.iter().filter(selected).collect()
}

/// All of a command line as names of rows.
pub(crate) fn from_args(
    mut parser: lexopt::Parser,
    default: impl Fn(&Row) -> bool,
) -> Result<Vec<&'static Row>, lexopt::Error> {
    let mut rows = Vec::new();
    while let Some(argument) = parser.next()? {
        match argument {
            lexopt::Arg::Value(name) => rows.push(named(&name)?),
            argument => return Err(argument.unexpected()),
        }
    }
    Ok(in_order(&rows, default))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_come_once_and_in_the_order_of_the_matrix() {
        let names = |args: &[&str]| {
            let rows = from_args(lexopt::Parser::from_args(args), |row| row.name == "web").unwrap();
            rows.iter().map(|row| row.name).collect::<Vec<_>>()
        };
        assert_eq!(names(&[]), ["web"]);
        assert_eq!(
            names(&["wasip1-wasmtime48", "macos", "wasip1-wasmtime48"]),
            ["macos", "wasip1-wasmtime48"]
        );
    }

    #[test]
    fn native_is_this_machine() {
        if ROWS.iter().any(|row| row.target == machine::host()) {
            assert_eq!(named("native".as_ref()).unwrap().target, machine::host());
        }
    }
}
