//! `cargo ci deny`: what is in the dependency trees, compared with what deny.toml lets in.

use std::process::ExitCode;

use lexopt::prelude::*;

use crate::cargo::cargo;
use crate::job::Job;
use crate::steps::{NotHere, Steps};
use crate::{Result, Subcommand, machine};

pub(crate) const SUBCOMMAND: Subcommand = Subcommand {
    name: "deny",
    summary: "licences, duplicate versions and sources of dependencies, as deny.toml has them",
    help: "\
cargo ci deny [--advisories]: cargo-deny on licences, duplicate versions and sources, as deny.toml has them

--advisories   also asks RustSec's database, which is fetched from GitHub

cargo-deny takes minutes to build, so it is only used if it is there: `cargo install cargo-deny --locked` adds it.",
    run,
};

fn run(mut parser: lexopt::Parser) -> Result<ExitCode> {
    let mut with_advisories = false;
    while let Some(argument) = parser.next()? {
        match argument {
            Long("advisories") => with_advisories = true,
            argument => return Err(argument.unexpected().into()),
        }
    }
    let steps = Steps::new("deny");
    steps.step("licences, duplicates, sources", |job| {
        check(job, &["licenses", "bans", "sources"])
    });
    if with_advisories {
        steps.step("advisories", |job| check(job, &["advisories"]));
    }
    let (passed, all) = steps.tally();
    // Who asks for it by name wants it done.
    Ok(if passed == all {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}

/// cargo-deny's checks of these names, if it is installed.
pub(crate) fn check(job: &mut Job, checks: &[&str]) -> Result<()> {
    if !machine::has("cargo-deny") {
        return Err(NotHere::missing("cargo-deny", "cargo install cargo-deny --locked"));
    }
    job.run(
        cargo()
            .args(["deny", "--workspace", "check", "--hide-inclusion-graph"])
            .args(checks),
    )
}
