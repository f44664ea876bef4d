//! Messages to and fro over socket pairs, all in one thread: CPU time for a hop, from one end of a pair to the other.

use std::io;
use std::os::unix::net::UnixStream;

use super::Subject;
use crate::contenders::{self, Native};
use crate::measure::clock;
use crate::measure::side_by_side::{Measure, SideBySide};
use crate::options::Options;

pub(crate) const SUBJECT: Subject = Subject { name: "ping-pong", run };

fn run(options: &Options) -> io::Result<()> {
    let measure = |head: &str, count: usize| {
        Measure::new(&[head], move |contender: Native| {
            let rounds = options.scaled(40_000) / count as u64;
            let pairs = pairs(count)?;
            let spent = clock::time(|| contender.ping_pong(pairs, rounds))?;
            Ok(vec![spent / 1e3 / (2 * rounds * count as u64) as f64])
        })
    };
    SideBySide {
        title: "ping-pong of 64 bytes over local socket pairs, in one thread: CPU time for a hop",
        unit: "µs",
        contenders: contenders::natively(),
        base: "epoll",
        rounds: options.rounds,
        measures: vec![measure("1 pair", 1), measure("50 pairs", 50)],
    }
    .run()
}

/// Local sockets that do not block.
pub(crate) fn pairs(count: usize) -> io::Result<Vec<(UnixStream, UnixStream)>> {
    let pair = |_| {
        let (near, far) = UnixStream::pair()?;
        near.set_nonblocking(true)?;
        far.set_nonblocking(true)?;
        Ok((near, far))
    };
    (0..count).map(pair).collect()
}
