//! `cargo ci test`: the tests, on every platform that runs here.

use std::process::{Command, ExitCode, Stdio};

use crate::counts::Counts;
use crate::job::Job;
use crate::rows::Row;
use crate::steps::Steps;
use crate::toolchain::{cargo, cargo_of, ensure_target, ensure_toolchain, msrv, root};
use crate::wasmtime::Places;
use crate::{Result, Subcommand, say};

pub(crate) const SUBCOMMAND: Subcommand = Subcommand {
    name: "test",
    summary: "the tests on every platform that runs here, and the oldest Rust",
    help: "\
cargo ci test [ROW]...: the tests on every platform that runs here, or on the ones named

Rows: native, which also checks that triga builds with its oldest Rust and for Windows, and that it takes no more
instructions and system calls than it did (on Linux with valgrind and strace); wasip1-wasmtime36 and wasip1-wasmtime48,
the conformance suite on WASI 0.1. What a row needs is added by rustup or built once by cargo.

The last line is the sum: how many tests passed, failed and were skipped. A check that fails counts as one failure. The
status is 0 if nothing failed.",
    run,
};

/// The target of the tests that holds the conformance suite.
const SUITE: &str = "conformance";
const CRATES: [&str; 4] = ["--package", "triga", "--package", "triga-platform"];

fn run(parser: lexopt::Parser) -> Result<ExitCode> {
    let rows = Row::from_args(parser)?;
    let places = Places::from_env()?;
    let mut steps = Steps::new("test");
    for row in rows {
        match row {
            Row::Native => native(&mut steps),
            Row::Wasip1Wasmtime36 | Row::Wasip1Wasmtime48 => wasip1(&mut steps, row, &places),
        }
    }
    steps.summarize();
    say(format_args!("\n{}", steps.counts()));
    Ok(steps.code())
}

fn native(steps: &mut Steps) {
    let oldest = msrv();
    steps.step(&format!("builds with Rust {oldest}"), |job| {
        ensure_toolchain(job, &oldest, "wasm32-wasip1")?;
        job.run(cargo_of(&oldest).arg("check").args(CRATES))?;
        job.run(
            cargo_of(&oldest)
                .arg("check")
                .args(CRATES)
                .args(["--target", "wasm32-wasip1"]),
        )
    });
    steps.step("builds for Windows", |job| {
        ensure_target(job, "x86_64-pc-windows-gnu")?;
        job.run(
            cargo()
                .arg("check")
                .args(CRATES)
                .args(["--target", "x86_64-pc-windows-gnu"]),
        )
    });
    steps.step("cargo test, native", |job| {
        job.run(cargo().args(["test", "--no-fail-fast"]))?;
        suite_ran(job)
    });
    costs(steps);
}

/// What a step of the benches costs in instructions and system calls, compared with the figures that are kept. Both counts
/// are the same on a busy machine and an idle one.
fn costs(steps: &mut Steps) {
    const NAME: &str = "instructions and system calls";
    let missing: Vec<&str> = COUNTERS.into_iter().filter(|counter| !runs(counter)).collect();
    if !cfg!(all(target_os = "linux", target_arch = "x86_64")) {
        return steps.not_run(NAME, "the figures are those of Linux on x86_64");
    }
    if !missing.is_empty() {
        let missing = missing.join(" ");
        return steps.not_run(
            NAME,
            &format!("missing: {missing}; `apt-get install {missing}` adds it on Debian"),
        );
    }
    steps.step(NAME, |job| {
        job.run(cargo().args(["bench", "--package", "triga-benches", "--", "--check"]))
    });
}

/// What counts: the one instructions, the other system calls.
const COUNTERS: [&str; 2] = ["valgrind", "strace"];

fn runs(program: &str) -> bool {
    let mut version = Command::new(program);
    version.arg("--version").stdout(Stdio::null()).stderr(Stdio::null());
    version.status().is_ok_and(|status| status.success())
}

fn wasip1(steps: &mut Steps, row: Row, places: &Places) {
    let (Some(target), Some(need)) = (row.target(), row.wasmtime()) else {
        return;
    };
    let mut sentences = Vec::new();
    let mut wasmtime = places.find(need, |sentence| sentences.push(sentence.to_owned()));
    if wasmtime.is_none() {
        steps.step(&format!("building wasmtime {}", need.pinned), |job| {
            sentences.iter().for_each(|sentence| job.note(sentence));
            let (folder, minutes) = (places.cache().display(), need.minutes());
            job.note(&format!(
                "it is built once into {folder}, which takes about {minutes} min"
            ));
            wasmtime = Some(places.install(need, job)?);
            Ok(())
        });
    }
    // Without one, the step above has failed.
    let Some(wasmtime) = wasmtime else { return };
    steps.step(&format!("conformance, {}", row.name()), |job| {
        ensure_target(job, target)?;
        let host = job.build(&mut suite(), SUITE)?;
        let guest = job.build(suite().args(["--target", target]), SUITE)?;
        let mut run = Command::new(host);
        run.args(["--guest", row.name()]).arg(wasmtime.path).arg(guest);
        job.run(run.current_dir(root()))?;
        suite_ran(job)
    });
}

/// cargo, to build the conformance suite.
fn suite() -> Command {
    let mut cargo = cargo();
    cargo.args(["test", "--no-run", "--package", "triga", "--test", SUITE]);
    cargo
}

/// A suite that has gone missing, or that ran no test, is a failure.
fn suite_ran(job: &Job) -> Result<()> {
    match job.suite {
        None => Err("the conformance suite did not run: there is no closing line `conformance: …`".into()),
        Some(Counts { passed: 0, .. }) => Err("the conformance suite ran no test".into()),
        Some(_) => Ok(()),
    }
}
