//! The figures of one echo server, which has to send back every byte while they are taken.

use std::io::{self, Read, Write};
use std::thread;
use std::time::{Duration, Instant};

use crate::Result;
use crate::client::{self, Outward, Wire};
use crate::progress::Progress;
use crate::server::{StdioServer, TcpServer};

/// How many connections the load has, and how many are idle afterwards.
const BUSY: usize = 50;
const IDLE: usize = 100;
const WARM_UP: Duration = Duration::from_millis(300);
const MEASURED: Duration = Duration::from_secs(2);
/// A server may do what is left of the connections' beginnings before it has to be idle.
const SETTLE: Duration = Duration::from_millis(300);

/// What was measured of a server that answered well.
#[derive(Debug)]
pub(crate) struct Figures {
    pub(crate) load: String,
    pub(crate) trips_per_second: f64,
    /// `None` where the system does not tell another process's CPU time.
    pub(crate) cpu_per_trip: Option<Duration>,
    pub(crate) idle: Idle,
}

/// The share of one core that a server uses while nothing happens, if it is known.
#[derive(Debug)]
pub(crate) enum Idle {
    Connections(Option<f64>),
    /// There are no connections, only one stream.
    Stream(Option<f64>),
}

pub(crate) fn tcp(mut server: TcpServer) -> Result<Figures> {
    let _progress = Progress::start("serving");
    drive_tcp(&server).map_err(|error| server.blame(error))
}

pub(crate) fn stdio<R, W>(server: StdioServer, wire: Wire<R, W>) -> Result<Figures>
where
    R: Read + Send,
    W: Outward,
{
    let _progress = Progress::start("serving");
    match drive_stdio(&server, wire) {
        Ok(figures) => server.finish().map(|()| figures),
        Err(error) => Err(server.blame(error)),
    }
}

fn drive_tcp(server: &TcpServer) -> Result<Figures> {
    let connect = |count| {
        (0..count)
            .map(|_| server.connect())
            .collect::<io::Result<Vec<_>>>()
            .map_err(|error| format!("connecting: {error}"))
    };
    client::verify(connect(BUSY)?)?;
    let (trips_per_second, cpu_per_trip) = load(&mut connect(BUSY)?, || server.cpu())?;
    let mut idle = connect(IDLE)?;
    // The server has accepted those that it has answered.
    client::drive(&mut idle, Duration::ZERO)?;
    Ok(Figures {
        load: format!("{BUSY} connections"),
        trips_per_second,
        cpu_per_trip,
        idle: Idle::Connections(share(|| server.cpu())),
    })
}

fn drive_stdio<R: Read + Send, W: Outward>(server: &StdioServer, wire: Wire<R, W>) -> Result<Figures> {
    let mut wires = vec![wire];
    let (trips_per_second, cpu_per_trip) = load(&mut wires, || server.cpu())?;
    let idle = Idle::Stream(share(|| server.cpu()));
    client::verify(wires)?;
    Ok(Figures {
        load: "1 stream (stdio)".to_owned(),
        trips_per_second,
        cpu_per_trip,
        idle,
    })
}

/// Round trips per second on all wires together, and the server's CPU time for one.
fn load<R: Read, W: Write>(
    wires: &mut [Wire<R, W>],
    cpu: impl Fn() -> Option<Duration>,
) -> Result<(f64, Option<Duration>)> {
    client::drive(wires, WARM_UP)?;
    let before = cpu();
    let (trips, elapsed) = client::drive(wires, MEASURED)?;
    let used = before.zip(cpu()).map(|(before, after)| after.saturating_sub(before));
    let trips = trips as f64;
    Ok((trips / elapsed.as_secs_f64(), used.map(|used| used.div_f64(trips))))
}

/// The share of one core that a server uses from now on.
fn share(cpu: impl Fn() -> Option<Duration>) -> Option<f64> {
    thread::sleep(SETTLE);
    let start = Instant::now();
    let before = cpu()?;
    thread::sleep(MEASURED);
    let used = cpu()?.saturating_sub(before);
    Some(used.as_secs_f64() / start.elapsed().as_secs_f64())
}
