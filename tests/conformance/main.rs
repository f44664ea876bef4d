//! The conformance suite: every promise of triga, shown on every platform that has what it takes.
//!
//! * `conformance [NAME]...` runs the tests whose names contain one of these. It takes libtest's `--list`, `--exact`, `--skip`
//!   and `--ignored`, and ignores what the row skips, so that `cargo nextest` and editors list and run single tests.
//! * `conformance --gaps` lists those that Miri cannot run for something that it lacks, each with what Miri says of it.
//! * `conformance --alone NAME` runs one test whatever the row, and gives it less time to hang.
//! * `conformance --guest ROW HOST WASM [NAME]...` runs them in a WebAssembly guest of a wasmtime or a Node, and is its peer.
//!
//! `TRIGA_ROW` names the row of `rows.rs` on which they run; without it, that is the row of the target. Where programs are run
//! by another one (a foreign processor's by qemu), `TRIGA_RUNNER` is that one and its arguments, separated by spaces.

mod attempt;
mod ends;
// As the tool writes it.
#[rustfmt::skip]
mod expected;
mod gaps;
mod harness;
mod load;
mod numbers;
mod pattern;
mod peer;
mod program;
mod rows;
mod wakes;

#[cfg(not(target_family = "wasm"))]
mod across;
#[cfg(not(target_family = "wasm"))]
mod far;
#[cfg(not(target_family = "wasm"))]
mod guest;
#[cfg(not(target_family = "wasm"))]
mod refusals;
#[cfg(not(target_family = "wasm"))]
mod stdio;
#[cfg(not(target_family = "wasm"))]
mod temporary;

mod allocations;
mod descriptor;
mod driver;
mod executors;
mod fairness;
mod faults;
mod guards;
mod local_sockets;
mod memory;
mod os;
mod pipe;
mod process;
mod readiness;
mod short_transfers;
mod shutdown;
mod soak;
mod streams;
mod support;
mod task_wakes;
mod tasks;
mod tcp;
mod tcp_setup;
mod time;
mod udp;
mod wakers;
mod windows;

use std::collections::BTreeSet;
use std::env;
use std::process::ExitCode;

use harness::{Counts, Selection, Test};
use rows::Row;

/// The tests that run inside of each platform.
const TESTS: &[&[Test]] = &[
    driver::TESTS,
    driver::PROGRAMS,
    guards::PROGRAMS,
    readiness::TESTS,
    wakers::TESTS,
    shutdown::TESTS,
    time::TESTS,
    time::PROGRAMS,
    tasks::TESTS,
    tasks::PROGRAMS,
    task_wakes::TESTS,
    task_wakes::PROGRAMS,
    fairness::TESTS,
    fairness::PROGRAMS,
    executors::PROGRAMS,
    tcp::TESTS,
    tcp::PROGRAMS,
    tcp_setup::TESTS,
    short_transfers::TESTS,
    short_transfers::linux::TESTS,
    streams::TESTS,
    udp::TESTS,
    faults::TESTS,
    support::TESTS,
    pipe::TESTS,
    process::TESTS,
    local_sockets::TESTS,
    os::TESTS,
    descriptor::TESTS,
    windows::TESTS,
    allocations::TESTS,
    allocations::PROGRAMS,
    memory::TESTS,
    soak::PROGRAMS,
];

fn main() -> ExitCode {
    os::make_room();
    let args: Vec<String> = env::args().skip(1).collect();
    let result = match args.first().map(String::as_str) {
        Some("--program") => return program::run(&args[1..]),
        Some("--gaps") => list_gaps().map(|()| None),
        Some("--alone") => alone(&args[1..]).map(Some),
        #[cfg(not(target_family = "wasm"))]
        Some("--guest") => guest::run(&args[1..]).map(Some),
        _ => run(&Selection::from_args(args)),
    };
    match result {
        Ok(None) => ExitCode::SUCCESS,
        Ok(Some(counts)) => {
            println!("{counts}");
            ExitCode::from(u8::from(counts.failed > 0))
        }
        Err(why) => {
            eprintln!("conformance: {why}");
            ExitCode::from(2)
        }
    }
}

/// Runs the one test that is named, as if no gap were known.
fn alone(args: &[String]) -> Result<Counts, String> {
    let [name] = args else {
        return Err("--alone takes the name of a test".into());
    };
    let tests = tests();
    let test = tests.iter().copied().flatten().find(|test| test.name == name);
    let test = test.ok_or_else(|| format!("there is no test `{name}`"))?;
    Ok(harness::run_alone(test))
}

fn list_gaps() -> Result<(), String> {
    gaps::list(Row::named(env::var("TRIGA_ROW").ok().as_deref())?);
    Ok(())
}

/// Ends what tests have started, when this process is about to end without them.
fn end_children() {
    #[cfg(all(unix, not(triga_platform = "sim")))]
    stdio::end_running();
}

/// Runs the selected tests, or lists them.
fn run(selection: &Selection) -> Result<Option<Counts>, String> {
    let row = Row::named(env::var("TRIGA_ROW").ok().as_deref())?;
    if selection.is_list {
        for test in selection.of(&tests(), row) {
            println!("{}: test", test.name);
        }
        return Ok(None);
    }
    println!("conformance: row {}", row.name);
    let counts = harness::run(&tests(), row, selection);
    if counts.failed == 0 {
        join_far_ends();
    }
    Ok(Some(counts))
}

/// A sanitizer reports a thread that was not joined as a leak.
fn join_far_ends() {
    #[cfg(all(unix, not(triga_platform = "sim")))]
    peer::all_done();
}

/// A guest leaves to its runner what it takes two processes to show.
fn tests() -> Vec<&'static [Test]> {
    #[cfg(target_family = "wasm")]
    let outside: [&[Test]; 0] = [];
    #[cfg(not(target_family = "wasm"))]
    let outside = [stdio::PROGRAMS];
    let tests: Vec<_> = TESTS.iter().copied().chain(outside).collect();
    assert_eq!(
        names(&tests).len(),
        tests.iter().map(|tests| tests.len()).sum(),
        "two tests have one name"
    );
    // The gaps of all hosts are one list, and a guest does not have all tests.
    if cfg!(not(target_family = "wasm")) {
        let names = names(&tests);
        let unknown = gaps::names().find(|gap| !names.contains(gap));
        assert_eq!(unknown, None, "a gap that no test shows");
    }
    tests
}

fn names(tests: &[&[Test]]) -> BTreeSet<&'static str> {
    tests.iter().copied().flatten().map(|test| test.name).collect()
}
