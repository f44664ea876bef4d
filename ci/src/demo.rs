//! `cargo ci demo`: the echo program on every platform that runs here.

use std::env;
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use crate::job::Job;
use crate::matrix::{Answer, Capability, How, Row, Runner};
use crate::measure::{self, Figures};
use crate::report::{Outcome, Report};
use crate::server::{StdioServer, TcpServer};
use crate::setup::{self, Extent, Run};
use crate::steps::NotHere;
use crate::wasmtime::Places;
use crate::{Error, Result, Subcommand, machine, say, selection, toolchain};

pub(crate) const SUBCOMMAND: Subcommand = Subcommand {
    name: "demo",
    summary: "the echo program on every platform that runs here, checked and measured",
    help: "\
cargo ci demo [ROW]...: the echo program on every platform that runs here, or on the rows named

Builds examples/echo.rs, serves with it, drives it with a client that checks every byte, and prints a table. Under
wasmtime 36 the host opens the listener; under 48 a WASI 0.1 guest has standard streams. Foreign processors are shown
when they are named.

The status is 0 if every row that could run served well, and at least one did.",
    run,
};

/// The longest that a build may take: wasmtime on one slow core.
const LIMIT: Duration = Duration::from_secs(60 * 60);

fn run(parser: lexopt::Parser) -> Result<ExitCode> {
    let rows = selection::from_args(parser, is_shown)?;
    let places = Places::from_env()?;
    let mut report = Report::new();
    say("examples/echo.rs, with a client that checks every byte; a round trip is 64 bytes each way");
    // This machine's own row is on the screen before anything is looked for or installed for the others.
    let (own, others): (Vec<&Row>, Vec<&Row>) = rows.into_iter().partition(|row| machine::runs_by_itself(row));
    for row in own {
        report.add(title(row, &Run::Directly), serve(row, &Run::Directly));
    }
    report.say(&announcement(&others, &places));
    for row in others {
        let (title, outcome) = match prepare(row, &places) {
            Ok(run) => (title(row, &run), serve(row, &run)),
            Err(error) => (title(row, &Run::Directly), Outcome::NotRun(error)),
        };
        report.add(title, outcome);
    }
    Ok(report.close())
}

/// This machine, another system, and every kind of guest.
fn is_shown(row: &Row) -> bool {
    machine::is_plain(row) || matches!(row.how, How::Run(Runner::Wasmtime(_) | Runner::Wine))
}

/// What is missing, and about how long it takes to add.
fn announcement(rows: &[&Row], places: &Places) -> Vec<String> {
    let mut missing: Vec<(String, usize)> = Vec::new();
    for row in rows.iter().filter(|row| machine::why_not(row).is_none()) {
        for addition in setup::missing(row, places) {
            if !missing.contains(&addition) {
                missing.push(addition);
            }
        }
    }
    if missing.is_empty() {
        return Vec::new();
    }
    let minutes: usize = missing.iter().map(|(_, minutes)| minutes).sum();
    let mut lines = vec![format!("still needed, in about {minutes} min:")];
    lines.extend(missing.iter().map(|(what, minutes)| format!("  {what}: {minutes} min")));
    lines
}

/// Installs what a row needs and has not.
fn prepare(row: &Row, places: &Places) -> Result<Run> {
    if let Some(why) = machine::why_not(row) {
        return Err(NotHere(why).into());
    }
    let log = format!("setup-{}", row.name);
    in_job(&format!("what {} needs", row.name), &log, |job| {
        setup::ensure(job, row, Extent::Run, true, places)
    })
}

/// Builds the echo program for a row's target.
fn build(row: &Row) -> Result<PathBuf> {
    let mut cargo = toolchain::cargo_for(row, "build");
    cargo.args(["--release", "--package", "triga", "--example", "echo"]);
    let what = format!("building examples/echo.rs for {}", row.target);
    in_job(&what, &format!("demo-{}", row.name), |job| {
        job.build(&mut cargo, "echo")
    })
}

/// Does a job whose failure shows the end of its log.
fn in_job<T>(what: &str, log: &str, work: impl FnOnce(&mut Job) -> Result<T>) -> Result<T> {
    let mut job = Job::start(what, log, LIMIT)?;
    work(&mut job).map_err(|error| -> Error {
        if error.is::<NotHere>() {
            return error;
        }
        format!("{what}: {error}\n{}", job.last_lines()).into()
    })
}

fn serve(row: &Row, run: &Run) -> Outcome {
    served(row, run).map_or_else(Outcome::Failed, Outcome::Served)
}

fn served(row: &Row, run: &Run) -> Result<Figures> {
    let program = build(row)?;
    let Run::Wasmtime(wasmtime) = run else {
        return measure::tcp(TcpServer::listening(&mut run.command(&program))?);
    };
    if row.answer(Capability::TcpListen) == Answer::Yes {
        measure::tcp(TcpServer::listening(
            wasmtime.run().arg("-Sinherit-network").arg(&program),
        )?)
    } else if row.has_sockets() {
        measure::tcp(TcpServer::preopened(wasmtime, &program)?)
    } else {
        let (server, wire) = StdioServer::start(wasmtime, &program)?;
        measure::stdio(server, wire)
    }
}

fn title(row: &Row, run: &Run) -> String {
    let platform = row.platform.title;
    match (row.how, run) {
        (_, Run::Wasmtime(wasmtime)) => format!("{platform}, wasmtime {}", wasmtime.version),
        (How::Run(Runner::Wasmtime(need)), _) => format!("{platform}, wasmtime {}", need.pinned),
        (How::Run(Runner::Wine), _) => format!("{platform}, Wine"),
        _ if machine::is_own(row) => format!("native, {} {}", env::consts::OS, env::consts::ARCH),
        _ => format!("{platform}, {}", row.name),
    }
}
