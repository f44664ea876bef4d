//! Sources that somebody else has, too: duplicates of a descriptor outlive the source, and its registration does not.

use std::fs::File;
use std::io::Write;
use std::net;
use std::os::fd::{AsFd, OwnedFd};
use std::os::unix::net::{UnixDatagram as StdUnixDatagram, UnixStream as StdUnixStream};
use std::task::Waker;
use std::time::Duration;

use triga::net::{TcpListener, TcpStream, UdpSocket};
use triga::os::unix::AsyncFd;
use triga::os::unix::net::{UnixDatagram, UnixListener, UnixStream};
use triga::time::Instant;
use triga::{Driver, Handle, PipeReader};

use crate::harness::Outcome;
use crate::temporary::Temporary;
use crate::wakes::poll;

pub(super) async fn a_listener_is_taken_from_its_master_again_and_again() -> Outcome {
    let handle = Handle::current()?;
    let master = net::TcpListener::bind("127.0.0.1:0")?;
    let address = master.local_addr()?;
    for _ in 0..3 {
        let listener = TcpListener::from_std(&handle, master.try_clone()?)?;
        let client = net::TcpStream::connect(address)?;
        let (_, peer) = listener.accept().await?;
        assert_eq!(peer, client.local_addr()?);
        // Of one open socket, two sources at a time are as good as one.
        let (first, second) = (listener, TcpListener::from_std(&handle, master.try_clone()?)?);
        drop(first);
        let _client = net::TcpStream::connect(address)?;
        second.accept().await?;
    }
    Ok(())
}

/// A source that goes leaves no events behind, though its duplicate has some: the next turn ends with its timer.
fn leaves_nothing<S: AsFd>(source: impl FnOnce(&Handle) -> Outcome<S>, traffic: impl FnOnce() -> Outcome) -> Outcome {
    let mut driver = Driver::new()?;
    let entered = driver.handle().enter();
    let source = source(driver.handle())?;
    drop(entered);
    let _duplicate: OwnedFd = source.as_fd().try_clone_to_owned()?;
    drop(source);
    traffic()?;
    let mut sleep = driver.handle().sleep_until(Instant::now() + Duration::from_millis(20));
    assert!(poll(&mut sleep, Waker::noop()).is_pending());
    let turn = driver.turn(None)?;
    assert_eq!((turn.ready(), turn.timers()), (0, 1), "an event ended the turn");
    Ok(())
}

pub(super) async fn a_source_that_is_dropped_leaves_no_event_of_its_duplicates() -> Outcome {
    let listener = net::TcpListener::bind("127.0.0.1:0")?;
    let near = net::TcpStream::connect(listener.local_addr()?)?;
    let (mut far, _) = listener.accept()?;
    leaves_nothing(
        |handle| Ok(TcpStream::from_std(handle, near)?),
        || Ok(far.write_all(b"!")?),
    )?;

    let address = listener.local_addr()?;
    leaves_nothing(
        |handle| Ok(TcpListener::from_std(handle, listener)?),
        || Ok(net::TcpStream::connect(address).map(drop)?),
    )?;

    let near = net::UdpSocket::bind("127.0.0.1:0")?;
    let (far, address) = (net::UdpSocket::bind("127.0.0.1:0")?, near.local_addr()?);
    leaves_nothing(
        |handle| Ok(UdpSocket::from_std(handle, near)?),
        || Ok(far.send_to(b"!", address).map(drop)?),
    )?;

    let (near, mut far) = StdUnixStream::pair()?;
    leaves_nothing(
        |handle| Ok(UnixStream::from_std(handle, near)?),
        || Ok(far.write_all(b"!")?),
    )?;

    let (near, far) = StdUnixDatagram::pair()?;
    leaves_nothing(
        |handle| Ok(UnixDatagram::from_std(handle, near)?),
        || Ok(far.send(b"!").map(drop)?),
    )?;

    let path = Temporary::new("listener");
    leaves_nothing(
        |_| Ok(UnixListener::bind(&path.0)?),
        || Ok(StdUnixStream::connect(&path.0).map(drop)?),
    )?;

    let (reader, writer) = nix::unistd::pipe()?;
    let mut writer = File::from(writer);
    leaves_nothing(
        |handle| Ok(PipeReader::from_fd(handle, reader)?),
        || Ok(writer.write_all(b"!")?),
    )?;

    let (near, mut far) = StdUnixStream::pair()?;
    leaves_nothing(|_| Ok(AsyncFd::new(near)?), || Ok(far.write_all(b"!")?))
}
