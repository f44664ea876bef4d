//! Descriptors of any kind: ready as often as they are, and never registered for longer than they should be.

use std::fs::File;
use std::io::{self, Read, Write};
use std::mem::{ManuallyDrop, MaybeUninit};
use std::net::{TcpListener, TcpStream, UdpSocket};
use std::os::fd::{AsFd, AsRawFd, IntoRawFd};
use std::os::unix::net::UnixStream;
use std::pin::pin;
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use futures_util::{AsyncReadExt, AsyncWriteExt};
use socket2::SockRef;
use triga::os::unix::AsyncFd;
use triga::time::timeout;
use triga::{Driver, Handle, Interest, Ready, is_shut_down};

use crate::harness::Outcome;
use crate::numbers::many;
use crate::pattern;
use crate::streams::{fill, reads_nothing, writes_nothing};
use crate::wakes::{Wakes, settle};

fn pair() -> io::Result<(AsyncFd<UnixStream>, UnixStream)> {
    let (near, far) = UnixStream::pair()?;
    near.set_nonblocking(true)?;
    Ok((AsyncFd::new(near)?, far))
}

/// Whether a wait for the interest would go on for now.
async fn waits<T: std::os::fd::AsFd>(fd: &AsyncFd<T>, interest: Interest) -> bool {
    timeout(Duration::from_millis(5), fd.ready(interest)).await.is_err()
}

pub(super) async fn a_descriptor_is_woken_again_and_again() -> Outcome {
    let (near, far) = UnixStream::pair()?;
    near.set_nonblocking(true)?;
    far.set_nonblocking(true)?;
    let (near, far) = (AsyncFd::new(near)?, AsyncFd::new(far)?);
    let echo = triga::spawn(async move {
        let mut buffer = [0; 64];
        loop {
            match far
                .async_io(Interest::READABLE, |mut far| far.read(&mut buffer))
                .await?
            {
                0 => return io::Result::Ok(()),
                count => {
                    far.async_io(Interest::WRITABLE, |mut far| far.write(&buffer[..count]))
                        .await?
                }
            };
        }
    })?;
    for round in 0..many(1_000) as u64 {
        let sent = pattern::bytes(round, 1);
        near.async_io(Interest::WRITABLE, |mut near| near.write(&sent)).await?;
        let mut received = [0];
        near.async_io(Interest::READABLE, |mut near| near.read(&mut received))
            .await?;
        assert_eq!(received[..], sent);
    }
    drop(near);
    echo.await??;
    Ok(())
}

pub(super) async fn what_std_reads_and_writes_by_reference_is_a_stream() -> Outcome {
    const COUNT: usize = many(300_000);
    let (near, mut far) = pair()?;
    let echo = std::thread::spawn(move || {
        let mut bytes = vec![0; COUNT];
        far.read_exact(&mut bytes)?;
        far.write_all(&bytes)
    });
    let sent = pattern::bytes(0, COUNT);
    let (mut reader, mut writer) = (&near, &near);
    AsyncWriteExt::write_all(&mut writer, &sent).await?;
    AsyncWriteExt::close(&mut writer).await?;
    let mut received = Vec::new();
    // The other end is dropped when it is done.
    AsyncReadExt::read_to_end(&mut reader, &mut received).await?;
    assert!(sent == received, "the bytes came back as others");
    echo.join().unwrap()?;
    Ok(())
}

pub(super) async fn a_transfer_of_no_bytes_through_a_descriptor_is_done_at_once() -> Outcome {
    let (near, _far) = pair()?;
    reads_nothing(&near);
    writes_nothing(&near);
    fill(&near)?;
    writes_nothing(near);
    Ok(())
}

pub(super) async fn a_fresh_descriptor_is_tried() -> Outcome {
    let (near, mut far) = pair()?;
    far.write_all(b"now")?;
    assert_eq!(near.try_io(Interest::READABLE, |mut near| near.read(&mut [0; 8]))?, 3);
    assert_eq!(near.try_io(Interest::WRITABLE, |mut near| near.write(b"now"))?, 3);
    Ok(())
}

pub(super) async fn a_wait_for_a_direction_that_a_descriptor_is_not_registered_for_is_invalid() -> Outcome {
    let (near, _far) = UnixStream::pair()?;
    near.set_nonblocking(true)?;
    let near = AsyncFd::with_interest(near, Interest::READABLE)?;
    let errors = [
        near.writable().await.map(drop).unwrap_err(),
        near.ready(Interest::PRIORITY).await.map(drop).unwrap_err(),
        near.try_io(Interest::WRITABLE, |_| Ok(())).unwrap_err(),
        AsyncWriteExt::write(&mut &near, b"?").await.unwrap_err(),
    ];
    for error in errors {
        assert_eq!(error.kind(), io::ErrorKind::InvalidInput, "{error}");
    }
    // The direction that it is registered for is none the worse.
    assert!(waits(&near, Interest::READABLE).await);
    Ok(())
}

pub(super) async fn a_guard_clears_what_it_has_seen_and_nothing_newer() -> Outcome {
    let (near, mut far) = pair()?;
    far.write_all(b"1")?;
    let mut seen = near.readable().await?;
    assert!(seen.ready().is_readable());
    // It was not cleared, so the next wait does not wait.
    drop(near.readable().await?);
    let would_block = |result: io::Result<usize>| result.unwrap_err().kind() == io::ErrorKind::WouldBlock;
    assert_eq!(seen.try_io(|mut near| near.read(&mut [0; 8]))?, 1);
    assert!(would_block(seen.try_io(|mut near| near.read(&mut [0; 8]))));
    assert!(waits(&near, Interest::READABLE).await);
    far.write_all(b"2")?;
    let mut newer = near.readable().await?;
    // The older one has nothing to say any more.
    seen.clear();
    drop(near.readable().await?);
    newer.clear_only(Ready::WRITABLE);
    drop(near.readable().await?);
    newer.clear();
    // poll(2) does not report a direction that no task waits for, so a try there would find the byte.
    if triga_platform::EDGE_TRIGGERED {
        assert!(would_block(
            near.try_io(Interest::READABLE, |mut near| near.read(&mut [0; 8]))
        ));
    }
    far.write_all(b"3")?;
    drop(near.readable().await?);
    assert_eq!(near.into_inner().read(&mut [0; 8])?, 2);
    Ok(())
}

pub(super) async fn several_tasks_wait_for_a_descriptor() -> Outcome {
    let (near, mut far) = pair()?;
    let mut waits: Vec<_> = (0..20).map(|_| Box::pin(near.readable())).collect();
    let (wakes, waker) = Wakes::new();
    for wait in &mut waits {
        assert!(settle(wait, &waker).is_pending());
    }
    far.write_all(b"all")?;
    drop(near.readable().await?);
    assert_eq!(wakes.count(), waits.len());
    for wait in &mut waits {
        assert!(matches!(settle(wait, &waker), Poll::Ready(Ok(_))));
    }
    Ok(())
}

pub(super) async fn a_full_descriptor_is_writable_when_there_is_room() -> Outcome {
    let (near, mut far) = pair()?;
    drop(near.writable().await?);
    let mut sent = 0;
    while let Ok(count) = near.try_io(Interest::WRITABLE, |mut near| near.write(&[0; 4_096])) {
        sent += count;
    }
    assert!(waits(&near, Interest::WRITABLE).await);
    let reading = std::thread::spawn(move || {
        let mut bytes = vec![0; sent];
        far.read_exact(&mut bytes).map(|()| far)
    });
    let count = near
        .async_io(Interest::WRITABLE, |mut near| near.write(b"room"))
        .await?;
    assert_eq!(count, 4);
    drop(reading.join().unwrap()?);
    Ok(())
}

pub(super) async fn a_descriptor_that_never_blocks_is_refused_with_a_reason() -> Outcome {
    let registered = Handle::current()?.metrics().registrations();
    match AsyncFd::with_interest(File::open(std::env::current_exe()?)?, Interest::READABLE) {
        Err(failed) => {
            let (mut file, error) = failed.into_parts();
            assert_eq!(error.kind(), io::ErrorKind::Unsupported);
            assert!(error.to_string().contains("never blocks"), "{error}");
            // It is given back.
            file.read_exact(&mut [0])?;
        }
        // kqueue and poll(2) can wait for files: they are always ready.
        Ok(file) => drop(file.readable().await?),
    }
    assert_eq!(Handle::current()?.metrics().registrations(), registered);
    Ok(())
}

pub(super) async fn a_descriptor_that_is_dropped_may_be_registered_again() -> Outcome {
    let (near, mut far) = UnixStream::pair()?;
    near.set_nonblocking(true)?;
    // What is behind the descriptor outlives each of its registrations.
    for round in 0..10 {
        let fd = AsyncFd::new(&near)?;
        far.write_all(&[round])?;
        let mut byte = [0];
        fd.async_io(Interest::READABLE, |near| (&**near).read(&mut byte))
            .await?;
        assert_eq!(byte, [round]);
    }
    assert!(AsyncFd::new(&near).is_ok());
    // So does that of a standard stream.
    for _ in 0..10 {
        drop(triga::io::stderr()?);
    }
    Ok(())
}

pub(super) async fn a_descriptor_that_is_not_registered_is_given_back() -> Outcome {
    let mut driver = Driver::new()?;
    driver.shutdown();
    let (near, far) = UnixStream::pair()?;
    let failed = AsyncFd::with_handle(driver.handle(), near, Interest::READABLE).unwrap_err();
    assert!(is_shut_down(failed.error()));
    let mut near = failed.into_inner();
    (&far).write_all(b"!")?;
    near.read_exact(&mut [0])?;
    // As an error of std's, it keeps no more than the reason.
    let dropped = AsyncFd::with_handle(driver.handle(), near, Interest::READABLE).unwrap_err();
    assert!(is_shut_down(&io::Error::from(dropped)));
    assert_eq!((&far).read(&mut [0])?, 0);
    Ok(())
}

pub(super) async fn a_second_registration_of_a_descriptor_says_that_there_is_one() -> Outcome {
    let (near, _far) = UnixStream::pair()?;
    let first = AsyncFd::new(&near)?;
    // poll(2) waits for a descriptor any number of times, and kqueue takes the second in place of the first.
    if let Err(failed) = AsyncFd::new(&near) {
        assert_eq!(failed.error().kind(), io::ErrorKind::AlreadyExists);
        assert!(failed.to_string().contains("registered"), "{failed}");
    } else {
        assert!(!is_epoll());
    }
    drop(first);
    Ok(())
}

pub(super) async fn a_socket_that_stays_registered_is_given_back() -> Outcome {
    let (near, _far) = triga::os::unix::net::UnixStream::pair()?;
    let number = near.as_fd().as_raw_fd();
    // epoll no longer knows the number, since it is another description's.
    nix::unistd::close(number)?;
    let mut lower = Vec::new();
    loop {
        let file = File::open("/dev/null")?;
        assert!(file.as_raw_fd() <= number, "the number was not free");
        if file.as_raw_fd() == number {
            let _ = file.into_raw_fd();
            break;
        }
        lower.push(file);
    }
    match near.into_std() {
        Ok(_) => assert!(!is_epoll()),
        Err(failed) => {
            let (near, error) = failed.into_parts();
            assert!(error.raw_os_error().is_some(), "{error}");
            assert_eq!(near.as_fd().as_raw_fd(), number);
        }
    }
    Ok(())
}

/// Whether the system refuses to register a descriptor twice, and to deregister one that it does not know.
fn is_epoll() -> bool {
    triga_platform::EDGE_TRIGGERED && cfg!(any(target_os = "linux", target_os = "android"))
}

pub(super) async fn a_descriptor_that_is_closed_before_its_time_leaves_nothing_behind() -> Outcome {
    let mut driver = Driver::new()?;
    let _current = driver.handle().enter();
    let (other, mut far) = pair()?;
    {
        let (near, _far) = UnixStream::pair()?;
        // It is never closed by its owner.
        let near = ManuallyDrop::new(near);
        let fd = AsyncFd::new(&*near)?;
        let mut wait = pin!(fd.readable());
        assert!(settle(&mut wait, Waker::noop()).is_pending());
        driver.turn(Some(Duration::ZERO))?;
        nix::unistd::close(near.as_raw_fd())?;
        driver.turn(Some(Duration::ZERO))?;
    }
    driver.turn(Some(Duration::ZERO))?;
    assert_eq!(driver.handle().metrics().registrations(), 1);
    // The others go on.
    let mut wait = pin!(other.readable());
    assert!(settle(&mut wait, Waker::noop()).is_pending());
    far.write_all(b"!")?;
    while wait.as_mut().poll(&mut Context::from_waker(Waker::noop())).is_pending() {
        driver.turn(None)?;
    }
    Ok(())
}

pub(super) async fn urgent_bytes_are_waited_for_alone_on_linux() -> Outcome {
    let listener = TcpListener::bind("127.0.0.1:0")?;
    let far = TcpStream::connect(listener.local_addr()?)?;
    let (near, _) = listener.accept()?;
    near.set_nonblocking(true)?;
    let interest = Interest::READABLE | Interest::PRIORITY;
    let near = AsyncFd::with_interest(near, interest)?;
    (&far).write_all(b"usual")?;
    drop(near.readable().await?);
    if !cfg!(any(target_os = "linux", target_os = "android")) {
        return Ok(());
    }
    assert!(waits(&near, Interest::PRIORITY).await);
    assert_eq!(SockRef::from(&far).send_out_of_band(b"!")?, 1);
    let mut guard = near.ready(Interest::PRIORITY).await?;
    assert!(guard.ready().is_priority());
    assert_eq!(
        SockRef::from(near.get_ref()).recv_out_of_band(&mut [MaybeUninit::uninit(); 8])?,
        1
    );
    guard.clear();
    assert!(waits(&near, Interest::PRIORITY).await);
    Ok(())
}

pub(super) async fn errors_are_waited_for_alone_and_again_and_again_on_linux() -> Outcome {
    let near = UdpSocket::bind("127.0.0.1:0")?;
    near.connect(UdpSocket::bind("127.0.0.1:0")?.local_addr()?)?;
    near.set_nonblocking(true)?;
    let near = AsyncFd::with_interest(near, Interest::ERROR | Interest::READABLE)?;
    if !cfg!(target_os = "linux") {
        return Ok(());
    }
    for _ in 0..10 {
        assert!(waits(&near, Interest::ERROR).await);
        // There is no peer, and the system reports it.
        near.get_ref().send(b"?")?;
        let mut guard = near.ready(Interest::ERROR).await?;
        assert!(guard.ready().is_error());
        let error = near.get_ref().take_error()?.expect("it is told of one");
        assert_eq!(error.kind(), io::ErrorKind::ConnectionRefused);
        guard.clear();
    }
    Ok(())
}
