//! `cargo ci`: builds, runs and checks triga, and installs what that needs.
//!
//! One file per subcommand (`demo`, `lint`, `test`), listed in [`SUBCOMMANDS`]; the other files are what they share.

use std::fmt::Display;
use std::io::{self, Write};
use std::process::ExitCode;

use lexopt::prelude::*;

mod builds;
mod cargo;
mod changed;
mod check;
mod client;
mod counts;
mod cpu;
mod debian;
mod deep;
mod demo;
mod deny;
mod failures;
mod files;
mod gates;
mod http;
mod job;
mod lint;
mod machine;
mod matrix;
mod measure;
mod metadata;
mod paths;
mod plan;
mod process;
mod progress;
mod prose;
mod release;
mod report;
mod scratch;
mod selection;
mod server;
mod setup;
mod steps;
mod suite;
mod support_table;
mod surface;
mod table;
mod test;
mod tidy;
mod toolchain;
mod wasmtime;
mod wine;

/// A sentence for the user.
type Error = Box<dyn std::error::Error + Send + Sync>;
/// What any part of the tool returns.
type Result<T, E = Error> = std::result::Result<T, E>;

struct Subcommand {
    name: &'static str,
    /// One line for `cargo ci --help`.
    summary: &'static str,
    /// What `cargo ci NAME --help` prints.
    help: &'static str,
    run: fn(lexopt::Parser) -> Result<ExitCode>,
}

const SUBCOMMANDS: [Subcommand; 12] = [
    demo::SUBCOMMAND,
    test::SUBCOMMAND,
    check::SUBCOMMAND,
    setup::SUBCOMMAND,
    lint::SUBCOMMAND,
    plan::SUBCOMMAND,
    tidy::SUBCOMMAND,
    support_table::SUBCOMMAND,
    gates::SUBCOMMAND,
    surface::SUBCOMMAND,
    deny::SUBCOMMAND,
    release::SUBCOMMAND,
];

fn main() -> ExitCode {
    let outcome = process::end_children_on_signals()
        .map_err(Into::into)
        .and_then(|()| dispatch(lexopt::Parser::from_env()));
    match outcome {
        Ok(code) => code,
        Err(error) if error.is::<lexopt::Error>() => {
            complain(format_args!("error: {error}; `cargo ci --help` lists what there is"));
            ExitCode::from(2)
        }
        Err(error) => {
            complain(format_args!("error: {error}"));
            ExitCode::FAILURE
        }
    }
}

fn dispatch(mut parser: lexopt::Parser) -> Result<ExitCode> {
    match parser.next()? {
        None | Some(Long("help") | Short('h')) => {
            say(help());
            Ok(ExitCode::SUCCESS)
        }
        Some(Value(name)) => match SUBCOMMANDS.iter().find(|subcommand| name == subcommand.name) {
            Some(subcommand) if asks_for_help(&parser) => {
                say(subcommand.help);
                Ok(ExitCode::SUCCESS)
            }
            Some(subcommand) => (subcommand.run)(parser),
            None => Err(lexopt::Error::from(format!("there is no subcommand `{}`", name.to_string_lossy())).into()),
        },
        Some(argument) => Err(argument.unexpected().into()),
    }
}

/// Prints a line. A closed output is no reason to panic: the status says how it went.
fn say(line: impl Display) {
    progress::apart(|| drop(writeln!(io::stdout(), "{line}")));
}

/// As [`say`], on standard error.
fn complain(line: impl Display) {
    progress::apart(|| drop(writeln!(io::stderr(), "{line}")));
}

fn asks_for_help(parser: &lexopt::Parser) -> bool {
    let mut parser = parser.clone();
    while let Ok(Some(argument)) = parser.next() {
        if matches!(argument, Long("help") | Short('h')) {
            return true;
        }
    }
    false
}

fn help() -> String {
    let mut help = String::from("cargo ci SUBCOMMAND [ARGUMENTS]: triga's own checks\n\n");
    for Subcommand { name, summary, .. } in SUBCOMMANDS {
        help += &format!("  {name:<8} {summary}\n");
    }
    help += "\n`cargo ci SUBCOMMAND --help` says more about each.\n";
    help += &format!(
        "What has to be installed is announced first. wasmtime goes into {}\n\
         (set TRIGA_CACHE to have it elsewhere), logs go into {}.",
        wasmtime::cache().map_or_else(|error| error.to_string(), |cache| cache.display().to_string()),
        paths::logs().display(),
    );
    help
}

#[cfg(test)]
mod tests {
    use super::*;

    fn run(args: &[&str]) -> Result<ExitCode> {
        dispatch(lexopt::Parser::from_args(args))
    }

    #[test]
    fn an_unknown_subcommand_is_named() {
        let error = run(&["dmeo"]).unwrap_err();
        assert!(error.is::<lexopt::Error>());
        assert_eq!(error.to_string(), "there is no subcommand `dmeo`");
    }

    #[test]
    fn an_unknown_option_is_named() {
        let error = run(&["--fast"]).unwrap_err();
        assert!(error.to_string().contains("--fast"), "{error}");
        let error = run(&["lint", "--fast"]).unwrap_err();
        assert!(error.is::<lexopt::Error>());
        assert!(error.to_string().contains("--fast"), "{error}");
    }

    #[test]
    fn an_unknown_row_is_named_before_anything_runs() {
        for subcommand in ["demo", "test", "check", "setup"] {
            let error = run(&[subcommand, "wasip9"]).unwrap_err();
            assert!(error.is::<lexopt::Error>());
            assert!(
                error.to_string().contains("`wasip9`") && error.to_string().contains("native"),
                "{error}"
            );
        }
    }

    #[test]
    fn help_lists_every_subcommand() {
        let help = help();
        for subcommand in SUBCOMMANDS {
            assert!(help.contains(subcommand.summary));
            assert!(subcommand.help.starts_with(&format!("cargo ci {}", subcommand.name)));
        }
    }
}
