//! `cargo ci plan`: the matrix, for people and for the workflow.

use std::process::ExitCode;

use lexopt::prelude::*;
use serde_json::{Map, Value, json};

use crate::deep::{CHECKS, Check};
use crate::matrix::{Answer, Capability, FEATURES, Feature, How, ROWS, Row, Runner, features};
use crate::paths::root;
use crate::table::{Side, Table};
use crate::{Result, Subcommand, changed, metadata, say};

pub(crate) const SUBCOMMAND: Subcommand = Subcommand {
    name: "plan",
    summary: "the rows of the matrix and the checks, as a table or as JSON",
    help: "\
cargo ci plan [--json] [--changed REV]: the rows of the matrix, and how far each is taken; the checks beside them

--json         everything that the matrix says; `jobs` and `checks` are what the workflows make jobs of
--changed REV  only the rows that a change since REV touches; documents alone touch none

Tier 1 runs the whole suite here, tier 2 where there is a runner for it, tier 3 is checked.",
    run,
};

/// How long a row's job may take in the workflow besides its tests: everything is installed and built anew.
const PREPARATION: u64 = 45;

fn run(mut parser: lexopt::Parser) -> Result<ExitCode> {
    let mut as_json = false;
    let mut since = None;
    while let Some(argument) = parser.next()? {
        match argument {
            Long("json") => as_json = true,
            Long("changed") => since = Some(parser.value()?.string()?),
            argument => return Err(argument.unexpected().into()),
        }
    }
    let lies = features::disagreements(FEATURES, &metadata::packages(root())?);
    if !lies.is_empty() {
        return Err(lies.join("\n").into());
    }
    let rows = match since {
        None => ROWS.iter().collect(),
        Some(revision) => changed::rows(&changed::since(&revision)?),
    };
    if as_json {
        say(json_of(&rows));
    } else {
        print(&rows);
        print_checks();
    }
    Ok(ExitCode::SUCCESS)
}

fn print_checks() {
    let table = Table::new([
        ("check", Side::Left, 20),
        ("when", Side::Left, 6),
        ("what it would find", Side::Left, 0),
    ]);
    say(format_args!("\n{}", table.header()));
    for check in CHECKS {
        say(table.row([
            check.name.to_owned(),
            check.pace.word().to_owned(),
            check.finds.to_owned(),
        ]));
    }
}

fn print(rows: &[&Row]) {
    if rows.is_empty() {
        return say("no row is touched: `cargo ci lint` is what is left to run");
    }
    let table = Table::new([
        ("row", Side::Left, 20),
        ("target", Side::Left, 29),
        ("tier", Side::Right, 0),
        ("how far", Side::Left, 0),
    ]);
    say(table.header());
    for row in rows {
        say(table.row([
            row.name.to_owned(),
            row.target.to_owned(),
            row.tier.number().to_string(),
            how_far(row),
        ]));
    }
}

/// How far a row is taken, in words.
pub(crate) fn how_far(row: &Row) -> String {
    let mut words = match row.how {
        How::Check => "checked".to_owned(),
        How::NotYet(why) => format!("not yet: {why}"),
        How::Run(runner) => match runner_version(runner) {
            Some(version) => format!("run by {} {version}", runner_name(runner)),
            None => format!("run by {}", runner_name(runner)),
        },
    };
    for cfg in row.cfgs {
        words += &format!(", --cfg {cfg}");
    }
    words
}

fn runner_name(runner: Runner) -> &'static str {
    match runner {
        Runner::Machine | Runner::MachineOf(_) => "the machine itself",
        Runner::Under(words) => words[0],
        Runner::Qemu { program, .. } => program,
        Runner::Wine => "wine",
        Runner::Wasmtime(_) => "wasmtime",
        Runner::Node => "node",
    }
}

fn runner_version(runner: Runner) -> Option<String> {
    match runner {
        Runner::Wasmtime(need) => Some(need.pinned.to_string()),
        _ => None,
    }
}

fn runner_json(runner: Runner) -> Value {
    let mut json = json!({ "name": runner_name(runner), "version": runner_version(runner) });
    match runner {
        Runner::MachineOf(host) => json["host"] = json!(host),
        Runner::Under(words) => json["words"] = json!(words),
        Runner::Qemu { sysroot, .. } => json["sysroot"] = json!(sysroot),
        Runner::Machine | Runner::Wine | Runner::Wasmtime(_) | Runner::Node => {}
    }
    json
}

fn json_of(rows: &[&Row]) -> Value {
    json!({
        "rows": rows.iter().map(|row| row_json(row)).collect::<Value>(),
        "jobs": { "include": rows.iter().filter_map(|row| job_json(row)).collect::<Value>() },
        "checks": { "include": CHECKS.iter().map(check_json).collect::<Value>() },
        "features": FEATURES.iter().map(feature_json).collect::<Value>(),
    })
}

fn row_json(row: &Row) -> Value {
    let (how, runner, why) = match row.how {
        How::Run(runner) => ("run", Some(runner), None),
        How::Check => ("check", None, None),
        How::NotYet(why) => ("not yet", None, Some(why)),
    };
    let capabilities = Capability::ALL.map(|capability| {
        let answer = row.answer(capability);
        let word = match answer {
            Answer::Yes => "yes",
            Answer::No(_) => "no",
            Answer::Withheld(_) => "withheld",
            Answer::NotYet(_) => "not yet",
        };
        let answer = json!({ "answer": word, "why": answer.reason() });
        (capability.title().to_owned(), answer)
    });
    json!({
        "name": row.name,
        "target": row.target,
        "platform": row.platform.title,
        "selector": row.platform.selector,
        "tier": row.tier.number(),
        "how": how,
        "why": why,
        "runner": runner.map(runner_json),
        "toolchain": row.toolchain,
        "linker": row.linker,
        "packages": row.packages,
        "cfgs": row.cfgs,
        "env": row.env.iter().map(|(name, value)| (name.to_string(), json!(value))).collect::<Map<_, _>>(),
        "tests without": row.without().map(|fixture| format!("{fixture:?}")).collect::<Value>(),
        "minutes": row.minutes,
        "image": row.image,
        "capabilities": Map::from_iter(capabilities),
    })
}

/// The job that the workflow makes of a row, if there is anything to do for it.
fn job_json(row: &Row) -> Option<Value> {
    let command = match row.how {
        How::Run(_) => format!("cargo ci test {}", row.name),
        How::Check => format!("cargo ci check {}", row.name),
        How::NotYet(_) => return None,
    };
    Some(json!({ "row": row.name, "image": row.image, "command": command, "minutes": PREPARATION + row.minutes }))
}

/// The job that the weekly workflow makes of a check.
fn check_json(check: &Check) -> Value {
    let command = format!("cargo ci test {}", check.name);
    json!({ "check": check.name, "command": command, "minutes": PREPARATION + check.minutes })
}

fn feature_json(feature: &Feature) -> Value {
    json!({
        "package": feature.package,
        "name": feature.name,
        "needs": feature.needs,
        "adds": feature.adds,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_row_that_is_taken_anywhere_is_a_job() {
        let rows: Vec<&Row> = ROWS.iter().collect();
        let plan = json_of(&rows);
        let jobs = plan["jobs"]["include"].as_array().unwrap();
        for row in &ROWS {
            let job = jobs.iter().find(|job| job["row"] == row.name);
            assert_eq!(job.is_none(), matches!(row.how, How::NotYet(_)), "{}", row.name);
        }
        assert_eq!(plan["rows"].as_array().unwrap().len(), ROWS.len());
        let checks = plan["checks"]["include"].as_array().unwrap();
        assert!(
            checks
                .iter()
                .map(|job| &job["check"])
                .eq(CHECKS.iter().map(|check| check.name))
        );
        let capabilities = &plan["rows"][0]["capabilities"];
        assert_eq!(capabilities["TCP connect"]["answer"], "yes");
        assert_eq!(capabilities["preopened sockets"]["answer"], "no");
        assert!(capabilities["preopened sockets"]["why"].is_string());
    }

    #[test]
    fn how_far_a_row_is_taken_is_said_in_words() {
        let words = |name| how_far(ROWS.iter().find(|row| row.name == name).unwrap());
        assert_eq!(words("freebsd"), "checked");
        assert_eq!(
            words("native-poll"),
            "run by the machine itself, --cfg mio_unsupported_force_poll_poll"
        );
        assert!(words("wasip1-wasmtime36").starts_with("run by wasmtime 36."));
        assert_eq!(words("web"), "checked");
    }
}
