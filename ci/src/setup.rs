//! `cargo ci setup`, and what the other subcommands install of what their rows need.

use std::path::Path;
use std::process::{Command, ExitCode};
use std::sync::{Mutex, PoisonError};

use crate::job::Job;
use crate::matrix::{How, Row, Runner, Tier};
use crate::steps::{NotHere, Steps};
use crate::wasmtime::{self, Places, Wasmtime};
use crate::{Result, Subcommand, machine, say, selection, toolchain};

pub(crate) const SUBCOMMAND: Subcommand = Subcommand {
    name: "setup",
    summary: "installs what rows need, or names the command that does",
    help: "\
cargo ci setup [ROW]...: installs what the rows need; without any, what all of tier 1 need that this machine can run

Rust's targets come by rustup, wasmtime is built once by cargo, and Debian's packages come by apt-get if the user is root.
What cannot be installed is named, with the command that would do it. The status is 0 if nothing is missing afterwards.",
    run,
};

fn run(parser: lexopt::Parser) -> Result<ExitCode> {
    let rows = selection::from_args(parser, |row| row.tier == Tier::First && machine::why_not(row).is_none())?;
    let places = Places::from_env()?;
    let steps = Steps::new("setup");
    let mut missing = 0;
    for row in &rows {
        steps.step(row.name, |job| {
            ensure(job, row, Extent::of(row)?, true, &places).map(drop)
        });
        missing += usize::from(!steps.passed(row.name));
    }
    say(format_args!(
        "\n{} of {} rows have what they need",
        rows.len() - missing,
        rows.len()
    ));
    Ok(if missing == 0 {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}

/// What is to be done with a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Extent {
    /// Its crates are checked: no linker and no runner.
    Checked,
    /// Its programs are built and run.
    Run,
}

impl Extent {
    /// As far as this machine takes a row.
    fn of(row: &Row) -> Result<Extent> {
        match row.how {
            How::NotYet(why) => Err(NotHere(why.to_owned()).into()),
            How::Run(_) if machine::why_not(row).is_none() => Ok(Extent::Run),
            How::Run(_) | How::Check => Ok(Extent::Checked),
        }
    }
}

/// What runs a row's programs.
#[derive(Debug)]
pub(crate) enum Run {
    /// They run by themselves.
    Directly,
    /// This command does, with the program and its arguments after it.
    Through(Vec<String>),
    Wasmtime(Wasmtime),
}

impl Run {
    /// A program that it runs.
    pub(crate) fn command(&self, program: &Path) -> Command {
        match self {
            Run::Directly => Command::new(program),
            Run::Through(words) => {
                let mut command = Command::new(&words[0]);
                command.args(&words[1..]).arg(program);
                command
            }
            Run::Wasmtime(wasmtime) => {
                let mut command = wasmtime.run();
                command.arg(program);
                command
            }
        }
    }
}

/// What a row lacks here, and about how many minutes it takes to add each.
pub(crate) fn missing(row: &Row, places: &Places) -> Vec<(String, usize)> {
    let mut missing = Vec::new();
    if !toolchain::has_target(row.target) {
        missing.push((format!("Rust's target {}, added by rustup", row.target), 1));
    }
    if lacks_any(row) {
        missing.push((format!("Debian's {}", row.packages.join(", ")), 1));
    }
    if let How::Run(Runner::Wasmtime(need)) = row.how
        && places.find(need, |_| {}).is_none()
    {
        let (version, folder) = (need.pinned, places.cache().display());
        missing.push((
            format!("wasmtime {version}, built once by cargo into {folder}"),
            need.minutes(),
        ));
    }
    missing
}

/// Makes sure that a row has what it needs, if anything may be installed, and says what runs its programs.
pub(crate) fn ensure(job: &mut Job, row: &Row, extent: Extent, may_install: bool, places: &Places) -> Result<Run> {
    if !toolchain::has_target(row.target) {
        if !may_install {
            return Err(lacks(
                &format!("Rust's target {}", row.target),
                &format!("rustup target add {}", row.target),
            ));
        }
        toolchain::ensure_target(job, row.target)?;
    }
    let How::Run(runner) = row.how else {
        return Ok(Run::Directly);
    };
    if extent == Extent::Checked || machine::is_own(row) {
        return Ok(Run::Directly);
    }
    packages(job, &[row], may_install)?;
    match runner {
        Runner::Machine | Runner::MachineOf(_) => Ok(Run::Directly),
        Runner::Qemu { program, sysroot } => Ok(Run::Through([program, "-L", sysroot].map(str::to_owned).into())),
        Runner::Wasmtime(need) => wasmtime(job, need, may_install, places).map(Run::Wasmtime),
    }
}

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

fn lacks_any(row: &Row) -> bool {
    !machine::is_own(row) && row.probes().any(|probe| !machine::has(probe))
}

/// Installs packages, unless what they bring is there.
fn from_debian(job: &mut Job, probes: &[&str], packages: &[&str], may_install: bool) -> Result<()> {
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
    if !may_install || !machine::has("apt-get") || !is_root() {
        return Err(lacks(&missing(), &command));
    }
    if let Some(why) = &*failed {
        return Err(why.clone().into());
    }
    job.note(&format!("installing Debian's {}", packages.join(" ")));
    let install = ["install", "-qq", "--yes", "--no-install-recommends"];
    let done = apt(job, &["update", "-qq"]).and_then(|()| apt(job, &[&install, &packages[..]].concat()));
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

fn apt(job: &mut Job, args: &[&str]) -> Result<()> {
    job.run(
        Command::new("apt-get")
            .args(args)
            .env("DEBIAN_FRONTEND", "noninteractive"),
    )
}

fn wasmtime(job: &mut Job, need: &wasmtime::Need, may_install: bool, places: &Places) -> Result<Wasmtime> {
    let mut sentences = Vec::new();
    let found = places.find(need, |sentence| sentences.push(sentence.to_owned()));
    for sentence in sentences {
        job.note(&sentence);
    }
    match found {
        Some(wasmtime) => Ok(wasmtime),
        None if !may_install => Err(lacks(&format!("wasmtime {}", need.pinned), "cargo ci setup")),
        None => {
            let (folder, minutes) = (places.cache().display(), need.minutes());
            job.note(&format!(
                "wasmtime {} is built once into {folder}, which takes about {minutes} min",
                need.pinned
            ));
            places.install(need, job)
        }
    }
}

fn lacks(what: &str, command: &str) -> crate::Error {
    NotHere(format!("missing: {what}; `{command}` adds it")).into()
}

#[cfg(unix)]
fn is_root() -> bool {
    nix::unistd::geteuid().is_root()
}

#[cfg(not(unix))]
fn is_root() -> bool {
    false
}
