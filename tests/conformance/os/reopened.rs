//! Sources that are closed for a time: what is cleared ends a wait only when something new has happened.

use std::fs::{File, OpenOptions};
use std::io::{Read, Write};
use std::net::TcpListener;
use std::os::fd::AsFd;
use std::os::unix::fs::OpenOptionsExt;
use std::time::Duration;

use nix::fcntl::OFlag;
use nix::pty::{grantpt, posix_openpt, ptsname_r, unlockpt};
use nix::sys::stat::Mode;
use nix::unistd::mkfifo;
use socket2::{Domain, Socket, Type};
use triga::Interest;
use triga::os::unix::AsyncFd;
use triga::time::timeout;

use crate::harness::Outcome;
use crate::temporary::Temporary;

/// Reads through guards until there is something, and counts its tries.
async fn read_by_guards<T: AsFd + Read>(fd: &AsyncFd<T>, tries: &mut u32) -> std::io::Result<Vec<u8>>
where
    for<'a> &'a T: Read,
{
    loop {
        let mut guard = fd.readable().await?;
        *tries += 1;
        let mut buffer = [0; 16];
        match guard.try_io(|mut source| source.read(&mut buffer)) {
            Err(error) if error.kind() == std::io::ErrorKind::WouldBlock => {}
            result => return result.map(|count| buffer[..count].to_vec()),
        }
    }
}

/// A source that is not closed any more is waited for, however often guards find that it would block; and then `wake` is seen.
async fn waits_and_wakes<T: AsFd + Read>(fd: &AsyncFd<T>, wake: impl FnOnce() -> Outcome, seen: &[u8]) -> Outcome
where
    for<'a> &'a T: Read,
{
    let mut tries = 0;
    let early = timeout(Duration::from_millis(50), read_by_guards(fd, &mut tries)).await;
    assert!(early.is_err(), "there is nothing to read: {early:?}");
    assert!(tries < 10, "{tries} tries of a source that was closed once");
    wake()?;
    assert_eq!(read_by_guards(fd, &mut tries).await?, seen);
    assert!(tries < 20, "{tries} tries in all");
    Ok(())
}

pub(super) async fn a_socket_that_was_registered_before_it_connects_is_waited_for() -> Outcome {
    let listener = TcpListener::bind("127.0.0.1:0")?;
    let socket = Socket::new(Domain::IPV4, Type::STREAM, None)?;
    socket.set_nonblocking(true)?;
    let fd = AsyncFd::new(socket)?;
    // Linux tells of a socket that is not connected as hung up.
    if cfg!(any(target_os = "linux", target_os = "android")) {
        assert!(fd.readable().await?.ready().is_read_closed());
    }
    // A connect that goes on is no error.
    let _ = fd.get_ref().connect(&listener.local_addr()?.into());
    let (mut far, _) = listener.accept()?;
    drop(fd.writable().await?);
    waits_and_wakes(&fd, || Ok(far.write_all(b"word")?), b"word").await?;
    let close = || {
        drop(far);
        Ok(())
    };
    waits_and_wakes(&fd, close, b"").await
}

pub(super) async fn a_fifo_that_another_writer_opens_is_waited_for() -> Outcome {
    let fifo = Temporary::new("fifo");
    mkfifo(&fifo.0, Mode::S_IRUSR | Mode::S_IWUSR)?;
    let nonblocking = OFlag::O_NONBLOCK.bits();
    let reader = OpenOptions::new().read(true).custom_flags(nonblocking).open(&fifo.0)?;
    let fd = AsyncFd::with_interest(reader, Interest::READABLE)?;
    for _ in 0..2 {
        let mut writer = File::options().write(true).open(&fifo.0)?;
        waits_and_wakes(&fd, || Ok(writer.write_all(b"word")?), b"word").await?;
        let close = || {
            drop(writer);
            Ok(())
        };
        waits_and_wakes(&fd, close, b"").await?;
        // The end is reported until it is cleared.
        assert!(fd.readable().await?.ready().is_read_closed());
    }
    Ok(())
}

pub(super) async fn a_terminal_that_another_program_opens_is_waited_for() -> Outcome {
    let master = posix_openpt(OFlag::O_RDWR | OFlag::O_NOCTTY | OFlag::O_NONBLOCK)?;
    grantpt(&master)?;
    unlockpt(&master)?;
    let name = ptsname_r(&master)?;
    let fd = AsyncFd::with_interest(File::from(std::os::fd::OwnedFd::from(master)), Interest::READABLE)?;
    let open = || {
        File::options()
            .read(true)
            .write(true)
            .custom_flags(OFlag::O_NOCTTY.bits())
            .open(&name)
    };
    drop(open()?);
    // Without a program at the other end, reads fail with `EIO`.
    let closed = fd.readable().await?;
    assert!(closed.ready().is_read_closed());
    let mut slave = open()?;
    waits_and_wakes(&fd, || Ok(slave.write_all(b"word")?), b"word").await
}
