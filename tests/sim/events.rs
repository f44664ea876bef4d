//! Events as no system should tell them, waits that fail, and descriptors that run out.

use std::cell::Cell;
use std::io::{self, ErrorKind};
use std::rc::Rc;
use std::time::Duration;

use futures_util::{AsyncReadExt, AsyncWriteExt, FutureExt};
use triga::Driver;
use triga::net::{TcpListener, TcpStream, UdpSocket};
use triga::os::sim::{self, World};
use triga::task::Executor;
use triga::time::{Instant, sleep};

/// Connections that come and go, datagrams and timers: every byte arrives, and no timer fires early.
async fn program() -> io::Result<()> {
    let listener = sim::host("server").spawn(TcpListener::bind("0.0.0.0:80"))?.await??;
    sim::host("server")
        .spawn(async move {
            loop {
                let (mut stream, _) = listener.accept().await?;
                triga::spawn(async move {
                    let mut buffer = [0; 1000];
                    while let Ok(count @ 1..) = stream.read(&mut buffer).await {
                        stream.write_all(&buffer[..count]).await?;
                    }
                    stream.close().await
                })?
                .detach();
            }
            #[expect(unreachable_code, reason = "it says what the task's output is")]
            io::Result::Ok(())
        })?
        .detach();
    let clients = ["one", "two", "three"].map(|name| sim::host(name).spawn(client()));
    for client in clients {
        client?.await??;
    }
    Ok(())
}

async fn client() -> io::Result<()> {
    let (near, far) = (
        UdpSocket::bind("127.0.0.1:0").await?,
        UdpSocket::bind("127.0.0.1:0").await?,
    );
    for round in 0..5 {
        let mut stream = TcpStream::connect("server:80").await?;
        let mut back = [0; 3000];
        stream.write_all(&[round; 3000]).await?;
        stream.read_exact(&mut back).await?;
        assert_eq!(back, [round; 3000]);
        near.send_to(&[round], far.local_addr()?).await?;
        let (count, from) = far.recv_from(&mut back).await?;
        assert_eq!((&back[..count], from), (&[round][..], near.local_addr()?));
        let (start, pause) = (Instant::now(), Duration::from_micros(700));
        sleep(pause).await?;
        assert!(start.elapsed() >= pause);
    }
    Ok(())
}

/// Runs the program on each seed in a world where something goes wrong, of which the trace has this word.
fn survives(world: World, word: &str) {
    let world = world.keep_trace();
    // Miri needs minutes for one.
    let seeds = if cfg!(miri) { 1 } else { 50 };
    for seed in 0..seeds {
        let trace = sim::run(seed, world.clone(), async {
            program().await?;
            io::Result::Ok(sim::trace())
        })
        .unwrap()
        .unwrap();
        assert!(trace.contains(word), "seed {seed} has nothing {word}");
    }
}

#[test]
#[cfg_attr(miri, ignore = "Miri takes too long for it")]
fn nothing_is_lost_when_events_are_late() {
    survives(World::new().late_events(500), " late: ");
}

#[test]
#[cfg_attr(miri, ignore = "Miri takes too long for it")]
fn nothing_is_lost_when_events_are_doubled() {
    survives(World::new().doubled_events(500), " doubled: ");
}

#[test]
#[cfg_attr(miri, ignore = "Miri takes too long for it")]
fn nothing_is_believed_of_sources_that_are_not_ready() {
    survives(World::new().spurious_events(500), " spurious: ");
}

#[test]
#[cfg_attr(miri, ignore = "Miri takes too long for it")]
fn nothing_is_lost_when_events_are_stale() {
    survives(World::new().stale_events(1000), " stale: ");
}

#[test]
fn a_stale_event_is_not_the_next_sources() {
    const MS: Duration = Duration::from_millis(1);
    for seed in sim::seeds(0..50) {
        let _simulation = sim::enter(seed, World::new().stale_events(1000).keep_trace());
        let mut driver = Driver::new().unwrap();
        let _current = driver.handle().clone().enter();
        let bind = || UdpSocket::bind("127.0.0.1:0").now_or_never().unwrap().unwrap();
        let first = bind();
        assert_eq!(driver.turn(Some(MS)).unwrap().ready(), 1);
        drop(first);
        // Its place is free from now on, and the next one takes it.
        driver.turn(Some(Duration::ZERO)).unwrap();
        let _next = bind();
        let ready: usize = (0..5).map(|_| driver.turn(Some(MS)).unwrap().ready()).sum();
        assert_eq!(ready, 1, "seed {seed}: it can be written to, and no more");
        assert!(sim::trace().contains(" stale: "));
    }
}

#[test]
#[cfg_attr(miri, ignore = "Miri takes too long for it")]
fn nothing_is_lost_when_waits_are_interrupted() {
    survives(World::new().interrupted_waits(500), " a wait fails: Interrupted");
}

#[test]
fn everything_may_go_wrong_at_once() {
    let world = World::new()
        .late_events(200)
        .doubled_events(200)
        .spurious_events(200)
        .stale_events(500)
        .interrupted_waits(200)
        .short_transfers(500);
    survives(world, " stale: ");
}

/// What epoll_wait says of a descriptor that somebody has closed.
const EBADF: i32 = 9;
/// What it says when the kernel has no memory.
const ENOMEM: i32 = 12;

#[test]
fn an_executor_goes_on_after_a_wait_that_failed() {
    for seed in sim::seeds(0..50) {
        let _simulation = sim::enter(seed, World::new());
        let mut executor = Executor::new().unwrap();
        let task = executor.spawn(program());
        for kind in [ErrorKind::OutOfMemory, ErrorKind::InvalidInput, ErrorKind::OutOfMemory] {
            sim::fail_wait(kind);
            let error = executor.block_on(std::future::pending::<()>()).unwrap_err();
            assert_eq!(error.kind(), kind);
        }
        for number in [EBADF, ENOMEM] {
            sim::fail_wait(io::Error::from_raw_os_error(number));
            let error = executor.block_on(std::future::pending::<()>()).unwrap_err();
            assert_eq!(error.raw_os_error(), Some(number));
        }
        executor.block_on(task).unwrap().unwrap().unwrap();
    }
}

#[test]
fn a_server_without_descriptors_serves_everybody_in_the_end() {
    const CLIENTS: u8 = 8;
    for seed in sim::seeds(0..50) {
        sim::run(seed, World::new().descriptors(4), async {
            let listener = sim::host("server").spawn(TcpListener::bind("0.0.0.0:80"))?.await??;
            let open = Rc::new(Cell::new((0, 0)));
            let counted = open.clone();
            sim::host("server")
                .spawn(async move {
                    while let Ok((mut stream, _)) = listener.accept().await {
                        let open = counted.clone();
                        let (now, most) = open.get();
                        open.set((now + 1, most.max(now + 1)));
                        triga::spawn(async move {
                            sleep(Duration::from_millis(100)).await?;
                            stream.write_all(b"served").await?;
                            drop(stream);
                            let (now, most) = open.get();
                            open.set((now - 1, most));
                            io::Result::Ok(())
                        })?
                        .detach();
                    }
                    io::Result::Ok(())
                })?
                .detach();
            let clients: Vec<_> = (0..CLIENTS)
                .map(|number| {
                    sim::host(&format!("client {number}")).spawn(async {
                        let mut stream = TcpStream::connect("server:80").await?;
                        let mut answer = String::new();
                        stream.read_to_string(&mut answer).await?;
                        assert_eq!(answer, "served");
                        io::Result::Ok(())
                    })
                })
                .collect();
            for client in clients {
                client?.await??;
            }
            // One of the four is the listener.
            assert_eq!(open.get(), (0, 3));
            let mut bound = Vec::new();
            for _ in 0..4 {
                bound.push(UdpSocket::bind("127.0.0.1:0").await?);
            }
            let error = UdpSocket::bind("127.0.0.1:0").await.unwrap_err();
            assert_eq!(error.kind(), ErrorKind::OutOfMemory);
            bound.pop();
            UdpSocket::bind("127.0.0.1:0").await.map(drop)
        })
        .unwrap()
        .unwrap();
    }
}

#[test]
fn a_crash_gives_descriptors_back() {
    for seed in sim::seeds(0..50) {
        sim::run(seed, World::new().descriptors(3), async {
            let server = sim::host("server");
            let mut kept = Vec::new();
            for _ in 0..10 {
                kept.push(server.spawn(TcpListener::bind("0.0.0.0:80"))?.await??);
                // They wait to be accepted, which costs the server nothing.
                for _ in 0..5 {
                    sim::host("client").spawn(TcpStream::connect("server:80"))?.await??;
                }
                server.crash()?;
                server.restart();
            }
            io::Result::Ok(())
        })
        .unwrap()
        .unwrap();
    }
}
