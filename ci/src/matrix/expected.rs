//! What the conformance suite should meet on each row, as the source of a module of the suite.

use super::{Answer, Capability, How, KnownAs, ROWS, Row};

pub(crate) const PATH: &str = "tests/conformance/expected.rs";

/// The text of the module.
pub(crate) fn text() -> String {
    let mut text = String::from(
        "//! What each row of the matrix lacks. `cargo ci table` writes this from `ci/src/matrix`, and compares it.\n\
         \n\
         use triga::Capability;\n\
         \n\
         use crate::rows::{Need, Row};\n\
         \n\
         pub(crate) const ROWS: &[Row] = &[\n",
    );
    for row in ROWS.iter().filter(|row| matches!(row.how, How::Run(_))) {
        text += &format!("    Row {{\n        name: \"{}\",\n", row.name);
        text += &list("lacks", lacks(row));
        text += &list("without", row.without().map(|fixture| format!("Need::{fixture:?}")));
        text += "    },\n";
    }
    text + "];\n"
}

/// The variants of `triga::Capability` that the code for a row lacks. What only the host withholds is tried there.
fn lacks(row: &Row) -> impl Iterator<Item = String> {
    Capability::ALL
        .into_iter()
        .filter_map(|capability| match (capability.known_as(), row.answer(capability)) {
            (KnownAs::Support(variant), Answer::No(_) | Answer::NotYet(_)) => Some(format!("Capability::{variant}")),
            _ => None,
        })
}

fn list(field: &str, items: impl Iterator<Item = String>) -> String {
    let items: Vec<String> = items.map(|item| format!("            {item},\n")).collect();
    if items.is_empty() {
        format!("        {field}: &[],\n")
    } else {
        format!("        {field}: &[\n{}        ],\n", items.concat())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_row_that_runs_is_expected() {
        let text = text();
        for row in &ROWS {
            let is_there = text.contains(&format!("name: \"{}\"", row.name));
            assert_eq!(is_there, matches!(row.how, How::Run(_)), "{}", row.name);
        }
    }

    #[test]
    fn what_a_host_withholds_is_tried() {
        let stdio = ROWS.iter().find(|row| row.name == "wasip1-wasmtime48").unwrap();
        let lacks: Vec<String> = lacks(stdio).collect();
        assert!(lacks.contains(&"Capability::TcpBind".to_owned()), "{lacks:?}");
        assert!(!lacks.contains(&"Capability::PreopenedSockets".to_owned()), "{lacks:?}");
    }
}
