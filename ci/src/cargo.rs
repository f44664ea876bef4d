//! The commands of cargo and rustup.

use std::env;
use std::process::Command;

use crate::paths::root;

/// The cargo that runs this tool, in the workspace, telling its progress as text.
pub(crate) fn cargo() -> Command {
    let mut cargo = Command::new(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    reporting(&mut cargo);
    cargo
}

/// cargo of another toolchain.
pub(crate) fn cargo_of(toolchain: &str) -> Command {
    let mut cargo = rustup(["run", toolchain, "cargo"]);
    reporting(&mut cargo);
    cargo
}

/// One of rustup's commands.
pub(crate) fn rustup<const N: usize>(args: [&str; N]) -> Command {
    let mut rustup = Command::new("rustup");
    rustup.current_dir(root()).args(args);
    rustup
}

fn reporting(cargo: &mut Command) {
    cargo.current_dir(root());
    cargo.env_remove("CARGO_TERM_QUIET");
    cargo.env("CARGO_TERM_COLOR", "never");
    cargo.env("CARGO_TERM_PROGRESS_WHEN", "always");
    cargo.env("CARGO_TERM_PROGRESS_WIDTH", "80");
}
