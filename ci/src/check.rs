//! `cargo ci check`: the crates and their tests, compiled for rows without running anything.

use std::process::ExitCode;

use crate::job::Job;
use crate::matrix::{How, Row};
use crate::setup::{self, Extent};
use crate::steps::{NotHere, Steps, Task};
use crate::wasmtime::Places;
use crate::{Result, Subcommand, say, selection, toolchain};

pub(crate) const SUBCOMMAND: Subcommand = Subcommand {
    name: "check",
    summary: "clippy on the targets of rows, with warnings denied",
    help: "\
cargo ci check [ROW]...: clippy on the target of each row, or of all of them, with warnings denied

The crates and their tests are compiled, and nothing is linked or run, so that Rust's target is all that a row needs.
The status is 0 if nothing was found.",
    run,
};

fn run(parser: lexopt::Parser) -> Result<ExitCode> {
    let rows = selection::from_args(parser, |_| true)?;
    let places = Places::from_env()?;
    let steps = Steps::new("check");
    let tasks = rows.iter().map(|&row| task(row, &places)).collect();
    steps.side_by_side(tasks);
    steps.summarize();
    let (passed, all) = steps.tally();
    say(format_args!("\n{passed} of {all} rows passed"));
    Ok(if passed > 0 { steps.code() } else { ExitCode::FAILURE })
}

fn task<'a>(row: &'static Row, places: &'a Places) -> Task<'a> {
    Box::new(move |steps| steps.step(row.name, |job| check(job, row, places)))
}

fn check(job: &mut Job, row: &Row, places: &Places) -> Result<()> {
    if let How::NotYet(why) = row.how {
        return Err(NotHere(why.to_owned()).into());
    }
    setup::ensure(job, row, Extent::Checked, true, places)?;
    let mut clippy = toolchain::cargo_for(row, "clippy");
    job.run(
        clippy
            .args(toolchain::CRATES)
            .args(["--all-targets", "--", "-D", "warnings"]),
    )
}
