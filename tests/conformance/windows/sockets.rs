//! Sockets of any kind.

use std::io::{self, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::task::Waker;
use std::time::Duration;

use socket2::{Domain, SockAddr, Socket, Type};
use triga::os::windows::AsyncSocket;
use triga::time::timeout;
use triga::{Driver, Handle, Interest, is_shut_down};

use crate::harness::Outcome;
use crate::pattern;
use crate::wakes::settle;

/// A socket that is not connected yet, and has no type of std's.
fn socket(kind: Type) -> io::Result<Socket> {
    let socket = Socket::new(Domain::IPV4, kind, None)?;
    socket.set_nonblocking(true)?;
    socket.bind(&SockAddr::from(SocketAddr::from(([127, 0, 0, 1], 0))))?;
    Ok(socket)
}

pub(super) async fn a_socket_is_woken_again_and_again() -> Outcome {
    let listener = TcpListener::bind("127.0.0.1:0")?;
    let near = AsyncSocket::new(socket(Type::STREAM)?)?;
    // A connect that is under way says so once, and then that it is over.
    let address = listener.local_addr()?.into();
    let connected = near.get_ref().connect(&address);
    assert!(connected.is_err_and(|error| error.kind() == io::ErrorKind::WouldBlock));
    near.ready(Interest::WRITABLE).await?;
    let mut far: TcpStream = listener.accept()?.0;
    for round in 0..1_000 {
        let sent = pattern::bytes(round, 1);
        near.async_io(Interest::WRITABLE, |mut near| near.write(&sent)).await?;
        let mut received = [0];
        far.read_exact(&mut received)?;
        far.write_all(&received)?;
        near.async_io(Interest::READABLE, |mut near| near.read(&mut received))
            .await?;
        assert_eq!(received[..], sent);
    }
    // There is nothing now, and that is known after one try.
    assert!(near.try_io(Interest::READABLE, |mut near| near.read(&mut [0])).is_err());
    let untried = near.try_io(Interest::READABLE, |_| -> io::Result<()> {
        panic!("it is known to be in vain")
    });
    assert_eq!(untried.unwrap_err().kind(), io::ErrorKind::WouldBlock);
    let early = timeout(Duration::from_millis(5), near.ready(Interest::READABLE)).await;
    assert_eq!(early.unwrap_err().kind(), io::ErrorKind::TimedOut);
    far.write_all(b"!")?;
    near.ready(Interest::READABLE).await?;
    Ok(())
}

pub(super) async fn several_tasks_wait_for_a_socket() -> Outcome {
    let (near, far) = (socket(Type::DGRAM)?, socket(Type::DGRAM)?);
    let address = near.local_addr()?;
    let near = AsyncSocket::with_interest(near, Interest::READABLE)?;
    let mut waits: Vec<_> = (0..20)
        .map(|_| Box::pin(near.async_io(Interest::READABLE, |mut near| near.read(&mut [0; 8]))))
        .collect();
    for wait in &mut waits {
        assert!(settle(wait, Waker::noop()).is_pending());
    }
    for _ in &waits {
        far.send_to(b"one each", &address)?;
    }
    for wait in waits {
        assert_eq!(wait.await?, 8);
    }
    Ok(())
}

pub(super) async fn a_socket_that_is_not_registered_is_given_back() -> Outcome {
    let mut driver = Driver::new()?;
    driver.shutdown();
    let failed = AsyncSocket::with_handle(driver.handle(), socket(Type::DGRAM)?, Interest::READABLE).unwrap_err();
    assert!(is_shut_down(failed.error()));
    let near = failed.into_inner();
    near.send_to(b"itself", &near.local_addr()?)?;
    Ok(())
}

pub(super) async fn a_socket_that_is_given_back_is_open_and_not_registered() -> Outcome {
    let registered = Handle::current()?.metrics().registrations();
    let far = socket(Type::DGRAM)?;
    let mut near = socket(Type::DGRAM)?;
    let address = near.local_addr()?;
    for round in 0..100 {
        let waiting = AsyncSocket::new(near)?;
        far.send_to(&[round], &address)?;
        let mut buffer = [0];
        waiting
            .async_io(Interest::READABLE, |mut waiting| waiting.read(&mut buffer))
            .await?;
        assert_eq!(buffer, [round]);
        near = waiting.into_inner();
        assert_eq!(near.local_addr()?.as_socket(), address.as_socket());
    }
    assert_eq!(Handle::current()?.metrics().registrations(), registered);
    Ok(())
}
