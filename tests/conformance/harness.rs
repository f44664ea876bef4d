//! Runs the tests one after another, and says what became of each.

use std::error::Error;
use std::fmt;
use std::io::{self, Write};
use std::panic::{self, AssertUnwindSafe, Location};
use std::process;
use std::sync::mpsc::{self, RecvTimeoutError, Sender};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use triga::{Capability, SUPPORT};

use crate::gaps;
use crate::rows::{Need, Row, Verdict};

/// A behaviour that is shown by running something.
#[derive(Debug)]
pub(crate) struct Test {
    /// The behaviour, as a sentence.
    pub(crate) name: &'static str,
    pub(crate) needs: &'static [Need],
    pub(crate) run: fn() -> Outcome,
}

/// Lists the tests of a module, each with what it needs. They are async functions, which `block_on` runs.
macro_rules! tests {
    ($($name:ident($($need:expr),*)),* $(,)?) => {
        pub(crate) const TESTS: &[$crate::harness::Test] = &[$($crate::harness::Test {
            name: stringify!($name),
            needs: &[$($need),*],
            run: || $crate::harness::block_on($name()),
        }),*];
    };
}

/// Lists the tests of a module that are whole programs: nothing runs around them.
macro_rules! programs {
    ($($name:ident($($need:expr),*)),* $(,)?) => {
        pub(crate) const PROGRAMS: &[$crate::harness::Test] = &[$($crate::harness::Test {
            name: stringify!($name),
            needs: &[$($need),*],
            run: $name,
        }),*];
    };
}

/// As `tests`, for functions that are there with a cfg alone, where a need is met that all of them have.
macro_rules! tests_where {
    (#[$there:meta] $common:expr; $($name:ident($($need:expr),*)),* $(,)?) => {
        pub(crate) const TESTS: &[$crate::harness::Test] = &[$($crate::harness::Test {
            name: stringify!($name),
            needs: &[$common, $($need),*],
            run: {
                const RUNS: &[fn() -> $crate::harness::Outcome] = &[
                    #[$there]
                    || $crate::harness::block_on($name()),
                    || unreachable!("it needs what this target lacks"),
                ];
                RUNS[0]
            },
        }),*];
    };
}

pub(crate) use {programs, tests, tests_where};

/// What a test returns.
pub(crate) type Outcome<T = ()> = Result<T, Failed>;

/// An error and where a test met it.
pub(crate) struct Failed(String);

impl<E: Error> From<E> for Failed {
    #[track_caller]
    fn from(error: E) -> Failed {
        Failed(format!("{error} ({error:?}), at {}", Location::caller()))
    }
}

impl fmt::Debug for Failed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

pub(crate) fn block_on<T>(test: impl Future<Output = Outcome<T>>) -> Outcome<T> {
    triga::block_on(test)?
}

/// Until this is dropped, tasks run in the order in which they were woken, and nothing but want of bytes or room cuts a read or
/// a write short. In a simulation, the seed decides both otherwise.
#[must_use]
pub(crate) fn plain_world() -> impl Sized {
    #[cfg(triga_platform = "sim")]
    return crate::far::apart(triga::os::sim::World::new().tasks_in_order().short_transfers(0));
}

/// Which tests are run or listed. The arguments are those of libtest, so that `cargo test`, cargo-nextest and editors know
/// them.
#[derive(Debug, Default)]
pub(crate) struct Selection {
    /// Those whose name contains one of these, or all.
    names: Vec<String>,
    /// The names are whole ones.
    exact: bool,
    /// None whose name contains one of these.
    skipped: Vec<String>,
    /// Only those that the row skips, which libtest calls ignored.
    ignored: bool,
    /// Those that come after this one, or all.
    after: Option<String>,
    /// They are listed, and not run.
    pub(crate) is_list: bool,
}

impl Selection {
    /// What the arguments of a run say.
    pub(crate) fn from_args(args: impl IntoIterator<Item = String>) -> Selection {
        let mut args = args.into_iter();
        let mut selection = Selection::default();
        while let Some(arg) = args.next() {
            match arg.as_str() {
                "--after" => selection.after = args.next(),
                "--exact" => selection.exact = true,
                "--ignored" => selection.ignored = true,
                "--list" => selection.is_list = true,
                "--skip" => selection.skipped.extend(args.next()),
                // They take a value, and have nothing to set here.
                "--test-threads" | "--color" | "--format" | "--logfile" => drop(args.next()),
                option if option.starts_with('-') => {}
                _ => selection.names.push(arg),
            }
        }
        selection
    }

    /// The selected tests, in their order.
    pub(crate) fn of<'a>(&self, tests: &[&'a [Test]], row: &Row) -> Vec<&'a Test> {
        let mut tests: Vec<&Test> = tests.iter().copied().flatten().collect();
        if let Some(after) = &self.after {
            let next = tests
                .iter()
                .position(|test| test.name == after)
                .map_or(0, |last| last + 1);
            tests.drain(..next);
        }
        let fits = |test: &Test, name: &String| test.name == name || !self.exact && test.name.contains(name.as_str());
        tests.retain(|test| {
            (self.names.is_empty() || self.names.iter().any(|name| fits(test, name)))
                && !self.skipped.iter().any(|name| fits(test, name))
                && (!self.ignored || test.is_skipped(row))
        });
        tests
    }
}

impl Test {
    /// Whether the row lacks something that the test needs, or fails to do what the test shows.
    fn is_skipped(&self, row: &Row) -> bool {
        match row.verdict(self.needs) {
            Verdict::Run => gaps::why(row, self.name).is_some(),
            Verdict::Skip(_) => true,
            Verdict::Wrong(_) => false,
        }
    }
}

/// Tests by outcome.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Counts {
    pub(crate) passed: usize,
    pub(crate) failed: usize,
    pub(crate) skipped: usize,
}

impl fmt::Display for Counts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Counts {
            passed,
            failed,
            skipped,
        } = self;
        write!(f, "conformance: {passed} passed, {failed} failed, {skipped} skipped")
    }
}

/// Runs the selected tests on a row.
pub(crate) fn run(tests: &[&[Test]], row: &Row, selection: &Selection) -> Counts {
    let watchdog = Watchdog::start(LIMIT);
    let mut counts = Counts::default();
    for test in selection.of(tests, row) {
        watchdog.watch(test.name);
        print!("test {} ... ", test.name);
        // Flush: the output shows which test runs even if it never ends.
        let _ = io::stdout().flush();
        let gap = gaps::why(row, test.name);
        match (row.verdict(test.needs), gap) {
            (Verdict::Run, Some(why)) if gaps::is_there(test.name) => {
                println!("skipped ({why})");
                counts.skipped += 1;
            }
            (Verdict::Run, Some(_)) => {
                println!("FAILED (it passes: take it out of `gaps.rs`)");
                counts.failed += 1;
            }
            (Verdict::Run, None) => match outcome(test) {
                Ok(()) => {
                    println!("ok");
                    counts.passed += 1;
                }
                Err(Failed(why)) => {
                    println!("FAILED ({why})");
                    counts.failed += 1;
                    if !SUPPORT.has(Capability::Threads) {
                        // What a failed test leaves in the host is not for the others: the runner starts a guest for them.
                        process::exit(1);
                    }
                }
            },
            (Verdict::Skip(why), _) => {
                println!("skipped ({why})");
                counts.skipped += 1;
            }
            (Verdict::Wrong(why), _) => {
                println!("FAILED ({why})");
                counts.failed += 1;
            }
        }
    }
    counts
}

/// Runs one test.
pub(crate) fn run_alone(test: &Test) -> Counts {
    /// A test that is known to hang need not do so for long. What is slower than this is taken for hanging.
    const SHORT: Duration = Duration::from_secs(if cfg!(miri) { 120 } else { 15 });

    let watchdog = Watchdog::start(SHORT);
    watchdog.watch(test.name);
    let mut counts = Counts::default();
    match outcome(test) {
        Ok(()) => counts.passed += 1,
        Err(failed) => {
            println!("{failed:?}");
            counts.failed += 1;
        }
    }
    counts
}

fn outcome(test: &Test) -> Outcome {
    // The panic hook has said why and where.
    panic::catch_unwind(AssertUnwindSafe(test.run)).unwrap_or_else(|_| Err(Failed("it panicked".into())))
}

/// Ends the process when a test hangs. A guest has no thread for it: its runner watches it.
struct Watchdog(Option<(Sender<&'static str>, JoinHandle<()>)>);

/// Many times what the slowest test takes, on a machine that has much else to do.
pub(crate) const LIMIT: Duration = Duration::from_secs(300);

impl Watchdog {
    fn start(limit: Duration) -> Watchdog {
        if !SUPPORT.has(Capability::Threads) {
            return Watchdog(None);
        }
        let (sender, receiver) = mpsc::channel();
        let thread = thread::spawn(move || {
            let Ok(mut running) = receiver.recv() else { return };
            loop {
                match receiver.recv_timeout(limit) {
                    Ok(next) => running = next,
                    Err(RecvTimeoutError::Disconnected) => return,
                    Err(RecvTimeoutError::Timeout) => {
                        println!("FAILED (it hung)");
                        eprintln!("{running} did not end within {} s, and was ended", limit.as_secs());
                        crate::end_children();
                        process::exit(1);
                    }
                }
            }
        });
        Watchdog(Some((sender, thread)))
    }

    fn watch(&self, name: &'static str) {
        if let Some((sender, _)) = &self.0 {
            sender.send(name).expect("the watchdog lives as long as this sender");
        }
    }
}

impl Drop for Watchdog {
    /// Miri looks for leaks where no thread is left.
    fn drop(&mut self) {
        if let Some((sender, thread)) = self.0.take() {
            drop(sender);
            // It has nothing to panic for.
            let _ = thread.join();
        }
    }
}
