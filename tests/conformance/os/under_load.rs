//! What the system does to a process while bytes flow: none of them is lost, and no wait hangs.

use std::cell::Cell;
use std::collections::VecDeque;
use std::convert::Infallible;
use std::io::{self, Read, Write};
use std::net::Shutdown;
use std::os::fd::OwnedFd;
use std::process::Stdio;
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::Waker;
use std::thread;
use std::time::Duration;

use futures_util::{AsyncReadExt, AsyncWriteExt, future};
use mio::net::UnixStream;
use nix::errno::Errno;
use nix::sys::pthread::{Pthread, pthread_kill, pthread_self};
use nix::sys::signal::{SIGCONT, SIGSTOP, SIGUSR1, kill};
use nix::sys::wait::{WaitPidFlag, WaitStatus, waitpid};
use nix::unistd::{Pid, dup};
use triga::net::{TcpListener, TcpStream};
use triga::process::{Child, spawn};
use triga::task::{JoinHandle, yield_now};
use triga::time::{Instant, sleep};
use triga::{Direction, Driver, Handle, Interest, Registration};

use super::unix::Exhausted;
use crate::harness::Outcome;
use crate::numbers::many;
use crate::pattern::Checked;
use crate::program::command;
use crate::tcp::{echo, receive, send};
use crate::wakes::wait_for;

const LOCALHOST: &str = "127.0.0.1:0";

/// Connections that carry the pattern there and back for as long as they are told to, every byte compared.
struct Load {
    is_over: Rc<Cell<bool>>,
    connections: Vec<Connection>,
}

struct Connection {
    /// How often something has come back.
    rounds: Rc<Cell<u64>>,
    client: JoinHandle<Outcome>,
    server: JoinHandle<io::Result<()>>,
}

impl Load {
    async fn start(count: usize) -> Outcome<Load> {
        let listener = TcpListener::bind(LOCALHOST).await?;
        let is_over = Rc::new(Cell::new(false));
        let mut connections = Vec::new();
        for _ in 0..count {
            let connecting = TcpStream::connect(listener.local_addr()?);
            let (near, (far, _)) = future::try_join(connecting, listener.accept()).await?;
            // A system that gathers small writes would have every round wait for its clock.
            near.set_nodelay(true)?;
            far.set_nodelay(true)?;
            let rounds = Rc::new(Cell::new(0));
            connections.push(Connection {
                client: triga::spawn(Load::carry(near, is_over.clone(), rounds.clone()))?,
                server: triga::spawn(echo(far))?,
                rounds,
            });
        }
        Ok(Load { is_over, connections })
    }

    async fn carry(stream: TcpStream, is_over: Rc<Cell<bool>>, rounds: Rc<Cell<u64>>) -> Outcome {
        const SIZE: u64 = 10_000;
        let mut checked = Checked::default();
        while !is_over.get() {
            send(&stream, checked.count(), SIZE).await?;
            receive(&stream, SIZE, &mut checked).await?;
            rounds.set(rounds.get() + 1);
        }
        stream.shutdown(Shutdown::Write)?;
        assert_eq!(
            (&stream).read(&mut [0]).await?,
            0,
            "there are bytes behind the last ones"
        );
        Ok(())
    }

    /// Waits until each of the connections has carried something once more.
    async fn goes_on(&self) {
        for connection in &self.connections {
            let before = connection.rounds.get();
            while connection.rounds.get() == before && !connection.client.is_finished() {
                yield_now().await;
            }
        }
    }

    async fn end(self) -> Outcome {
        self.is_over.set(true);
        for connection in self.connections {
            connection.client.await??;
            connection.server.await??;
        }
        Ok(())
    }
}

fn is_short_of_descriptors(error: &io::Error) -> bool {
    error.raw_os_error() == Some(Errno::EMFILE as i32)
}

pub(super) async fn descriptors_that_run_out_and_come_back_cost_no_connection() -> Outcome {
    const CLIENTS: usize = 20;
    let registered = Handle::current()?.metrics().registrations();
    let load = Load::start(10).await?;
    let listener = TcpListener::bind(LOCALHOST).await?;
    let address = listener.local_addr()?;
    let server = triga::spawn(async move {
        let mut served = Vec::new();
        while served.len() < CLIENTS {
            match listener.accept().await {
                Ok((stream, _)) => served.push(triga::spawn(echo(stream))?),
                Err(error) if is_short_of_descriptors(&error) => {}
                Err(error) => return Err(error),
            }
        }
        for echo in served {
            echo.await??;
        }
        Ok(())
    })?;
    let mut exhausted = Exhausted::new()?;
    let refused = Rc::new(Cell::new(0));
    let clients: Vec<_> = (0..CLIENTS)
        .map(|_| {
            let refused = refused.clone();
            triga::spawn(async move {
                let stream = loop {
                    match TcpStream::connect(address).await {
                        Err(error) if is_short_of_descriptors(&error) => {
                            refused.set(refused.get() + 1);
                            sleep(Duration::from_millis(1)).await?;
                        }
                        connected => break connected?,
                    }
                };
                send(&stream, 0, 1_000).await?;
                receive(&stream, 1_000, &mut Checked::default()).await
            })
        })
        .collect::<io::Result<_>>()?;
    while refused.get() < CLIENTS {
        load.goes_on().await;
    }
    // Some of them are enough for a client, and none is left for its server.
    for _ in 0..CLIENTS {
        exhausted.give_back(1);
        load.goes_on().await;
    }
    drop(exhausted);
    for client in clients {
        client.await??;
    }
    server.await??;
    load.end().await?;
    assert_eq!(Handle::current()?.metrics().registrations(), registered);
    Ok(())
}

pub(super) async fn a_number_that_another_source_has_at_once_brings_it_nothing_of_the_one_before() -> Outcome {
    const ROUNDS: u64 = many(1_000) as u64;
    let mut driver = Driver::new()?;
    let handle = driver.handle().clone();
    let is_over = Arc::new(AtomicBool::new(false));
    let turning = thread::spawn({
        let is_over = is_over.clone();
        move || {
            while !is_over.load(Ordering::SeqCst) {
                driver.turn(None)?;
            }
            io::Result::Ok(())
        }
    });
    // The system gives out the lowest number that is free, so each of them has those that the others let go.
    let threads: Vec<_> = (0..4)
        .map(|thread| {
            let handle = handle.clone();
            thread::spawn(move || {
                (0..ROUNDS).try_fold(VecDeque::new(), |kept, round| {
                    use_a_number(&handle, kept, thread << 32 | round)
                })
            })
        })
        .collect();
    for thread in threads {
        thread.join().unwrap()?;
    }
    is_over.store(true, Ordering::SeqCst);
    handle.unpark()?;
    turning.join().unwrap()?;
    assert_eq!(handle.metrics().registrations(), 0);
    Ok(())
}

/// Opens a source, and lets its number go in one of several ways, with events under way. `kept` are other descriptors of such
/// sources, of which the system goes on to tell.
fn use_a_number(
    handle: &Handle,
    mut kept: VecDeque<(OwnedFd, UnixStream)>,
    tag: u64,
) -> io::Result<VecDeque<(OwnedFd, UnixStream)>> {
    let (mut near, mut far) = UnixStream::pair()?;
    let registration = Registration::new(handle, &mut near, Interest::READABLE | Interest::WRITABLE)?;
    far.write_all(&tag.to_le_bytes())?;
    let mut received = [0; 8];
    let reading = registration.async_io(Interest::READABLE, || (&near).read(&mut received));
    assert_eq!(futures_executor::block_on(reading)?, 8);
    assert_eq!(u64::from_le_bytes(received), tag);
    wait_for(&registration, Direction::Read, Waker::noop())?;
    far.write_all(&tag.to_le_bytes())?;
    match tag % 3 {
        0 => registration.deregister(&mut near)?,
        1 => drop(near),
        _ => {
            kept.push_back((dup(&near)?, far));
            drop(near);
        }
    }
    if kept.len() > 10 {
        kept.pop_front();
    }
    Ok(kept)
}

pub(super) async fn a_storm_of_signals_loses_nothing() -> Outcome {
    let seen = Arc::new(AtomicBool::new(false));
    let handler = signal_hook::flag::register(SIGUSR1 as i32, seen.clone())?;
    // A number, since a pointer, which musl has here, does not go to another thread.
    let driver = pthread_self() as usize;
    let storm = thread::spawn(move || {
        for _ in 0..1_000 {
            pthread_kill(driver as Pthread, SIGUSR1)?;
            while !seen.swap(false, Ordering::SeqCst) {
                thread::yield_now();
            }
        }
        io::Result::Ok(())
    });
    let load = Load::start(10).await?;
    while !storm.is_finished() {
        load.goes_on().await;
        let deadline = Instant::now() + Duration::from_micros(500);
        sleep(Duration::from_micros(500)).await?;
        assert!(Instant::now() >= deadline);
    }
    load.end().await?;
    storm.join().unwrap()?;
    signal_hook::low_level::unregister(handler);
    Ok(())
}

/// The process that a child is.
fn pid(child: &Child) -> Pid {
    Pid::from_raw(child.id() as i32)
}

pub(super) async fn a_process_that_is_stopped_and_continued_loses_nothing() -> Outcome {
    const STOPS: u64 = 50;
    const BETWEEN: u64 = 20_000;
    let load = Load::start(3).await?;
    let mut child = spawn(command(&["echo", "4096"]).stdin(Stdio::piped()).stdout(Stdio::piped()))?;
    let (mut stdin, mut stdout) = (child.stdin.take().unwrap(), child.stdout.take().unwrap());
    // It writes on while the child is stopped, until the pipe is full. The child does not end before its input does.
    let writer = triga::spawn(async move { send(&mut stdin, 0, (STOPS + 1) * BETWEEN).await.map(|()| stdin) })?;
    let mut checked = Checked::default();
    for _ in 0..STOPS {
        receive(&mut stdout, BETWEEN, &mut checked).await?;
        kill(pid(&child), SIGSTOP)?;
        let stopped = waitpid(pid(&child), Some(WaitPidFlag::WUNTRACED))?;
        assert_eq!(stopped, WaitStatus::Stopped(pid(&child), SIGSTOP));
        load.goes_on().await;
        assert_eq!(child.try_wait()?, None, "it is stopped, and did not end");
        kill(pid(&child), SIGCONT)?;
    }
    receive(&mut stdout, BETWEEN, &mut checked).await?;
    drop(writer.await??);
    assert_eq!(stdout.read(&mut [0]).await?, 0);
    assert!(child.wait().await?.success());
    load.end().await
}

/// A child that connects to this process, and that connection.
async fn connected(program: &str) -> Outcome<(Child, TcpStream)> {
    let listener = TcpListener::bind(LOCALHOST).await?;
    let address = listener.local_addr()?.to_string();
    let child = spawn(command(&[program, &address]).stdin(Stdio::piped()))?;
    Ok((child, listener.accept().await?.0))
}

pub(super) async fn what_a_killed_peer_has_written_is_read_up_to_its_end() -> Outcome {
    let load = Load::start(3).await?;
    for _ in 0..5 {
        let (mut child, mut stream) = connected("flood").await?;
        let mut checked = Checked::default();
        receive(&stream, 1_000_000, &mut checked).await?;
        child.kill()?;
        let mut buffer = [0; 10_000];
        loop {
            match stream.read(&mut buffer).await {
                Ok(0) => break,
                Ok(count) => checked.check(&buffer[..count])?,
                Err(error) if error.kind() == io::ErrorKind::ConnectionReset => break,
                Err(error) => return Err(error.into()),
            }
        }
        assert!(!child.wait().await?.success());
        load.goes_on().await;
    }
    load.end().await
}

pub(super) async fn a_write_to_a_killed_peer_ends() -> Outcome {
    let load = Load::start(3).await?;
    for _ in 0..5 {
        let (mut child, mut stream) = connected("hold").await?;
        let writer: JoinHandle<io::Result<Infallible>> = triga::spawn(async move {
            loop {
                stream.write_all(&[0; 10_000]).await?;
            }
        })?;
        // No reader takes bytes, so it stops when the system's buffer is full.
        for _ in 0..20 {
            load.goes_on().await;
        }
        child.kill()?;
        let error = writer.await?.unwrap_err();
        let kinds = [io::ErrorKind::ConnectionReset, io::ErrorKind::BrokenPipe];
        assert!(kinds.contains(&error.kind()), "{error}");
        assert!(!child.wait().await?.success());
    }
    load.end().await
}
