//! `cargo ci gates`: triga builds with every combination of its features, everywhere, for a crate outside the workspace.
//!
//! `outside.rs` writes that crate, `combinations.rs` says which features are built together, and `oldest.rs` finds the oldest
//! versions of what triga depends on.
//!
//! The outside crate's dependencies by path get warnings denied like sources of the workspace, and their features are not
//! unified with anything. That is what cargo-hack would be installed for, on a bare machine for minutes; it also rewrites
//! manifests while it runs, to be rid of what tests depend on.

use std::path::Path;
use std::process::{Command, ExitCode};

use lexopt::prelude::*;

use crate::builds::Build;
use crate::cargo::{cargo, cargo_of};
use crate::job::Job;
use crate::metadata;
use crate::paths::{logs, root};
use crate::steps::Steps;
use crate::toolchain::{ensure_target, ensure_toolchain, msrv};
use crate::{Result, Subcommand};

mod combinations;
mod oldest;
mod outside;

pub(crate) use outside::Outside;

pub(crate) const SUBCOMMAND: Subcommand = Subcommand {
    name: "gates",
    summary: "every combination of features on every target, the oldest dependencies and the oldest Rust",
    help: "\
cargo ci gates [TARGET]...: what a crate outside the workspace gets, on every target of the matrix or on those named

Checks, with warnings denied, a crate that depends on triga with no feature, each alone, every pair and all of them; the crate
asserts for each capability that the platform has what the matrix says, and lacks what it says. Then it is checked with the
oldest version that the manifests allow of each dependency, and with the oldest Rust. WASI 0.2 refuses a build with shared memory.

Rust's targets and the oldest Rust are added by rustup if they are missing. The status is 0 if everything builds.",
    run,
};

fn run(mut parser: lexopt::Parser) -> Result<ExitCode> {
    let mut named = Vec::new();
    while let Some(argument) = parser.next()? {
        match argument {
            Value(target) => named.push(target.string()?),
            argument => return Err(argument.unexpected().into()),
        }
    }
    let builds = Build::selected(&named)?;
    let steps = Steps::new("gates");
    steps_of(&steps, &builds);
    steps.summarize();
    Ok(steps.code())
}

/// Every gate of some builds, a step each.
pub(crate) fn steps_of(steps: &Steps, builds: &[Build]) {
    for build in builds {
        steps.step(&format!("features, {build}"), |job| features(job, root(), build));
    }
    for build in builds.iter().filter(|build| build.cfgs.is_empty()) {
        steps.step(&format!("oldest dependencies, {build}"), |job| {
            oldest_dependencies(job, root(), build)
        });
        steps.step(&format!("Rust {}, {build}", msrv()), |job| {
            oldest_rust(job, root(), build)
        });
    }
    for build in builds.iter().filter(|build| build.target == "wasm32-wasip2") {
        steps.step(&format!("shared memory, {build}"), |job| {
            shared_memory(job, root(), build)
        });
    }
}

/// The crate outside builds with each combination of features, and the platform has what the matrix says.
pub(crate) fn features(job: &mut Job, workspace: &Path, build: &Build) -> Result<()> {
    ensure_target(job, build.target)?;
    let packages = metadata::packages(workspace)?;
    let outside = Outside::write("features", workspace, &packages, build)?;
    for features in combinations::of(&outside.features) {
        let mut check = check(cargo(), &outside, build, " -D warnings");
        let together = features.join(",");
        job.run(check.args(["--features", &together])).map_err(|error| {
            let with = if features.is_empty() {
                "without features".to_owned()
            } else {
                format!("with {together}")
            };
            format!("{build}: triga does not build {with}: {error}")
        })?;
    }
    Ok(())
}

/// It builds with the oldest version of each dependency that the manifests allow.
fn oldest_dependencies(job: &mut Job, workspace: &Path, build: &Build) -> Result<()> {
    ensure_target(job, build.target)?;
    let packages = metadata::packages(workspace)?;
    let outside = Outside::write("oldest", workspace, &packages, build)?;
    outside.pin(&oldest::pins(&packages)?)?;
    let all = outside.features.join(",");
    job.run(check(cargo(), &outside, build, "").args(["--features", &all]))
}

/// It builds with the oldest Rust.
fn oldest_rust(job: &mut Job, workspace: &Path, build: &Build) -> Result<()> {
    let oldest = msrv();
    ensure_toolchain(job, &oldest, build.target)?;
    let outside = Outside::write("msrv", workspace, &metadata::packages(workspace)?, build)?;
    let all = outside.features.join(",");
    job.run(check(cargo_of(&oldest), &outside, build, "").args(["--features", &all]))
}

/// A platform for one thread refuses to be built for more.
fn shared_memory(job: &mut Job, workspace: &Path, build: &Build) -> Result<()> {
    ensure_target(job, build.target)?;
    let mut check = cargo();
    check
        .current_dir(workspace)
        .args(["check", "--package", "triga-platform", "--target", build.target]);
    check.arg("--target-dir").arg(logs().join("outside/target"));
    check.env("RUSTFLAGS", "-Ctarget-feature=+atomics");
    // Only an unstable compiler shows sources this feature.
    check.env("RUSTC_BOOTSTRAP", "1");
    let mut is_refused = false;
    let built = job.run_with(&mut check, |line| is_refused |= line.contains("without shared memory"));
    match built {
        Ok(()) => Err(format!("{build}: triga builds with shared memory, and its locks are for one thread").into()),
        Err(_) if is_refused => Ok(()),
        Err(error) => Err(error),
    }
}

fn check(mut cargo: Command, outside: &Outside, build: &Build, flags: &str) -> Command {
    cargo
        .args(["check", "--target", build.target, "--manifest-path"])
        .arg(&outside.manifest);
    cargo.arg("--target-dir").arg(logs().join("outside/target"));
    cargo.env("RUSTFLAGS", (build.flags() + flags).trim_start());
    cargo
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::scratch::Scratch;

    fn build(target: &str) -> Build {
        Build::selected(&[target.to_owned()]).unwrap().remove(0)
    }

    /// What `features` says of a copy of the workspace.
    fn failure(scratch: &Scratch, target: &str) -> String {
        let log = format!("self-test-{}", scratch.root.file_name().unwrap().to_string_lossy());
        let mut job = Job::start("test", &log, Duration::from_secs(900)).unwrap();
        let error = features(&mut job, &scratch.root, &build(target)).unwrap_err();
        format!("{error}\n{}", job.last_lines())
    }

    #[test]
    fn a_feature_that_does_not_build_alone_is_named() {
        let scratch = Scratch::of_workspace("gates-feature");
        let features = "[features]\nhelp = []\nlonely = []\n\n[profile.release]";
        scratch.replace("Cargo.toml", "[profile.release]", features);
        let source = "#[cfg(all(feature = \"lonely\", not(feature = \"help\"), not(unix)))]\nuse absent::Absent;\n";
        scratch.append("src/lib.rs", source);
        let said = failure(&scratch, "wasm32-wasip1");
        assert!(
            said.starts_with("wasm32-wasip1: triga does not build with lonely: "),
            "{said}"
        );
        assert!(said.contains("absent"), "{said}");
    }

    #[test]
    fn a_capability_that_is_claimed_and_not_there_is_named() {
        let scratch = Scratch::of_workspace("gates-claimed");
        scratch.replace(
            "platform/src/unix/mod.rs",
            "&[NO_PREOPENED_SOCKETS]",
            "&[NO_PREOPENED_SOCKETS, (Capability::Udp, \"there is none: do without\")]",
        );
        let said = failure(&scratch, build_of_this_machine().target);
        assert!(said.contains("the matrix says that Linux has UDP"), "{said}");
    }

    #[test]
    fn a_capability_that_is_there_and_not_claimed_is_named() {
        let scratch = Scratch::of_workspace("gates-unclaimed");
        scratch.replace(
            "platform/src/wasip1/mod.rs",
            "Capability::Threads,",
            "Capability::Names,",
        );
        let said = failure(&scratch, "wasm32-wasip1");
        assert!(said.contains("the matrix says that WASI 0.1 lacks threads"), "{said}");
    }

    /// Any Unix will do: they share a platform.
    fn build_of_this_machine() -> Build {
        build("x86_64-unknown-linux-gnu")
    }
}
