//! Messages to and fro over two pipes, in one thread: CPU time for a hop, from one end of a pipe to the other.

use std::io;

use super::Subject;
use crate::contenders::{self, Native};
use crate::measure::clock;
use crate::measure::side_by_side::{Measure, SideBySide};
use crate::options::Options;

pub(crate) const SUBJECT: Subject = Subject { name: "pipes", run };

fn run(options: &Options) -> io::Result<()> {
    let rounds = options.scaled(40_000);
    let measure = Measure::new(&["2 pipes"], move |contender: Native| {
        let spent = clock::time(|| contender.pipes(rounds).unwrap_or(Ok(())))?;
        Ok(vec![spent / 1e3 / (2 * rounds) as f64])
    });
    let mut contenders = contenders::natively();
    contenders.retain(|(_, contender)| contender.pipes(0).is_some());
    SideBySide {
        title: "ping-pong of 64 bytes over two pipes, in one thread: CPU time for a hop",
        unit: "µs",
        contenders,
        base: "epoll",
        rounds: options.rounds,
        measures: vec![measure],
    }
    .run()
}
