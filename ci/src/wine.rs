//! Wine, which runs Windows programs here, with a prefix of triga's own in the cache folder.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use crate::job::Job;
use crate::paths;
use crate::{Result, process};

/// Links Windows programs.
const COMPILER: &str = "x86_64-w64-mingw32-gcc";
/// Where Windows keeps its libraries, in a prefix.
const SYSTEM: &str = "drive_c/windows/system32";
/// A library that Rust's std needs and Wine 8 lacks.
const PRIMITIVES: &str = "bcryptprimitives";

/// Wine with a prefix that is ready.
#[derive(Debug)]
pub(crate) struct Wine {
    prefix: PathBuf,
}

impl Wine {
    /// The prefix of the Wine that is installed, if it was made already.
    pub(crate) fn find(cache: &Path) -> Option<Wine> {
        let prefix = cache.join(version().ok()?);
        prefix.is_dir().then_some(Wine { prefix })
    }

    /// Makes the prefix, which takes about 20 seconds.
    ///
    /// It happens in a folder beside the final one, which appears complete or not at all. A prefix knows itself by no path.
    pub(crate) fn install(cache: &Path, job: &mut Job) -> Result<Wine> {
        let version = version()?;
        let unwritable = |error| format!("the cache folder {} cannot be written: {error}", cache.display());
        fs::create_dir_all(cache).map_err(unwritable)?;
        let lock = File::create(cache.join(format!(".lock-{version}"))).map_err(unwritable)?;
        lock.lock()?;
        if let Some(found) = Wine::find(cache) {
            return Ok(found);
        }
        let partial = Wine {
            prefix: cache.join(format!(".partial-{version}")),
        };
        if partial.prefix.exists() {
            fs::remove_dir_all(&partial.prefix)?;
        }
        fs::create_dir_all(&partial.prefix).map_err(unwritable)?;
        job.note(&format!("{version} gets a prefix in {}", cache.display()));
        job.run(partial.command("wineboot").arg("--init"))?;
        // What it has written is on the disk when its server has ended.
        job.run(partial.command("wineserver").arg("--wait"))?;
        partial.add_primitives(job)?;
        let prefix = cache.join(version);
        fs::rename(&partial.prefix, &prefix)?;
        Ok(Wine { prefix })
    }

    /// A Windows program, before its arguments.
    pub(crate) fn run(&self, program: &Path) -> Command {
        let mut wine = self.command("wine");
        wine.arg(program);
        wine
    }

    /// One of Wine's own programs.
    fn command(&self, program: &str) -> Command {
        let mut command = Command::new(program);
        self.set(&mut command);
        command
    }

    /// Tells Wine, wherever the command starts it, to use this prefix, no display, and no words of its own.
    pub(crate) fn set(&self, command: &mut Command) {
        command
            .env("WINEPREFIX", &self.prefix)
            .env("WINEARCH", "win64")
            .env("WINEDEBUG", "-all")
            // Neither .NET nor a browser, which it would offer to download.
            .env("WINEDLLOVERRIDES", "mscoree,mshtml=")
            .env_remove("DISPLAY")
            .env_remove("WAYLAND_DISPLAY");
    }

    /// Builds the library that Wine lacks. Without it every program of Rust's ends with status 53 and no word.
    fn add_primitives(&self, job: &mut Job) -> Result<()> {
        let library = self.prefix.join(SYSTEM).join(PRIMITIVES).with_extension("dll");
        if library.exists() {
            return Ok(());
        }
        let source = paths::root().join("ci/wine").join(PRIMITIVES).with_extension("c");
        let mut compiler = Command::new(COMPILER);
        compiler.args(["-shared", "-O2", "-Wall", "-Wextra", "-Werror", "-s", "-o"]);
        job.run(compiler.arg(library).arg(source).arg("-ladvapi32"))
    }
}

/// The name of the prefix of the Wine that is installed: `wine-8.0`.
fn version() -> Result<String> {
    let answer = process::output(Command::new("wine").arg("--version"), Duration::from_secs(60))?;
    version_in(&answer).ok_or_else(|| format!("wine does not say its version, but: {}", answer.trim()).into())
}

/// The version in the answer to `wine --version`: `wine-8.0 (Debian 8.0~repack-4)`, after whatever else it says.
fn version_in(answer: &str) -> Option<String> {
    let mut words = answer.split_whitespace();
    let version = words.find(|word| {
        word.strip_prefix("wine-")
            .is_some_and(|rest| rest.starts_with(|c: char| c.is_ascii_digit()))
    })?;
    let is_plain = version.chars().all(|c| c.is_ascii_alphanumeric() || "-.".contains(c));
    is_plain.then(|| version.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_found_in_what_wine_says() {
        let answer = "it looks like wine32 is missing, you should install it.\nwine-8.0 (Debian 8.0~repack-4)\n";
        assert_eq!(version_in(answer).unwrap(), "wine-8.0");
        assert_eq!(version_in("wine-10.0-rc2\n").unwrap(), "wine-10.0-rc2");
        assert_eq!(version_in("wine: cannot find anything"), None);
        assert_eq!(version_in("wine-8/../.."), None);
    }

    #[test]
    fn programs_get_the_prefix_and_no_display() {
        let wine = Wine {
            prefix: PathBuf::from("/cache/wine-8.0"),
        };
        let command = wine.run(Path::new("suite.exe"));
        assert_eq!(command.get_program(), "wine");
        assert_eq!(command.get_args().collect::<Vec<_>>(), ["suite.exe"]);
        let value = |name: &str| command.get_envs().find(|(key, _)| *key == name).unwrap().1;
        assert_eq!(value("WINEPREFIX").unwrap(), "/cache/wine-8.0");
        assert_eq!(value("DISPLAY"), None);
    }
}
