//! The native suite with a sanitizer in it: what it reports ends the program with a failure.

use crate::Result;
use crate::cargo::cargo_of;
use crate::job::Job;
use crate::toolchain::{CRATES, NIGHTLY};

/// The sanitizers are the compiler's own; this is the machine on which they are known to work.
pub(super) const TARGET: &str = "x86_64-unknown-linux-gnu";

/// Accesses outside of what is allocated and after it is freed; and, at the end, memory that is leaked.
pub(super) fn address(job: &mut Job) -> Result<()> {
    suite(job, "address", &[])
}

/// Accesses that race.
pub(super) fn thread(job: &mut Job) -> Result<()> {
    // std's own accesses have to be seen: without them what it orders looks like a race.
    suite(job, "thread", &["-Zbuild-std"])
}

fn suite(job: &mut Job, sanitizer: &str, args: &[&str]) -> Result<()> {
    let mut test = cargo_of(NIGHTLY);
    // Flags for a target that is named do not reach build scripts.
    test.args(["test", "--no-fail-fast", "--target", TARGET]).args(args);
    test.args(CRATES).args(["--lib", "--tests"]);
    test.env("RUSTFLAGS", format!("-Zsanitizer={sanitizer}"));
    job.run(test.env_remove("TRIGA_ROW"))
}
