//! The simulator, with more seeds and on other machines than its row.

use std::ops::Range;

use crate::Result;
use crate::job::Job;
use crate::matrix::{Row, row_named};
use crate::suite;
use crate::toolchain::cargo_for;
use crate::wasmtime::Places;

/// Seeds that neither the row's suite nor the simulator's own tests try by themselves.
const SEEDS: Range<u64> = 50..70;

/// The suite and the simulator's own tests with other seeds, and the examples of its documentation.
pub(super) fn seeds(job: &mut Job) -> Result<()> {
    let row = row_named("sim")?;
    for seed in SEEDS {
        let mut test = cargo_for(row, "test");
        test.args(["--package", "triga", "--test", "conformance", "--test", "sim"]);
        job.run(test.env("TRIGA_SEED", seed.to_string()))?;
    }
    let mut examples = cargo_for(row, "test");
    examples.args(["--package", "triga", "--doc", "os::sim"]);
    job.run(examples.env("RUSTDOCFLAGS", row.flags()))
}

/// The same where a word has 32 bits, and where the highest byte comes first: one seed makes one trace there, too.
pub(super) fn machines(job: &mut Job) -> Result<()> {
    let Row {
        name, cfgs, platform, ..
    } = row_named("sim")?;
    for machine in ["i686", "s390x"] {
        let simulated = Row {
            name,
            cfgs,
            platform,
            ..*row_named(machine)?
        };
        suite::run(job, &simulated, false, &Places::from_env()?)?;
    }
    Ok(())
}
