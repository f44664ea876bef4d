//! The checks that look where the tests of the rows do not.
//!
//! The fast ones are part of `cargo ci test`, the long ones of `cargo ci test --deep` and of the weekly workflow. Each is an
//! entry of [`CHECKS`] and nothing else: its name on the command line, its line in the summary, its job in the workflow and
//! what is said when something is missing follow from it.
//!
//! To add one, write a function that runs its commands with [`Job::run`], and its entry. What the commands count is read from
//! the closing lines of libtest and of the conformance suite; a function whose programs say it otherwise adds to `job.counts`.
//! A check that counts no test has failed. `needs.rs` has what a check may need.

use std::ffi::OsStr;
use std::time::Duration;

use crate::Result;
use crate::job::Job;

mod faults;
mod fuzz;
mod miri;
mod models;
mod mutations;
mod needs;
mod network;
mod sanitizers;
mod simulator;

use needs::Need;

/// Something that is checked beside the rows.
#[derive(Debug)]
pub(crate) struct Check {
    /// What it is called on the command line and in the workflow.
    pub(crate) name: &'static str,
    /// What it would find, for the list of `cargo ci plan`.
    pub(crate) finds: &'static str,
    pub(crate) pace: Pace,
    needs: &'static [Need],
    /// How long each of its commands may take. It only stops a hang.
    pub(crate) minutes: u64,
    run: fn(&mut Job) -> Result<()>,
}

/// Where a check belongs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Pace {
    /// In every `cargo ci test`: all of these together take less than five minutes on two cores.
    Fast,
    /// In `cargo ci test --deep`, and in the weekly workflow.
    Long,
}

/// Every check.
pub(crate) static CHECKS: &[Check] = &[
    Check {
        name: "address-sanitizer",
        finds: "accesses outside of what is allocated, and memory that is lost, in the native suite",
        pace: Pace::Fast,
        needs: &[LINUX, Need::Nightly(&[])],
        minutes: 15,
        run: sanitizers::address,
    },
    Check {
        name: "miri",
        finds: "undefined behaviour, races and leaks, in the suite's tests of wakes and readiness, natively and simulated",
        pace: Pace::Fast,
        needs: &[LINUX, MIRI],
        minutes: 15,
        run: miri::core,
    },
    Check {
        name: "miri-x86_64",
        finds: "as `miri`, in the whole suite, and with sixteen seeds in those tests",
        pace: Pace::Long,
        needs: &[LINUX, MIRI],
        minutes: 60,
        run: miri::x86_64,
    },
    Check {
        name: "miri-i686",
        finds: "as `miri-x86_64`, with pointers of 32 bits",
        pace: Pace::Long,
        needs: &[LINUX, MIRI],
        minutes: 60,
        run: miri::i686,
    },
    Check {
        name: "miri-s390x",
        finds: "as `miri-x86_64`, with the bytes in the other order",
        pace: Pace::Long,
        needs: &[LINUX, MIRI],
        minutes: 60,
        run: miri::s390x,
    },
    Check {
        name: "miri-simulator",
        finds: "as `miri`, in the simulated suite, and in the simulator's own tests on all three of these machines",
        pace: Pace::Long,
        needs: &[LINUX, MIRI],
        minutes: 60,
        run: miri::simulated,
    },
    Check {
        name: "miri-gaps",
        finds: "tests that Miri is said not to run, and does",
        pace: Pace::Long,
        needs: &[LINUX, MIRI],
        minutes: 40,
        run: miri::gaps,
    },
    Check {
        name: "thread-sanitizer",
        finds: "accesses that race, in the native suite",
        pace: Pace::Long,
        needs: &[LINUX, Need::Nightly(&["rust-src"])],
        minutes: 40,
        run: sanitizers::thread,
    },
    Check {
        name: "simulator-seeds",
        finds: "orders of events and tasks, and cuts of reads and writes, in which something goes wrong",
        pace: Pace::Long,
        needs: &[LINUX],
        minutes: 15,
        run: simulator::seeds,
    },
    Check {
        name: "simulator-machines",
        finds: "machines on which a seed makes another trace",
        pace: Pace::Long,
        needs: &[LINUX],
        minutes: 30,
        run: simulator::machines,
    },
    Check {
        name: "models",
        finds: "an order of the core's steps in which a wake is lost, a lock is held too long or a source is taken for another",
        pace: Pace::Fast,
        needs: &[],
        minutes: 15,
        run: models::bounded,
    },
    Check {
        name: "models-deeper",
        finds: "the same, with threads that are interrupted once more often",
        pace: Pace::Long,
        needs: &[],
        minutes: 120,
        run: models::deeper,
    },
    Check {
        name: "mutations",
        finds: "models that see nothing: each of the bugs that are planted has to be found",
        pace: Pace::Long,
        needs: &[],
        minutes: 15,
        run: mutations::each_is_found,
    },
    Check {
        name: "refused-memory",
        finds: "bytes or sources that are lost when the selector gets no memory",
        pace: Pace::Fast,
        needs: &[LINUX, Need::Program("strace")],
        minutes: 5,
        run: faults::memory,
    },
    Check {
        name: "interruptions",
        finds: "calls that are given up when a signal interrupts them",
        pace: Pace::Fast,
        needs: &[LINUX, Need::Program("strace")],
        minutes: 5,
        run: faults::interruptions,
    },
    Check {
        name: "old-clock",
        finds: "timers that are wrong on a clock that has run for a century",
        pace: Pace::Fast,
        needs: &[LINUX],
        minutes: 5,
        run: faults::clock,
    },
    Check {
        name: "lossy-network",
        finds: "connections that hang or lose bytes where half of the packets are lost",
        pace: Pace::Fast,
        needs: &[
            LINUX,
            Need::Package("ip", "iproute2"),
            Need::Package("iptables-legacy", "iptables"),
        ],
        minutes: 10,
        run: faults::loss,
    },
    Check {
        name: "soak",
        finds: "descriptors, memory or sources that ten minutes of connections leave behind (TRIGA_SOAK_MINUTES for others)",
        pace: Pace::Long,
        needs: &[LINUX],
        minutes: 20,
        run: faults::soak,
    },
    Check {
        name: "corpora",
        finds: "what the fuzzer would find at once, by what it has kept",
        pace: Pace::Fast,
        needs: &[LINUX],
        minutes: 10,
        run: fuzz::corpora,
    },
    Check {
        name: "fuzz",
        finds: "operations and answers of systems that a model has otherwise, in ten minutes for each target (TRIGA_FUZZ_MINUTES \
                for others)",
        pace: Pace::Long,
        needs: &[LINUX, Need::Nightly(&[]), Need::Tool("cargo-fuzz", "0.13.2")],
        minutes: 30,
        run: fuzz::fuzz,
    },
];

const LINUX: Need = Need::Machine(sanitizers::TARGET);
const MIRI: Need = Need::Nightly(&["miri", "rust-src"]);

/// The check with this name.
pub(crate) fn named(name: &OsStr) -> Option<&'static Check> {
    CHECKS.iter().find(|check| name == check.name)
}

/// The fast checks, and the long ones if they are wanted.
pub(crate) fn of(long: bool) -> Vec<&'static Check> {
    CHECKS.iter().filter(|check| long || check.pace == Pace::Fast).collect()
}

impl Pace {
    pub(crate) fn word(self) -> &'static str {
        match self {
            Pace::Fast => "always",
            Pace::Long => "deep",
        }
    }
}

impl Check {
    /// Gets what it needs, if anything may be installed, and runs it.
    pub(crate) fn run(&self, job: &mut Job, may_install: bool) -> Result<()> {
        for need in self.needs {
            need.ensure(job, may_install)?;
        }
        job.within(Duration::from_secs(60 * self.minutes), self.run)?;
        match job.counts.passed + job.counts.failed {
            0 => Err("it ran no test".into()),
            _ => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::matrix::ROWS;
    use crate::steps::Steps;

    /// What becomes of a check: whether it passed, how many were skipped, and what it says.
    fn outcome(check: &Check) -> (bool, u64, String) {
        let steps = Steps::new("self-test-deep");
        let mut said = String::new();
        steps.step(check.name, |job| {
            check.run(job, false).inspect_err(|error| said = error.to_string())
        });
        (steps.passed(check.name), steps.counts().skipped, said)
    }

    const CHECK: Check = Check {
        name: "of-the-tests",
        finds: "nothing",
        pace: Pace::Fast,
        needs: &[],
        minutes: 1,
        run: |job| {
            job.counts.passed += 1;
            Ok(())
        },
    };

    #[test]
    fn a_check_that_counts_no_test_fails() {
        assert!(outcome(&CHECK).0);
        let idle = Check {
            run: |_| Ok(()),
            ..CHECK
        };
        assert_eq!(outcome(&idle), (false, 0, "it ran no test".to_owned()));
    }

    #[test]
    fn a_check_that_lacks_something_is_skipped_and_says_what_adds_it() {
        for (needs, says) in [
            (
                &[Need::Machine("pdp11-unknown-unix7")],
                "it runs on pdp11-unknown-unix7",
            ),
            (
                &[Need::Program("no-such-program")],
                "apt-get install --no-install-recommends no-such-program",
            ),
            (
                &[Need::Tool("cargo-no-such-tool", "1.2.3")],
                "`cargo install cargo-no-such-tool --version 1.2.3 --locked`",
            ),
            (
                &[Need::Nightly(&["no-such-component"])],
                "--component no-such-component",
            ),
        ] {
            let (passed, skipped, said) = outcome(&Check { needs, ..CHECK });
            assert!(!passed && skipped == 1 && said.contains(says), "{says}: {said}");
        }
    }

    #[test]
    fn names_are_those_of_one_check_and_of_no_row() {
        for (index, check) in CHECKS.iter().enumerate() {
            assert!(ROWS.iter().all(|row| row.name != check.name), "{}", check.name);
            let first = CHECKS.iter().position(|other| other.name == check.name);
            assert_eq!(first, Some(index), "{}", check.name);
        }
    }
}
