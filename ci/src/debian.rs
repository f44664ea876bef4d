//! Debian's packages, for the rows whose linkers and runners they bring.

use std::env;
use std::process::Command;
use std::sync::{Mutex, PoisonError};

use crate::job::Job;
use crate::matrix::Row;
use crate::steps::NotHere;
use crate::{Result, machine};

/// Whether the rows lack any of Debian's packages.
pub(crate) fn are_missing(rows: &[&Row]) -> bool {
    rows.iter().any(|row| lacks_any(row))
}

/// Installs what the rows together lack of Debian's packages.
pub(crate) fn packages(job: &mut Job, rows: &[&Row], may_install: bool) -> Result<()> {
    let lacking: Vec<&Row> = rows.iter().copied().filter(|row| lacks_any(row)).collect();
    let probes: Vec<&str> = lacking.iter().flat_map(|row| row.probes()).collect();
    let packages: Vec<&str> = lacking.iter().flat_map(|row| row.packages).copied().collect();
    from_debian(job, &probes, &packages, may_install)
}

/// Makes sure that programs are there whose packages have their names.
pub(crate) fn programs(job: &mut Job, names: &[&str], may_install: bool) -> Result<()> {
    let missing: Vec<&str> = names.iter().copied().filter(|name| !machine::has(name)).collect();
    from_debian(job, &missing, &missing, may_install)
}

/// Whether a row lacks any of what its packages bring.
pub(crate) fn lacks_any(row: &Row) -> bool {
    !machine::runs_by_itself(row) && row.probes().any(|probe| !machine::has(probe))
}

/// Installs packages, unless what they bring is there.
pub(crate) fn from_debian(job: &mut Job, probes: &[&str], packages: &[&str], may_install: bool) -> Result<()> {
    /// What became of the first attempt that failed. Another one would fail in the same way, and take its time.
    static FAILED: Mutex<Option<String>> = Mutex::new(None);

    let missing = || {
        let mut missing: Vec<&str> = probes.iter().copied().filter(|probe| !machine::has(probe)).collect();
        missing.sort_unstable();
        missing.dedup();
        missing.join(", ")
    };
    if missing().is_empty() {
        return Ok(());
    }
    let mut failed = FAILED.lock().unwrap_or_else(PoisonError::into_inner);
    // Another thread may have installed it while this one waited.
    if missing().is_empty() {
        return Ok(());
    }
    let mut packages = packages.to_vec();
    packages.sort_unstable();
    packages.dedup();
    let command = format!("apt-get install --no-install-recommends {}", packages.join(" "));
    let Some(root) = as_root().filter(|_| may_install && machine::has("apt-get")) else {
        return Err(NotHere::missing(&missing(), &command));
    };
    if let Some(why) = &*failed {
        return Err(why.clone().into());
    }
    job.note(&format!("installing Debian's {}", packages.join(" ")));
    let install = ["install", "-qq", "--yes", "--no-install-recommends"];
    let mut apt = |args: &[&str]| {
        let words = [root, &["apt-get"], args].concat();
        job.run(
            Command::new(words[0])
                .args(&words[1..])
                .env("DEBIAN_FRONTEND", "noninteractive"),
        )
    };
    let done = apt(&["update", "-qq"]).and_then(|()| apt(&[&install, &packages[..]].concat()));
    if let Err(error) = done {
        let why = format!("`{command}` failed: {error}");
        *failed = Some(why.clone());
        return Err(why.into());
    }
    match missing() {
        missing if missing.is_empty() => Ok(()),
        missing => Err(format!("`{command}` ended well, and there is still no {missing}").into()),
    }
}

/// What a command of root's begins with, if this user may give one. sudo is used in CI alone.
fn as_root() -> Option<&'static [&'static str]> {
    if is_root() {
        Some(&[])
    } else if env::var_os("CI").is_some() && machine::has("sudo") {
        Some(&["sudo", "-n"])
    } else {
        None
    }
}

#[cfg(unix)]
fn is_root() -> bool {
    nix::unistd::geteuid().is_root()
}

#[cfg(not(unix))]
fn is_root() -> bool {
    false
}
