//! `cargo ci release`: what has to hold before the crates are published.

use std::process::{Command, ExitCode};
use std::time::Duration;

use lexopt::prelude::*;

use crate::cargo::cargo;
use crate::job::Job;
use crate::paths::{logs, root};
use crate::steps::{NotHere, Steps};
use crate::toolchain::CRATES;
use crate::{Result, Subcommand, machine, process};

pub(crate) const SUBCOMMAND: Subcommand = Subcommand {
    name: "release",
    summary: "what has to hold before the crates are published",
    help: "\
cargo ci release [TAG]: the version, the changelog, the names since the last release, and both packages as they would be sent

TAG, like v1.2.3, has to be the version of the workspace, and CHANGELOG.md has to have a section for it. cargo-semver-checks
compares with the release before; `cargo install cargo-semver-checks --locked` adds it. Nothing is published.",
    run,
};

fn run(mut parser: lexopt::Parser) -> Result<ExitCode> {
    let mut tag = None;
    while let Some(argument) = parser.next()? {
        match argument {
            Value(value) if tag.is_none() => tag = Some(value.string()?),
            argument => return Err(argument.unexpected().into()),
        }
    }
    let steps = Steps::new("release");
    if let Some(tag) = tag {
        let changelog = std::fs::read_to_string(root().join("CHANGELOG.md"))?;
        steps.step("version and changelog", |_| {
            announced(&tag, env!("CARGO_PKG_VERSION"), &changelog)
        });
    }
    steps.step("names since the last release", compatible);
    steps.step("packages", packages);
    let (passed, all) = steps.tally();
    // A release wants all of it done.
    Ok(if passed == all {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}

/// The tag is the version's, and the changelog knows of it.
fn announced(tag: &str, version: &str, changelog: &str) -> Result<()> {
    if tag != format!("v{version}") {
        return Err(format!("the tag is {tag}, and the workspace's version is {version}").into());
    }
    let heading = |line: &str| {
        line.strip_prefix("## ")
            .is_some_and(|title| title.split(' ').next() == Some(version))
    };
    if !changelog.lines().any(heading) {
        return Err(format!("CHANGELOG.md has no section `## {version}`").into());
    }
    Ok(())
}

/// Nothing that the last release had is gone or otherwise, unless the version says so.
fn compatible(job: &mut Job) -> Result<()> {
    let mut git = git();
    git.args(["describe", "--tags", "--abbrev=0", "--match", "v*", "HEAD^"]);
    let Ok(last) = process::output(&mut git, Duration::from_secs(60)) else {
        job.note("nothing was released before");
        return Ok(());
    };
    if !machine::has("cargo-semver-checks") {
        return Err(NotHere::missing(
            "cargo-semver-checks",
            "cargo install cargo-semver-checks --locked",
        ));
    }
    job.run(
        cargo()
            .args(["semver-checks", "--baseline-rev", last.trim()])
            .args(CRATES),
    )
}

/// What would be uploaded builds by itself, triga with the triga-platform beside it.
fn packages(job: &mut Job) -> Result<()> {
    let commit = process::output(git().args(["rev-parse", "HEAD"]), Duration::from_secs(60))?;
    // Cargo unpacks triga-platform once for each version and target folder, so a folder is for one commit alone.
    let folder = logs().join("package").join(commit.trim());
    let done = job.run(cargo().arg("package").args(CRATES).arg("--target-dir").arg(&folder));
    // What is left is in the target folder, and goes with that.
    let _ = std::fs::remove_dir_all(folder);
    done
}

fn git() -> Command {
    let mut git = Command::new("git");
    git.current_dir(root());
    git
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tag_has_its_version_and_its_section() {
        let changelog = "# Changelog\n\n## Unreleased\n\n## 0.2.0 (2026-12-01)\n\n## 0.1.0\n";
        assert!(announced("v0.2.0", "0.2.0", changelog).is_ok());
        let error = announced("v0.3.0", "0.2.0", changelog).unwrap_err().to_string();
        assert_eq!(error, "the tag is v0.3.0, and the workspace's version is 0.2.0");
        let error = announced("v0.3.0", "0.3.0", changelog).unwrap_err().to_string();
        assert_eq!(error, "CHANGELOG.md has no section `## 0.3.0`");
    }
}
