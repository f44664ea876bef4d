//! Descriptors of one and the same connection, listener or pipe.

use std::io::{self, ErrorKind};
use std::time::Duration;

use futures_util::{AsyncReadExt, AsyncWriteExt};
use triga::net::{TcpListener, TcpStream, UdpSocket};
use triga::os::sim::{self, Duplicable, Duplicate, World};
use triga::time::{Instant, sleep, timeout};
use triga::{Driver, Interest, Registration, pipe};

use crate::support::{connection, on_each_seed};

/// More than anything here takes.
const LONG: Duration = Duration::from_secs(60);

/// Drops a source of which there is a duplicate, and returns the latter.
fn replaced<S: Duplicable>(source: S) -> io::Result<Duplicate<S>> {
    let duplicate = sim::duplicate(&source)?;
    drop(source);
    Ok(duplicate)
}

#[test]
fn a_connection_is_open_until_its_last_duplicate_is_dropped() {
    on_each_seed(&World::new(), async || {
        let (near, mut far) = connection().await?;
        let near = replaced(near)?;
        let mut byte = [0];
        assert!(timeout(LONG, far.read(&mut byte)).await.is_err(), "it is still open");
        let mut near = near.register()?;
        near.write_all(b"n").await?;
        far.write_all(b"f").await?;
        far.read_exact(&mut byte).await?;
        assert_eq!(&byte, b"n");
        near.read_exact(&mut byte).await?;
        assert_eq!(&byte, b"f");
        drop(near);
        assert_eq!(far.read(&mut byte).await?, 0);
        Ok(())
    });
}

#[test]
fn a_pipe_is_open_until_the_last_duplicate_of_an_end_is_dropped() {
    on_each_seed(&World::new(), async || {
        let (mut reader, writer) = pipe()?;
        let child = replaced(writer)?;
        let mut byte = [0];
        assert!(timeout(LONG, reader.read(&mut byte)).await.is_err(), "it is still open");
        drop(child);
        assert_eq!(reader.read(&mut byte).await?, 0);
        let (reader, mut writer) = pipe()?;
        let child = replaced(reader)?;
        writer.write_all(b"for the child").await?;
        drop(child);
        let error = writer.write(b"no reader").await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::BrokenPipe);
        Ok(())
    });
}

#[cfg(unix)]
#[test]
fn a_local_connection_is_open_until_its_last_duplicate_is_dropped() {
    use triga::os::unix::net::UnixStream;
    on_each_seed(&World::new(), async || {
        let (near, mut far) = UnixStream::pair()?;
        let mut near = replaced(near)?.register()?;
        near.write_all(b"n").await?;
        let mut byte = [0];
        far.read_exact(&mut byte).await?;
        assert_eq!(&byte, b"n");
        drop(near);
        assert_eq!(far.read(&mut byte).await?, 0);
        Ok(())
    });
}

#[test]
fn a_listener_is_started_again_from_a_duplicate() {
    on_each_seed(&World::new(), async || {
        let server = sim::host("server");
        let listener = server.spawn(TcpListener::bind("0.0.0.0:80"))?.await??;
        let master = replaced(listener)?;
        for _ in 0..5 {
            // It waits for the listener that comes next.
            let client = TcpStream::connect("server:80").await?;
            let listener = master.try_clone()?.register()?;
            let (mut accepted, from) = listener.accept().await?;
            assert_eq!(from, client.local_addr()?);
            accepted.write_all(b"served").await?;
        }
        drop(master);
        let error = TcpStream::connect("server:80").await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::ConnectionRefused);
        Ok(())
    });
}

#[test]
fn traffic_of_a_duplicate_does_not_wake_the_driver_of_a_dropped_source() {
    for seed in sim::seeds(0..50) {
        let _simulation = sim::enter(seed, World::new().keep_trace());
        let mut driver = Driver::new().unwrap();
        let _current = driver.handle().clone().enter();
        let (reader, writer) = pipe().unwrap();
        while driver.turn(Some(LONG)).unwrap().ready() > 0 {}
        let _child = replaced(reader).unwrap();
        for _ in 0..10 {
            writer.try_write(b"for the child").unwrap();
            let start = Instant::now();
            driver.turn(Some(LONG)).unwrap();
            assert!(start.elapsed() >= LONG, "the driver was woken");
        }
        assert!(!sim::trace().contains(" left behind: "));
    }
}

#[test]
fn each_duplicate_has_a_driver_of_its_own() {
    for seed in sim::seeds(0..50) {
        let _simulation = sim::enter(seed, World::new());
        let (mut one, mut other) = (Driver::new().unwrap(), Driver::new().unwrap());
        let (reader, writer) = {
            let _current = one.handle().clone().enter();
            pipe().unwrap()
        };
        let second = {
            let _current = other.handle().clone().enter();
            sim::duplicate(&reader).unwrap().register().unwrap()
        };
        while one.turn(Some(LONG)).unwrap().ready() > 0 {}
        let mut bytes = [0; 2];
        for byte in 0..10 {
            assert_eq!(writer.try_write(&[byte]).unwrap(), 1);
            assert_eq!(one.turn(Some(LONG)).unwrap().ready(), 1);
            assert_eq!(other.turn(Some(LONG)).unwrap().ready(), 1);
            let (first, then) = if byte % 2 == 0 {
                (&reader, &second)
            } else {
                (&second, &reader)
            };
            assert_eq!(first.try_read(&mut bytes).unwrap(), 1);
            assert_eq!(bytes[0], byte);
            // The other one has taken it.
            let error = then.try_read(&mut bytes).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::WouldBlock);
        }
        drop(reader);
        assert_eq!(writer.try_write(b"!").unwrap(), 1);
        assert_eq!(other.turn(Some(LONG)).unwrap().ready(), 1);
        assert_eq!(one.turn(Some(LONG)).unwrap().ready(), 0);
        assert_eq!(second.try_read(&mut bytes).unwrap(), 1);
    }
}

#[test]
fn a_duplicate_takes_a_descriptor() {
    on_each_seed(&World::new().descriptors(2), async || {
        let socket = UdpSocket::bind("127.0.0.1:0").await?;
        let duplicate = sim::duplicate(&socket)?;
        assert_eq!(duplicate.try_clone().unwrap_err().kind(), ErrorKind::OutOfMemory);
        drop(socket);
        duplicate.try_clone().map(drop)
    });
}

#[test]
fn a_crash_loses_duplicates() {
    on_each_seed(&World::new(), async || {
        let server = sim::host("server");
        let listener = server.spawn(TcpListener::bind("0.0.0.0:80"))?.await??;
        let duplicate = sim::duplicate(&listener)?;
        server.crash()?;
        server.restart();
        assert_eq!(duplicate.try_clone().unwrap_err().kind(), ErrorKind::NotConnected);
        assert_eq!(duplicate.register().unwrap_err().kind(), ErrorKind::NotConnected);
        server.spawn(TcpListener::bind("0.0.0.0:80"))?.await?.map(drop)
    });
}

#[test]
fn a_duplicate_reports_a_reset() {
    on_each_seed(&World::new(), async || {
        let (near, mut far) = connection().await?;
        let mut duplicate = sim::duplicate(&near)?.register()?;
        let reading = triga::spawn(async move { duplicate.read(&mut [0]).await })?;
        sleep(LONG).await?;
        sim::reset(near)?;
        assert_eq!(reading.await?.unwrap_err().kind(), ErrorKind::ConnectionAborted);
        let error = far.read(&mut [0]).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::ConnectionReset);
        Ok(())
    });
}

#[test]
fn a_registration_that_outlives_its_source_is_in_the_trace() {
    for seed in sim::seeds(0..50) {
        let _simulation = sim::enter(seed, World::new().keep_trace());
        let mut driver = Driver::new().unwrap();
        let (sender, mut receiver) = triga_platform::pipe::pair().unwrap();
        let child = receiver.try_clone().unwrap();
        let registration = Registration::new(driver.handle(), &mut receiver, Interest::READABLE).unwrap();
        drop((receiver, registration));
        for _ in 0..3 {
            assert_eq!(io::Write::write(&mut &sender, b"!").unwrap(), 1);
            // As with epoll, the event ends the wait, and is dropped.
            let start = Instant::now();
            assert_eq!(driver.turn(Some(LONG)).unwrap().ready(), 0);
            assert!(start.elapsed() < LONG);
        }
        assert_eq!(sim::trace().matches(" left behind: ").count(), 3);
        drop(child);
        assert_eq!(driver.turn(Some(LONG)).unwrap().ready(), 0);
        assert_eq!(sim::trace().matches(" left behind: ").count(), 3);
    }
}
