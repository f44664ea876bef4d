//! Waking a driver from another thread, on the same CPU.

use std::io;
use std::sync::Barrier;
use std::sync::atomic::Ordering::{Acquire, Release};
use std::sync::atomic::{AtomicBool, AtomicU64};
use std::sync::mpsc;
use std::thread;
use std::time::Instant;

use nix::sched::sched_yield;

use super::Subject;
use crate::contender::{Contender, Wake};
use crate::contenders::{self, Native};
use crate::measure::clock;
use crate::measure::median::middle_mean;
use crate::measure::side_by_side::{Measure, SideBySide};
use crate::options::Options;

pub(crate) const SUBJECT: Subject = Subject { name: "wake", run };

fn run(options: &Options) -> io::Result<()> {
    let running = Measure::new(
        &["running: its first", "running: each after it"],
        |contender: Native| {
            let (first, further) = running(contender, options.scaled(2_000))?;
            Ok(vec![first, further])
        },
    );
    let waiting = Measure::new(&["waiting, until it waits again"], |contender: Native| {
        Ok(vec![waiting(contender, options.scaled(20_000))?])
    });
    SideBySide {
        title: "wake a driver from another thread on the same CPU, while it runs and while it waits",
        unit: "ns",
        contenders: contenders::natively(),
        base: "epoll",
        rounds: options.rounds,
        measures: vec![running, waiting],
    }
    .run()
}

/// Nanoseconds for the first wake of a driver that runs, and for one that follows before the driver has noticed.
///
/// The driver is held in what it does after a wait while the wakes are made. The middle of each kind of batch counts, and
/// batches are subtracted, so that the clock's own cost goes.
fn running(contender: &dyn Contender, batches: u64) -> io::Result<(f64, f64)> {
    const FURTHER: u64 = 32;
    let (held, released, done) = (Barrier::new(2), Barrier::new(2), AtomicBool::new(false));
    let hold = || {
        held.wait();
        released.wait();
        !done.load(Acquire)
    };
    with_driver(contender, &hold, |wake, _| {
        let mut samples = [0, 1, 1 + FURTHER].map(|wakes| (wakes, Vec::new()));
        wake();
        for _ in 0..batches {
            for (wakes, samples) in &mut samples {
                held.wait();
                let begin = Instant::now();
                for _ in 0..*wakes {
                    wake();
                }
                samples.push(begin.elapsed().as_nanos() as f64);
                // Whatever was measured, the driver must come back.
                wake();
                released.wait();
            }
        }
        held.wait();
        done.store(true, Release);
        released.wait();
        let [none, one, many] = samples.map(|(_, samples)| middle_mean(samples).unwrap_or_default());
        Ok((one - none, (many - one) / FURTHER as f64))
    })
}

/// Nanoseconds of CPU time, in both threads, from a wake of a driver that waits until it waits again.
fn waiting(contender: &dyn Contender, times: u64) -> io::Result<f64> {
    let (waits, done) = (AtomicU64::new(0), AtomicBool::new(false));
    let count = || {
        waits.fetch_add(1, Release);
        !done.load(Acquire)
    };
    with_driver(contender, &count, |wake, is_over| {
        // On one CPU, to yield is to let the driver run until it waits.
        let wake_and_yield = |times: u64| -> io::Result<()> {
            for _ in 0..times {
                let before = waits.load(Acquire);
                wake();
                while waits.load(Acquire) == before && !is_over() {
                    sched_yield()?;
                }
            }
            Ok(())
        };
        sched_yield()?;
        wake_and_yield(times / 10)?;
        let spent = clock::time(|| wake_and_yield(times));
        done.store(true, Release);
        wake();
        Ok(spent? / times as f64)
    })
}

/// Runs a driver on another thread, and `work` with what wakes it and what tells that it has ended.
fn with_driver<T>(
    contender: &dyn Contender,
    woken: &(dyn Fn() -> bool + Sync),
    work: impl FnOnce(&Wake, &dyn Fn() -> bool) -> io::Result<T>,
) -> io::Result<T> {
    let (give, take) = mpsc::channel();
    thread::scope(|scope| {
        // The wake is not taken only if this function has failed by then.
        let driver = scope.spawn(move || contender.wake_parked(&|wake| drop(give.send(wake)), woken));
        let wake = take.recv().map_err(io::Error::other)?;
        let result = work(&wake, &|| driver.is_finished());
        driver
            .join()
            .map_err(|_| io::Error::other(format!("the driver of {} panicked", contender.name())))??;
        result
    })
}
