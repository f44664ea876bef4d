//! `cargo ci setup`, and what the other subcommands install of what their rows need.

use std::path::Path;
use std::process::{Command, ExitCode};

use crate::job::Job;
use crate::matrix::{How, Row, Runner, Tier};
use crate::paths;
use crate::steps::{NotHere, Steps};
use crate::wasmtime::{self, Places, Wasmtime};
use crate::wine::Wine;
use crate::{Result, Subcommand, debian, machine, say, selection, toolchain};

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

pub(crate) const NODE: &str = "node";
/// What Node is to do with a WASI program.
const NODE_SCRIPT: &str = "tests/conformance/node.mjs";

/// What runs a row's programs.
#[derive(Debug)]
pub(crate) enum Run {
    /// They run by themselves.
    Directly,
    /// This command does, with the program and its arguments after it.
    Through(Vec<String>),
    /// As `Through`, and what they start runs by itself.
    Around(Vec<String>),
    Wine(Wine),
    Wasmtime(Wasmtime),
    Node,
}

impl Run {
    /// A program that it runs.
    pub(crate) fn command(&self, program: &Path) -> Command {
        match self {
            Run::Directly => Command::new(program),
            Run::Through(words) | Run::Around(words) => {
                let mut command = Command::new(&words[0]);
                command.args(&words[1..]).arg(program);
                command
            }
            Run::Wine(wine) => wine.run(program),
            Run::Wasmtime(wasmtime) => {
                let mut command = wasmtime.run();
                command.arg(program);
                command
            }
            Run::Node => {
                let mut command = Command::new(NODE);
                command.arg("--no-warnings").arg(paths::root().join(NODE_SCRIPT));
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
    if debian::lacks_any(row) {
        missing.push((format!("Debian's {}", row.packages.join(", ")), 1));
    }
    if matches!(row.how, How::Run(Runner::Wine)) && Wine::find(places.cache()).is_none() {
        missing.push((format!("a prefix for Wine in {}", places.cache().display()), 1));
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
            return Err(NotHere::missing(
                &format!("Rust's target {}", row.target),
                &format!("rustup target add {}", row.target),
            ));
        }
        toolchain::ensure_target(job, row.target)?;
    }
    let How::Run(runner) = row.how else {
        return Ok(Run::Directly);
    };
    if extent == Extent::Checked || machine::runs_by_itself(row) {
        return Ok(Run::Directly);
    }
    debian::packages(job, &[row], may_install)?;
    match runner {
        Runner::Machine | Runner::MachineOf(_) => Ok(Run::Directly),
        Runner::Under(words) => Ok(Run::Around(words.iter().copied().map(str::to_owned).collect())),
        Runner::Qemu { program, sysroot } => Ok(Run::Through([program, "-L", sysroot].map(str::to_owned).into())),
        Runner::Wine => wine(job, may_install, places).map(Run::Wine),
        Runner::Node => Ok(Run::Node),
        Runner::Wasmtime(need) => wasmtime(job, need, may_install, places).map(Run::Wasmtime),
    }
}

fn wasmtime(job: &mut Job, need: &wasmtime::Need, may_install: bool, places: &Places) -> Result<Wasmtime> {
    let mut sentences = Vec::new();
    let found = places.find(need, |sentence| sentences.push(sentence.to_owned()));
    for sentence in sentences {
        job.note(&sentence);
    }
    match found {
        Some(wasmtime) => Ok(wasmtime),
        None if !may_install => Err(NotHere::missing(&format!("wasmtime {}", need.pinned), "cargo ci setup")),
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

fn wine(job: &mut Job, may_install: bool, places: &Places) -> Result<Wine> {
    match Wine::find(places.cache()) {
        Some(wine) => Ok(wine),
        None if !may_install => Err(NotHere::missing("a prefix for Wine", "cargo ci setup")),
        None => Wine::install(places.cache(), job),
    }
}
