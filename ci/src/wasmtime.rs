//! wasmtime: from PATH if its version fits, else from the cache folder, else built there once.

use std::env;
use std::ffi::OsString;
use std::fmt;
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::thread::available_parallelism;
use std::time::Duration;

use crate::cargo;
use crate::job::Job;
use crate::{Result, process};

/// Sockets on WASI 0.1: wasmtime 47 removed them, and 36 is the last version with long support that has them.
pub(crate) const SOCKETS: Need = Need {
    pinned: Version(36, 0, 20),
    from: 36,
    below: Some(47),
    serves: false,
    what: "sockets on WASI 0.1 need wasmtime 36 to 46",
};

/// What comes after that removal: standard streams and clocks on WASI 0.1, and the components of WASI 0.2 and 0.3.
pub(crate) const TODAY: Need = Need {
    pinned: Version(48, 0, 8),
    from: 48,
    below: None,
    serves: true,
    what: "today's host is wasmtime 48 or later",
};

/// Everything that triga's programs use of it.
const FEATURES: &str = "run,cranelift,parallel-compilation";
/// What components need of it, those of WASI 0.3 and of `wasmtime serve` included.
const COMPONENT_FEATURES: &str = "component-model,component-model-async,serve";
/// How long one core takes to build wasmtime: 4.5 minutes were measured on two.
const CORE_MINUTES: usize = 9;

/// A wasmtime that would do.
#[derive(Debug)]
pub(crate) struct Need {
    /// The one that is built if there is none.
    pub(crate) pinned: Version,
    from: u32,
    below: Option<u32>,
    /// Whether it runs components, and serves those that handle HTTP.
    serves: bool,
    what: &'static str,
}

impl Need {
    /// Why a version will not do.
    fn misfit(&self, version: Version) -> Option<&'static str> {
        if version.0 < self.from {
            Some("too old")
        } else if self.below.is_some_and(|below| version.0 >= below) {
            Some("too new")
        } else {
            None
        }
    }

    /// What its build is called in the cache. One that was built with less is another one.
    fn name(&self) -> String {
        let serves = if self.serves { "-serve" } else { "" };
        format!("{}{serves}", self.pinned)
    }

    /// About how long building takes here.
    pub(crate) fn minutes(&self) -> usize {
        let cores = available_parallelism().map_or(1, usize::from);
        CORE_MINUTES.div_ceil(cores).max(2)
    }
}

/// major.minor.patch
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Version(u32, u32, u32);

impl Version {
    /// The version in the answer to `wasmtime --version`: `wasmtime 36.0.20`, perhaps with a commit and a date after it.
    fn from_answer(answer: &str) -> Option<Version> {
        let mut words = answer.split_whitespace();
        // Before version 18 the program called itself `wasmtime-cli`.
        if !matches!(words.next()?, "wasmtime" | "wasmtime-cli") {
            return None;
        }
        // What follows a hyphen names a pre-release.
        let mut numbers = words.next()?.split('-').next()?.split('.');
        let mut number = || numbers.next()?.parse().ok();
        Some(Version(number()?, number()?, number()?))
    }
}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}.{}", self.0, self.1, self.2)
    }
}

/// A wasmtime that was found, and fits.
#[derive(Debug)]
pub(crate) struct Wasmtime {
    pub(crate) path: PathBuf,
    pub(crate) version: Version,
}

impl Wasmtime {
    fn at(path: PathBuf) -> Result<Wasmtime> {
        let answer = process::output(Command::new(&path).arg("--version"), Duration::from_secs(60))
            .map_err(|error| format!("{} does not run: {error}", path.display()))?;
        let version = Version::from_answer(&answer)
            .ok_or_else(|| format!("{} does not say its version, but: {}", path.display(), answer.trim()))?;
        Ok(Wasmtime { path, version })
    }

    /// `wasmtime run`, before its options.
    pub(crate) fn run(&self) -> Command {
        let mut command = Command::new(&self.path);
        // wasmtime 36 takes a backtrace for every call that would block, if it is asked for backtraces at all.
        command.arg("run").env("RUST_BACKTRACE", "0");
        command
    }
}

/// Where wasmtimes are looked for.
#[derive(Debug)]
pub(crate) struct Places {
    path: OsString,
    cache: PathBuf,
}

impl Places {
    pub(crate) fn from_env() -> Result<Places> {
        Ok(Places {
            path: env::var_os("PATH").unwrap_or_default(),
            cache: cache()?,
        })
    }

    /// Where what is built goes.
    pub(crate) fn cache(&self) -> &Path {
        &self.cache
    }

    /// A wasmtime that fits and is there already. Each one that was passed over gets a sentence.
    pub(crate) fn find(&self, need: &Need, mut passed_over: impl FnMut(&str)) -> Option<Wasmtime> {
        let program = format!("wasmtime{}", env::consts::EXE_SUFFIX);
        let on_path = env::split_paths(&self.path)
            .map(|folder| folder.join(&program))
            .find(|path| path.is_file());
        let cached = Some(self.installed(need)).filter(|path| path.is_file());
        for path in [on_path, cached].into_iter().flatten() {
            let found = match Wasmtime::at(path) {
                Ok(found) => found,
                Err(error) => {
                    passed_over(&format!("passed over: {error}"));
                    continue;
                }
            };
            let Some(misfit) = need.misfit(found.version) else {
                return Some(found);
            };
            let Wasmtime { path, version } = found;
            passed_over(&format!(
                "passed over: {} is wasmtime {version}, {misfit}; {}",
                path.display(),
                need.what
            ));
        }
        None
    }

    /// Builds the pinned version into the cache.
    ///
    /// Everything happens in a folder beside the final one, which appears complete or not at all. What an interrupted build
    /// left there lets the next one go on.
    pub(crate) fn install(&self, need: &Need, job: &mut Job) -> Result<Wasmtime> {
        let version = need.pinned.to_string();
        let partial = self.cache.join(format!(".partial-{}", need.name()));
        let unwritable = |error| format!("the cache folder {} cannot be written: {error}", self.cache.display());
        fs::create_dir_all(&partial).map_err(unwritable)?;
        let lock = File::create(self.cache.join(format!(".lock-{}", need.name()))).map_err(unwritable)?;
        if lock.try_lock().is_err() {
            job.note("another `cargo ci` builds it: waiting");
            lock.lock()?;
            if let Some(found) = self.find(need, |_| {}) {
                return Ok(found);
            }
            fs::create_dir_all(&partial).map_err(unwritable)?;
        }
        let root = partial.join("root");
        let mut cargo = cargo::cargo();
        // It has to run here, whatever the checkout is built for.
        cargo.env_remove("CARGO_BUILD_TARGET");
        cargo.args(["install", "wasmtime-cli", "--version", &version, "--locked", "--force"]);
        cargo.args(["--no-default-features", "--features", FEATURES]);
        if need.serves {
            cargo.args(["--features", COMPONENT_FEATURES]);
        }
        cargo
            .arg("--root")
            .arg(&root)
            .arg("--target-dir")
            .arg(partial.join("target"));
        job.run(&mut cargo)?;
        self.accept(need, &partial)
    }

    /// Moves a finished installation from the folder beside to its own.
    fn accept(&self, need: &Need, partial: &Path) -> Result<Wasmtime> {
        let root = partial.join("root");
        let installed = self.installed(need);
        let program = root.join("bin").join(installed.file_name().unwrap_or_default());
        let found = Wasmtime::at(program)?;
        if found.version != need.pinned {
            return Err(format!("cargo installed wasmtime {} instead of {}", found.version, need.pinned).into());
        }
        let folder = self.folder(need);
        if folder.exists() {
            // It was passed over, so it is not used.
            fs::remove_dir_all(&folder)?;
        }
        fs::rename(&root, &folder)?;
        fs::remove_dir_all(partial)?;
        Ok(Wasmtime {
            path: installed,
            version: found.version,
        })
    }

    fn folder(&self, need: &Need) -> PathBuf {
        self.cache.join(format!("wasmtime-{}", need.name()))
    }

    fn installed(&self, need: &Need) -> PathBuf {
        let program = format!("wasmtime{}", env::consts::EXE_SUFFIX);
        self.folder(need).join("bin").join(program)
    }
}

/// Where what is built once stays: `TRIGA_CACHE`, or a folder of triga's own where the user's caches are.
pub(crate) fn cache() -> Result<PathBuf> {
    let set = |name| env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from);
    let folder = set("TRIGA_CACHE")
        .or_else(|| set("XDG_CACHE_HOME").map(|folder| folder.join("triga")))
        .or_else(|| env::home_dir().map(|home| home.join(".cache").join("triga")))
        .ok_or("there is no home folder to keep what is built: set TRIGA_CACHE to a folder")?;
    Ok(std::path::absolute(folder)?)
}

#[cfg(test)]
#[path = "wasmtime_tests.rs"]
mod tests;
