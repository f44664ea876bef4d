//! WASI 0.1, where the host opens the listener.

use std::io;
use std::time::Duration;

use super::server::Server;
use super::{guests, share, trips, wasmtime};
use crate::measure::side_by_side::SideBySide;
use crate::options::Options;

const GUESTS: [&str; 3] = ["bare", "tokio", "triga"];
const TARGET: &str = "wasm32-wasip1";

pub(super) fn run(options: &Options) -> io::Result<()> {
    let wasmtime = wasmtime::find(options.wasmtime.as_deref(), &wasmtime::WITH_WASIP1_SOCKETS)?;
    eprintln!("wasip1: {} serves; building the guests …", wasmtime.display());
    let guests = guests::build(TARGET, "wasip1", None, None)?;
    let start = |guest: &str| {
        let guest = guests.join(guest).with_extension("wasm");
        Server::start(&wasmtime, |wasmtime, address| {
            let listener = format!("-Stcplisten={address}");
            wasmtime.args(["run", "-Spreview2=n", &listener]).arg(guest);
        })
    };
    let contenders = || GUESTS.into_iter().zip(GUESTS).collect();
    let all = |_: &str| true;
    SideBySide {
        title: "WASI 0.1, echo of 64 bytes over TCP: CPU time of wasmtime for a round trip",
        unit: "µs",
        contenders: contenders(),
        base: "bare",
        rounds: options.rounds,
        measures: vec![
            trips(options, &start, (1, 0), 4_000, all),
            trips(options, &start, (50, 0), 10_000, all),
            trips(options, &start, (50, 500), 2_000, all),
        ],
    }
    .run()?;
    SideBySide {
        title: "WASI 0.1, 100 idle connections: wasmtime's share of a CPU",
        unit: "%",
        contenders: contenders(),
        base: "bare",
        rounds: options.rounds,
        measures: vec![share(&start, 100, Duration::from_millis(500), all)],
    }
    .run()
}
