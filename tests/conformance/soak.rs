//! Thousands of connections that come and go, after which everything is back where it began.
//!
//! `conformance --program soak SECONDS` has them do so for longer than the test does.

use std::cell::Cell;
use std::collections::VecDeque;
use std::env;
use std::net::{Shutdown, SocketAddr};
use std::pin::pin;
use std::rc::Rc;
use std::task::Waker;
use std::time::Duration;

use allocation_counter::measure;
use futures_util::AsyncReadExt;
use triga::Capability;
use triga::net::{TcpListener, TcpStream};
use triga::task::{Executor, yield_now};
use triga::time::{Instant, sleep, timeout};

use crate::harness::{Outcome, programs};
use crate::os;
use crate::pattern::Checked;
use crate::rows::Need;
use crate::tcp::{echo, receive, send};
use crate::wakes::settle;

programs![connections_that_come_and_go_leave_nothing_behind(
    Need::Unix,
    Need::Has(Capability::TcpConnect),
    Need::Has(Capability::TcpBind)
),];

/// How many are open at once, where the system allows it.
const CONNECTIONS: usize = 5_000;

/// How many tasks open and close them.
const CLIENTS: usize = 50;

/// The lists of the driver and of the executor have an entry for each source or task that there is, and grow up to that.
const BYTES_OF_LISTS: u64 = 16 * CONNECTIONS as u64;

fn connections_that_come_and_go_leave_nothing_behind() -> Outcome {
    soak(Duration::ZERO)
}

/// Has them come and go for so long, and at least once after they have warmed up.
pub(crate) fn soak(time: Duration) -> Outcome {
    let mut outcome = Ok(());
    let heap = measure(|| outcome = come_and_go_for(time));
    outcome?;
    let kept = (heap.count_current, heap.bytes_current);
    assert_eq!(kept, (0, 0), "memory that is leaked");
    Ok(())
}

/// Wave after wave of them in one executor.
fn come_and_go_for(time: Duration) -> Outcome {
    // Each has two ends here, and the process has some more descriptors.
    let room = os::room_for(2 * CONNECTIONS * 11 / 10 + 200) - 200;
    // The emulator of a processor takes many times as long.
    let slowness = if env::var_os("TRIGA_RUNNER").is_some() { 10 } else { 1 };
    let of_each = (room / 2 * 10 / 11).min(CONNECTIONS / slowness) / CLIENTS;
    let mut executor = Executor::new()?;
    let end = Instant::now() + time;
    // From here on there is room for more than there ever are at once, some of which the server has still to close.
    wave(&mut executor, of_each + of_each / 10)?;
    let descriptors = os::open_descriptors()?;
    let (mut waves, mut grown) = (0, 0);
    while waves == 0 || Instant::now() < end {
        let mut outcome = Ok(());
        let heap = measure(|| outcome = wave(&mut executor, of_each));
        outcome?;
        waves += 1;
        grown += heap.bytes_current;
        assert_eq!(heap.count_current, 0, "wave {waves} keeps memory");
        assert!(
            grown.unsigned_abs() < BYTES_OF_LISTS,
            "{grown} bytes more after wave {waves}"
        );
        assert_eq!(os::open_descriptors()?, descriptors, "wave {waves} keeps descriptors");
        assert_eq!(
            executor.handle().metrics().registrations(),
            0,
            "wave {waves} keeps sources"
        );
    }
    let count = waves * CLIENTS * 2 * of_each;
    eprintln!("{count} connections came and went, {} at once", CLIENTS * of_each);
    Ok(())
}

fn wave(executor: &mut Executor, of_each: usize) -> Outcome {
    executor.block_on(come_and_go(of_each))??;
    // A turn takes the slots back, and leaves a few pages.
    executor.block_on(sleep(Duration::ZERO))??;
    Ok(())
}

/// One wave of them: at its height so many for each client are open, and as many have gone.
async fn come_and_go(of_each: usize) -> Outcome {
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let address = listener.local_addr()?;
    let served = Rc::new(Cell::new(0));
    let server = triga::spawn({
        let served = served.clone();
        async move {
            for _ in 0..CLIENTS * 2 * of_each {
                let (stream, _) = listener.accept().await?;
                stream.set_nodelay(true)?;
                // Nothing was told of it yet: every place gets its list of waits, which it keeps.
                let _ = settle(&mut pin!(stream.readable()), Waker::noop());
                let served = served.clone();
                triga::spawn(async move {
                    // A client that goes without a goodbye is an error here.
                    let _ = echo(stream).await;
                    served.set(served.get() + 1);
                })?
                .detach();
            }
            std::io::Result::Ok(())
        }
    })?;
    let mut clients = Vec::new();
    for number in 0..CLIENTS {
        clients.push(triga::spawn(client(address, of_each, number))?);
    }
    for client in clients {
        client.await??;
    }
    server.await??;
    while served.get() < CLIENTS * 2 * of_each {
        yield_now().await;
    }
    Ok(())
}

/// A connection and what came back through it.
struct Connection {
    stream: TcpStream,
    checked: Checked,
}

impl Connection {
    async fn round(&mut self, count: u64) -> Outcome {
        send(&self.stream, self.checked.count(), count).await?;
        receive(&self.stream, count, &mut self.checked).await
    }
}

/// Opens connections, uses new ones and old ones, and closes the oldest in one of several ways.
async fn client(address: SocketAddr, of_each: usize, number: usize) -> Outcome {
    let mut open: VecDeque<Connection> = VecDeque::new();
    for round in 0..2 * of_each {
        let stream = TcpStream::connect(address).await?;
        stream.set_nodelay(true)?;
        // As at the other end, its place gets its list of waits.
        let _ = settle(&mut pin!(stream.readable()), Waker::noop());
        let mut connection = Connection {
            stream,
            checked: Checked::default(),
        };
        connection.round(100).await?;
        open.push_back(connection);
        let old = (round * 7 + number) % open.len();
        open[old].round(1_000).await?;
        if open.len() > of_each {
            let oldest = open.pop_front().expect("there are some");
            close(oldest, round + number).await?;
        }
    }
    for (way, connection) in open.into_iter().enumerate() {
        close(connection, way).await?;
    }
    Ok(())
}

async fn close(mut connection: Connection, way: usize) -> Outcome {
    match way % 4 {
        0 => drop(connection),
        // With bytes under way.
        1 => send(&connection.stream, connection.checked.count(), 5_000).await?,
        // In the middle of a wait.
        2 => {
            let early = timeout(Duration::from_micros(1), connection.stream.read(&mut [0])).await;
            assert!(early.is_err(), "there is nothing to read");
        }
        _ => {
            connection.stream.shutdown(Shutdown::Write)?;
            assert_eq!(connection.stream.read(&mut [0]).await?, 0);
        }
    }
    Ok(())
}
