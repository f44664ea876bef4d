//! Setting and cancelling timers on the driver's own thread.

use std::io;

use super::Subject;
use crate::contenders::{self, Native};
use crate::measure::clock;
use crate::measure::side_by_side::{Measure, SideBySide};
use crate::options::Options;

pub(crate) const SUBJECT: Subject = Subject { name: "timers", run };

fn run(options: &Options) -> io::Result<()> {
    let churn = |head: &str, earlier: bool| {
        Measure::new(&[head], move |contender: Native| {
            let Some(timers) = contender.timers() else {
                return Ok(Vec::new());
            };
            let times = options.scaled(100_000);
            Ok(vec![clock::time(|| timers.churn(earlier, times))? / times as f64])
        })
    };
    let count = options.scaled(1_000_000);
    let crowd = Measure::new(
        &[&format!("set each of {count}"), "cancel each"],
        |contender: Native| {
            let Some(timers) = contender.timers() else {
                return Ok(Vec::new());
            };
            let (set, cancel) = timers.crowd(count)?;
            Ok(vec![set, cancel])
        },
    );
    SideBySide {
        title: "timers on the driver's own thread, all an hour away or more",
        unit: "ns",
        contenders: contenders::natively(),
        base: "tokio",
        rounds: options.rounds,
        measures: vec![
            churn("set + cancel, an earlier one live", true),
            churn("set + cancel, none live", false),
            crowd,
        ],
    }
    .run()
}
