//! UDP.

use std::cell::Cell;
use std::future::poll_fn;
use std::io;
use std::net::SocketAddr;
use std::time::Duration;

use futures_util::future;
use futures_util::stream::{FuturesUnordered, TryStreamExt};
use triga::net::UdpSocket;
use triga::time::{sleep, timeout};
use triga::{Capability, Handle, Interest, Registration, SUPPORT};

use crate::harness::{Outcome, tests};
use crate::rows::Need;
use crate::wakes::{Wakes, is_ready, settle};

const UDP: Need = Need::Has(Capability::Udp);
const STD: Need = Need::Has(Capability::StdSockets);

tests![
    datagrams_come_with_their_senders_address(UDP),
    a_connected_socket_hears_its_peer_alone(UDP),
    a_datagram_that_is_peeked_at_stays(UDP),
    any_number_of_tasks_receive_from_one_socket(UDP),
    a_datagram_stays_when_its_wait_is_dropped(UDP),
    a_refused_datagram_is_told_once_and_then_reads_wait_again(UDP),
    a_refused_datagram_leaves_writes_waiting_for_room(STD, UDP, Need::Edges),
    a_refused_datagram_does_not_end_its_socket(UDP),
    a_udp_socket_goes_to_std_and_comes_back(STD, UDP),
    udp_options_are_those_of_the_socket(UDP),
    a_broadcast_that_was_not_allowed_says_what_allows_it(UDP, Need::Has(Capability::Broadcast)),
    no_address_is_an_error_that_says_so(UDP),
    a_udp_address_that_does_not_parse_is_invalid_input(UDP),
];

async fn socket() -> io::Result<UdpSocket> {
    UdpSocket::bind("127.0.0.1:0").await
}

/// Two sockets that are connected with one another.
async fn pair() -> io::Result<(UdpSocket, UdpSocket)> {
    let (near, far) = (socket().await?, socket().await?);
    near.connect(far.local_addr()?).await?;
    far.connect(near.local_addr()?).await?;
    Ok((near, far))
}

/// A socket that is connected with an address without a receiver.
async fn refused() -> io::Result<(UdpSocket, SocketAddr)> {
    let near = socket().await?;
    let unused = socket().await?.local_addr()?;
    near.connect(unused).await?;
    Ok((near, unused))
}

async fn datagrams_come_with_their_senders_address() -> Outcome {
    let (near, far) = (socket().await?, socket().await?);
    let mut buffer = [0; 2000];
    for size in [0, 1, 1000] {
        assert_eq!(near.send_to(&vec![7; size], far.local_addr()?).await?, size);
        let (count, from) = far.recv_from(&mut buffer).await?;
        assert_eq!((count, from), (size, near.local_addr()?));
        assert!(buffer[..count].iter().all(|&byte| byte == 7));
    }
    let sent = poll_fn(|cx| far.poll_send_to(cx, b"back", near.local_addr().unwrap())).await?;
    assert_eq!(sent, 4);
    let (count, from) = poll_fn(|cx| near.poll_recv_from(cx, &mut buffer)).await?;
    assert_eq!((&buffer[..count], from), (&b"back"[..], far.local_addr()?));
    Ok(())
}

async fn a_connected_socket_hears_its_peer_alone() -> Outcome {
    let (near, far) = pair().await?;
    assert_eq!(near.peer_addr()?, far.local_addr()?);
    let stranger = socket().await?;
    stranger.send_to(b"stranger", near.local_addr()?).await?;
    assert_eq!(far.send(b"friend").await?, 6);
    let mut buffer = [0; 20];
    let count = near.recv(&mut buffer).await?;
    assert_eq!(&buffer[..count], b"friend");
    assert_eq!(poll_fn(|cx| near.poll_send(cx, b"back")).await?, 4);
    assert_eq!(poll_fn(|cx| far.poll_recv(cx, &mut buffer)).await?, 4);
    assert_eq!(stranger.peer_addr().unwrap_err().kind(), io::ErrorKind::NotConnected);
    Ok(())
}

async fn a_datagram_that_is_peeked_at_stays() -> Outcome {
    let (near, far) = pair().await?;
    near.send(b"look").await?;
    let mut buffer = [0; 20];
    for _ in 0..2 {
        assert_eq!(far.peek(&mut buffer).await?, 4);
        assert_eq!(far.peek_from(&mut buffer).await?, (4, near.local_addr()?));
    }
    assert_eq!(far.recv(&mut buffer).await?, 4);
    assert_eq!(&buffer[..4], b"look");
    Ok(())
}

async fn any_number_of_tasks_receive_from_one_socket() -> Outcome {
    let (near, far) = pair().await?;
    let receive = |_| async {
        let mut buffer = [0; 4];
        far.recv(&mut buffer).await?;
        io::Result::Ok(buffer[0])
    };
    // In no order: `try_join_all` would look at futures while parts of theirs are borrowed, which Miri does not let pass.
    let receiving: FuturesUnordered<_> = (0..100).map(receive).collect();
    let sending = async {
        for number in 0..100 {
            near.send(&[number]).await?;
            triga::task::yield_now().await;
        }
        Ok(())
    };
    let (mut received, ()) = future::try_join(receiving.try_collect::<Vec<u8>>(), sending).await?;
    received.sort_unstable();
    assert_eq!(received, (0..100).collect::<Vec<u8>>());
    Ok(())
}

async fn a_datagram_stays_when_its_wait_is_dropped() -> Outcome {
    let (near, far) = pair().await?;
    let mut buffer = [0; 4];
    let late = timeout(Duration::from_millis(1), far.recv(&mut buffer)).await;
    assert_eq!(late.unwrap_err().kind(), io::ErrorKind::TimedOut);
    near.send(b"late").await?;
    assert_eq!(far.recv(&mut buffer).await?, 4);
    Ok(())
}

async fn a_refused_datagram_is_told_once_and_then_reads_wait_again() -> Outcome {
    let (near, unused) = refused().await?;
    near.send(b"anybody?").await?;
    let mut buffer = [0; 8];
    let error = near.recv(&mut buffer).await.unwrap_err();
    assert!(is_refusal(&error), "{error}");
    let (wakes, waker) = Wakes::new();
    let mut wait = Box::pin(near.recv(&mut buffer));
    assert!(settle(&mut wait, &waker).is_pending());
    let before = wakes.count();
    // A wait that is woken for nothing is woken again and again.
    for _ in 0..10 {
        sleep(Duration::from_millis(1)).await?;
        assert!(settle(&mut wait, &waker).is_pending());
    }
    assert!(
        wakes.count() - before <= 2,
        "{} wakes for one wait",
        wakes.count() - before
    );
    drop(wait);

    // Somebody is there now.
    let far = UdpSocket::bind(unused).await?;
    far.send_to(b"yes", near.local_addr()?).await?;
    assert_eq!(near.recv(&mut buffer).await?, 3);
    Ok(())
}

async fn a_refused_datagram_leaves_writes_waiting_for_room() -> Outcome {
    let (near, _) = refused().await?;
    near.send(b"anybody?").await?;
    let error = near.recv(&mut [0; 8]).await.unwrap_err();
    assert!(is_refusal(&error), "{error}");
    // An operation that never has room stands for a full buffer: it is tried once for each event, and there is none.
    let std = near.into_std()?;
    let mut socket = triga_platform::net::udp_from_std(std)?;
    let registration = Registration::new(
        &Handle::current()?,
        &mut socket,
        Interest::READABLE | Interest::WRITABLE,
    )?;
    socket.send(b"anybody?")?;
    registration.readiness(Interest::READABLE).await?;
    let tries = Cell::new(0);
    let blocked = registration.async_io(Interest::WRITABLE, || -> io::Result<()> {
        tries.set(tries.get() + 1);
        Err(io::ErrorKind::WouldBlock.into())
    });
    let late = timeout(Duration::from_millis(20), blocked).await;
    assert_eq!(late.unwrap_err().kind(), io::ErrorKind::TimedOut);
    assert!(tries.get() <= 3, "{} tries without an event", tries.get());
    assert!(
        !is_ready(&registration, Interest::WRITABLE),
        "the socket was taken for closed"
    );
    Ok(())
}

fn is_refusal(error: &io::Error) -> bool {
    // Windows tells it as a reset.
    matches!(
        error.kind(),
        io::ErrorKind::ConnectionRefused | io::ErrorKind::ConnectionReset
    )
}

async fn a_refused_datagram_does_not_end_its_socket() -> Outcome {
    let (near, _) = refused().await?;
    for _ in 0..10 {
        // The refusal of one may be told to the next.
        let _ = near.send(b"anybody?").await;
    }
    let far = socket().await?;
    near.connect(far.local_addr()?).await?;
    far.connect(near.local_addr()?).await?;
    far.send(b"hello").await?;
    let mut buffer = [0; 8];
    let count = loop {
        match near.recv(&mut buffer).await {
            Ok(count) => break count,
            Err(error) => assert!(is_refusal(&error), "{error}"),
        }
    };
    assert_eq!(&buffer[..count], b"hello");
    Ok(())
}

async fn a_udp_socket_goes_to_std_and_comes_back() -> Outcome {
    let (mut near, far) = pair().await?;
    let mut buffer = [0; 8];
    for round in 0..3 {
        far.send(&[round]).await?;
        near.recv(&mut buffer).await?;
        assert_eq!(buffer[0], round);
        near = UdpSocket::try_from(near.into_std()?)?;
    }
    let std = near.into_std()?;
    let near = UdpSocket::from_std(&Handle::current()?, std)?;
    assert_eq!(near.peer_addr()?, far.local_addr()?);
    Ok(())
}

async fn udp_options_are_those_of_the_socket() -> Outcome {
    let socket = socket().await?;
    if SUPPORT.has(Capability::Broadcast) {
        for on in [true, false] {
            socket.set_broadcast(on)?;
            assert_eq!(socket.broadcast()?, on);
        }
    }
    socket.set_ttl(33)?;
    assert_eq!(socket.ttl()?, 33);
    Ok(())
}

async fn a_udp_address_that_does_not_parse_is_invalid_input() -> Outcome {
    assert_eq!(
        UdpSocket::bind("nowhere").await.unwrap_err().kind(),
        io::ErrorKind::InvalidInput
    );
    let socket = socket().await?;
    assert_eq!(
        socket.connect("nowhere").await.unwrap_err().kind(),
        io::ErrorKind::InvalidInput
    );
    let error = socket.send_to(b"?", "nowhere").await.unwrap_err();
    assert_eq!(error.kind(), io::ErrorKind::InvalidInput);
    Ok(())
}

async fn a_broadcast_that_was_not_allowed_says_what_allows_it() -> Outcome {
    let socket = UdpSocket::bind("0.0.0.0:0").await?;
    for error in [
        socket.send_to(b"?", "255.255.255.255:9").await.map(drop).unwrap_err(),
        socket.connect("255.255.255.255:9").await.unwrap_err(),
    ] {
        // A machine without a network has no way there.
        if error.kind() == io::ErrorKind::NetworkUnreachable {
            continue;
        }
        assert_eq!(error.kind(), io::ErrorKind::PermissionDenied, "{error}");
        assert!(error.to_string().contains("set_broadcast"), "{error}");
    }
    Ok(())
}

async fn no_address_is_an_error_that_says_so() -> Outcome {
    let socket = UdpSocket::bind("127.0.0.1:0").await?;
    let nowhere: &[SocketAddr] = &[];
    let errors = [
        UdpSocket::bind(nowhere).await.map(drop),
        socket.connect(nowhere).await,
        socket.send_to(b"?", nowhere).await.map(drop),
    ];
    for error in errors.map(Result::unwrap_err) {
        assert_eq!(error.kind(), io::ErrorKind::InvalidInput);
        assert!(error.to_string().contains("no address"), "{error}");
    }
    Ok(())
}
