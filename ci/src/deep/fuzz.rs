//! The fuzzer, and what it has found worth keeping.

use std::fs;
use std::process::Command;
use std::time::Duration;

use super::faults::minutes;
use crate::Result;
use crate::cargo::{cargo, cargo_of};
use crate::job::Job;
use crate::paths::root;
use crate::toolchain::NIGHTLY;

/// A workspace of its own.
const FOLDER: &str = "fuzz";
/// What it runs, and whether that is of interest on poll(2) as well.
const TARGETS: [(&str, bool); 3] = [("reactor", true), ("poll", false), ("wasip1", false)];
/// Has mio, and triga with it, do without epoll.
const WITH_POLL: &str = "--cfg mio_unsupported_force_poll_poll";

/// What is kept, as tests, on either selector.
pub(super) fn corpora(job: &mut Job) -> Result<()> {
    job.run(with(&mut cargo(), "").args(["clippy", "--all-targets", "--", "-D", "warnings"]))?;
    for flags in ["", WITH_POLL] {
        job.run(with(&mut cargo(), flags).args(["test", "--no-fail-fast"]))?;
    }
    Ok(())
}

/// The fuzzer itself, for some minutes for each target. What it finds is in `fuzz/artifacts`.
pub(super) fn fuzz(job: &mut Job) -> Result<()> {
    let minutes = minutes("TRIGA_FUZZ_MINUTES")?;
    job.within(Duration::from_secs(60 * (minutes + 20)), |job| {
        for (target, is_of_poll) in TARGETS {
            for flags in [Some(""), is_of_poll.then_some(WITH_POLL)].into_iter().flatten() {
                // What it adds is not for the repository before it is minimised.
                let found = root().join("target").join(FOLDER).join(target);
                fs::create_dir_all(&found)?;
                let mut fuzz = cargo_of(NIGHTLY);
                with(&mut fuzz, flags).args(["fuzz", "run", "--features", "fuzzer", "--sanitizer", "none", target]);
                fuzz.arg(found).arg(format!("corpus/{target}"));
                fuzz.args(["--", "-timeout=60", "-max_len=400", "-print_final_stats=1"]);
                job.run(fuzz.arg(format!("-max_total_time={}", 60 * minutes)))?;
                job.counts.passed += 1;
            }
        }
        Ok(())
    })
}

fn in_folder(command: &mut Command) -> &mut Command {
    command.current_dir(root().join(FOLDER))
}

/// In the folder, with flags for rustc. Those of another build are rebuilt in a folder of their own.
fn with<'a>(command: &'a mut Command, flags: &str) -> &'a mut Command {
    let folder = if flags.is_empty() {
        "fuzz-target"
    } else {
        "fuzz-target-poll"
    };
    in_folder(command)
        .env("RUSTFLAGS", flags)
        .env("CARGO_TARGET_DIR", root().join("target").join(folder))
}
