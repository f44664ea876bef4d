//! Commands that run with a progress bar, a log file, and a count of the tests that they report.

use std::collections::VecDeque;
use std::fs::{self, File};
use std::io::Write;
use std::path::PathBuf;
use std::process::Command;
use std::time::Duration;

use serde_json::Value;

use crate::counts::{self, Counts};
use crate::failures::Failures;
use crate::paths;
use crate::progress::Progress;
use crate::{Result, files, process};

/// How many of the last lines of a log a failure shows.
const SHOWN: usize = 40;

/// A piece of work that consists of commands.
pub(crate) struct Job {
    progress: Progress,
    log: File,
    path: PathBuf,
    last: VecDeque<String>,
    failures: Failures,
    limit: Duration,
    /// What the commands' closing lines add up to.
    pub(crate) counts: Counts,
    /// What the conformance suite counted, if it ran.
    pub(crate) suite: Option<Counts>,
}

impl Job {
    /// Begins a job whose log file has the name `log`, and each of whose commands may take `limit`.
    pub(crate) fn start(name: &str, log: &str, limit: Duration) -> Result<Job> {
        let folder = paths::logs();
        let path = folder.join(format!("{log}.log"));
        let created = fs::create_dir_all(&folder).and_then(|()| File::create(&path));
        let log = created.map_err(|error| format!("the log {} cannot be written: {error}", path.display()))?;
        Ok(Job {
            progress: Progress::start(name),
            log,
            path,
            last: VecDeque::new(),
            failures: Failures::default(),
            limit,
            counts: Counts::default(),
            suite: None,
        })
    }

    /// Runs a command to its end. Its failure is an error.
    pub(crate) fn run(&mut self, command: &mut Command) -> Result<()> {
        self.run_with(command, |_| {})
    }

    /// Runs a command whose failure is an answer, and none of whose tests counts. That it hangs is an error.
    pub(crate) fn succeeds(&mut self, command: &mut Command) -> Result<bool> {
        self.line(&format!("$ {}", shown(command)));
        let limit = self.limit;
        let status = process::run(command, limit, |line| {
            if !self.progress.takes(line) {
                self.line(line);
            }
        })?;
        Ok(status.success())
    }

    /// Runs one of cargo's commands that build, and returns the executable of the target `name`.
    pub(crate) fn build(&mut self, command: &mut Command, name: &str) -> Result<PathBuf> {
        let mut executable = None;
        self.run_with(command.arg("--message-format=json-render-diagnostics"), |line| {
            if let Some((of, path)) = executable_of(line)
                && of == name
            {
                executable = Some(PathBuf::from(path));
            }
        })?;
        executable.ok_or_else(|| format!("cargo built no executable `{name}`").into())
    }

    /// Does work each of whose commands may take another time than the others.
    pub(crate) fn within<T>(&mut self, limit: Duration, work: impl FnOnce(&mut Job) -> T) -> T {
        let usual = std::mem::replace(&mut self.limit, limit);
        let done = work(self);
        self.limit = usual;
        done
    }

    /// Says what else the job does, beside its progress bar.
    pub(crate) fn note(&mut self, text: &str) {
        self.progress.note(text);
        self.line(text);
    }

    /// What the failed tests said, or else the end of the log, for the report of a failure.
    pub(crate) fn last_lines(&self) -> String {
        let mut shown = String::new();
        for line in self.failures.lines() {
            shown += &format!("    | {line}\n");
        }
        for line in self.last.iter().filter(|_| self.failures.is_empty()) {
            shown += &format!("    | {line}\n");
        }
        shown + &format!("    the whole log: {}", self.path.display())
    }

    /// As [`Job::run`], and hands on each line that the command says.
    pub(crate) fn run_with(&mut self, command: &mut Command, mut each_line: impl FnMut(&str)) -> Result<()> {
        self.line(&format!("$ {}", shown(command)));
        let mut cause = None;
        let status = process::run(command, self.limit, |line| {
            each_line(line);
            if line.starts_with('{') || self.progress.takes(line) {
                return;
            }
            if let Some(counts) = Counts::from_line(line) {
                self.counts += counts;
                if line.starts_with(counts::SUITE) {
                    self.suite = Some(counts);
                }
            }
            self.failures.take(line);
            self.line(line);
            // The first of what is known is the cause; of other lines the last one sums up.
            if !cause.as_ref().is_some_and(|cause: &Cause| cause.is_known) {
                cause = cause_in(line).or(cause.take());
            }
        })?;
        if status.success() {
            return Ok(());
        }
        let program = command.get_program().to_string_lossy();
        let program = program.rsplit(['/', '\\']).next().unwrap_or(&program);
        // Failed tests are shown by their names. A linker that finds the disk full does not say so, or is ended by a signal.
        let cause = cause.map(|cause| cause.text).filter(|_| self.failures.is_empty());
        let cause = files::full_disk(&self.path).or(cause);
        let cause = cause.map_or_else(String::new, |cause| format!(": {cause}"));
        Err(format!("`{program}` ended with {status}{cause}").into())
    }

    fn line(&mut self, line: &str) {
        // A log that cannot be written is no reason to stop; what matters is shown from memory.
        let _ = writeln!(self.log, "{line}");
        if self.last.len() == SHOWN {
            self.last.pop_front();
        }
        self.last.push_back(line.to_owned());
    }
}

fn shown(command: &Command) -> String {
    let words = std::iter::once(command.get_program()).chain(command.get_args());
    words.map(|word| word.to_string_lossy()).collect::<Vec<_>>().join(" ")
}

/// The target's name and the executable in one of cargo's messages, if it bears one.
fn executable_of(message: &str) -> Option<(String, String)> {
    let message: Value = serde_json::from_str(message).ok()?;
    let text = |value: &Value| value.as_str().map(str::to_owned);
    Some((text(&message["target"]["name"])?, text(&message["executable"])?))
}

/// Why a command fails.
struct Cause {
    text: String,
    /// Whether it is one of those that every program has.
    is_known: bool,
}

/// What a line says about why a command is about to fail.
fn cause_in(line: &str) -> Option<Cause> {
    /// What programs say in many ways, and what it comes to.
    const KNOWN: [(&str, &str); 7] = [
        ("No space left on device", "the disk is full"),
        ("os error 28", "the disk is full"),
        ("Could not resolve host", "there is no network"),
        ("Temporary failure resolving", "there is no network"),
        ("failed to lookup address", "there is no network"),
        ("Network is unreachable", "there is no network"),
        ("error sending request for url", "there is no network"),
    ];
    let known = KNOWN.iter().find(|(words, _)| line.contains(words));
    let line = line.trim();
    // How cargo, rustup and apt-get begin a line that says why they end.
    let says_why = line.starts_with("error: ") || line.starts_with("E: ");
    let text = match known {
        Some((_, cause)) => format!("{cause} ({line})"),
        None if says_why => line.to_owned(),
        None => return None,
    };
    Some(Cause {
        text,
        is_known: known.is_some(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cargo;

    #[test]
    fn executables_are_found_in_cargo_messages() {
        let message = r#"{"reason":"compiler-artifact","package_id":"path+file:///x#triga@0.1.0","target":{"kind":["example"],"crate_types":["bin"],"name":"echo","src_path":"/x/examples/echo.rs"},"profile":{},"filenames":["/x/echo"],"executable":"/x/a \"quoted\"\\echo","fresh":false}"#;
        let (name, path) = executable_of(message).unwrap();
        assert_eq!((name.as_str(), path.as_str()), ("echo", r#"/x/a "quoted"\echo"#));
        assert_eq!(executable_of(r#"{"target":{"name":"slab"},"executable":null}"#), None);
        assert_eq!(executable_of(r#"{"target":{"name":"slab"},"executable":"cut of"#), None);
    }

    #[test]
    fn a_failure_shows_the_log() {
        let mut job = Job::start("test", "self-test-failure", Duration::from_secs(60)).unwrap();
        let error = job.run(cargo::cargo().arg("no-such-subcommand")).unwrap_err();
        let error = error.to_string();
        assert!(
            error.starts_with("`cargo` ended with") && error.contains("no-such-subcommand"),
            "{error}"
        );
        assert!(job.last_lines().contains("no-such-subcommand"), "{}", job.last_lines());
    }

    #[cfg(unix)]
    fn failure_of(name: &str, script: &str) -> String {
        let mut job = Job::start("test", &format!("self-test-{name}"), Duration::from_secs(60)).unwrap();
        let mut shell = Command::new("sh");
        let error = job.within(Duration::from_secs(2), |job| job.run(shell.args(["-c", script])));
        error.unwrap_err().to_string()
    }

    #[cfg(unix)]
    #[test]
    fn a_failure_says_its_cause_in_one_line() {
        for (script, cause) in [
            (
                "echo 'error: failed to write x: No space left on device (os error 28)'; echo 'error: could not compile x'; exit 101",
                "`sh` ended with exit status: 101: the disk is full",
            ),
            (
                "echo 'warning: [6] Could not resolve hostname (index.crates.io)'; echo 'error: failed to get x'; exit 101",
                "`sh` ended with exit status: 101: there is no network",
            ),
            (
                "echo \"error: could not download nonexistent rust version '1.999.0'\"; exit 1",
                "`sh` ended with exit status: 1: error: could not download nonexistent rust version",
            ),
            ("echo 'an error: no'; exit 7", "`sh` ended with exit status: 7"),
        ] {
            let error = failure_of("cause", script);
            assert!(error.starts_with(cause) && !error.contains('\n'), "{error}");
        }
    }

    #[cfg(unix)]
    #[test]
    fn a_runner_that_hangs_is_ended_and_named() {
        let error = failure_of("hang", "echo running; sleep 600");
        assert!(error.contains("did not end within 2 s"), "{error}");
    }

    #[test]
    fn a_program_that_is_missing_is_named() {
        let mut job = Job::start("test", "self-test-missing", Duration::from_secs(60)).unwrap();
        let error = job.run(&mut Command::new("/no/such/program")).unwrap_err();
        assert!(
            error.to_string().contains("`/no/such/program` could not be started"),
            "{error}"
        );
    }
}
