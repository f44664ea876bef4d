//! WASI 0.2, where the guests listen by themselves.

use std::io;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use super::server::Server;
use super::{Start, guests, share, size, trips, wasmtime};
use crate::load::Load;
use crate::measure::side_by_side::{Measure, SideBySide};
use crate::options::Options;

const GUESTS: [&str; 4] = ["bare", "tokio", "wstd", "triga"];
/// tokio's guest accepts no connection with an earlier one's wasi-libc.
const TOKIOS_TOOLCHAIN: &str = "1.97.0";

pub(super) fn run(options: &Options) -> io::Result<()> {
    let wasmtime = wasmtime::find(options.wasmtime.as_deref(), &wasmtime::WITH_WASIP2)?;
    eprintln!("wasip2: {} serves; building the guests …", wasmtime.display());
    let guests = Guests::build()?;
    let start = |guest: &str| {
        Server::start(&wasmtime, |wasmtime, address| {
            wasmtime.args(["run", "-Sinherit-network"]);
            wasmtime.arg(guests.path(guest)).arg(address.to_string());
        })
    };
    let contenders = || GUESTS.into_iter().zip(GUESTS).collect();
    let all = |_: &str| true;
    // A message takes it milliseconds here.
    let all_but_wstd = |guest: &str| guest != "wstd";
    let side_by_side = |title, unit, measures| SideBySide {
        title,
        unit,
        contenders: contenders(),
        base: "bare",
        rounds: options.rounds,
        measures,
    };
    side_by_side(
        "WASI 0.2, echo of 64 bytes over TCP: CPU time of wasmtime for a round trip",
        "µs",
        vec![
            trips(options, &start, (50, 0), 20_000, all),
            trips(options, &start, (50, 500), 5_000, all),
            trips(options, &start, (50, 4_000), 5_000, all_but_wstd),
        ],
    )
    .run()?;
    side_by_side(
        "WASI 0.2, echo of 64 bytes over TCP: round trips in a second, with the load on the same CPU",
        "1/s",
        vec![throughput(options, &start)],
    )
    .run()?;
    side_by_side(
        "WASI 0.2, 1,000 idle connections: wasmtime's share of a CPU",
        "%",
        vec![share(&start, 1_000, Duration::from_secs(2), all_but_wstd)],
    )
    .run()?;
    size::print(&GUESTS, |guest| guests.path(guest))
}

/// How many round trips a second brings, on 50 connections.
fn throughput<'a>(options: &Options, start: &'a Start<'a>) -> Measure<'a, &'a str> {
    const BUSY: usize = 50;
    let waves = options.scaled(20_000) / BUSY as u64;
    Measure::new(&["50 busy"], move |guest| {
        let server = start(guest)?;
        let mut load = Load::connect(server.address, BUSY)?;
        load.run(waves / 10 + 1)?;
        let begin = Instant::now();
        load.run(waves)?;
        let rate = (waves * BUSY as u64) as f64 / begin.elapsed().as_secs_f64();
        server.end_first();
        Ok(vec![rate])
    })
}

/// The folders of the guests.
struct Guests {
    most: PathBuf,
    tokio: PathBuf,
}

impl Guests {
    fn build() -> io::Result<Guests> {
        guests::install(TOKIOS_TOOLCHAIN, guests::WASIP2)?;
        Ok(Guests {
            most: guests::build(guests::WASIP2, "wasip2", None, None)?,
            tokio: guests::build(guests::WASIP2, "wasip2", Some("tokio"), Some(TOKIOS_TOOLCHAIN))?,
        })
    }

    fn path(&self, guest: &str) -> PathBuf {
        let folder: &Path = if guest == "tokio" { &self.tokio } else { &self.most };
        folder.join(guest).with_extension("wasm")
    }
}
