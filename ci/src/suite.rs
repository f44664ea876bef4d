//! The tests of a row: built for its target, and run by its runner.

use std::path::Path;
use std::process::Command;
use std::time::Duration;

use crate::cargo::cargo;
use crate::counts::Counts;
use crate::job::Job;
use crate::matrix::{Answer, Capability, Row};
use crate::paths::root;
use crate::setup::{self, Extent, Run};
use crate::steps::NotHere;
use crate::toolchain::{CRATES, cargo_for, variable};
use crate::wasmtime::{Places, Wasmtime};
use crate::{Result, http, machine};

/// The target of the tests that holds the conformance suite.
const SUITE: &str = "conformance";

/// Builds and runs the tests of a row, and installs what they need if anything may be installed.
pub(crate) fn run(job: &mut Job, row: &Row, may_install: bool, places: &Places) -> Result<()> {
    if let Some(why) = machine::why_not(row) {
        return Err(NotHere(why).into());
    }
    match setup::ensure(job, row, Extent::Run, may_install, places)? {
        Run::Wasmtime(wasmtime) => {
            units(job, row, &wasmtime)?;
            guest(job, row, &wasmtime.path)?;
            if row.answer(Capability::Pollables) == Answer::Yes {
                http::run(job, row, &wasmtime)?;
            }
        }
        Run::Node => guest(job, row, Path::new(setup::NODE))?,
        run => tests(job, row, &run)?,
    }
    match job.suite {
        None => Err("the conformance suite did not run: there is no closing line `conformance: …`".into()),
        Some(Counts { passed: 0, .. }) => Err("the conformance suite ran no test".into()),
        Some(_) => Ok(()),
    }
}

/// The tests as cargo runs them: on this machine's own target all of them, and elsewhere those of the crates.
fn tests(job: &mut Job, row: &Row, run: &Run) -> Result<()> {
    let test = || {
        let mut test = cargo_for(row, "test");
        test.arg("--no-fail-fast");
        if !machine::is_plain(row) {
            test.args(CRATES).args(["--lib", "--tests"]);
        }
        let runner = format!("CARGO_TARGET_{}_RUNNER", variable(row.target));
        match run {
            Run::Directly | Run::Wasmtime(_) | Run::Node => {}
            Run::Through(words) => {
                // The suite starts programs of its own, and has to know what runs them.
                test.env("TRIGA_RUNNER", words.join(" ")).env(runner, words.join(" "));
            }
            Run::Around(words) => {
                test.env(runner, words.join(" "));
            }
            Run::Wine(wine) => {
                wine.set(&mut test);
                test.env(runner, "wine");
            }
        }
        // A machine that runs a row by itself lacks nothing that an emulator lacks: the suite knows its target's row.
        if machine::is_plain(row) {
            test.env_remove("TRIGA_ROW");
        } else {
            test.env("TRIGA_ROW", row.name);
        }
        test.envs(row.env.iter().copied());
        test
    };
    job.run(test().arg("--no-run"))?;
    job.within(limit(row), |job| job.run(&mut test()))
}

/// The tests in the platform itself, which a guest runs alone.
fn units(job: &mut Job, row: &Row, wasmtime: &Wasmtime) -> Result<()> {
    let mut cargo = cargo_for(row, "test");
    cargo.args(["--no-run", "--package", "triga-platform", "--lib"]);
    let units = job.build(&mut cargo, "triga_platform")?;
    job.within(limit(row), |job| job.run(wasmtime.run().arg(units)))
}

/// The suite in a WebAssembly guest, with a native one beside it that is its peer.
fn guest(job: &mut Job, row: &Row, program: &Path) -> Result<()> {
    let one = ["--no-run", "--package", "triga", "--test", SUITE];
    let host = job.build(cargo().arg("test").args(one), SUITE)?;
    let guest = job.build(cargo_for(row, "test").args(one), SUITE)?;
    let mut run = Command::new(host);
    run.args(["--guest", row.name]).arg(program).arg(guest);
    job.within(limit(row), |job| job.run(run.current_dir(root())))
}

fn limit(row: &Row) -> Duration {
    Duration::from_secs(60 * row.minutes)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::matrix::{How, ROWS, Runner};
    use crate::steps::Steps;

    #[test]
    fn a_row_whose_runner_is_missing_is_named_and_does_not_pass() {
        let row = Row {
            name: "pdp11",
            target: "wasm32-wasip1",
            how: How::Run(Runner::Qemu {
                program: "qemu-pdp11-static",
                sysroot: "/no/such/folder",
            }),
            packages: &["qemu-pdp11"],
            ..ROWS[0]
        };
        let places = Places::from_env().unwrap();
        let mut why = String::new();
        let steps = Steps::new("self-test");
        steps.step(row.name, |job| {
            run(job, &row, false, &places).inspect_err(|error| why = error.to_string())
        });
        assert!(
            why.contains("qemu-pdp11-static") || machine::why_not(&row).is_some(),
            "{why}"
        );
        assert!(!steps.passed(row.name));
        assert_eq!((steps.tally(), steps.counts().skipped), ((0, 1), 1));
    }
}
