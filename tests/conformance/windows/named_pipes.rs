//! Named pipes: servers with their instances, and clients that come and go.

use std::io;
use std::pin::pin;
use std::process;
use std::sync::atomic::{AtomicU32, Ordering};
use std::task::{Poll, Waker};
use std::time::Duration;

use futures_util::future::try_join;
use futures_util::{AsyncReadExt, AsyncWriteExt};
use triga::os::windows::{ClientOptions, NamedPipeClient, NamedPipeServer, PipeAccess, PipeMode, ServerOptions};
use triga::time::{sleep, timeout};
use triga::{Driver, Handle, is_shut_down};

use crate::harness::Outcome;
use crate::pattern::{self, Checked};
use crate::streams::{reads_nothing, writes_nothing};
use crate::wakes::{Wakes, settle};

/// A name that no other test has.
fn name() -> String {
    static NUMBERS: AtomicU32 = AtomicU32::new(0);
    let number = NUMBERS.fetch_add(1, Ordering::Relaxed);
    format!(r"\\.\pipe\triga-conformance-{}-{number}", process::id())
}

/// Both ends of a connection.
async fn pair(server: &ServerOptions, client: &ClientOptions) -> Outcome<(NamedPipeServer, NamedPipeClient)> {
    let name = name();
    let server = server.create(&name)?;
    let client = client.connect(&name).await?;
    server.connect().await?;
    Ok((server, client))
}

pub(super) async fn bytes_go_both_ways_through_a_named_pipe() -> Outcome {
    const COUNT: usize = 1_000_000;
    let (server, client) = pair(&ServerOptions::new(), &ClientOptions::new()).await?;
    let echoing = triga::spawn(async move {
        let mut buffer = vec![0; 10_000];
        loop {
            match (&server).read(&mut buffer).await? {
                0 => return io::Result::Ok(()),
                count => (&server).write_all(&buffer[..count]).await?,
            }
        }
    })?;
    let (mut reader, mut writer) = (&client, &client);
    let write = async {
        for (number, bytes) in pattern::bytes(0, COUNT).chunks(7_777).enumerate() {
            writer.write_all(bytes).await?;
            if number % 10 == 0 {
                // Nothing is written, and the other side sees no end.
                assert_eq!(writer.write(&[]).await?, 0);
            }
        }
        io::Result::Ok(())
    };
    let read = async {
        let mut checked = Checked::default();
        let mut buffer = vec![0; 3_333];
        while checked.count() < COUNT as u64 {
            let count = reader.read(&mut buffer).await?;
            assert_ne!(count, 0, "it ended after {} bytes", checked.count());
            checked.check(&buffer[..count])?;
        }
        io::Result::Ok(())
    };
    try_join(write, read).await?;
    drop(client);
    Ok(echoing.await??)
}

pub(super) async fn a_transfer_of_no_bytes_through_a_named_pipe_is_done_at_once() -> Outcome {
    let (server, client) = pair(&ServerOptions::new(), &ClientOptions::new()).await?;
    reads_nothing(&server);
    writes_nothing(&server);
    reads_nothing(client);
    Ok(())
}

pub(super) async fn messages_of_a_named_pipe_keep_their_bounds() -> Outcome {
    let (server, client) = pair(
        ServerOptions::new().mode(PipeMode::Message),
        ClientOptions::new().mode(PipeMode::Message),
    )
    .await?;
    let mut buffer = [0; 8_192];
    for sizes in [[1, 2], [3, 2], [100, 100], [4_096, 1]] {
        for size in sizes {
            (&client).write_all(&pattern::bytes(0, size)).await?;
        }
        for size in sizes {
            assert_eq!((&server).read(&mut buffer).await?, size);
            assert!(buffer[..size] == pattern::bytes(0, size));
        }
    }
    // A message that is longer than the buffer comes in parts, and no part has bytes of the next one.
    (&server).write_all(&pattern::bytes(0, 10)).await?;
    (&server).write_all(&pattern::bytes(10, 3)).await?;
    let (mut checked, mut parts) = (Checked::default(), Vec::new());
    while checked.count() < 13 {
        let count = (&client).read(&mut buffer[..4]).await?;
        checked.check(&buffer[..count])?;
        parts.push(count);
    }
    assert_eq!(parts, [4, 4, 2, 3]);
    // So does one that is longer than what is read of the system at once.
    let writing = triga::spawn(async move { (&client).write_all(&pattern::bytes(0, 10_000)).await.map(|()| client) })?;
    let mut checked = Checked::default();
    while checked.count() < 10_000 {
        let count = (&server).read(&mut buffer).await?;
        assert!((1..=4_096).contains(&count), "{count} bytes at once");
        checked.check(&buffer[..count])?;
    }
    writing.await??;
    Ok(())
}

pub(super) async fn a_named_pipe_ends_when_its_other_end_goes() -> Outcome {
    let (server, client) = pair(&ServerOptions::new(), &ClientOptions::new()).await?;
    (&client).write_all(b"last words").await?;
    drop(client);
    let mut text = String::new();
    (&server).read_to_string(&mut text).await?;
    assert_eq!(text, "last words");
    let error = (&server).write_all(b"hello?").await.unwrap_err();
    assert_eq!(error.kind(), io::ErrorKind::BrokenPipe);

    let (server, client) = pair(&ServerOptions::new(), &ClientOptions::new()).await?;
    (&server).write_all(b"last words").await?;
    let reading = triga::spawn(async move {
        let mut text = String::new();
        (&client).read_to_string(&mut text).await.map(|_| text)
    })?;
    drop(server);
    assert_eq!(reading.await??, "last words");
    Ok(())
}

pub(super) async fn bytes_of_a_named_pipe_flow_the_way_it_was_made_for() -> Outcome {
    for (access, against) in [
        (PipeAccess::Inbound, PipeAccess::Outbound),
        (PipeAccess::Outbound, PipeAccess::Inbound),
    ] {
        let (server, client) = pair(ServerOptions::new().access(access), ClientOptions::new().access(access)).await?;
        let mut buffer = [0; 4];
        if access == PipeAccess::Inbound {
            (&client).write_all(b"ping").await?;
            (&server).read_exact(&mut buffer).await?;
            assert!((&server).write_all(b"pong").await.is_err());
        } else {
            (&server).write_all(b"ping").await?;
            (&client).read_exact(&mut buffer).await?;
            assert!((&client).write_all(b"pong").await.is_err());
        }
        assert_eq!(&buffer, b"ping");

        let name = name();
        let _server = ServerOptions::new().access(access).create(&name)?;
        let refused = ClientOptions::new().access(against).connect(&name).await;
        assert_eq!(refused.unwrap_err().kind(), io::ErrorKind::PermissionDenied);
    }
    Ok(())
}

pub(super) async fn a_first_instance_is_the_only_one() -> Outcome {
    let name = name();
    let first = ServerOptions::new().first_instance(true).create(&name)?;
    let error = ServerOptions::new().first_instance(true).create(&name).unwrap_err();
    assert_eq!(error.kind(), io::ErrorKind::PermissionDenied);
    let second = ServerOptions::new().create(&name)?;
    drop((first, second));
    // The system closes them when the driver has seen that their operations are over.
    while let Err(error) = ServerOptions::new().first_instance(true).create(&name) {
        assert_eq!(error.kind(), io::ErrorKind::PermissionDenied);
        triga::task::yield_now().await;
    }
    Ok(())
}

pub(super) async fn instances_are_limited() -> Outcome {
    let name = name();
    let mut options = ServerOptions::new();
    options.max_instances(2);
    let two = [options.create(&name)?, options.create(&name)?];
    assert!(options.create(&name).is_err());
    drop(two);
    let error = options.max_instances(0).create(&name).unwrap_err();
    assert_eq!(error.kind(), io::ErrorKind::InvalidInput);
    Ok(())
}

pub(super) async fn a_client_waits_while_a_named_pipe_is_busy() -> Outcome {
    let name = name();
    let server = ServerOptions::new().max_instances(1).create(&name)?;
    let first = ClientOptions::new().connect(&name).await?;
    server.connect().await?;
    let late = timeout(Duration::from_millis(50), ClientOptions::new().connect(&name)).await;
    assert_eq!(late.unwrap_err().kind(), io::ErrorKind::TimedOut);
    let second = triga::spawn({
        let name = name.clone();
        async move {
            let client = ClientOptions::new().connect(&name).await?;
            (&client).write_all(b"at last").await.map(|()| client)
        }
    })?;
    sleep(Duration::from_millis(5)).await?;
    assert!(!second.is_finished());
    drop(first);
    server.disconnect().await?;
    server.connect().await?;
    let mut buffer = [0; 7];
    (&server).read_exact(&mut buffer).await?;
    assert_eq!(&buffer, b"at last");
    second.await??;
    Ok(())
}

pub(super) async fn names_that_no_pipe_has_are_errors() -> Outcome {
    let error = ClientOptions::new().connect(name()).await.unwrap_err();
    assert_eq!(error.kind(), io::ErrorKind::NotFound);
    let long = name() + &"n".repeat(300);
    for bad in ["no-pipe", r"\\.\pipe\", &long] {
        assert!(ServerOptions::new().create(bad).is_err(), "{bad}");
    }
    let error = ServerOptions::new().create(name() + "\0").unwrap_err();
    assert_eq!(error.kind(), io::ErrorKind::InvalidInput);
    let error = ClientOptions::new()
        .connect(std::env::current_exe()?)
        .await
        .unwrap_err();
    // A program that runs may not be written to; what may be is no pipe.
    assert!(
        matches!(
            error.kind(),
            io::ErrorKind::InvalidInput | io::ErrorKind::PermissionDenied
        ) || error.raw_os_error() == Some(32),
        "{error}"
    );
    Ok(())
}

pub(super) async fn an_instance_that_is_used_again_knows_nothing_of_the_client_before() -> Outcome {
    let name = name();
    let server = ServerOptions::new().create(&name)?;
    let mut buffer = [0; 64];
    for round in 0..100_usize {
        let options = ClientOptions::new();
        let (client, ()) = try_join(options.connect(&name), server.connect()).await?;
        let (mut sent, expected) = (&client, pattern::bytes(round as u64, 5));
        sent.write_all(&expected).await?;
        assert_eq!((&server).read(&mut buffer).await?, 5);
        assert_eq!(buffer[..5], expected);
        // What the client leaves, by turns: bytes that were read of the system and not here, some that were not, its end,
        // and a write that has no room.
        match round % 5 {
            0 => sent.write_all(b"leftover").await?,
            1 => {
                sent.write_all(b"leftover").await?;
                sleep(Duration::from_millis(1)).await?;
                assert_eq!((&server).read(&mut buffer[..3]).await?, 3);
            }
            2 => drop(client),
            3 => {
                drop(client);
                assert_eq!((&server).read(&mut buffer).await?, 0);
            }
            _ => {
                let mut fill = pin!(async {
                    loop {
                        (&server).write_all(&[0; 10_000]).await?;
                    }
                });
                let full: Result<io::Result<()>, _> = timeout(Duration::from_millis(2), fill.as_mut()).await;
                assert!(full.is_err(), "it has no reader");
            }
        }
        server.disconnect().await?;
    }
    Ok(())
}

pub(super) async fn a_wait_for_a_client_that_is_dropped_loses_none() -> Outcome {
    let name = name();
    let server = ServerOptions::new().create(&name)?;
    for _ in 0..10 {
        for _ in 0..3 {
            let mut connect = pin!(server.connect());
            assert!(settle(&mut connect, Waker::noop()).is_pending());
        }
        let client = ClientOptions::new().connect(&name).await?;
        server.connect().await?;
        (&client).write_all(b"ping").await?;
        let mut buffer = [0; 4];
        (&server).read_exact(&mut buffer).await?;
        // A disconnect that is dropped goes on where it was.
        {
            let mut disconnect = pin!(server.disconnect());
            let _ = settle(&mut disconnect, Waker::noop());
        }
        let _ = server.disconnect().await;
    }
    Ok(())
}

pub(super) async fn a_shutdown_ends_the_wait_for_a_client() -> Outcome {
    let mut driver = Driver::new()?;
    let server = {
        let _current = driver.handle().enter();
        ServerOptions::new().create(name())?
    };
    let (wakes, waker) = Wakes::new();
    let mut connect = Box::pin(server.connect());
    assert!(settle(&mut connect, &waker).is_pending());
    driver.shutdown();
    assert_eq!(wakes.count(), 1);
    let Poll::Ready(Err(error)) = settle(&mut connect, Waker::noop()) else {
        panic!("no client ever connects")
    };
    assert!(is_shut_down(&error));
    Ok(())
}

/// Eight instances for 64 clients, who come a thousand times altogether, most of them while all instances are busy.
pub(super) async fn sixty_four_clients_come_and_go_a_thousand_times() -> Outcome {
    const INSTANCES: usize = 8;
    const CLIENTS: usize = 64;
    const VISITS: usize = 1_000;
    let name = name();
    let before = Handle::current()?.metrics().registrations();
    let instances = (0..INSTANCES)
        .map(|_| {
            let server = ServerOptions::new().max_instances(INSTANCES as u8).create(&name)?;
            triga::spawn(async move {
                loop {
                    server.connect().await?;
                    let mut question = [0; 8];
                    if (&server).read_exact(&mut question).await.is_ok() {
                        (&server).write_all(&question).await?;
                        // It goes when it has its answer.
                        assert_eq!((&server).read(&mut question).await?, 0);
                    }
                    server.disconnect().await?;
                }
                #[expect(unreachable_code)]
                io::Result::Ok(())
            })
        })
        .collect::<io::Result<Vec<_>>>()?;
    let clients = (0..CLIENTS)
        .map(|client| {
            let name = name.clone();
            triga::spawn(async move {
                for visit in (client..VISITS).step_by(CLIENTS) {
                    let pipe = ClientOptions::new().connect(&name).await?;
                    let question = (visit as u64).to_le_bytes();
                    (&pipe).write_all(&question).await?;
                    let mut answer = [0; 8];
                    (&pipe).read_exact(&mut answer).await?;
                    assert_eq!(answer, question);
                }
                io::Result::Ok(())
            })
        })
        .collect::<io::Result<Vec<_>>>()?;
    for client in clients {
        client.await??;
    }
    assert!(instances.iter().all(|instance| !instance.is_finished()));
    for instance in instances {
        instance.cancel();
    }
    assert_eq!(Handle::current()?.metrics().registrations(), before);
    Ok(())
}
