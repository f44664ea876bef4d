//! Echo servers on WASI, each under wasmtime: their CPU time, the host's included, with the load on the same CPU.

mod guests;
mod server;
pub(crate) mod size;
mod wasip1;
mod wasip2;
mod wasmtime;

use std::io;
use std::thread;
use std::time::{Duration, Instant};

use super::Subject;
use crate::load::Load;
use crate::measure::clock;
use crate::measure::side_by_side::Measure;
use crate::options::Options;
use server::Server;

pub(crate) const WASIP1: Subject = Subject {
    name: "wasip1",
    run: wasip1::run,
};

pub(crate) const WASIP2: Subject = Subject {
    name: "wasip2",
    run: wasip2::run,
};

/// Starts the server of a guest.
type Start<'a> = dyn Fn(&str) -> io::Result<Server> + 'a;

/// Microseconds of the server for one of so many round trips, on so many connections with others idle beside them. A guest that
/// `serves` says no to is left out.
fn trips<'a>(
    options: &Options,
    start: &'a Start<'a>,
    (busy, idle): (usize, usize),
    trips: u64,
    serves: impl Fn(&str) -> bool + 'a,
) -> Measure<'a, &'a str> {
    let head = match idle {
        0 => format!("{busy} busy"),
        _ => format!("{busy} busy + {idle} idle"),
    };
    let waves = (options.scaled(trips) / busy as u64).max(2);
    Measure::new(&[&head], move |guest| {
        if !serves(guest) {
            return Ok(Vec::new());
        }
        let server = start(guest)?;
        let _idle = Load::connect(server.address, idle)?;
        let mut load = Load::connect(server.address, busy)?;
        load.run(waves / 10 + 1)?;
        let before = clock::process_of(server.pid())?;
        load.run(waves)?;
        let spent = clock::process_of(server.pid())? - before;
        server.end_first();
        Ok(vec![spent / 1e3 / (waves * busy as u64) as f64])
    })
}

/// How much of a CPU the server takes, in percent, while for so long nothing comes on its connections. A guest that `serves` says no
/// to is left out.
fn share<'a>(
    start: &'a Start<'a>,
    connections: usize,
    window: Duration,
    serves: impl Fn(&str) -> bool + 'a,
) -> Measure<'a, &'a str> {
    Measure::new(&["CPU"], move |guest| {
        if !serves(guest) {
            return Ok(Vec::new());
        }
        let server = start(guest)?;
        let mut load = Load::connect(server.address, connections)?;
        load.run(2)?;
        let (begin, before) = (Instant::now(), clock::process_of(server.pid())?);
        thread::sleep(window);
        let spent = clock::process_of(server.pid())? - before;
        let share = 100.0 * spent / begin.elapsed().as_nanos() as f64;
        server.end_first();
        Ok(vec![share])
    })
}
