//! The models: those of `tests/models`, and those that are beside what they look into. loom tries every order of their steps.

use std::path::Path;
use std::process::Command;

use crate::Result;
use crate::cargo::cargo;
use crate::job::Job;
use crate::machine;
use crate::paths::root;

/// Each model with its own bound, which takes seconds.
pub(super) fn bounded(job: &mut Job) -> Result<()> {
    job.run(&mut test(root()))
}

/// Each model with its threads interrupted once more often.
pub(super) fn deeper(job: &mut Job) -> Result<()> {
    // They run for so long that it is worth the time to optimize everything.
    let mut test = test(root());
    job.run(test.arg("--release").env("TRIGA_MODELS_DEEPER", "1"))
}

/// `cargo test` of the workspace at `root`, for everything that has models.
pub(super) fn test(root: &Path) -> Command {
    let mut test = cargo();
    // Flags for a target that is named do not reach build scripts.
    test.args(["test", "--package", "triga", "--target", machine::host()]);
    test.args(["--lib", "--test", "models"]);
    test.env("RUSTFLAGS", "--cfg triga_loom");
    test.current_dir(root);
    test
}
