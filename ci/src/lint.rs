//! `cargo ci lint`: what can be said of the sources without running them.

use std::env;
use std::process::ExitCode;

use crate::cargo::cargo;
use crate::job::Job;
use crate::matrix::row_named;
use crate::paths::root;
use crate::steps::{Steps, Task};
use crate::toolchain::{CRATES, cargo_for, ensure_target};
use crate::{Result, Subcommand, prose, say};

pub(crate) const SUBCOMMAND: Subcommand = Subcommand {
    name: "lint",
    summary: "rustfmt, clippy on both targets and for the benches' guests, the documentation, the words and the workflows, with warnings denied",
    help: "\
cargo ci lint: rustfmt, clippy on this machine's target and on wasm32-wasip1 and for the benches' guests, and cargo doc, also
of the simulator, with warnings denied; typos on every file, zizmor on the workflows, and actionlint, if it is there

Adds Rust's target wasm32-wasip1 by rustup if it is missing, and typos and zizmor by pipx. The status is 0 if nothing was found.",
    run,
};

const WASI: &str = "wasm32-wasip1";
/// The guests that the benches run: a workspace of their own, with flags and a target of its own.
const GUESTS: &str = "benches/wasip1";
/// What the fuzzer runs: a workspace of its own, too. Clippy sees it with its tests.
const FUZZ: &str = "fuzz";

fn run(mut parser: lexopt::Parser) -> Result<ExitCode> {
    if let Some(argument) = parser.next()? {
        return Err(argument.unexpected().into());
    }
    let steps = Steps::new("lint");
    steps.step("rustfmt", rustfmt);
    steps.side_by_side(compiling_tasks(true));
    let (passed, all) = steps.tally();
    say(format_args!("\n{passed} of {all} checks passed"));
    Ok(steps.code())
}

/// What takes longer than a second.
pub(crate) fn compiling_tasks(may_install: bool) -> Vec<Task<'static>> {
    vec![
        Box::new(|steps| steps.step("clippy, native", clippy)),
        Box::new(|steps| steps.step("clippy, wasm32-wasip1", clippy_wasi)),
        Box::new(|steps| steps.step("clippy, guests of the benches", clippy_guests)),
        Box::new(|steps| steps.step("rustdoc", rustdoc)),
        Box::new(|steps| steps.step("rustdoc, simulator", rustdoc_of_simulator)),
        Box::new(|steps| steps.step("actionlint", prose::actionlint)),
        Box::new(move |steps| {
            steps.step("typos and zizmor", |job| prose::typos_and_zizmor(job, may_install));
        }),
    ]
}

pub(crate) fn rustfmt(job: &mut Job) -> Result<()> {
    const CHECK: [&str; 5] = ["fmt", "--all", "--check", "--", "--color=never"];
    job.run(cargo().args(CHECK))?;
    [GUESTS, FUZZ]
        .into_iter()
        .try_for_each(|folder| job.run(cargo().args(CHECK).current_dir(root().join(folder))))
}

fn clippy(job: &mut Job) -> Result<()> {
    job.run(cargo().args(["clippy", "--workspace", "--all-targets", "--", "-D", "warnings"]))
}

fn clippy_wasi(job: &mut Job) -> Result<()> {
    ensure_target(job, WASI)?;
    let mut clippy = cargo();
    clippy
        .arg("clippy")
        .args(CRATES)
        .args(["--all-targets", "--target", WASI]);
    job.run(clippy.args(["--", "-D", "warnings"]))
}

fn clippy_guests(job: &mut Job) -> Result<()> {
    ensure_target(job, WASI)?;
    let mut clippy = cargo();
    clippy.args(["clippy", "--all-targets", "--", "-D", "warnings"]);
    job.run(clippy.current_dir(root().join(GUESTS)))
}

fn rustdoc(job: &mut Job) -> Result<()> {
    let flags = env::var("RUSTDOCFLAGS").unwrap_or_default() + " -D warnings";
    let mut doc = cargo();
    doc.args(["doc", "--workspace", "--no-deps"]);
    job.run(doc.env("RUSTDOCFLAGS", flags.trim_start()))
}

/// docs.rs documents no target with flags of its own, so this is where the simulator's pages are looked at.
fn rustdoc_of_simulator(job: &mut Job) -> Result<()> {
    let sim = row_named("sim")?;
    let mut doc = cargo_for(sim, "doc");
    doc.args(CRATES).arg("--no-deps");
    let flags = env::var("RUSTDOCFLAGS").unwrap_or_default() + " -D warnings " + &sim.flags();
    job.run(doc.env("RUSTDOCFLAGS", flags.trim_start()))
}
