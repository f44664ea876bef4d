//! Faults that are made outside of a program: the system refuses memory, interrupts calls, or shows a clock that is far from its
//! beginning; the network loses packets. The programs are the conformance suite's, and compare every byte.

use std::env;
use std::path::PathBuf;
use std::process::Command;
use std::time::Duration;

use super::network::Network;
use crate::cargo::cargo;
use crate::job::Job;
use crate::server;
use crate::steps::NotHere;
use crate::{Result, process};

/// Memory is refused to the selector: when it is made, at every fifth change, and at every seventh wait.
pub(super) fn memory(job: &mut Job) -> Result<()> {
    let faults = [
        "--trace=epoll_create1,eventfd2,epoll_ctl,epoll_wait",
        "--inject=epoll_create1,eventfd2:error=ENOMEM:when=1",
        "--inject=epoll_ctl:error=ENOMEM:when=1+5",
        "--inject=epoll_wait:error=ENOMEM:when=2+7",
    ];
    traced(job, &faults, "without memory")
}

/// Every second call of some kinds is interrupted, as no system does to sockets that do not block.
pub(super) fn interruptions(job: &mut Job) -> Result<()> {
    let faults = [
        "--trace=epoll_wait,recvfrom,sendto,read,write,accept4",
        "--inject=epoll_wait,recvfrom,sendto,read,write,accept4:error=EINTR:when=3+2",
    ];
    traced(job, &faults, "interrupted")
}

fn traced(job: &mut Job, faults: &[&str], program: &str) -> Result<()> {
    let suite = suite(job)?;
    let mut strace = Command::new("strace");
    strace.args(["--follow-forks", "--seccomp-bpf", "--quiet=all", "--signal=none"]);
    strace.arg("--output=/dev/null").args(faults);
    passes(job, strace.arg(suite).args(["--program", program]))
}

/// The tests of timers, on a clock that has run for a century.
pub(super) fn clock(job: &mut Job) -> Result<()> {
    const SECONDS: &str = "3000000000";
    const TESTS: [&str; 8] = [
        "sleep",
        "timer",
        "deadline",
        "interval",
        "timeout",
        "tick",
        "a_turn_",
        "a_wait_of_",
    ];
    let unshare = |words: &[&str]| {
        let mut unshare = Command::new("unshare");
        unshare.args(["--time", "--fork", "--monotonic", SECONDS, "--boottime", SECONDS]);
        unshare.args(words);
        unshare
    };
    process::output(&mut unshare(&["true"]), Duration::from_secs(60))
        .map_err(|error| NotHere(format!("no namespace with another clock can be made here: {error}")))?;
    let suite = suite(job)?;
    job.run(unshare(&[]).arg(suite).args(TESTS).env_remove("TRIGA_ROW"))
}

/// Half of the packets are lost, each way, between two network namespaces.
pub(super) fn loss(job: &mut Job) -> Result<()> {
    let network = Network::losing_half().map_err(|error| NotHere(format!("no network can be made here: {error}")))?;
    let suite = suite(job)?;
    let mut far = network.far(&suite);
    far.args(["--program", "far side", Network::FAR]);
    let (_far, _said, address) = server::start(&mut far, "listening on ")?;
    passes(job, network.near(&suite).args(["--program", "lossy", &address]))
}

/// Connections come and go for minutes.
pub(super) fn soak(job: &mut Job) -> Result<()> {
    let minutes = minutes("TRIGA_SOAK_MINUTES")?;
    let suite = suite(job)?;
    let seconds = (60 * minutes).to_string();
    job.within(Duration::from_secs(60 * (minutes + 10)), |job| {
        passes(job, Command::new(suite).args(["--program", "soak", &seconds]))
    })
}

/// How many minutes a variable asks for: ten, if it does not say.
pub(super) fn minutes(variable: &str) -> Result<u64> {
    match env::var(variable) {
        Ok(minutes) => match minutes.parse() {
            Ok(minutes @ 1..) => Ok(minutes),
            _ => Err(format!("{variable} is `{minutes}`, which is no number of minutes").into()),
        },
        Err(_) => Ok(10),
    }
}

fn suite(job: &mut Job) -> Result<PathBuf> {
    let args = ["test", "--no-run", "--package", "triga", "--test", "conformance"];
    job.build(cargo().args(args), "conformance")
}

/// Runs a program that fails unless all is well.
fn passes(job: &mut Job, program: &mut Command) -> Result<()> {
    job.run(program)?;
    job.counts.passed += 1;
    Ok(())
}
