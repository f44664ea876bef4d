//! Steps that check something, one after the other, and their summary.

use std::process::ExitCode;
use std::time::{Duration, Instant};

use crate::counts::Counts;
use crate::job::Job;
use crate::table::{Side, Table};
use crate::{Result, say};

/// How long a command of a step may take. It only stops a hang.
const LIMIT: Duration = Duration::from_secs(40 * 60);

/// How wide a step's name may be.
const NAME: usize = 44;

/// The steps of one run of a subcommand.
pub(crate) struct Steps {
    subcommand: &'static str,
    done: Vec<Step>,
}

struct Step {
    name: String,
    outcome: Outcome,
    counts: Counts,
    took: Duration,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Outcome {
    Passed,
    Failed,
    NotRun,
}

impl Steps {
    pub(crate) fn new(subcommand: &'static str) -> Steps {
        Steps {
            subcommand,
            done: Vec::new(),
        }
    }

    /// Does a step and says how it went. Its failure does not keep the next one from its turn.
    pub(crate) fn step(&mut self, name: &str, work: impl FnOnce(&mut Job) -> Result<()>) {
        let start = Instant::now();
        let (counts, failure) = self.attempt(name, work);
        let step = Step {
            name: name.to_owned(),
            outcome: if failure.is_none() {
                Outcome::Passed
            } else {
                Outcome::Failed
            },
            counts,
            took: start.elapsed(),
        };
        say(step.line());
        if let Some(report) = failure {
            say(report);
        }
        self.done.push(step);
    }

    /// Says why a step cannot be done here. It counts as one skipped test.
    pub(crate) fn not_run(&mut self, name: &str, why: &str) {
        let step = Step {
            name: name.to_owned(),
            outcome: Outcome::NotRun,
            counts: Counts {
                passed: 0,
                failed: 0,
                skipped: 1,
            },
            took: Duration::ZERO,
        };
        say(step.line());
        say(format_args!("    {why}"));
        self.done.push(step);
    }

    /// What a step counted, and the report of its failure if it failed.
    fn attempt(&self, name: &str, work: impl FnOnce(&mut Job) -> Result<()>) -> (Counts, Option<String>) {
        let log = format!("{}-{}-{}", self.subcommand, self.done.len() + 1, slug(name));
        let mut job = match Job::start(name, &log, LIMIT) {
            Ok(job) => job,
            Err(error) => return (Counts::default(), Some(format!("    {error}"))),
        };
        let error = match work(&mut job) {
            Ok(()) if job.counts.failed == 0 => return (job.counts, None),
            Ok(()) => "a program ended well although tests of it had failed".into(),
            Err(error) => error,
        };
        (job.counts, Some(format!("    {error}\n{}", job.last_lines())))
    }

    /// How many steps passed, and how many there were.
    pub(crate) fn tally(&self) -> (usize, usize) {
        (
            self.done.iter().filter(|step| step.outcome == Outcome::Passed).count(),
            self.done.len(),
        )
    }

    /// The tests of all steps. A step that failed without a failing test counts as one.
    pub(crate) fn counts(&self) -> Counts {
        let mut sum = Counts::default();
        for step in &self.done {
            sum += step.counts;
            sum.failed += u64::from(step.outcome == Outcome::Failed && step.counts.failed == 0);
        }
        sum
    }

    /// Prints every step once more, as a table.
    pub(crate) fn summarize(&self) {
        let table = Table::new([
            ("step", Side::Left, NAME),
            ("", Side::Left, 7),
            ("passed", Side::Right, 0),
            ("failed", Side::Right, 0),
            ("skipped", Side::Right, 0),
            ("time", Side::Right, 9),
        ]);
        say(format_args!("\n{}", table.header()));
        for step in &self.done {
            let Counts {
                passed,
                failed,
                skipped,
            } = step.counts;
            let count = |count: u64| {
                if step.counts == Counts::default() {
                    String::new()
                } else {
                    count.to_string()
                }
            };
            say(table.row([
                step.name.clone(),
                step.verdict().to_owned(),
                count(passed),
                count(failed),
                count(skipped),
                seconds(step.took),
            ]));
        }
    }

    pub(crate) fn code(&self) -> ExitCode {
        if self.done.iter().any(|step| step.outcome == Outcome::Failed) {
            ExitCode::FAILURE
        } else {
            ExitCode::SUCCESS
        }
    }
}

impl Step {
    fn verdict(&self) -> &'static str {
        match self.outcome {
            Outcome::Passed => "ok",
            Outcome::Failed => "FAILED",
            Outcome::NotRun => "not run",
        }
    }

    fn line(&self) -> String {
        let table = Table::new([
            ("", Side::Left, 7),
            ("", Side::Left, NAME),
            ("", Side::Right, 9),
            ("", Side::Left, 0),
        ]);
        let counts = if self.counts == Counts::default() {
            String::new()
        } else {
            self.counts.to_string()
        };
        table.row([self.verdict().to_owned(), self.name.clone(), seconds(self.took), counts])
    }
}

fn seconds(time: Duration) -> String {
    format!("{:.1} s", time.as_secs_f64())
}

/// A name as part of a file's name.
fn slug(name: &str) -> String {
    let words = name
        .split(|c: char| !c.is_ascii_alphanumeric())
        .filter(|word| !word.is_empty());
    words.map(str::to_ascii_lowercase).collect::<Vec<_>>().join("-")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_failure_is_counted_once() {
        let mut steps = Steps::new("self-test");
        steps.step("passes", |job| {
            job.counts = Counts {
                passed: 3,
                failed: 0,
                skipped: 1,
            };
            Ok(())
        });
        assert_eq!(steps.tally(), (1, 1));
        assert_eq!(steps.code(), ExitCode::SUCCESS);

        steps.not_run("cannot run here", "something is missing");
        assert_eq!(steps.tally(), (1, 2));
        assert_eq!(steps.code(), ExitCode::SUCCESS);

        steps.step("fails without a count", |_| Err("no".into()));
        steps.step("fails with counts", |job| {
            job.counts = Counts {
                passed: 1,
                failed: 2,
                skipped: 0,
            };
            Err("no".into())
        });
        steps.step("fails and ends well", |job| {
            job.counts = Counts {
                passed: 0,
                failed: 1,
                skipped: 0,
            };
            Ok(())
        });
        assert_eq!(steps.tally(), (1, 5));
        assert_eq!(
            steps.counts(),
            Counts {
                passed: 4,
                failed: 4,
                skipped: 2
            }
        );
        assert_eq!(steps.code(), ExitCode::FAILURE);
    }

    #[test]
    fn names_become_file_names() {
        assert_eq!(
            slug("clippy, wasm32-wasip1 (WASI 0.1)"),
            "clippy-wasm32-wasip1-wasi-0-1"
        );
    }
}
