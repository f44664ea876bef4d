//! TCP echo over loopback: the server's CPU time for a round trip, with the load on the same CPU.

use std::io;
use std::thread;

use super::Subject;
use crate::contenders::{self, Native};
use crate::load::{Idle, Load};
use crate::measure::side_by_side::{Measure, SideBySide};
use crate::measure::{clock, descriptors};
use crate::options::Options;
use crate::work;

pub(crate) const SUBJECT: Subject = Subject { name: "echo", run };

fn run(options: &Options) -> io::Result<()> {
    let crowd = descriptors::at_most(options.scaled(10_000) as usize, options.descriptors, "idle connections");
    let both_ends = descriptors::at_most(2_000, options.descriptors, "ends of busy connections");
    let measure = |busy: usize, idle: usize| {
        let head = if idle == 0 {
            format!("{busy} busy")
        } else {
            format!("{busy} busy + {idle} idle")
        };
        Measure::new(&[&head], move |contender: Native| {
            let waves = (options.scaled(40_000) / busy as u64).max(5);
            Ok(vec![echo(contender, busy, idle, waves)?])
        })
    };
    SideBySide {
        title: "echo of 64 bytes over TCP: CPU time of everything but the load, for a round trip",
        unit: "µs",
        contenders: contenders::natively(),
        base: "epoll",
        rounds: options.rounds,
        measures: vec![
            measure(1, 0),
            measure(50, 0),
            measure(both_ends / 2, 0),
            measure(50, crowd),
        ],
    }
    .run()
}

/// Microseconds of the server for a round trip.
fn echo(contender: Native, busy: usize, idle: usize, waves: u64) -> io::Result<f64> {
    let listener = work::listen()?;
    let address = listener.local_addr()?;
    // It ends when its last connection does. If the load fails before, it is not waited for.
    let server = thread::spawn(move || contender.echo(listener, busy + idle));
    let spent = {
        let _idle = (idle > 0).then(|| Idle::connect(address, idle)).transpose()?;
        let mut load = Load::connect(address, busy)?;
        load.run(waves / 10 + 1)?;
        let before = clock::other_threads()?;
        load.run(waves)?;
        clock::other_threads()? - before
    };
    server
        .join()
        .map_err(|_| io::Error::other(format!("the echo server of {} panicked", contender.name())))??;
    Ok(spent / 1e3 / (waves * busy as u64) as f64)
}
