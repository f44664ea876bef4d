//! What has to hold for the workflows: they run this tool, pin what they use, and end in a gate that needs every job.

use std::path::PathBuf;

use yaml_rust2::yaml::Hash;
use yaml_rust2::{Yaml, YamlLoader};

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
        let sentences = sentences(&read(path)?).unwrap_or_else(|error| vec![error.to_string()]);
        findings.extend(sentences.into_iter().map(|what| Finding {
            file: name.clone(),
            line: 1,
            what,
        }));
    }
    Ok(findings)
}

/// What does not hold in one workflow, in a sentence each.
fn sentences(text: &str) -> Result<Vec<String>> {
    let documents = YamlLoader::load_from_str(text)?;
    let workflow = documents.first().unwrap_or(&Yaml::BadValue);
    let mut found = Vec::new();
    if workflow["permissions"].is_badvalue() {
        found.push("the workflow does not say which permissions it has: `permissions: {}`".to_owned());
    }
    let no_jobs = Hash::new();
    let jobs = workflow["jobs"].as_hash().unwrap_or(&no_jobs);
    let gate = &workflow["jobs"][GATE];
    if gate.is_badvalue() {
        found.push(format!("the workflow has no job `{GATE}`, which needs all the others"));
    }
    let needs = gate["needs"].as_vec().map_or(&[][..], Vec::as_slice);
    for (name, job) in jobs {
        let title = name.as_str().unwrap_or_default();
        if job["timeout-minutes"].is_badvalue() {
            found.push(format!("the job `{title}` has no `timeout-minutes`"));
        }
        if title != GATE && !gate.is_badvalue() && !needs.contains(name) {
            found.push(format!(
                "the gate does not need the job `{title}`, so a change goes in without it"
            ));
        }
        for step in job["steps"].as_vec().into_iter().flatten() {
            match (step["run"].as_str(), step["uses"].as_str()) {
                (Some(command), _) if !is_ours(command) => found.push(format!(
                    "`{command}` is nothing that this tool does: let it be a subcommand of `cargo ci`"
                )),
                (_, Some(action)) if !is_pinned(action, text) => {
                    found.push(format!(
                        "`{action}` can change: name it by its commit, with the version in a comment"
                    ));
                }
                _ => {}
            }
        }
    }
    Ok(found)
}

/// Whether a command is one of this tool's, or prepares the machine for it.
fn is_ours(command: &str) -> bool {
    if command.contains('\n') {
        return false;
    }
    if let Some(rest) = command.strip_prefix("cargo ci ") {
        let name = rest.split(' ').next().unwrap_or_default();
        return SUBCOMMANDS.iter().any(|subcommand| subcommand.name == name);
    }
    OWN.contains(&command) || PREPARATIONS.iter().any(|preparation| command.starts_with(preparation))
}

/// `owner/name@COMMIT # version`, wherever the workflow names the action.
fn is_pinned(action: &str, text: &str) -> bool {
    let commit = action.split_once('@').map_or("", |(_, commit)| commit);
    let mut uses = text
        .lines()
        .filter_map(|line| line.split_once(action))
        .map(|(_, rest)| rest);
    let has_version = uses.all(|rest| rest.len() > " # v".len() && rest.starts_with(" # v"));
    commit.len() == 40 && commit.chars().all(|c| c.is_ascii_hexdigit()) && has_version
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

    #[test]
    fn what_is_wrong_is_found() {
        assert_eq!(sentences(GOOD).unwrap(), [""; 0]);
        for (from, to, expected) in [
            ("[one]", "[]", "the gate does not need the job `one`"),
            (
                "cargo ci tidy",
                "cargo test",
                "`cargo test` is nothing that this tool does",
            ),
            ("cargo ci tidy", "cargo ci tydi", "`cargo ci tydi`"),
            (
                "cargo ci tidy",
                "|\n          cargo ci tidy\n          ls",
                "`cargo ci tidy\nls",
            ),
            (
                "08c6903cd8c0fde910a37f88322edcfb5dd907a8 # v5.0.0",
                "v5",
                "`actions/checkout@v5` can change",
            ),
            (" # v5.0.0", "", "can change"),
            ("    timeout-minutes: 5\n", "", "the job `one` has no `timeout-minutes`"),
            ("permissions: {}\n", "", "the workflow does not say which permissions"),
            ("  gate:", "  door:", "the workflow has no job `gate`"),
        ] {
            assert!(GOOD.contains(from));
            let found = sentences(&GOOD.replacen(from, to, 1)).unwrap();
            assert!(found.len() == 1 && found[0].contains(expected), "{expected}: {found:?}");
        }
        assert!(sentences("jobs: [").is_err());
    }
}
