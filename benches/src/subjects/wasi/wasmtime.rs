//! A wasmtime that has what the guests need.

use std::env;
use std::io;
use std::ops::RangeInclusive;
use std::path::{Path, PathBuf};
use std::process::Command;

/// Which versions fit, and why no others do.
pub(super) struct Versions {
    fit: RangeInclusive<u32>,
    others: &'static str,
}

/// Later ones have no sockets for WASI 0.1.
pub(super) const WITH_WASIP1_SOCKETS: Versions = Versions {
    fit: 0..=46,
    others: "only those up to 46, such as 36 LTS, have sockets for WASI 0.1",
};

/// The one that the guests were tried with, and later ones.
pub(super) const WITH_WASIP2: Versions = Versions {
    fit: 48..=u32::MAX,
    others: "the guests for WASI 0.2 are measured under 48 or a later one",
};

/// The one that is named; or else the first on PATH or in the cache whose version fits.
pub(super) fn find(named: Option<&Path>, versions: &Versions) -> io::Result<PathBuf> {
    if let Some(named) = named {
        return check(named, versions).map(|()| named.to_owned());
    }
    let path = env::var_os("PATH").unwrap_or_default();
    let on_path = env::split_paths(&path).map(|folder| folder.join("wasmtime"));
    let mut known = on_path.chain(cached());
    known.find(|wasmtime| check(wasmtime, versions).is_ok()).ok_or_else(|| {
        io::Error::new(
            io::ErrorKind::NotFound,
            format!(
                "neither PATH nor ~/.cache/triga has a wasmtime that fits, and {}: `cargo ci demo` installs one, or name one with \
                 `--wasmtime PATH`",
                versions.others
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
fn check(wasmtime: &Path, versions: &Versions) -> io::Result<()> {
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
    match version.and_then(|major| major.parse().ok()) {
        Some(major) if versions.fit.contains(&major) => Ok(()),
        Some(major) => Err(unfit(format!("it is version {major}, and {}", versions.others))),
        None => Err(unfit(format!(
            "its `--version` says `{}`",
            text.lines().next().unwrap_or_default()
        ))),
    }
}
