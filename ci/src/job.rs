//! Commands that run with a progress bar, a log file, and a count of the tests that they report.

use std::collections::VecDeque;
use std::fs::{self, File};
use std::io::Write;
use std::path::PathBuf;
use std::process::Command;
use std::time::Duration;

use crate::counts::{self, Counts};
use crate::progress::Progress;
use crate::{Result, process, toolchain};

/// How many of the last lines of a log a failure shows.
const SHOWN: usize = 40;

/// A piece of work that consists of commands.
pub(crate) struct Job {
    progress: Progress,
    log: File,
    path: PathBuf,
    last: VecDeque<String>,
    /// The lines that name a failed test.
    failed: Vec<String>,
    limit: Duration,
    /// What the commands' closing lines add up to.
    pub(crate) counts: Counts,
    /// What the conformance suite counted, if it ran.
    pub(crate) suite: Option<Counts>,
}

impl Job {
    /// Begins a job whose log file has the name `log`, and each of whose commands may take `limit`.
    pub(crate) fn start(name: &str, log: &str, limit: Duration) -> Result<Job> {
        let folder = toolchain::logs();
        let path = folder.join(format!("{log}.log"));
        let created = fs::create_dir_all(&folder).and_then(|()| File::create(&path));
        let log = created.map_err(|error| format!("the log {} cannot be written: {error}", path.display()))?;
        Ok(Job {
            progress: Progress::start(name),
            log,
            path,
            last: VecDeque::new(),
            failed: Vec::new(),
            limit,
            counts: Counts::default(),
            suite: None,
        })
    }

    /// Runs a command to its end. Its failure is an error.
    pub(crate) fn run(&mut self, command: &mut Command) -> Result<()> {
        self.run_with(command, |_| {})
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

    /// The failed tests and the end of the log, for the report of a failure.
    pub(crate) fn last_lines(&self) -> String {
        let mut shown = String::new();
        for line in &self.failed {
            shown += &format!("    {line}\n");
        }
        for line in &self.last {
            shown += &format!("    | {line}\n");
        }
        shown + &format!("    the whole log: {}", self.path.display())
    }

    fn run_with(&mut self, command: &mut Command, mut each_line: impl FnMut(&str)) -> Result<()> {
        self.line(&format!("$ {}", shown(command)));
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
            if line.starts_with("test ") && line.contains(" ... FAILED") {
                self.failed.push(line.to_owned());
            }
            self.line(line);
        })?;
        if status.success() {
            return Ok(());
        }
        let program = command.get_program().to_string_lossy();
        let program = program.rsplit(['/', '\\']).next().unwrap_or(&program);
        Err(format!("`{program}` ended with {status}").into())
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
    let (before, after) = message.split_once(r#","executable":""#)?;
    // The package's own name is an identifier in the same message, and `name` is a key of the target alone.
    let (_, name) = before.rsplit_once(r#""name":""#)?;
    Some((json_string(name)?, json_string(after)?))
}

/// The JSON string that `text` begins with, after its opening quote.
fn json_string(text: &str) -> Option<String> {
    let mut string = String::new();
    let mut chars = text.chars();
    loop {
        match chars.next()? {
            '"' => return Some(string),
            '\\' => match chars.next()? {
                'u' => {
                    let digits: String = chars.by_ref().take(4).collect();
                    string.push(char::from_u32(u32::from_str_radix(&digits, 16).ok()?)?);
                }
                // A path has none of the other control characters.
                escaped => string.push(escaped),
            },
            other => string.push(other),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

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
        let error = job.run(toolchain::cargo().arg("no-such-subcommand")).unwrap_err();
        assert!(error.to_string().starts_with("`cargo` ended with"), "{error}");
        assert!(job.last_lines().contains("no-such-subcommand"), "{}", job.last_lines());
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
