//! This machine: what it is, what it has, and what it can run.

use std::path::Path;
use std::process::Command;
use std::sync::OnceLock;
use std::time::Duration;

use crate::matrix::{How, Row, Runner};
use crate::paths;
use crate::process;

/// The target that rustc compiles for by itself.
pub(crate) fn host() -> &'static str {
    static HOST: OnceLock<String> = OnceLock::new();
    HOST.get_or_init(|| {
        let mut rustc = Command::new("rustc");
        let answer = process::output(rustc.current_dir(paths::root()).arg("-vV"), Duration::from_secs(60));
        let answer = answer.unwrap_or_default();
        let host = answer.lines().find_map(|line| line.strip_prefix("host: "));
        host.unwrap_or("unknown").to_owned()
    })
}

/// Whether a row's programs are this machine's own.
pub(crate) fn is_own(row: &Row) -> bool {
    row.target == host()
}

/// Whether a row is this machine and nothing besides: no flags, and no program around its own.
pub(crate) fn is_plain(row: &Row) -> bool {
    runs_by_itself(row) && row.cfgs.is_empty()
}

/// Whether this machine runs a row's programs with no help.
pub(crate) fn runs_by_itself(row: &Row) -> bool {
    is_own(row) && !matches!(row.how, How::Run(Runner::Under(_)))
}

/// Why this machine can never run a row, if it cannot. What is merely missing is not a reason.
pub(crate) fn why_not(row: &Row) -> Option<String> {
    match row.how {
        How::NotYet(why) => Some(why.to_owned()),
        How::Check => Some(format!("nothing runs it: `cargo ci check {}` checks it", row.name)),
        How::Run(_) if is_own(row) => None,
        How::Run(Runner::Machine | Runner::Under(_)) => {
            Some(format!("it runs on {}, and this machine is {}", row.target, host()))
        }
        How::Run(Runner::MachineOf(of)) if of != host() => {
            Some(format!("it runs on {of}, and this machine is {}", host()))
        }
        How::Run(Runner::Qemu { .. }) if !host().contains("-linux-") => {
            Some(format!("qemu-user runs it on Linux, and this machine is {}", host()))
        }
        How::Run(_) => None,
    }
}

/// Whether something is there: a file or folder by its absolute path, a program on `PATH` by its name.
pub(crate) fn has(what: &str) -> bool {
    let path = Path::new(what);
    if path.is_absolute() {
        return path.exists();
    }
    let folders = std::env::var_os("PATH").unwrap_or_default();
    let program = format!("{what}{}", std::env::consts::EXE_SUFFIX);
    std::env::split_paths(&folders).any(|folder| folder.join(&program).is_file())
}

/// How many things are done side by side: one more than there are cores, since most tests wait more than they compute.
pub(crate) fn lanes() -> usize {
    std::thread::available_parallelism().map_or(1, usize::from) + 1
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::matrix::ROWS;

    #[test]
    fn a_row_that_cannot_run_here_says_why() {
        for row in &ROWS {
            if let Some(why) = why_not(row) {
                assert!(why.len() > 20, "{}: {why}", row.name);
            }
        }
        let elsewhere = ROWS
            .iter()
            .find(|row| row.target.contains("darwin") && !is_own(row))
            .unwrap();
        assert!(why_not(elsewhere).unwrap().contains(host()));
    }

    #[test]
    fn what_is_there_is_found() {
        assert!(has("cargo") && !has("no-such-program-anywhere") && !has("/no/such/folder"));
    }
}
