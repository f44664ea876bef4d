//! Datagrams, and abstract names.

use std::io;
use std::task::{Poll, Waker};
use std::time::Duration;

use triga::Driver;
use triga::os::unix::net::{UnixDatagram, UnixListener, UnixStream};

use crate::harness::Outcome;
use crate::numbers::many;
use crate::temporary::Temporary;
use crate::wakes::{Wakes, settle};

#[cfg(any(target_os = "linux", target_os = "android"))]
pub(super) async fn an_abstract_name_is_gone_with_its_socket() -> Outcome {
    #[cfg(target_os = "android")]
    use std::os::android::net::SocketAddrExt;
    #[cfg(target_os = "linux")]
    use std::os::linux::net::SocketAddrExt;
    use std::os::unix::net::SocketAddr;

    use futures_util::{AsyncReadExt, AsyncWriteExt};

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
    const COUNT: usize = 300 * many(10);
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

pub(super) async fn a_local_datagram_waits_for_room_that_others_have_taken() -> Outcome {
    let mut driver = Driver::new()?;
    let _current = driver.handle().enter();
    let path = Temporary::new("datagrams");
    let far = UnixDatagram::bind(&path.0)?;
    let (near, late) = (UnixDatagram::unbound()?, UnixDatagram::unbound()?);
    // One socket takes all the room. The other finds none, and waits for a time.
    loop {
        let mut send = Box::pin(near.send_to(b"one of many", &path.0));
        while settle(&mut send, Waker::noop()).is_pending() && driver.next_deadline().is_none() {
            driver.turn(Some(Duration::ZERO))?;
        }
        if driver.next_deadline().is_some() {
            break;
        }
    }
    let (wakes, waker) = Wakes::new();
    let mut last = Box::pin(late.send_to(b"the last", &path.0));
    while driver.next_deadline().is_none() {
        assert!(settle(&mut last, &waker).is_pending());
        driver.turn(Some(Duration::ZERO))?;
    }
    for _ in 0..5 {
        let before = wakes.count();
        let turn = driver.turn(None)?;
        assert!(
            wakes.count() - before <= turn.timers(),
            "it is woken by what it does itself"
        );
        assert!(settle(&mut last, &waker).is_pending());
    }
    let (mut buffer, mut sent) = ([0; 16], false);
    loop {
        let received = settle(&mut Box::pin(far.recv(&mut buffer)), &waker);
        if let Poll::Ready(count) = received {
            if &buffer[..count?] == b"the last" {
                return Ok(());
            }
            continue;
        }
        if !sent {
            sent = settle(&mut last, &waker).is_ready();
        }
        driver.turn(None)?;
    }
}

pub(super) async fn a_local_path_that_begins_with_a_zero_is_no_abstract_name() -> Outcome {
    let name = "\0triga-conformance";
    let errors = [
        UnixListener::bind(name).map(drop),
        UnixStream::connect(name).await.map(drop),
        UnixDatagram::bind(name).map(drop),
        UnixDatagram::unbound()?.connect(name),
        UnixDatagram::unbound()?.send_to(b"?", name).await.map(drop),
    ];
    for error in errors.map(Result::unwrap_err) {
        assert_eq!(error.kind(), io::ErrorKind::InvalidInput);
        assert!(error.to_string().contains("from_abstract_name"), "{error}");
    }
    Ok(())
}
