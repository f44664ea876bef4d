//! TCP: how listeners and connections come to be.

use std::io;
use std::net::SocketAddr;
use std::rc::Rc;

use futures_util::future;
use triga::net::{TcpListener, TcpStream};
use triga::task::yield_now;
use triga::{Capability, Handle, SUPPORT};

use crate::harness::{Outcome, tests};
use crate::numbers::many;
use crate::pattern::Checked;
use crate::rows::Need;
use crate::tcp::{echo, receive, send};
use crate::wakes::{Wakes, settle};

const BIND: Need = Need::Has(Capability::TcpBind);
const CONNECT: Need = Need::Has(Capability::TcpConnect);
const NAMES: Need = Need::Has(Capability::Names);
const STD: Need = Need::Has(Capability::StdSockets);

tests![
    two_hundred_listeners_serve_in_one_process(BIND, CONNECT),
    several_tasks_accept_from_one_listener(BIND, CONNECT),
    a_listener_goes_to_std_and_comes_back(STD, BIND, CONNECT),
    addresses_and_options_are_those_of_the_socket(BIND, CONNECT),
    a_refused_connection_is_an_error_that_says_so(CONNECT, BIND),
    each_address_is_tried_until_one_serves(CONNECT, BIND),
    the_last_error_is_the_one_that_counts(CONNECT, BIND),
    a_name_is_resolved(NAMES, CONNECT, BIND),
    a_port_in_use_is_an_error_that_harms_no_other_socket(BIND, CONNECT),
    an_address_that_does_not_parse_is_invalid_input(NAMES, CONNECT, BIND),
    a_connect_that_is_given_up_leaves_nothing_behind(CONNECT, BIND),
];

async fn two_hundred_listeners_serve_in_one_process() -> Outcome {
    let mut listeners = Vec::new();
    for _ in 0..many(200) {
        listeners.push(TcpListener::bind("127.0.0.1:0").await?);
    }
    let mut clients = Vec::new();
    for listener in &listeners {
        let address = listener.local_addr()?;
        clients.push(triga::spawn(async move {
            let stream = TcpStream::connect(address).await?;
            send(&stream, 0, 100).await?;
            receive(&stream, 100, &mut Checked::default()).await
        })?);
    }
    // The last one is served first.
    for listener in listeners.iter().rev() {
        let (stream, _) = listener.accept().await?;
        triga::spawn(echo(stream))?.detach();
    }
    for client in clients {
        client.await??;
    }
    Ok(())
}

async fn several_tasks_accept_from_one_listener() -> Outcome {
    let listener = Rc::new(TcpListener::bind("127.0.0.1:0").await?);
    let mut servers = Vec::new();
    for _ in 0..10 {
        let listener = listener.clone();
        servers.push(triga::spawn(async move { echo(listener.accept().await?.0).await })?);
    }
    // They all wait by now: each connection needs one that is woken.
    yield_now().await;
    for _ in 0..10 {
        let stream = TcpStream::connect(listener.local_addr()?).await?;
        send(&stream, 0, 10).await?;
        receive(&stream, 10, &mut Checked::default()).await?;
    }
    for server in servers {
        server.await??;
    }
    Ok(())
}

async fn a_listener_goes_to_std_and_comes_back() -> Outcome {
    let mut listener = TcpListener::bind("127.0.0.1:0").await?;
    let address = listener.local_addr()?;
    for _ in 0..3 {
        let (client, server) = future::try_join(TcpStream::connect(address), listener.accept()).await?;
        assert_eq!(server.1, client.local_addr()?);
        listener = TcpListener::try_from(listener.into_std()?)?;
    }
    assert_eq!(listener.local_addr()?, address);
    Ok(())
}

async fn addresses_and_options_are_those_of_the_socket() -> Outcome {
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let address = listener.local_addr()?;
    assert!(address.ip().is_loopback() && address.port() != 0);
    let (client, (server, from)) = future::try_join(TcpStream::connect(address), listener.accept()).await?;
    assert_eq!(client.peer_addr()?, address);
    assert_eq!(server.local_addr()?, address);
    assert_eq!((client.local_addr()?, server.peer_addr()?), (from, from));
    if SUPPORT.has(Capability::NoDelay) {
        for on in [true, false] {
            client.set_nodelay(on)?;
            assert_eq!(client.nodelay()?, on);
        }
    }
    client.set_ttl(33)?;
    assert_eq!(client.ttl()?, 33);
    listener.set_ttl(44)?;
    assert_eq!(listener.ttl()?, 44);
    Ok(())
}

/// An address without a listener: there was one, and it is closed.
async fn unused_address() -> io::Result<SocketAddr> {
    TcpListener::bind("127.0.0.1:0").await?.local_addr()
}

async fn a_refused_connection_is_an_error_that_says_so() -> Outcome {
    let error = TcpStream::connect(unused_address().await?).await.unwrap_err();
    assert_eq!(error.kind(), io::ErrorKind::ConnectionRefused);
    assert_eq!(Handle::current()?.metrics().registrations(), 0);
    Ok(())
}

async fn each_address_is_tried_until_one_serves() -> Outcome {
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let addresses = [unused_address().await?, unused_address().await?, listener.local_addr()?];
    let stream = TcpStream::connect(&addresses[..]).await?;
    assert_eq!(stream.peer_addr()?, addresses[2]);

    let taken = listener.local_addr()?;
    let free = SocketAddr::from(([127, 0, 0, 1], 0));
    let other = TcpListener::bind(&[taken, free][..]).await?;
    assert_ne!(other.local_addr()?, taken);
    Ok(())
}

async fn the_last_error_is_the_one_that_counts() -> Outcome {
    let taken = TcpListener::bind("127.0.0.1:0").await?;
    // An address of no interface here: reserved for documentation (RFC 5737).
    let foreign = SocketAddr::from(([192, 0, 2, 1], 0));
    let taken = taken.local_addr()?;
    let error = TcpListener::bind(&[foreign, taken][..]).await.unwrap_err();
    assert_eq!(error.kind(), io::ErrorKind::AddrInUse);
    let error = TcpListener::bind(&[taken, foreign][..]).await.unwrap_err();
    assert_eq!(error.kind(), io::ErrorKind::AddrNotAvailable);
    let error = TcpStream::connect(&[][..]).await.unwrap_err();
    assert_eq!(error.kind(), io::ErrorKind::InvalidInput);
    assert!(error.to_string().contains("no address"), "{error}");
    Ok(())
}

async fn a_name_is_resolved() -> Outcome {
    // An address without a listener may come before this one.
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let port = listener.local_addr()?.port();
    let stream = TcpStream::connect(("localhost", port)).await?;
    assert_eq!(stream.peer_addr()?.port(), port);
    TcpStream::connect(format!("localhost:{port}")).await?;
    Ok(())
}

async fn a_port_in_use_is_an_error_that_harms_no_other_socket() -> Outcome {
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let address = listener.local_addr()?;
    let error = TcpListener::bind(address).await.unwrap_err();
    assert_eq!(error.kind(), io::ErrorKind::AddrInUse);
    future::try_join(TcpStream::connect(address), listener.accept()).await?;
    Ok(())
}

async fn an_address_that_does_not_parse_is_invalid_input() -> Outcome {
    for address in ["127.0.0.1", "127.0.0.1:port", "127.0.0.1:65536", ""] {
        let error = TcpStream::connect(address).await.unwrap_err();
        assert_eq!(
            error.kind(),
            io::ErrorKind::InvalidInput,
            "connect to {address:?}: {error}"
        );
        let error = TcpListener::bind(address).await.unwrap_err();
        assert_eq!(
            error.kind(),
            io::ErrorKind::InvalidInput,
            "listen on {address:?}: {error}"
        );
    }
    Ok(())
}

async fn a_connect_that_is_given_up_leaves_nothing_behind() -> Outcome {
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let address = listener.local_addr()?;
    let before = Handle::current()?.metrics().registrations();
    let (_, waker) = Wakes::new();
    for _ in 0..100 {
        let mut connecting = Box::pin(TcpStream::connect(address));
        let _ = settle(&mut connecting, &waker);
    }
    assert_eq!(Handle::current()?.metrics().registrations(), before);
    Ok(())
}
