//! Local sockets: names, connections and datagrams.

use std::fs::{self, Permissions};
use std::io;
use std::os::unix::fs::PermissionsExt;
use std::pin::pin;
use std::task::{Poll, Waker};

use futures_util::future::try_join;
use futures_util::{AsyncReadExt, AsyncWriteExt};
use socket2::{Domain, SockAddr, Socket, Type};
use triga::os::unix::net::{OwnedReadHalf, UnixDatagram, UnixListener, UnixStream};
use triga::{Driver, Handle, is_shut_down};

use super::unix::Unprivileged;
use crate::harness::Outcome;
use crate::pattern::{self, Checked};
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
    far.write_all(b"now").await?;
    near.readable().await?;
    assert_eq!(near.try_read(&mut buffer)?, 3);
    near.writable().await?;
    assert_eq!(near.try_write(b"then")?, 4);
    assert_eq!(far.read(&mut buffer).await?, 4);
    Ok(())
}

pub(super) async fn a_local_socket_goes_to_std_and_comes_back() -> Outcome {
    let handle = Handle::current()?;
    let path = Temporary::new("socket");
    let registered = handle.metrics().registrations();
    let listener = UnixListener::bind(&path.0)?.into_std()?;
    assert_eq!(handle.metrics().registrations(), registered);
    let listener = UnixListener::from_std(&handle, listener)?;
    let near = UnixStream::from_std(&handle, std::os::unix::net::UnixStream::connect(&path.0)?)?;
    let (mut far, _) = listener.accept().await?;
    let mut near = UnixStream::from_std(&handle, near.into_std()?)?;
    near.write_all(b"!").await?;
    far.read_exact(&mut [0]).await?;
    let (one, other) = UnixDatagram::pair()?;
    let one = UnixDatagram::from_std(&handle, one.into_std()?)?;
    one.send(b"!").await?;
    assert_eq!(other.recv(&mut [0; 8]).await?, 1);
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
    assert!(UnixListener::bind(nowhere).is_err());
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

pub(super) async fn a_local_name_that_is_forbidden_is_permission_denied() -> Outcome {
    let path = Temporary::new("socket");
    let _listener = UnixListener::bind(&path.0)?;
    fs::set_permissions(&path.0, Permissions::from_mode(0o000))?;
    let folder = std::path::Path::new("/triga-conformance");
    let (connected, bound) = {
        let _unprivileged = Unprivileged::new()?;
        (UnixStream::connect(&path.0).await, UnixListener::bind(folder))
    };
    assert_eq!(connected.unwrap_err().kind(), io::ErrorKind::PermissionDenied);
    assert_eq!(bound.unwrap_err().kind(), io::ErrorKind::PermissionDenied);
    Ok(())
}

pub(super) async fn a_local_connect_waits_for_a_listener_that_is_busy() -> Outcome {
    if !cfg!(target_os = "linux") {
        // Others refuse.
        return Ok(());
    }
    let path = Temporary::new("socket");
    let socket = Socket::new(Domain::UNIX, Type::STREAM, None)?;
    socket.bind(&SockAddr::unix(&path.0)?)?;
    socket.listen(1)?;
    let listener = UnixListener::from_std(&Handle::current()?, std::os::fd::OwnedFd::from(socket).into())?;
    let mut connected = Vec::new();
    let mut late = loop {
        let mut connect = Box::pin(UnixStream::connect(&path.0));
        match settle(&mut connect, Waker::noop()) {
            Poll::Ready(stream) => connected.push(stream?),
            Poll::Pending => break connect,
        }
    };
    assert!((1..10).contains(&connected.len()), "{} connections", connected.len());
    let (late, _) = try_join(&mut late, listener.accept()).await?;
    // It is as good as any.
    for stream in connected.iter().skip(1).chain([&late]) {
        let (mut far, _) = listener.accept().await?;
        far.write_all(b"!").await?;
        let mut reader = stream;
        reader.read_exact(&mut [0]).await?;
    }
    Ok(())
}

#[cfg(any(target_os = "linux", target_os = "android"))]
pub(super) async fn an_abstract_name_is_gone_with_its_socket() -> Outcome {
    #[cfg(target_os = "android")]
    use std::os::android::net::SocketAddrExt;
    #[cfg(target_os = "linux")]
    use std::os::linux::net::SocketAddrExt;
    use std::os::unix::net::SocketAddr;

    let name = format!("triga conformance {}\0with a zero", std::process::id());
    let address = SocketAddr::from_abstract_name(name.as_bytes())?;
    for _ in 0..3 {
        let listener = UnixListener::bind_addr(&address)?;
        assert_eq!(listener.local_addr()?.as_abstract_name(), Some(name.as_bytes()));
        let mut near = UnixStream::connect_addr(&address).await?;
        let (mut far, _) = listener.accept().await?;
        near.write_all(b"!").await?;
        far.read_exact(&mut [0]).await?;
        drop(listener);
        let error = UnixStream::connect_addr(&address).await.unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::ConnectionRefused);
        let bound = UnixDatagram::bind_addr(&address)?;
        let unbound = UnixDatagram::unbound()?;
        unbound.send_to_addr(b"one", &address).await?;
        unbound.connect_addr(&address)?;
        unbound.send(b"two").await?;
        for expected in [b"one", b"two"] {
            let mut buffer = [0; 8];
            let (count, from) = bound.recv_from(&mut buffer).await?;
            assert!(from.is_unnamed());
            assert_eq!(&buffer[..count], expected);
        }
    }
    Ok(())
}

#[cfg(not(any(target_os = "linux", target_os = "android")))]
pub(super) async fn an_abstract_name_is_gone_with_its_socket() -> Outcome {
    Ok(())
}

pub(super) async fn a_datagram_that_is_longer_than_the_buffer_is_cut() -> Outcome {
    let (near, far) = UnixDatagram::pair()?;
    near.send(b"too long for it").await?;
    near.send(b"next").await?;
    let mut buffer = [0; 8];
    assert_eq!(far.recv(&mut buffer).await?, 8);
    assert_eq!(&buffer, b"too long");
    // The rest of it is not in the next.
    assert_eq!(far.recv(&mut buffer).await?, 4);
    assert_eq!(&buffer[..4], b"next");
    // And one that no buffer of the system's holds is refused.
    let error = near.send(&vec![0; 100_000_000]).await.unwrap_err();
    assert_eq!(
        error.raw_os_error(),
        Some(nix::errno::Errno::EMSGSIZE as i32),
        "{error}"
    );
    near.send(b"").await?;
    assert_eq!(far.recv(&mut buffer).await?, 0);
    Ok(())
}

pub(super) async fn local_datagrams_have_senders() -> Outcome {
    let (one, other) = (Temporary::new("datagrams"), Temporary::new("datagrams"));
    let near = UnixDatagram::bind(&one.0)?;
    let far = UnixDatagram::bind(&other.0)?;
    near.send_to(b"question", &other.0).await?;
    let mut buffer = [0; 16];
    let (count, from) = far.recv_from(&mut buffer).await?;
    assert_eq!(
        (&buffer[..count], from.as_pathname()),
        (&b"question"[..], Some(&*one.0))
    );
    far.connect(&one.0)?;
    assert_eq!(far.peer_addr()?.as_pathname(), Some(&*one.0));
    far.send(b"answer").await?;
    let (count, from) = near.recv_from(&mut buffer).await?;
    assert_eq!(
        (&buffer[..count], from.as_pathname()),
        (&b"answer"[..], Some(&*other.0))
    );
    drop(near);
    assert!(far.send(b"anybody?").await.is_err());
    Ok(())
}

pub(super) async fn a_local_datagram_waits_for_room() -> Outcome {
    const COUNT: usize = 3_000;
    let (near, far) = UnixDatagram::pair()?;
    let sending = triga::spawn(async move {
        for number in 0..COUNT {
            near.send(&number.to_le_bytes()).await?;
        }
        io::Result::Ok(())
    })?;
    // It sends until there is no room.
    triga::task::yield_now().await;
    assert!(!sending.is_finished());
    for number in 0..COUNT {
        let mut buffer = [0; 16];
        assert_eq!(far.recv(&mut buffer).await?, size_of::<usize>());
        assert_eq!(buffer[..size_of::<usize>()], number.to_le_bytes());
    }
    sending.await??;
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
