//! The reactor under executors of other crates.

use std::cell::Cell;
use std::io;
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use async_executor::Executor;
use futures_executor::LocalPool;
use futures_util::task::LocalSpawnExt;
use futures_util::{AsyncReadExt, AsyncWriteExt};
use triga::net::{TcpListener, TcpStream, UdpSocket};
use triga::time::{Instant, interval, sleep, timeout};
use triga::{Capability, Driver, Handle};

use crate::harness::{Outcome, programs};
use crate::numbers::many;
use crate::pattern;
use crate::peer::peer;
use crate::rows::Need;

const THREADS: Need = Need::Has(Capability::RemoteWake);

programs![
    every_future_may_go_to_another_thread(),
    futures_executor_runs_with_a_driver_on_another_thread(THREADS, Need::Peer),
    a_local_pool_runs_with_a_driver_that_is_turned_between_its_tasks(Need::Peer),
    async_executor_runs_on_four_threads_with_one_driver_thread(THREADS, Need::Has(Capability::TcpBind)),
];

/// A thread that turns a driver.
struct DriverThread {
    handle: Handle,
    is_over: Arc<AtomicBool>,
    thread: JoinHandle<io::Result<()>>,
}

impl DriverThread {
    fn start() -> io::Result<DriverThread> {
        let mut driver = Driver::new()?;
        let is_over = Arc::new(AtomicBool::new(false));
        Ok(DriverThread {
            handle: driver.handle().clone(),
            is_over: is_over.clone(),
            thread: thread::spawn(move || {
                while !is_over.load(Ordering::SeqCst) {
                    driver.turn(None)?;
                }
                Ok(())
            }),
        })
    }

    fn stop(self) -> io::Result<()> {
        self.is_over.store(true, Ordering::SeqCst);
        self.handle.unpark()?;
        self.thread.join().unwrap()
    }
}

/// Sends and receives in turn, with a timer in between.
async fn round_trips(mut stream: TcpStream) -> Outcome {
    for round in 0..many(100) as u64 {
        let sent = pattern::bytes(round * 64, 64);
        stream.write_all(&sent).await?;
        let mut received = [0; 64];
        timeout(Duration::from_secs(3600), stream.read_exact(&mut received)).await??;
        assert_eq!(received[..], sent);
        if round % 10 == 0 {
            let start = Instant::now();
            sleep(Duration::from_millis(1)).await?;
            assert!(start.elapsed() >= Duration::from_millis(1));
        }
    }
    Ok(())
}

/// A program that needs this compiles.
fn every_future_may_go_to_another_thread() -> Outcome {
    fn may<F: Future + Send>(_: fn() -> F) {}

    may(|| TcpStream::connect("127.0.0.1:9"));
    may(|| TcpStream::connect(("localhost", 9)));
    may(|| TcpListener::bind("127.0.0.1:0"));
    may(|| UdpSocket::bind("127.0.0.1:0"));
    may(|| async {
        let socket = UdpSocket::bind("127.0.0.1:0").await?;
        socket.connect("127.0.0.1:9").await?;
        socket.send_to(b"", "127.0.0.1:9").await?;
        socket.recv_from(&mut [0]).await
    });
    may(|| async {
        let (mut stream, _) = TcpListener::bind("127.0.0.1:0").await?.accept().await?;
        stream.readable().await?;
        stream.peek(&mut [0]).await?;
        stream.write_all(&[0]).await?;
        stream.read(&mut [0]).await
    });
    may(|| timeout(Duration::MAX, sleep(Duration::MAX)));
    may(|| async { interval(Duration::MAX)?.tick().await });
    Ok(())
}

fn futures_executor_runs_with_a_driver_on_another_thread() -> Outcome {
    let driver = DriverThread::start()?;
    {
        let _current = driver.handle.enter();
        futures_executor::block_on(async { round_trips(peer("echo").await?.0).await })?;
    }
    driver.stop()?;
    Ok(())
}

fn a_local_pool_runs_with_a_driver_that_is_turned_between_its_tasks() -> Outcome {
    const TASKS: usize = 10;
    let mut driver = Driver::new()?;
    let _current = driver.handle().enter();
    let mut pool = LocalPool::new();
    let done = Rc::new(Cell::new(0));
    let (spawner, counter) = (pool.spawner(), done.clone());
    pool.spawner().spawn_local(async move {
        for _ in 0..TASKS {
            let (stream, _far) = peer("echo").await.unwrap();
            let counter = counter.clone();
            let task = async move {
                round_trips(stream).await.unwrap();
                counter.set(counter.get() + 1);
            };
            spawner.spawn_local(task).unwrap();
        }
    })?;
    loop {
        pool.run_until_stalled();
        if done.get() == TASKS {
            return Ok(());
        }
        driver.turn(None)?;
    }
}

fn async_executor_runs_on_four_threads_with_one_driver_thread() -> Outcome {
    let driver = DriverThread::start()?;
    let executor = Arc::new(Executor::new());
    let is_over = Arc::new(AtomicBool::new(false));
    let workers: Vec<_> = (0..4)
        .map(|_| {
            let (executor, handle, is_over) = (executor.clone(), driver.handle.clone(), is_over.clone());
            thread::spawn(move || {
                let _current = handle.enter();
                futures_executor::block_on(executor.run(async {
                    while !is_over.load(Ordering::SeqCst) {
                        let _ = sleep(Duration::from_millis(1)).await;
                    }
                }));
            })
        })
        .collect();
    let serving = executor.clone();
    let work = executor.spawn(async move {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let address = listener.local_addr()?;
        let spawner = serving.clone();
        let server = serving.spawn(async move {
            loop {
                let (stream, _) = listener.accept().await?;
                let echo = async move { futures_util::io::copy(&stream, &mut &stream).await };
                spawner.spawn(echo).detach();
            }
        });
        let clients: Vec<_> = (0..many(100))
            .map(|_| serving.spawn(async move { round_trips(TcpStream::connect(address).await?).await }))
            .collect();
        for client in clients {
            client.await?;
        }
        let _: Option<io::Result<()>> = server.cancel().await;
        Outcome::Ok(())
    });
    let outcome = futures_executor::block_on(work);
    is_over.store(true, Ordering::SeqCst);
    for worker in workers {
        worker.join().unwrap();
    }
    driver.stop()?;
    outcome
}
