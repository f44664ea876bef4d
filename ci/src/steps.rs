//! Steps that check something, one after the other, and their summary.

use std::fmt;
use std::process::ExitCode;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use crate::counts::Counts;
use crate::job::Job;
use crate::table::{Side, Table};
use crate::{Result, machine, say};

/// How long a command of a step may take. It only stops a hang.
const LIMIT: Duration = Duration::from_secs(40 * 60);

/// How wide a step's name may be.
const NAME: usize = 44;

/// The steps of one run of a subcommand. Any thread may do one.
pub(crate) struct Steps {
    subcommand: &'static str,
    done: Mutex<Vec<Step>>,
}

/// A step that waits for its turn.
pub(crate) type Task<'a> = Box<dyn FnOnce(&Steps) + Send + 'a>;

/// The error of a step that this machine cannot do. It is no failure, and it does not pass.
#[derive(Debug)]
pub(crate) struct NotHere(pub(crate) String);

impl NotHere {
    /// The error of a step that lacks something, with the command that adds it.
    pub(crate) fn missing(what: &str, command: &str) -> crate::Error {
        NotHere(format!("missing: {what}; `{command}` adds it")).into()
    }
}

impl fmt::Display for NotHere {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for NotHere {}

struct Step {
    name: String,
    outcome: Outcome,
    counts: Counts,
    took: Duration,
    /// What there is to say about a failure, or why it was not run.
    report: Option<String>,
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
            done: Mutex::new(Vec::new()),
        }
    }

    /// Does a step and says how it went. Its failure does not keep the next one from its turn.
    pub(crate) fn step(&self, name: &str, work: impl FnOnce(&mut Job) -> Result<()>) {
        let start = Instant::now();
        let (counts, outcome, report) = self.attempt(name, work);
        let step = Step {
            name: name.to_owned(),
            outcome,
            counts,
            took: start.elapsed(),
            report,
        };
        say(step.whole());
        self.done().push(step);
    }

    /// Does the tasks, as many at a time as this machine has lanes, each as soon as one before it is done.
    pub(crate) fn side_by_side(&self, tasks: Vec<Task<'_>>) {
        let queue = Mutex::new(tasks.into_iter());
        let next = || queue.lock().unwrap_or_else(PoisonError::into_inner).next();
        thread::scope(|scope| {
            for _ in 0..machine::lanes() {
                scope.spawn(|| {
                    while let Some(task) = next() {
                        task(self);
                    }
                });
            }
        });
    }

    /// What a step counted, what became of it, and what there is to say about that.
    fn attempt(&self, name: &str, work: impl FnOnce(&mut Job) -> Result<()>) -> (Counts, Outcome, Option<String>) {
        let log = format!("{}-{}", self.subcommand, slug(name));
        let mut job = match Job::start(name, &log, LIMIT) {
            Ok(job) => job,
            Err(error) => return (Counts::default(), Outcome::Failed, Some(format!("    {error}"))),
        };
        let error = match work(&mut job) {
            Ok(()) if job.counts.failed == 0 => return (job.counts, Outcome::Passed, None),
            Ok(()) => "a program ended well although tests of it had failed".into(),
            Err(error) => error,
        };
        if error.is::<NotHere>() {
            return (
                Step::not_run(name).counts,
                Outcome::NotRun,
                Some(format!("    {error}")),
            );
        }
        let report = format!("    {error}\n{}", job.last_lines());
        (job.counts, Outcome::Failed, Some(report))
    }

    fn done(&self) -> MutexGuard<'_, Vec<Step>> {
        self.done.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// How many steps passed, and how many there were.
    pub(crate) fn tally(&self) -> (usize, usize) {
        let done = self.done();
        let passed = done.iter().filter(|step| step.outcome == Outcome::Passed).count();
        (passed, done.len())
    }

    /// Whether a step of this name passed.
    pub(crate) fn passed(&self, name: &str) -> bool {
        let passed = |step: &Step| step.name == name && step.outcome == Outcome::Passed;
        self.done().iter().any(passed)
    }

    /// The tests of all steps. A step that failed without a failing test counts as one.
    pub(crate) fn counts(&self) -> Counts {
        let mut sum = Counts::default();
        for step in self.done().iter() {
            sum += step.counts;
            sum.failed += u64::from(step.outcome == Outcome::Failed && step.counts.failed == 0);
        }
        sum
    }

    /// Prints every step once more, as a table, and below it what failed: of a long output, few see more than the end.
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
        for step in self.done().iter() {
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
        for step in self.done().iter().filter(|step| step.outcome == Outcome::Failed) {
            say(format_args!("\n{}", step.whole()));
        }
    }

    pub(crate) fn code(&self) -> ExitCode {
        if self.done().iter().any(|step| step.outcome == Outcome::Failed) {
            ExitCode::FAILURE
        } else {
            ExitCode::SUCCESS
        }
    }
}

impl Step {
    /// A step that cannot be done here. It counts as one skipped test.
    fn not_run(name: &str) -> Step {
        Step {
            name: name.to_owned(),
            outcome: Outcome::NotRun,
            counts: Counts {
                passed: 0,
                failed: 0,
                skipped: 1,
            },
            took: Duration::ZERO,
            report: None,
        }
    }

    fn verdict(&self) -> &'static str {
        match self.outcome {
            Outcome::Passed => "ok",
            Outcome::Failed => "FAILED",
            Outcome::NotRun => "not run",
        }
    }

    /// Its line, with the report below it.
    fn whole(&self) -> String {
        let lines = [Some(self.line()), self.report.clone()];
        lines.into_iter().flatten().collect::<Vec<_>>().join("\n")
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
        let steps = Steps::new("self-test");
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

        steps.step(
            "cannot run here",
            |_| Err(NotHere("something is missing".into()).into()),
        );
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
