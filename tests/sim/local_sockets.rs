//! Local sockets: names of each host, and what the seed decides of connections.

use std::io::{self, ErrorKind};
use std::net::Shutdown;
use std::time::Duration;

use futures_util::{AsyncReadExt, AsyncWriteExt};
use triga::os::sim::{self, World};
use triga::os::unix::net::{UnixDatagram, UnixListener, UnixStream};
use triga::time::{sleep, timeout};

use crate::support::on_each_seed;

const PATH: &str = "/run/service";

/// Sends its name on each connection, once.
async fn serve(listener: UnixListener, name: &'static str) -> io::Result<()> {
    loop {
        let (mut stream, _) = listener.accept().await?;
        stream.write_all(name.as_bytes()).await?;
    }
}

async fn ask() -> io::Result<String> {
    let mut answer = String::new();
    let mut stream = UnixStream::connect(PATH).await?;
    stream.read_to_string(&mut answer).await.map(|_| answer)
}

#[test]
fn each_host_has_names_of_its_own() {
    on_each_seed(&World::new(), async || {
        for name in ["one", "two"] {
            let host = sim::host(name);
            let listener = host.spawn(async { UnixListener::bind(PATH) })?.await??;
            host.spawn(serve(listener, name))?.detach();
        }
        for name in ["two", "one", "two"] {
            assert_eq!(sim::host(name).spawn(ask())?.await??, name);
        }
        assert_eq!(ask().await.unwrap_err().kind(), ErrorKind::NotFound);
        Ok(())
    });
}

#[test]
fn a_path_is_there_until_it_is_removed_or_its_host_crashes() {
    on_each_seed(&World::new(), async || {
        let host = sim::host("server");
        let bind = || host.spawn(async { UnixListener::bind(PATH) });
        let listener = bind()?.await??;
        drop(listener);
        assert_eq!(bind()?.await?.unwrap_err().kind(), ErrorKind::AddrInUse);
        host.remove_socket(PATH)?;
        assert_eq!(host.remove_socket(PATH).unwrap_err().kind(), ErrorKind::NotFound);
        let removed = bind()?.await??;
        host.remove_socket(PATH)?;
        let listener = bind()?.await??;
        // The path is no longer that of this one.
        drop(removed);
        host.spawn(serve(listener, "again"))?.detach();
        assert_eq!(host.spawn(ask())?.await??, "again");
        host.crash()?;
        host.restart();
        assert_eq!(host.spawn(ask())?.await?.unwrap_err().kind(), ErrorKind::NotFound);
        bind()?.await?.map(drop)
    });
}

#[test]
fn who_connects_to_a_busy_listener_waits_until_it_accepts() {
    on_each_seed(&World::new(), async || {
        let listener = UnixListener::bind(PATH)?;
        let mut connected = Vec::new();
        let refused = loop {
            match timeout(Duration::from_secs(60), UnixStream::connect(PATH)).await? {
                Ok(stream) => connected.push(stream),
                Err(error) => break error,
            }
        };
        assert_eq!(refused.kind(), ErrorKind::ResourceBusy);
        let late = triga::spawn(UnixStream::connect(PATH))?;
        sleep(Duration::from_millis(100)).await?;
        assert!(!late.is_finished());
        for _ in 0..=connected.len() {
            let (mut stream, _) = listener.accept().await?;
            stream.write_all(b"!").await?;
        }
        connected.push(late.await??);
        for mut stream in connected {
            stream.read_exact(&mut [0]).await?;
        }
        Ok(())
    });
}

#[test]
fn the_seed_cuts_reads_and_writes_short() {
    let first = async || {
        let (mut near, mut far) = UnixStream::pair()?;
        let written = near.write(&[7; 1000]).await?;
        let read = far.read(&mut [0; 1000]).await?;
        near.write_all(&[7; 1000]).await?;
        near.close().await?;
        let mut rest = Vec::new();
        far.read_to_end(&mut rest).await?;
        assert_eq!(read + rest.len(), written + 1000);
        io::Result::Ok((written, read))
    };
    on_each_seed(&World::new().short_transfers(0), async || {
        assert_eq!(first().await?, (1000, 1000));
        Ok(())
    });
    let cut = World::new().short_transfers(1000);
    for seed in sim::seeds(0..50) {
        let run = || sim::run(seed, cut.clone(), first()).unwrap().unwrap();
        let (written, read) = run();
        assert!(read < written && written < 1000, "{read} of {written}");
        assert_eq!(run(), (written, read), "a seed decides it");
    }
}

#[test]
fn what_was_not_read_before_a_close_is_an_error_for_the_other_side() {
    on_each_seed(&World::new(), async || {
        let (mut near, mut far) = UnixStream::pair()?;
        near.write_all(b"answer").await?;
        far.write_all(b"question").await?;
        drop(near);
        let mut answer = [0; 6];
        far.read_exact(&mut answer).await?;
        assert_eq!(&answer, b"answer");
        assert_eq!(
            far.read(&mut answer).await.unwrap_err().kind(),
            ErrorKind::ConnectionReset
        );
        assert_eq!(far.read(&mut answer).await?, 0);
        assert_eq!(far.write(b"!").await.unwrap_err().kind(), ErrorKind::BrokenPipe);
        Ok(())
    });
}

#[test]
fn a_listener_that_closes_turns_those_away_who_wait() {
    on_each_seed(&World::new(), async || {
        let listener = UnixListener::bind(PATH)?;
        let mut waiting = UnixStream::connect(PATH).await?;
        let reading = triga::spawn(async move { waiting.read(&mut [0]).await })?;
        sleep(Duration::from_millis(1)).await?;
        drop(listener);
        assert_eq!(reading.await?.unwrap_err().kind(), ErrorKind::ConnectionReset);
        assert_eq!(ask().await.unwrap_err().kind(), ErrorKind::ConnectionRefused);
        Ok(())
    });
}

#[test]
fn connects_are_refused_as_often_as_the_world_says() {
    on_each_seed(&World::new().refused_connects(1000), async || {
        let _listener = UnixListener::bind(PATH)?;
        assert_eq!(ask().await.unwrap_err().kind(), ErrorKind::ConnectionRefused);
        Ok(())
    });
}

#[test]
fn a_pair_takes_two_descriptors_or_none() {
    on_each_seed(&World::new().descriptors(3), async || {
        let _open = UnixStream::pair()?;
        let exhausted = |error: io::Error| error.kind() == ErrorKind::OutOfMemory;
        assert!(exhausted(UnixStream::pair().unwrap_err()));
        assert!(exhausted(UnixDatagram::pair().unwrap_err()));
        assert!(exhausted(triga::pipe().unwrap_err()));
        let _last = UnixDatagram::unbound()?;
        assert!(exhausted(UnixDatagram::unbound().unwrap_err()));
        Ok(())
    });
}

#[test]
fn a_connection_that_waits_to_be_accepted_takes_one_descriptor() {
    on_each_seed(&World::new().descriptors(3), async || {
        let server = sim::host("server");
        // A crash also ends connections that were not accepted yet.
        for _ in 0..3 {
            let listener = server.spawn(async { UnixListener::bind(PATH) })?.await??;
            let waiting = server.spawn(async {
                let (one, other) = (UnixStream::connect(PATH).await?, UnixStream::connect(PATH).await?);
                io::Result::Ok((one, other))
            })?;
            let _waiting = waiting.await??;
            let accepting = server.spawn(async move { listener.accept().await.map(drop) })?;
            assert_eq!(accepting.await?.unwrap_err().kind(), ErrorKind::OutOfMemory);
            server.crash()?;
            server.restart();
        }
        Ok(())
    });
}

#[test]
fn a_side_that_reads_no_more_takes_nothing_more() {
    on_each_seed(&World::new(), async || {
        let (mut near, mut far) = UnixStream::pair()?;
        far.write_all(b"before").await?;
        near.shutdown(Shutdown::Read)?;
        assert_eq!(far.write(b"after").await.unwrap_err().kind(), ErrorKind::BrokenPipe);
        let mut read = Vec::new();
        near.read_to_end(&mut read).await?;
        assert_eq!(read, b"before");
        near.write_all(b"answer").await?;
        far.read_exact(&mut [0; 6]).await
    });
}

#[test]
fn a_datagram_socket_that_is_connected_takes_nothing_from_others() {
    on_each_seed(&World::new(), async || {
        let far = UnixDatagram::bind(PATH)?;
        let other = UnixDatagram::bind("/run/other")?;
        let stranger = UnixDatagram::unbound()?;
        stranger.connect(PATH)?;
        far.connect("/run/other")?;
        other.send_to(b"welcome", PATH).await?;
        for sent in [stranger.send(b"?").await, stranger.send_to(b"?", PATH).await] {
            assert_eq!(sent.unwrap_err().kind(), ErrorKind::PermissionDenied);
        }
        let mut buffer = [0; 16];
        let (count, from) = far.recv_from(&mut buffer).await?;
        assert_eq!(&buffer[..count], b"welcome");
        assert_eq!(from.as_pathname(), Some("/run/other".as_ref()));
        Ok(())
    });
}
