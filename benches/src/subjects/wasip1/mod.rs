//! Echo servers on WASI 0.1, each under wasmtime with a listener that the host opens: their CPU time, the host's included, with
//! the load on the same CPU.

mod wasmtime;

use std::env;
use std::io;
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use nix::unistd::Pid;

use super::Subject;
use crate::cli::Options;
use crate::load::Load;
use crate::measure::clock;
use crate::measure::side_by_side::{Measure, SideBySide};

pub(crate) const SUBJECT: Subject = Subject { name: "wasip1", run };

const GUESTS: [&str; 3] = ["bare", "tokio", "triga"];

fn run(options: &Options) -> io::Result<()> {
    let wasmtime = wasmtime::find(options.wasmtime.as_deref())?;
    eprintln!("wasip1: {} serves; building the guests …", wasmtime.display());
    let guests = build()?;
    let start = |guest: &str| Server::start(&wasmtime, &guests.join(guest).with_extension("wasm"));
    let contenders = || GUESTS.into_iter().zip(GUESTS).collect();
    let trips = |busy: usize, idle: usize, trips: u64| {
        let head = match idle {
            0 => format!("{busy} busy"),
            _ => format!("{busy} busy + {idle} idle"),
        };
        let (start, waves) = (&start, (options.scaled(trips) / busy as u64).max(2));
        Measure::new(&[&head], move |guest| Ok(vec![trip(start(guest)?, busy, idle, waves)?]))
    };
    SideBySide {
        title: "WASI 0.1, echo of 64 bytes over TCP: CPU time of wasmtime for a round trip",
        unit: "µs",
        contenders: contenders(),
        base: "bare",
        rounds: options.rounds,
        measures: vec![trips(1, 0, 4_000), trips(50, 0, 10_000), trips(50, 500, 2_000)],
    }
    .run()?;
    SideBySide {
        title: "WASI 0.1, 100 idle connections: wasmtime's share of a CPU",
        unit: "%",
        contenders: contenders(),
        base: "bare",
        rounds: options.rounds,
        measures: vec![Measure::new(&["CPU"], |guest| Ok(vec![share(start(guest)?)?]))],
    }
    .run()
}

/// Microseconds of the server for a round trip.
fn trip(server: Server, busy: usize, idle: usize, waves: u64) -> io::Result<f64> {
    let _idle = Load::connect(server.address, idle)?;
    let mut load = Load::connect(server.address, busy)?;
    load.run(waves / 10 + 1)?;
    let before = clock::process_of(server.pid())?;
    load.run(waves)?;
    let spent = clock::process_of(server.pid())? - before;
    server.end_first();
    Ok(spent / 1e3 / (waves * busy as u64) as f64)
}

/// How much of a CPU the server takes while nothing comes on a hundred connections.
fn share(server: Server) -> io::Result<f64> {
    let mut load = Load::connect(server.address, 100)?;
    load.run(2)?;
    let (begin, before) = (Instant::now(), clock::process_of(server.pid())?);
    thread::sleep(Duration::from_millis(500));
    let spent = clock::process_of(server.pid())? - before;
    let share = 100.0 * spent / begin.elapsed().as_nanos() as f64;
    server.end_first();
    Ok(share)
}

/// A guest under wasmtime; it is killed when this is dropped.
struct Server {
    wasmtime: Child,
    address: SocketAddr,
}

impl Server {
    fn start(wasmtime: &Path, guest: &Path) -> io::Result<Server> {
        let address = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?.local_addr()?;
        let wasmtime = Command::new(wasmtime)
            .args(["run", "-Spreview2=n", &format!("-Stcplisten={address}")])
            .arg(guest)
            // wasmtime 36 takes a backtrace for every call that would block, if it is asked for backtraces at all.
            .env("RUST_BACKTRACE", "0")
            .stdin(Stdio::null())
            .spawn()?;
        let mut server = Server { wasmtime, address };
        server.wait_until_it_listens()?;
        Ok(server)
    }

    fn wait_until_it_listens(&mut self) -> io::Result<()> {
        let deadline = Instant::now() + Duration::from_secs(20);
        while let Err(error) = TcpStream::connect(self.address) {
            if let Some(status) = self.wasmtime.try_wait()? {
                return Err(io::Error::other(format!("wasmtime ended with {status}")));
            }
            if Instant::now() > deadline {
                return Err(error);
            }
            thread::sleep(Duration::from_millis(5));
        }
        Ok(())
    }

    /// Ends before its connections do: the load resets them, and tokio's panics when a connection is reset.
    fn end_first(self) {}

    fn pid(&self) -> Pid {
        Pid::from_raw(self.wasmtime.id() as i32)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // It has ended by itself if it cannot be killed.
        let _ = self.wasmtime.kill();
        let _ = self.wasmtime.wait();
    }
}

/// Builds the guests; returns their folder.
fn build() -> io::Result<PathBuf> {
    let target = target_directory()?.join("benches-wasip1");
    let status = Command::new(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()))
        .args(["build", "--quiet", "--release", "--target-dir"])
        .arg(&target)
        .current_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/wasip1"))
        // They would take the place of the flags in that folder's configuration.
        .env_remove("RUSTFLAGS")
        .env_remove("CARGO_ENCODED_RUSTFLAGS")
        .status()?;
    if !status.success() {
        return Err(io::Error::other(format!(
            "building the guests for wasm32-wasip1 failed with {status}"
        )));
    }
    Ok(target.join("wasm32-wasip1/release"))
}

/// This program lies in the folder `release/deps` of it.
fn target_directory() -> io::Result<PathBuf> {
    let program = env::current_exe()?;
    let directory = program.ancestors().nth(3).map(Path::to_owned);
    directory.ok_or_else(|| io::Error::other(format!("{} is not in a target directory of cargo's", program.display())))
}
