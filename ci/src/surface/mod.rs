//! `cargo ci surface`: the public names of each target, compared with those that are kept under `ci/surface/`.
//!
//! `names.rs` reads them from rustdoc's JSON, and `kept.rs` has the files.

use std::collections::BTreeSet;
use std::env;
use std::path::Path;
use std::process::ExitCode;

use lexopt::prelude::*;

use crate::builds::Build;
use crate::cargo::cargo;
use crate::job::Job;
use crate::matrix::{Capability, KnownAs};
use crate::paths::{logs, root};
use crate::steps::Steps;
use crate::toolchain::ensure_target;
use crate::{Result, Subcommand, say};

mod kept;
mod names;

use kept::Kept;

pub(crate) const SUBCOMMAND: Subcommand = Subcommand {
    name: "surface",
    summary: "the public names of every target, compared with the ones that are kept",
    help: "\
cargo ci surface [--bless] [TARGET]...: triga's public names on every target, or on those named

They are read from rustdoc's JSON and compared with ci/surface/: common.txt has the names of all targets, unix.txt, wasm.txt
and windows.txt those of a family, sim.txt those of a simulation, and the file of a target what is left. A name that appears
or disappears on a target is an error; so is a name that is there where the matrix
says that its capability is not, and the other way round.

--bless   writes the files instead

Rust's targets are added by rustup if they are missing.",
    run,
};

/// The names of one target, a line each.
type Names = BTreeSet<String>;

fn run(mut parser: lexopt::Parser) -> Result<ExitCode> {
    let (mut named, mut bless) = (Vec::new(), false);
    while let Some(argument) = parser.next()? {
        match argument {
            Long("bless") => bless = true,
            Value(target) => named.push(target.string()?),
            argument => return Err(argument.unexpected().into()),
        }
    }
    let builds = Build::selected(&named)?;
    let steps = Steps::new("surface");
    if bless {
        let mut kept = Kept::read(root())?;
        for build in builds.iter().filter(|build| build.has_own_names()) {
            steps.step(&format!("names, {build}"), |job| {
                kept.set(build, names(job, root(), build)?);
                Ok(())
            });
        }
        kept.write(root())?
            .iter()
            .for_each(|file| say(format_args!("written: {file}")));
    } else {
        steps_of(&steps, &builds);
    }
    steps.summarize();
    Ok(steps.code())
}

/// A step for each target of some builds.
pub(crate) fn steps_of(steps: &Steps, builds: &[Build]) {
    for build in builds.iter().filter(|build| build.has_own_names()) {
        steps.step(&format!("names, {build}"), |job| {
            let found = names(job, root(), build)?;
            let kept = Kept::read(root())?;
            let mut changes = differences(build, kept.of(build), &found);
            changes.extend(contradictions(build, &found));
            if changes.is_empty() {
                return Ok(());
            }
            Err(changes.join("\n    ").into())
        });
    }
}

/// Every public name of triga on a target, those that come from triga-platform included.
fn names(job: &mut Job, workspace: &Path, build: &Build) -> Result<Names> {
    ensure_target(job, build.target)?;
    // Cargo takes a copy of the workspace, which a test has made, for the workspace itself.
    let folder = if workspace == root() {
        logs().join("surface")
    } else {
        workspace.join("target")
    };
    // Other flags in one folder would have everything compiled anew each time.
    let folder = if build.cfgs.is_empty() {
        folder
    } else {
        folder.join(build.slug())
    };
    let mut cargo = cargo();
    cargo.current_dir(workspace);
    cargo.args([
        "doc",
        "--no-deps",
        "--all-features",
        "--package",
        "triga",
        "--package",
        "triga-platform",
    ]);
    cargo.args(["--target", build.target, "--target-dir"]).arg(&folder);
    // The pinned toolchain has every target, which a nightly one may lack for weeks; so it is the pinned one that is let do
    // what only nightly ones may. The cfg is that of docs.rs.
    cargo.env("RUSTC_BOOTSTRAP", "1");
    let flags = "--cfg docsrs -Z unstable-options --output-format json --cap-lints allow";
    let of = |variable| env::var(variable).unwrap_or_default() + &build.flags();
    if !build.cfgs.is_empty() {
        cargo.env("RUSTFLAGS", of("RUSTFLAGS"));
    }
    cargo.env("RUSTDOCFLAGS", of("RUSTDOCFLAGS") + " " + flags);
    job.run(&mut cargo)?;
    let read = |name: &str, other: &Names| -> Result<Names> {
        let path = folder.join(build.target).join("doc").join(format!("{name}.json"));
        let names = std::fs::read_to_string(&path)
            .map_err(Into::into)
            .and_then(|json| names::read(&json, other));
        names.map_err(|error| format!("{}: {error}", path.display()).into())
    };
    let platform = read("triga_platform", &Names::new())?;
    read("triga", &platform)
}

/// The names that appeared and disappeared, in a sentence each.
fn differences(build: &Build, kept: &Names, found: &Names) -> Vec<String> {
    let lost = kept
        .difference(found)
        .map(|name| format!("{build} lost the name {name}"));
    let new = found
        .difference(kept)
        .map(|name| format!("{build} has the new name {name}: `cargo ci surface --bless` keeps it"));
    lost.chain(new).collect()
}

/// Where a name is there although its capability is not, or the other way round.
fn contradictions(build: &Build, found: &Names) -> Vec<String> {
    let mut sentences = Vec::new();
    for capability in Capability::ALL {
        let KnownAs::Name(name) = capability.known_as() else {
            continue;
        };
        let is_found = found.iter().any(|line| line.split(' ').next() == Some(name));
        let is_claimed = !build.platform.answers.iter().any(|(lacked, _)| *lacked == capability);
        if is_found != is_claimed {
            let (verb, there) = if is_claimed { ("has", "is not") } else { ("lacks", "is") };
            let (title, what) = (build.platform.title, capability.title());
            sentences.push(format!(
                "the matrix says that {title} {verb} {what}, and the name {name} {there} there on {}",
                build.target
            ));
        }
    }
    sentences
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::scratch::Scratch;

    fn build(target: &str) -> Build {
        Build::selected(&[target.to_owned()]).unwrap().remove(0)
    }

    #[test]
    fn a_name_that_is_lost_or_new_on_one_target_is_said() {
        let lines = |lines: &[&str]| lines.iter().map(|line| (*line).to_owned()).collect::<Names>();
        let kept = lines(&["triga::Driver struct", "triga::net::UdpSocket::bind fn"]);
        let found = lines(&["triga::Driver struct", "triga::time::nap fn"]);
        let said = differences(&build("wasm32-wasip1"), &kept, &found);
        assert_eq!(
            said,
            [
                "wasm32-wasip1 lost the name triga::net::UdpSocket::bind fn",
                "wasm32-wasip1 has the new name triga::time::nap fn: `cargo ci surface --bless` keeps it",
            ]
        );
        assert!(differences(&build("wasm32-wasip1"), &kept, &kept).is_empty());
    }

    #[test]
    fn docs_rs_shows_every_set_of_names() {
        let manifest = include_str!("../../../Cargo.toml");
        let targets = manifest
            .lines()
            .find_map(|line| line.strip_prefix("targets = ["))
            .unwrap();
        let kept = Kept::read(root()).unwrap();
        let shown: Vec<&Names> = targets
            .split('"')
            .skip(1)
            .step_by(2)
            .map(|target| kept.of(&build(target)))
            .collect();
        // It compiles nothing with flags of one target alone.
        for build in Build::all().iter().filter(|build| build.cfgs.is_empty()) {
            assert!(
                shown.contains(&kept.of(build)),
                "docs.rs shows no target with the names of {build}"
            );
        }
    }

    #[test]
    fn a_name_where_the_matrix_has_none_is_said() {
        let said = contradictions(&build("wasm32-wasip1"), &Names::new());
        assert!(
            said.iter()
                .any(|said| said.contains("WASI 0.1 has sources of your own, and the name triga::Source is not"))
        );
    }

    #[test]
    fn a_name_taken_from_one_target_is_seen() {
        let scratch = Scratch::of_workspace("surface");
        let both = "pub use sleep::{Sleep, sleep, sleep_until};";
        let not_on_wasi = "#[cfg(unix)]\npub use sleep::sleep;\npub use sleep::{Sleep, sleep_until};";
        scratch.replace("src/time/mod.rs", both, not_on_wasi);
        let build = build("wasm32-wasip1");
        let mut job = Job::start("test", "self-test-surface", Duration::from_secs(900)).unwrap();
        let found = names(&mut job, &scratch.root, &build).unwrap();
        let kept = Kept::read(root()).unwrap();
        let said = differences(&build, kept.of(&build), &found);
        assert_eq!(said, ["wasm32-wasip1 lost the name triga::time::sleep fn"]);
    }
}
