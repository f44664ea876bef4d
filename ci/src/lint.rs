//! `cargo ci lint`: what can be said of the sources without running them.

use std::env;
use std::process::ExitCode;

use crate::steps::Steps;
use crate::toolchain::{cargo, ensure_target};
use crate::{Result, Subcommand, say};

pub(crate) const SUBCOMMAND: Subcommand = Subcommand {
    name: "lint",
    summary: "rustfmt, clippy on both targets, and the documentation, with warnings denied",
    help: "\
cargo ci lint: rustfmt, clippy on this machine's target and on wasm32-wasip1, and cargo doc, with warnings denied

Adds Rust's target wasm32-wasip1 by rustup if it is missing. The status is 0 if nothing was found.",
    run,
};

const WASI: &str = "wasm32-wasip1";

fn run(mut parser: lexopt::Parser) -> Result<ExitCode> {
    if let Some(argument) = parser.next()? {
        return Err(argument.unexpected().into());
    }
    let mut steps = Steps::new("lint");
    steps.step("rustfmt", |job| {
        job.run(cargo().args(["fmt", "--all", "--check", "--", "--color=never"]))
    });
    steps.step("clippy, native", |job| {
        job.run(cargo().args(["clippy", "--workspace", "--all-targets", "--", "-D", "warnings"]))
    });
    steps.step("clippy, wasm32-wasip1", |job| {
        ensure_target(job, WASI)?;
        let crates = ["--package", "triga", "--package", "triga-platform", "--all-targets"];
        job.run(
            cargo()
                .arg("clippy")
                .args(crates)
                .args(["--target", WASI, "--", "-D", "warnings"]),
        )
    });
    steps.step("rustdoc", |job| {
        let flags = env::var("RUSTDOCFLAGS").unwrap_or_default() + " -D warnings";
        job.run(
            cargo()
                .args(["doc", "--workspace", "--no-deps"])
                .env("RUSTDOCFLAGS", flags.trim_start()),
        )
    });
    let (passed, all) = steps.tally();
    say(format_args!("\n{passed} of {all} checks passed"));
    Ok(steps.code())
}
