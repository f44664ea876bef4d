//! What has to hold for the workflows: they run this tool, pin what they use, and end in a gate that needs every job.
//!
//! It reads the lines that our own workflows are written in, not all of YAML; what is written otherwise is found as well.

use std::path::PathBuf;

use super::{Finding, read};
use crate::{Result, SUBCOMMANDS};

const FOLDER: &str = ".github/workflows/";
/// The job that a branch requires.
const GATE: &str = "gate";

/// Commands that prepare a machine, as a developer would.
const PREPARATIONS: [&str; 3] = ["rustup toolchain install", "cargo install ", "pipx install "];
/// What the plan says to run for a row, and how the gate fails.
const OWN: [&str; 2] = ["${{ matrix.command }}", "exit 1"];

/// Whatever does not hold in any workflow.
pub(super) fn mistakes(files: &[(String, PathBuf)]) -> Result<Vec<Finding>> {
    let mut findings = Vec::new();
    for (name, path) in files.iter().filter(|(name, _)| name.starts_with(FOLDER)) {
        let workflow = Workflow::read(&read(path)?);
        findings.extend(workflow.mistakes().into_iter().map(|(line, what)| Finding {
            file: name.clone(),
            line,
            what,
        }));
    }
    Ok(findings)
}

#[derive(Debug, Default)]
struct Workflow {
    has_permissions: bool,
    jobs: Vec<Job>,
    /// What is run and what is used, each with its line.
    commands: Vec<(usize, String)>,
    actions: Vec<(usize, String)>,
}

#[derive(Debug)]
struct Job {
    line: usize,
    name: String,
    needs: Vec<String>,
    has_limit: bool,
}

impl Workflow {
    fn read(text: &str) -> Workflow {
        let mut workflow = Workflow::default();
        let mut in_jobs = false;
        for (index, line) in text.lines().enumerate() {
            let indent = line.len() - line.trim_start().len();
            let content = line.trim_start().trim_start_matches("- ");
            let Some((key, value)) = content.split_once(':').filter(|(key, _)| !key.starts_with('#')) else {
                continue;
            };
            let (number, value) = (index + 1, value.trim());
            match (indent, key) {
                (0, _) => {
                    in_jobs = key == "jobs";
                    workflow.has_permissions |= key == "permissions";
                }
                (2, name) if in_jobs => workflow.jobs.push(Job {
                    line: number,
                    name: name.to_owned(),
                    needs: Vec::new(),
                    has_limit: false,
                }),
                (4, "needs") => {
                    let names = value.trim_matches(['[', ']']).split(',');
                    let names = names.map(|name| name.trim().to_owned());
                    workflow
                        .jobs
                        .iter_mut()
                        .last()
                        .into_iter()
                        .for_each(|job| job.needs.extend(names.clone()));
                }
                (4, "timeout-minutes") => workflow
                    .jobs
                    .iter_mut()
                    .last()
                    .into_iter()
                    .for_each(|job| job.has_limit = true),
                (_, "run") => workflow.commands.push((number, value.to_owned())),
                (_, "uses") => workflow.actions.push((number, value.to_owned())),
                _ => {}
            }
        }
        workflow
    }

    fn mistakes(&self) -> Vec<(usize, String)> {
        let mut found = Vec::new();
        if !self.has_permissions {
            found.push((
                1,
                "the workflow does not say which permissions it has: `permissions: {}`".to_owned(),
            ));
        }
        for (line, command) in self.commands.iter().filter(|(_, command)| !is_ours(command)) {
            found.push((
                *line,
                format!("`{command}` is nothing that this tool does: let it be a subcommand of `cargo ci`"),
            ));
        }
        for (line, action) in self.actions.iter().filter(|(_, action)| !is_pinned(action)) {
            found.push((
                *line,
                format!("`{action}` can change: name it by its commit, with the version in a comment"),
            ));
        }
        for job in self.jobs.iter().filter(|job| !job.has_limit) {
            found.push((job.line, format!("the job `{}` has no `timeout-minutes`", job.name)));
        }
        match self.jobs.iter().find(|job| job.name == GATE) {
            None => found.push((
                1,
                format!("the workflow has no job `{GATE}`, which needs all the others"),
            )),
            Some(gate) => {
                let others = self.jobs.iter().filter(|job| job.name != GATE);
                found.extend(others.filter(|job| !gate.needs.contains(&job.name)).map(|job| {
                    let what = format!(
                        "the gate does not need the job `{}`, so a change goes in without it",
                        job.name
                    );
                    (gate.line, what)
                }));
            }
        }
        found
    }
}

/// Whether a command is one of this tool's, or prepares the machine for it.
fn is_ours(command: &str) -> bool {
    if let Some(rest) = command.strip_prefix("cargo ci ") {
        let name = rest.split(' ').next().unwrap_or_default();
        return SUBCOMMANDS.iter().any(|subcommand| subcommand.name == name);
    }
    OWN.contains(&command) || PREPARATIONS.iter().any(|preparation| command.starts_with(preparation))
}

/// `owner/name@COMMIT # version`
fn is_pinned(action: &str) -> bool {
    let Some((_, pin)) = action.split_once('@') else {
        return false;
    };
    let Some((commit, version)) = pin.split_once(" # v") else {
        return false;
    };
    commit.len() == 40 && commit.chars().all(|c| c.is_ascii_hexdigit()) && !version.is_empty()
}

#[cfg(test)]
mod tests {
    use super::*;

    const GOOD: &str = "\
name: x
permissions: {}
jobs:
  one:
    timeout-minutes: 5
    steps:
      - uses: actions/checkout@08c6903cd8c0fde910a37f88322edcfb5dd907a8 # v5.0.0
      - run: cargo ci tidy
  gate:
    needs: [one]
    timeout-minutes: 5
    steps:
      - if: x
        run: exit 1
";

    fn said(from: &str, to: &str) -> String {
        let text = GOOD.replacen(from, to, 1);
        assert!(from.is_empty() || text != GOOD);
        let found = Workflow::read(&text).mistakes();
        found.iter().map(|(line, what)| format!("{line}: {what}\n")).collect()
    }

    #[test]
    fn what_is_right_is_not_found() {
        assert_eq!(said("", ""), "");
    }

    #[test]
    fn a_job_that_the_gate_forgets_is_found() {
        let said = said("[one]", "[]");
        assert!(said.starts_with("9: the gate does not need the job `one`"), "{said}");
    }

    #[test]
    fn what_is_wrong_is_found_with_its_line() {
        for (from, to, expected) in [
            (
                "cargo ci tidy",
                "cargo test",
                "8: `cargo test` is nothing that this tool does",
            ),
            ("cargo ci tidy", "cargo ci tydi", "8: `cargo ci tydi`"),
            ("cargo ci tidy", "|", "8: `|`"),
            (
                "08c6903cd8c0fde910a37f88322edcfb5dd907a8 # v5.0.0",
                "v5",
                "7: `actions/checkout@v5` can change",
            ),
            (
                "    timeout-minutes: 5\n",
                "",
                "4: the job `one` has no `timeout-minutes`",
            ),
            (
                "permissions: {}\n",
                "",
                "1: the workflow does not say which permissions",
            ),
            ("  gate:", "  door:", "1: the workflow has no job `gate`"),
        ] {
            let said = said(from, to);
            assert!(said.contains(expected), "{expected}: {said:?}");
        }
    }
}
