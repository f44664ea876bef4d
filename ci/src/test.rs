//! `cargo ci test`: the checks, and the tests of every row that runs here.

use std::cmp::Reverse;
use std::fmt::Display;
use std::process::{Command, ExitCode};

use lexopt::prelude::*;

use crate::builds::Build;
use crate::cargo::cargo;
use crate::deep::Check;
use crate::job::Job;
use crate::matrix::{Row, Tier};
use crate::paths::root;
use crate::steps::{NotHere, Steps, Task};
use crate::toolchain::{ensure_target, has_target};
use crate::wasmtime::Places;
use crate::{
    Result, Subcommand, debian, deep, deny, gates, lint, machine, say, selection, suite, support_table, surface, tidy,
};

pub(crate) const SUBCOMMAND: Subcommand = Subcommand {
    name: "test",
    summary: "the checks, and the tests of every row that this machine can run",
    help: "\
cargo ci test [ROW | CHECK]... [--here] [--quick | --deep]: what is named, or the checks and the tests of all of tier 1

--here   installs nothing: what lacks something is not run, and says which command would add it
--quick  only the native row and WASI, after the checks that compile nothing
--deep   the long checks as well, which take hours

Without a name the checks come first: tidy, table --check, rustfmt, clippy, rustdoc, the gates and names of Linux, WASI and Windows,
whether triga takes no more instructions and system calls than it did (on Linux with valgrind and strace), and no more
bytes as a component, and what looks where tests do not, which `cargo ci plan` lists. What is needed is installed: Rust's targets and toolchains by rustup,
wasmtime by cargo, Debian's packages by apt-get if the user is root. Steps run side by side.

The last line is the sum: how many tests passed, failed and were skipped. A step that fails without a failed test counts
as one failure, and one that is not run as one skipped. The status is 0 if nothing failed and everything that was named
passed.",
    run,
};

/// The rows that give the quickest verdict on both worlds.
const QUICK: [&str; 2] = ["native", "wasip1-wasmtime36"];

/// The targets whose gates and names are checked here. `cargo ci gates` and `cargo ci surface` check all of them.
const GATES: [&str; 4] = [
    "x86_64-unknown-linux-gnu",
    "wasm32-wasip1",
    "wasm32-wasip2",
    "x86_64-pc-windows-gnu",
];

fn run(mut parser: lexopt::Parser) -> Result<ExitCode> {
    let (mut may_install, mut quick, mut deep) = (true, false, false);
    let (mut rows, mut checks) = (Vec::new(), Vec::new());
    while let Some(argument) = parser.next()? {
        match argument {
            Long("here") => may_install = false,
            Long("quick") => quick = true,
            Long("deep") => deep = true,
            Value(name) => match deep::named(&name) {
                Some(check) => checks.push(check),
                None => rows.push(selection::named(&name)?),
            },
            argument => return Err(argument.unexpected().into()),
        }
    }
    if quick && deep {
        return Err(lexopt::Error::from("`--quick` and `--deep` exclude each other").into());
    }
    let named: Vec<&str> = rows
        .iter()
        .map(|row| row.name)
        .chain(checks.iter().map(|check| check.name))
        .collect();
    let mut rows = selection::in_order(&rows, |row| {
        let runs = row.tier == Tier::First && machine::why_not(row).is_none();
        named.is_empty() && runs && (!quick || QUICK.contains(&row.name))
    });
    let places = Places::from_env()?;
    let steps = Steps::new("test");
    let mut tasks: Vec<Task<'_>> = Vec::new();
    if named.is_empty() {
        quick_checks(&steps);
        if !quick {
            checks = deep::of(deep);
            tasks = once(may_install);
        }
    }
    if may_install && debian::are_missing(&rows) {
        steps.step("Debian's packages", |job| debian::packages(job, &rows, true));
    }
    // What takes longest begins first, so that nothing waits for it in the end.
    checks.sort_by_key(|check| Reverse(check.minutes));
    rows.sort_by_key(|row| Reverse(row.minutes));
    tasks.extend(checks.into_iter().map(|check| of_check(check, may_install)));
    tasks.extend(rows.into_iter().map(|row| of_row(row, may_install, &places)));
    steps.side_by_side(tasks);
    steps.summarize();
    let failed: Vec<&str> = named.into_iter().filter(|name| !steps.passed(name)).collect();
    if !failed.is_empty() {
        say(format_args!("\ndid not pass: {}", failed.join(", ")));
    }
    say(format_args!("\n{}", steps.counts()));
    Ok(if failed.is_empty() {
        steps.code()
    } else {
        ExitCode::FAILURE
    })
}

fn of_check(check: &'static Check, may_install: bool) -> Task<'static> {
    Box::new(move |steps| steps.step(check.name, |job| check.run(job, may_install)))
}

fn of_row<'a>(row: &'static Row, may_install: bool, places: &'a Places) -> Task<'a> {
    Box::new(move |steps| steps.step(row.name, |job| suite::run(job, row, may_install, places)))
}

/// What compiles nothing, and says the most in a second.
fn quick_checks(steps: &Steps) {
    steps.step("tidy", |job| report(job, &tidy::check(root())?));
    steps.step("table --check", |job| report(job, &support_table::check(root())?));
    steps.step("rustfmt", lint::rustfmt);
}

/// Says what was found, and fails if that is anything.
fn report(job: &mut Job, findings: &[impl Display]) -> Result<()> {
    for finding in findings {
        job.note(&finding.to_string());
    }
    match findings.len() {
        0 => Ok(()),
        count => Err(format!("{count} found").into()),
    }
}

/// What else is checked of the sources, once and not for every row.
fn once(may_install: bool) -> Vec<Task<'static>> {
    let mut tasks = lint::compiling_tasks(may_install);
    tasks.push(Box::new(|steps| gates::steps_of(steps, &Build::of(&GATES))));
    tasks.push(Box::new(|steps| {
        steps.step("licences, duplicates, sources", |job| {
            deny::check(job, &["licenses", "bans", "sources"])
        });
    }));
    tasks.push(Box::new(|steps| surface::steps_of(steps, &Build::of(&GATES))));
    tasks.push(Box::new(move |steps| {
        steps.step("instructions and system calls", |job| costs(job, may_install));
        steps.step("size of a component", |job| size(job, may_install));
    }));
    tasks
}

/// What a step of the benches costs in instructions and system calls, compared with the figures that are kept. Both counts
/// are the same on a busy machine and an idle one.
fn costs(job: &mut Job, may_install: bool) -> Result<()> {
    /// The one counts instructions, the other system calls.
    const COUNTERS: [&str; 2] = ["valgrind", "strace"];

    if machine::host() != "x86_64-unknown-linux-gnu" {
        return Err(NotHere("the figures are those of Linux on x86_64".into()).into());
    }
    debian::programs(job, &COUNTERS, may_install)?;
    job.run(&mut bench("--check"))
}

/// How large an echo server is as a component, compared with one on wstd.
fn size(job: &mut Job, may_install: bool) -> Result<()> {
    const TARGET: &str = "wasm32-wasip2";

    if !cfg!(target_os = "linux") {
        return Err(NotHere("the benches are for Linux".into()).into());
    }
    if may_install {
        ensure_target(job, TARGET)?;
    } else if !has_target(TARGET) {
        return Err(NotHere(format!("rustup target add {TARGET}")).into());
    }
    job.run(&mut bench("--size"))
}

fn bench(option: &str) -> Command {
    let mut command = cargo();
    command.args(["bench", "--package", "triga-benches", "--", option]);
    command
}
