//! Connections, and what may be wrong with names.

use std::io;
use std::pin::pin;
use std::task::Poll;

use futures_util::future::try_join;
use futures_util::{AsyncReadExt, AsyncWriteExt};
use triga::os::unix::net::{OwnedReadHalf, UnixDatagram, UnixListener, UnixStream};
use triga::{Driver, Handle, is_shut_down};

use crate::harness::Outcome;
use crate::pattern::{self, Checked};
use crate::streams::{fill, reads_nothing, writes_nothing};
use crate::temporary::Temporary;
use crate::wakes::{Wakes, settle};

const COUNT: usize = 500_000;

async fn send(stream: &UnixStream) -> io::Result<()> {
    let mut writer = stream;
    writer.write_all(&pattern::bytes(0, COUNT)).await?;
    writer.close().await
}

async fn receive(stream: &UnixStream) -> io::Result<()> {
    let (mut reader, mut checked) = (stream, Checked::default());
    let mut buffer = vec![0; 10_000];
    loop {
        let count = reader.read(&mut buffer).await?;
        if count == 0 {
            assert_eq!(checked.count(), COUNT as u64);
            return Ok(());
        }
        checked.check(&buffer[..count])?;
    }
}

pub(super) async fn a_local_connection_carries_every_byte_both_ways() -> Outcome {
    let path = Temporary::new("socket");
    let listener = UnixListener::bind(&path.0)?;
    assert_eq!(listener.local_addr()?.as_pathname(), Some(&*path.0));
    let (near, (far, from)) = try_join(UnixStream::connect(&path.0), listener.accept()).await?;
    assert!(from.is_unnamed());
    assert_eq!(near.peer_addr()?.as_pathname(), Some(&*path.0));
    let outward = try_join(send(&near), receive(&far));
    let homeward = try_join(send(&far), receive(&near));
    try_join(outward, homeward).await?;
    Ok(())
}

pub(super) async fn the_halves_of_a_local_connection_end_apart_and_come_together() -> Outcome {
    async fn read_word(reader: &mut OwnedReadHalf) -> io::Result<[u8; 4]> {
        let mut word = [0; 4];
        reader.read_exact(&mut word).await.map(|()| word)
    }
    let (near, far) = UnixStream::pair()?;
    let (mut near_reader, mut near_writer) = near.into_split();
    let (mut far_reader, mut far_writer) = far.into_split();
    try_join(near_writer.write_all(b"ping"), far_writer.write_all(b"pong")).await?;
    assert_eq!(&read_word(&mut far_reader).await?, b"ping");
    drop(near_writer);
    assert_eq!(far_reader.read(&mut [0]).await?, 0);
    assert_eq!(&read_word(&mut near_reader).await?, b"pong");
    let far = far_reader.reunite(far_writer)?;
    let (_, mut writer) = far.as_split();
    writer.write_all(b"more").await?;
    assert_eq!(&read_word(&mut near_reader).await?, b"more");
    let (_, stranger) = UnixStream::pair()?.0.into_split();
    assert!(near_reader.reunite(stranger).is_err());
    Ok(())
}

pub(super) async fn a_local_connection_says_who_is_there() -> Outcome {
    let (near, _far) = UnixStream::pair()?;
    let peer = near.peer_credentials()?;
    assert_eq!(peer.uid(), nix::unistd::geteuid().as_raw());
    assert_eq!(peer.gid(), nix::unistd::getegid().as_raw());
    // FreeBSD and OpenBSD do not tell.
    let is_told = cfg!(any(target_os = "linux", target_os = "android", target_vendor = "apple"));
    assert!(peer.pid() == Some(std::process::id()) || !is_told, "{peer:?}");
    Ok(())
}

pub(super) async fn a_local_socket_without_bytes_would_block() -> Outcome {
    let (near, mut far) = UnixStream::pair()?;
    let mut buffer = [0; 8];
    let error = near.try_read(&mut buffer).unwrap_err();
    assert_eq!(error.kind(), io::ErrorKind::WouldBlock);
    far.write_all(b"!").await?;
    near.readable().await?;
    assert_eq!(near.try_read(&mut buffer)?, 1);
    near.writable().await?;
    assert_eq!(near.try_write(b"?")?, 1);
    assert_eq!(far.read(&mut buffer).await?, 1);
    Ok(())
}

pub(super) async fn a_transfer_of_no_bytes_over_a_local_connection_is_done_at_once() -> Outcome {
    let (near, _far) = UnixStream::pair()?;
    reads_nothing(&near);
    writes_nothing(&near);
    assert_eq!(near.try_read(&mut [])?, 0);
    fill(&near)?;
    assert_eq!(near.try_write(&[])?, 0);
    let (reader, writer) = near.into_split();
    reads_nothing(reader);
    writes_nothing(&writer);
    Ok(())
}

pub(super) async fn a_fresh_local_connection_is_tried() -> Outcome {
    let (near, far) = UnixStream::pair()?;
    assert!(near.try_write(b"now")? > 0);
    assert!(far.try_read(&mut [0; 8])? > 0);
    Ok(())
}

pub(super) async fn what_is_wrong_with_a_name_is_said() -> Outcome {
    let registered = Handle::current()?.metrics().registrations();
    let path = Temporary::new("socket");
    let kind = |result: io::Result<()>| result.unwrap_err().kind();
    let connect = async |path: &std::path::Path| UnixStream::connect(path).await.map(drop);
    assert_eq!(kind(connect(&path.0).await), io::ErrorKind::NotFound);
    // One that exists, with and without somebody behind it.
    let listener = UnixListener::bind(&path.0)?;
    assert_eq!(kind(UnixListener::bind(&path.0).map(drop)), io::ErrorKind::AddrInUse);
    assert_eq!(kind(UnixDatagram::bind(&path.0).map(drop)), io::ErrorKind::AddrInUse);
    drop(listener);
    assert_eq!(kind(connect(&path.0).await), io::ErrorKind::ConnectionRefused);
    assert_eq!(kind(UnixListener::bind(&path.0).map(drop)), io::ErrorKind::AddrInUse);
    // One that is too long.
    let long = std::env::temp_dir().join("x".repeat(200));
    assert_eq!(kind(UnixListener::bind(&long).map(drop)), io::ErrorKind::InvalidInput);
    assert_eq!(kind(UnixDatagram::bind(&long).map(drop)), io::ErrorKind::InvalidInput);
    assert_eq!(kind(connect(&long).await), io::ErrorKind::InvalidInput);
    let nowhere = path.0.join("below a file");
    assert_eq!(
        kind(UnixListener::bind(nowhere).map(drop)),
        io::ErrorKind::NotADirectory
    );
    let datagrams = UnixDatagram::unbound()?;
    assert_eq!(
        datagrams
            .send_to(b"?", &path.0.with_extension("other"))
            .await
            .unwrap_err()
            .kind(),
        io::ErrorKind::NotFound
    );
    drop(datagrams);
    assert_eq!(Handle::current()?.metrics().registrations(), registered);
    Ok(())
}

pub(super) async fn a_shutdown_ends_the_waits_for_local_sockets() -> Outcome {
    let mut driver = Driver::new()?;
    let _current = driver.handle().enter();
    let path = Temporary::new("socket");
    let listener = UnixListener::bind(&path.0)?;
    let (mut stream, _far) = UnixStream::pair()?;
    let (datagrams, _others) = UnixDatagram::pair()?;
    let (wakes, waker) = Wakes::new();
    let mut byte = [0];
    let mut cut = [0];
    let mut accept = pin!(listener.accept());
    let mut read = stream.read(&mut byte);
    let mut receive = pin!(datagrams.recv(&mut cut));
    assert!(settle(&mut accept, &waker).is_pending());
    assert!(settle(&mut read, &waker).is_pending());
    assert!(settle(&mut receive, &waker).is_pending());
    driver.shutdown();
    assert_eq!(wakes.count(), 3);
    assert!(matches!(settle(&mut accept, &waker), Poll::Ready(Err(error)) if is_shut_down(&error)));
    assert!(matches!(settle(&mut read, &waker), Poll::Ready(Err(error)) if is_shut_down(&error)));
    assert!(matches!(settle(&mut receive, &waker), Poll::Ready(Err(error)) if is_shut_down(&error)));
    assert!(is_shut_down(&UnixStream::pair().unwrap_err()));
    Ok(())
}
