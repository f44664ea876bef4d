//! The programs that are measured: crates of their own beside this one, for other targets.

use std::env;
use std::io;
use std::path::{Path, PathBuf};
use std::process::Command;

/// The target of the components.
pub(super) const WASIP2: &str = "wasm32-wasip2";

/// Where the guests' crates are.
const CRATE: &str = env!("CARGO_MANIFEST_DIR");

/// Builds all guests of a crate, or the one that is named, and returns the folder that they are in. With a toolchain that is
/// named, rustup runs it; else it is the one that runs this.
pub(super) fn build(target: &str, name: &str, one: Option<&str>, toolchain: Option<&str>) -> io::Result<PathBuf> {
    let suffix = toolchain.map(|toolchain| format!("-{toolchain}")).unwrap_or_default();
    let directory = target_directory()?.join(format!("benches-{name}{suffix}"));
    let mut command = match toolchain {
        Some(toolchain) => run_by(toolchain),
        None => Command::new(env::var_os("CARGO").unwrap_or_else(|| "cargo".into())),
    };
    command
        .args(["build", "--quiet", "--release", "--target-dir"])
        .arg(&directory)
        .args(one.into_iter().flat_map(|one| ["--bin", one]))
        .current_dir(Path::new(CRATE).join(name))
        // They would take the place of the flags in that folder's configuration.
        .env_remove("RUSTFLAGS")
        .env_remove("CARGO_ENCODED_RUSTFLAGS");
    succeed(command, &format!("building the guests for {target}"))?;
    Ok(directory.join(target).join("release"))
}

/// Has rustup install a toolchain for a target, unless it is there.
pub(super) fn install(toolchain: &str, target: &str) -> io::Result<()> {
    let mut command = Command::new("rustup");
    command.args(["toolchain", "install", toolchain, "--no-self-update"]);
    command.args(["--profile", "minimal", "--target", target]);
    succeed(command, &format!("installing Rust {toolchain} by rustup"))
}

fn run_by(toolchain: &str) -> Command {
    let mut command = Command::new("rustup");
    command.args(["run", toolchain, "cargo"]);
    // They name the programs of the toolchain that runs this.
    for variable in ["CARGO", "RUSTC", "RUSTDOC", "RUSTUP_TOOLCHAIN"] {
        command.env_remove(variable);
    }
    command
}

fn succeed(mut command: Command, what: &str) -> io::Result<()> {
    let status = command.status();
    let status = status.map_err(|error| io::Error::new(error.kind(), format!("{what}: {command:?}: {error}")))?;
    if !status.success() {
        return Err(io::Error::other(format!("{what} failed with {status}")));
    }
    Ok(())
}

/// This program lies in the folder `release/deps` of it.
fn target_directory() -> io::Result<PathBuf> {
    let program = env::current_exe()?;
    let directory = program.ancestors().nth(3).map(Path::to_owned);
    directory.ok_or_else(|| io::Error::other(format!("{} is not in a target directory of cargo's", program.display())))
}
