//! `cargo ci demo`: the echo program on every platform that runs here.

use std::env;
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use crate::job::Job;
use crate::measure::{self, Figures};
use crate::report::{Outcome, Report};
use crate::rows::Row;
use crate::server::{StdioServer, TcpServer};
use crate::wasmtime::{Need, Places, Version, Wasmtime};
use crate::{Result, Subcommand, say, toolchain};

pub(crate) const SUBCOMMAND: Subcommand = Subcommand {
    name: "demo",
    summary: "the echo program on every platform that runs here, checked and measured",
    help: "\
cargo ci demo [ROW]...: the echo program on every platform that runs here, or on the ones named

Builds examples/echo.rs, serves with it, drives it with a client that checks every byte, and prints a table.
Rows: native; wasip1-wasmtime36 (a listener opened by the host); wasip1-wasmtime48 (standard streams).

The status is 0 if every row that could run served well, and at least one did.",
    run,
};

/// The longest that a build may take: wasmtime on one slow core.
const LIMIT: Duration = Duration::from_secs(60 * 60);

fn run(parser: lexopt::Parser) -> Result<ExitCode> {
    let rows = Row::from_args(parser)?;
    let places = Places::from_env()?;
    let mut report = Report::new();
    say("examples/echo.rs, with a client that checks every byte; a round trip is 64 bytes each way");
    // The native row is on the screen before anything is looked for or installed for the others.
    if rows.contains(&Row::Native) {
        let title = format!("native, {} {}", env::consts::OS, env::consts::ARCH);
        report.add(title, outcome(serve_native()));
    }
    let guests: Vec<(Row, &Need)> = rows.iter().filter_map(|&row| Some((row, row.wasmtime()?))).collect();
    let found = look_for(&guests, &places, &mut report);
    for ((row, need), found) in guests.into_iter().zip(found) {
        let (title, outcome) = match prepare(row, need, found, &places) {
            Ok(wasmtime) => (title(&wasmtime.version), outcome(serve_guest(row, &wasmtime))),
            Err(error) => (title(&need.pinned), Outcome::NotRun(error)),
        };
        report.add(title, outcome);
    }
    Ok(report.close())
}

/// Looks for what the rows need, and says what is missing and about how long that takes. Returns the wasmtimes that are there.
fn look_for(guests: &[(Row, &Need)], places: &Places, report: &mut Report) -> Vec<Option<Wasmtime>> {
    let mut lines = Vec::new();
    let mut missing = Vec::new();
    for (row, _) in guests {
        if let Some(target) = row.target() {
            let addition = (format!("Rust's target {target}, added by rustup"), 1);
            if !missing.contains(&addition) && !toolchain::has_target(target) {
                missing.push(addition);
            }
        }
    }
    let found = guests.iter().map(|(_, need)| {
        let wasmtime = places.find(need, |sentence| lines.push(sentence.to_owned()));
        if wasmtime.is_none() {
            let folder = places.cache().display();
            missing.push((
                format!("wasmtime {}, built once by cargo into {folder}", need.pinned),
                need.minutes(),
            ));
        }
        wasmtime
    });
    let found = found.collect();
    if !missing.is_empty() {
        let minutes: usize = missing.iter().map(|(_, minutes)| minutes).sum();
        lines.push(format!("still needed, in about {minutes} min:"));
        lines.extend(missing.iter().map(|(what, minutes)| format!("  {what}: {minutes} min")));
    }
    report.say(&lines);
    found
}

/// Installs what a row needs and has not.
fn prepare(row: Row, need: &Need, found: Option<Wasmtime>, places: &Places) -> Result<Wasmtime> {
    if let Some(target) = row.target()
        && !toolchain::has_target(target)
    {
        let what = format!("adding Rust's target {target}");
        in_job(&what, &format!("target-{target}"), |job| {
            toolchain::ensure_target(job, target)
        })?;
    }
    match found {
        Some(wasmtime) => Ok(wasmtime),
        None => {
            let what = format!("building wasmtime {}", need.pinned);
            in_job(&what, &format!("wasmtime-{}", need.pinned), |job| {
                places.install(need, job)
            })
        }
    }
}

/// Builds the echo program for a row's target.
fn build(row: Row) -> Result<PathBuf> {
    let mut cargo = toolchain::cargo();
    cargo.args(["build", "--release", "--package", "triga", "--example", "echo"]);
    if let Some(target) = row.target() {
        cargo.args(["--target", target]);
    }
    let what = format!(
        "building examples/echo.rs for {}",
        row.target().unwrap_or("this machine")
    );
    in_job(&what, &format!("demo-{}", row.name()), |job| {
        job.build(&mut cargo, "echo")
    })
}

/// Does a job whose failure shows the end of its log.
fn in_job<T>(what: &str, log: &str, work: impl FnOnce(&mut Job) -> Result<T>) -> Result<T> {
    let mut job = Job::start(what, log, LIMIT)?;
    work(&mut job).map_err(|error| format!("{what}: {error}\n{}", job.last_lines()).into())
}

fn serve_native() -> Result<Figures> {
    let program = build(Row::Native)?;
    measure::tcp(TcpServer::native(&program)?)
}

fn serve_guest(row: Row, wasmtime: &Wasmtime) -> Result<Figures> {
    let module = build(row)?;
    if row == Row::Wasip1Wasmtime48 {
        let (server, wire) = StdioServer::start(wasmtime, &module)?;
        measure::stdio(server, wire)
    } else {
        measure::tcp(TcpServer::preopened(wasmtime, &module)?)
    }
}

fn title(version: &Version) -> String {
    format!("WASI 0.1, wasmtime {version}")
}

fn outcome(result: Result<Figures>) -> Outcome {
    result.map_or_else(Outcome::Failed, Outcome::Served)
}
