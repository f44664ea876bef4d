//! A wasmtime that has sockets for WASI 0.1.

use std::env;
use std::io;
use std::path::{Path, PathBuf};
use std::process::Command;

/// Later ones have none.
const LAST: u32 = 46;

/// The one that is named; or else the first on PATH or in the cache whose version fits.
pub(super) fn find(named: Option<&Path>) -> io::Result<PathBuf> {
    if let Some(named) = named {
        return check(named).map(|()| named.to_owned());
    }
    let path = env::var_os("PATH").unwrap_or_default();
    let on_path = env::split_paths(&path).map(|folder| folder.join("wasmtime"));
    on_path.chain(cached()).find(|wasmtime| check(wasmtime).is_ok()).ok_or_else(|| {
        io::Error::new(
            io::ErrorKind::NotFound,
            format!(
                "neither PATH nor ~/.cache/triga has a wasmtime up to {LAST}, such as 36 LTS, and later ones have no sockets for \
                 WASI 0.1: `cargo ci demo` installs one, or name one with `--wasmtime PATH`"
            ),
        )
    })
}

fn cached() -> Vec<PathBuf> {
    let home = || Some(PathBuf::from(env::var_os("HOME")?).join(".cache"));
    let cache = env::var_os("XDG_CACHE_HOME").map(PathBuf::from).or_else(home);
    let entries = cache.and_then(|cache| cache.join("triga").read_dir().ok());
    entries
        .into_iter()
        .flatten()
        .flatten()
        .map(|entry| entry.path().join("bin/wasmtime"))
        .collect()
}

/// Fails unless it is a wasmtime whose version fits: `--version` says `wasmtime 36.0.20 (…)`.
fn check(wasmtime: &Path) -> io::Result<()> {
    let unfit = |why: String| io::Error::other(format!("{} cannot be used: {why}", wasmtime.display()));
    let output = Command::new(wasmtime)
        .arg("--version")
        .output()
        .map_err(|error| unfit(error.to_string()))?;
    let text = String::from_utf8_lossy(&output.stdout);
    let version = text
        .trim()
        .strip_prefix("wasmtime ")
        .and_then(|version| version.split('.').next());
    match version.and_then(|major| major.parse::<u32>().ok()) {
        Some(major) if major <= LAST => Ok(()),
        Some(major) => Err(unfit(format!(
            "version {major} has no sockets for WASI 0.1, and {LAST} is the last that has"
        ))),
        None => Err(unfit(format!(
            "its `--version` says `{}`",
            text.lines().next().unwrap_or_default()
        ))),
    }
}
