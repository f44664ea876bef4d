//! The conformance suite under Miri, which interprets every step of a program: undefined behaviour, races and leaks end it with
//! an error. Each seed is another order of the threads, and another of the values that weak orderings let an atomic have.

use std::ops::Range;
use std::process::Command;
use std::sync::{Mutex, PoisonError};

use crate::Result;
use crate::counts::Counts;
use crate::job::Job;
use crate::toolchain::{NIGHTLY, cargo_of};

const X86_64: &str = "x86_64-unknown-linux-gnu";
const I686: &str = "i686-unknown-linux-gnu";
/// Its bytes are in the other order.
const S390X: &str = "s390x-unknown-linux-gnu";

/// The tests of the fast check, by words in their names: what several threads do with one word of readiness and its wakers.
const CORE: [&str; 3] = ["unpark", "clear", "waker"];

const SEEDS: Range<u32> = 0..4;

/// What every `cargo ci test` has the time for.
pub(super) fn core(job: &mut Job) -> Result<()> {
    suite(job, X86_64, 0..1, &CORE)
}

pub(super) fn x86_64(job: &mut Job) -> Result<()> {
    suite(job, X86_64, SEEDS, &[])
}

pub(super) fn i686(job: &mut Job) -> Result<()> {
    suite(job, I686, SEEDS, &[])
}

pub(super) fn s390x(job: &mut Job) -> Result<()> {
    suite(job, S390X, SEEDS, &[])
}

/// Whether each test that Miri is known not to run still fails for the reason that the suite's list of gaps has.
pub(super) fn gaps(job: &mut Job) -> Result<()> {
    set_up(job, X86_64)?;
    let mut gaps = Vec::new();
    job.run_with(test(X86_64, 0).arg("--gaps"), |line| {
        let gap = line.strip_prefix("gap ").and_then(|gap| gap.split_once(": "));
        gaps.extend(gap.map(|(name, why)| (name.to_owned(), why.to_owned())));
    })?;
    let mut counts = Counts::default();
    for (name, why) in gaps {
        let mut is_said = false;
        let ended = job.run_with(test(X86_64, 0).args(["--alone", &name]), |line| {
            is_said |= line.contains(&why)
        });
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
    job.counts = counts;
    Ok(())
}

fn suite(job: &mut Job, target: &str, seeds: Range<u32>, words: &[&str]) -> Result<()> {
    set_up(job, target)?;
    for seed in seeds {
        job.note(&format!("seed {seed}"));
        job.run(test(target, seed).args(words))?;
    }
    Ok(())
}

/// The suite's program under Miri, with the arguments that follow.
fn test(target: &str, seed: u32) -> Command {
    let mut test = cargo_of(NIGHTLY);
    test.args([
        "miri",
        "test",
        "--target",
        target,
        "--package",
        "triga",
        "--test",
        "conformance",
        "--",
    ]);
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
