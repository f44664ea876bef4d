//! The conformance suite and the simulator under Miri, which interprets every step of a program: undefined behaviour, races and
//! leaks end it with an error. Each seed is another order of the threads, and another of the values that weak orderings let an
//! atomic have.

use std::ops::Range;
use std::process::Command;
use std::sync::{Mutex, PoisonError};

use crate::Result;
use crate::cargo::cargo_of;
use crate::counts::Counts;
use crate::job::Job;
use crate::matrix::row_named;
use crate::toolchain::NIGHTLY;

const X86_64: &str = "x86_64-unknown-linux-gnu";
const I686: &str = "i686-unknown-linux-gnu";
/// Its bytes are in the other order.
const S390X: &str = "s390x-unknown-linux-gnu";

/// The tests of the fast check, by words in their names: what several threads do with one word of readiness and its wakers.
const CORE: [&str; 3] = ["unpark", "clear", "waker"];

/// Those in the simulator's world: what an event leaves, and what a host that is gone.
const SIMULATED: [&str; 2] = ["clear", "crashed"];

/// With which seeds the tests of the core are tried where there is more time.
const SEEDS_OF_CORE: Range<u32> = 1..17;

/// What every `cargo ci test` has the time for.
pub(super) fn core(job: &mut Job) -> Result<()> {
    set_up(job, X86_64)?;
    job.run(suite(X86_64, 0).args(CORE))?;
    job.run(simulator(&["conformance", "sim"], X86_64)?.args(SIMULATED))
}

pub(super) fn x86_64(job: &mut Job) -> Result<()> {
    natively(job, X86_64)
}

pub(super) fn i686(job: &mut Job) -> Result<()> {
    natively(job, I686)
}

pub(super) fn s390x(job: &mut Job) -> Result<()> {
    natively(job, S390X)
}

/// The suite in the simulator's world, and on every machine the simulator's own tests. It has one thread and draws nothing but
/// from its own seed, so that one of Miri's is enough.
pub(super) fn simulated(job: &mut Job) -> Result<()> {
    set_up(job, X86_64)?;
    job.run(&mut simulator(&["conformance"], X86_64)?)?;
    for target in [X86_64, I686, S390X] {
        set_up(job, target)?;
        job.run(&mut simulator(&["sim"], target)?)?;
    }
    Ok(())
}

/// The whole suite, and with more seeds what depends on them the most.
fn natively(job: &mut Job, target: &str) -> Result<()> {
    set_up(job, target)?;
    job.run(&mut suite(target, 0))?;
    for seed in SEEDS_OF_CORE {
        job.note(&format!("seed {seed}"));
        job.run(suite(target, seed).args(CORE))?;
    }
    Ok(())
}

/// Whether each test that Miri is known not to run still fails for the reason that the suite's list of gaps has.
pub(super) fn gaps(job: &mut Job) -> Result<()> {
    set_up(job, X86_64)?;
    let mut counts = Counts::default();
    count_gaps(job, || Ok(suite(X86_64, 0)), &mut counts)?;
    count_gaps(job, || simulator(&["conformance"], X86_64), &mut counts)?;
    job.counts = counts;
    Ok(())
}

fn count_gaps(job: &mut Job, suite: impl Fn() -> Result<Command>, counts: &mut Counts) -> Result<()> {
    let mut gaps = Vec::new();
    job.run_with(suite()?.arg("--gaps"), |line| {
        let gap = line.strip_prefix("gap ").and_then(|gap| gap.split_once(": "));
        gaps.extend(gap.map(|(name, why)| (name.to_owned(), why.to_owned())));
    })?;
    for (name, why) in gaps {
        let mut is_said = false;
        let ended = job.run_with(suite()?.args(["--alone", &name]), |line| is_said |= line.contains(&why));
        let is_there = ended.is_err() && is_said;
        let count = if is_there {
            &mut counts.passed
        } else {
            &mut counts.failed
        };
        *count += 1;
        if !is_there {
            job.note(&format!(
                "`{name}` does not fail because Miri {why}: see tests/conformance/gaps.rs"
            ));
        }
    }
    Ok(())
}

/// The suite under Miri, with the arguments that follow.
fn suite(target: &str, seed: u32) -> Command {
    test(&["conformance"], target, seed)
}

/// Programs in the simulator's world, with the arguments that follow.
fn simulator(programs: &[&str], target: &str) -> Result<Command> {
    let mut test = test(programs, target, 0);
    // Most of the tests try many seeds of the world, unless there is one that they are told.
    test.env("RUSTFLAGS", row_named("sim")?.flags()).env("TRIGA_SEED", "0");
    Ok(test)
}

fn test(programs: &[&str], target: &str, seed: u32) -> Command {
    let mut test = cargo_of(NIGHTLY);
    test.args(["miri", "test", "--target", target, "--package", "triga"]);
    programs.iter().for_each(|program| {
        test.args(["--test", program]);
    });
    test.arg("--");
    // The suite has connections and looks at the clock.
    let flags = format!("-Zmiri-disable-isolation -Zmiri-seed={seed}");
    test.env("MIRIFLAGS", flags).env_remove("TRIGA_ROW");
    test
}

/// Builds the standard library for Miri, once for a target.
fn set_up(job: &mut Job, target: &str) -> Result<()> {
    /// All of them share one folder.
    static ALONE: Mutex<()> = Mutex::new(());

    let _alone = ALONE.lock().unwrap_or_else(PoisonError::into_inner);
    job.run(cargo_of(NIGHTLY).args(["miri", "setup", "--target", target]))
}
