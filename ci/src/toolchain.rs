//! The targets and toolchains that rustup adds, and cargo for the target of a row.

use std::env;
use std::io;
use std::path::Path;
use std::process::Command;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use crate::cargo::{cargo, cargo_of, rustup};
use crate::job::Job;
use crate::matrix::Row;
use crate::paths::root;
use crate::{Result, machine, process};

/// The toolchain of the checks that stable Rust does not have: Miri and the sanitizers. What it finds does not change by
/// itself.
pub(crate) const NIGHTLY: &str = "nightly-2026-10-30";

/// The oldest Rust that triga promises to build with.
pub(crate) fn msrv() -> String {
    let manifest = include_str!("../../Cargo.toml");
    let version = manifest.lines().find_map(|line| line.strip_prefix("rust-version = \""));
    let version = version.expect("the workspace's manifest declares its `rust-version`");
    format!("{}.0", version.trim_end_matches('"'))
}

/// The crates that are published.
pub(crate) const CRATES: [&str; 4] = ["--package", "triga", "--package", "triga-platform"];

/// One of cargo's subcommands for the target of a row, with its linker and its `--cfg` flags.
pub(crate) fn cargo_for(row: &Row, subcommand: &str) -> Command {
    let mut cargo = row.toolchain.map_or_else(cargo, cargo_of);
    cargo.arg(subcommand);
    // Flags for a target that is not named would reach build scripts, too, and build everything twice.
    if !machine::is_own(row) || !row.cfgs.is_empty() {
        cargo.args(["--target", row.target]);
    }
    if let Some(linker) = row.linker.filter(|_| !machine::is_own(row)) {
        cargo.env(format!("CARGO_TARGET_{}_LINKER", variable(row.target)), linker);
    }
    if !row.cfgs.is_empty() {
        let mut flags = env::var("RUSTFLAGS").unwrap_or_default();
        for cfg in row.cfgs {
            flags += &format!(" --cfg {cfg}");
        }
        cargo.env("RUSTFLAGS", flags.trim_start());
    }
    cargo
}

/// A target's name in the names of cargo's variables.
pub(crate) fn variable(target: &str) -> String {
    target.to_ascii_uppercase().replace('-', "_")
}

/// Makes sure that a target's libraries are there.
pub(crate) fn ensure_target(job: &mut Job, target: &str) -> Result<()> {
    if has_target(target) {
        return Ok(());
    }
    let _alone = rustup_alone();
    job.note(&format!("adding Rust's target {target} (rustup target add {target})"));
    job.run(&mut rustup(["target", "add", target]))
        .map_err(|error| without_rustup(error, &format!("Rust's target {target}")))
}

/// Makes sure that a toolchain is there, and a target's libraries with it.
pub(crate) fn ensure_toolchain(job: &mut Job, toolchain: &str, target: &str) -> Result<()> {
    let libraries = rustup([
        "run",
        toolchain,
        "rustc",
        "--print",
        "target-libdir",
        "--target",
        target,
    ]);
    if has_libraries(libraries) {
        return Ok(());
    }
    install(job, toolchain, "--target", &[target])
}

/// Whether a toolchain is there with these components.
pub(crate) fn has_components(toolchain: &str, components: &[&str]) -> bool {
    let mut list = rustup(["component", "list", "--installed", "--toolchain", toolchain]);
    let Ok(installed) = process::output(&mut list, Duration::from_secs(60)) else {
        return false;
    };
    // Those that are made for one machine bear its target: `miri-x86_64-unknown-linux-gnu`.
    let own = |name: &str| format!("{name}-{}", machine::host());
    components
        .iter()
        .all(|name| installed.lines().any(|line| line == *name || line == own(name)))
}

/// Installs a toolchain with what is named by the option: components, or targets.
pub(crate) fn install(job: &mut Job, toolchain: &str, option: &str, names: &[&str]) -> Result<()> {
    let _alone = rustup_alone();
    let with = names.join(", ");
    job.note(&format!(
        "adding Rust {toolchain} with {with} (rustup toolchain install)"
    ));
    let mut install = rustup(["toolchain", "install", toolchain, "--profile", "minimal"]);
    names.iter().for_each(|name| {
        install.args([option, name]);
    });
    job.run(install.arg("--no-self-update"))
        .map_err(|error| without_rustup(error, &format!("Rust {toolchain}")))
}

/// rustup installs one thing at a time. What another thread has installed meanwhile, it finds.
fn rustup_alone() -> MutexGuard<'static, ()> {
    static ALONE: Mutex<()> = Mutex::new(());
    ALONE.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Whether a target's libraries are there.
pub(crate) fn has_target(target: &str) -> bool {
    let mut rustc = Command::new("rustc");
    rustc
        .current_dir(root())
        .args(["--print", "target-libdir", "--target", target]);
    has_libraries(rustc)
}

fn has_libraries(mut print: Command) -> bool {
    process::output(&mut print, Duration::from_secs(60)).is_ok_and(|folder| Path::new(folder.trim()).is_dir())
}

fn without_rustup(error: crate::Error, what: &str) -> crate::Error {
    match error.downcast_ref::<io::Error>().map(io::Error::kind) {
        Some(io::ErrorKind::NotFound) => {
            format!("{what} is missing, and so is rustup, which would add it: install one of them").into()
        }
        _ => error,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn msrv_is_a_toolchain() {
        assert_eq!(msrv().split('.').filter(|part| part.parse::<u32>().is_ok()).count(), 3);
    }

    #[test]
    fn targets_are_seen() {
        assert!(!has_target("pdp11-unknown-unix7"));
    }

    #[test]
    fn a_missing_rustup_is_named() {
        let error = without_rustup(io::Error::from(io::ErrorKind::NotFound).into(), "Rust 1.2.0");
        assert!(
            error.to_string().starts_with("Rust 1.2.0 is missing, and so is rustup"),
            "{error}"
        );
    }
}
