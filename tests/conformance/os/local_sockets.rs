//! Local sockets that the system has a hand in: files, and sockets that others made.

use std::fs::{self, Permissions};
use std::io;
use std::os::unix::fs::PermissionsExt;
use std::task::{Poll, Waker};

use futures_util::future::try_join;
use futures_util::{AsyncReadExt, AsyncWriteExt};
use socket2::{Domain, SockAddr, Socket, Type};
use triga::Handle;
use triga::os::unix::net::{UnixDatagram, UnixListener, UnixStream};

use super::unix::Unprivileged;
use crate::harness::Outcome;
use crate::temporary::Temporary;
use crate::wakes::settle;

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

pub(super) async fn a_local_connect_to_a_listener_that_accepts_nothing_fails_in_the_end() -> Outcome {
    let path = Temporary::new("socket");
    let socket = Socket::new(Domain::UNIX, Type::STREAM, None)?;
    socket.bind(&SockAddr::unix(&path.0)?)?;
    socket.listen(1)?;
    let mut connected = Vec::new();
    let error = loop {
        match UnixStream::connect(&path.0).await {
            Ok(stream) => connected.push(stream),
            Err(error) => break error,
        }
    };
    // Others than Linux refuse.
    let kind = if cfg!(target_os = "linux") {
        io::ErrorKind::ResourceBusy
    } else {
        io::ErrorKind::ConnectionRefused
    };
    assert_eq!(error.kind(), kind, "{error}");
    Ok(())
}
