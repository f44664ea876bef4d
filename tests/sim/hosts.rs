//! Hosts with addresses of their own.

use std::io::{self, ErrorKind};
use std::net::{Ipv4Addr, SocketAddr};

use futures_util::{AsyncReadExt, AsyncWriteExt};
use triga::net::{TcpListener, TcpStream, UdpSocket, lookup};
use triga::os::sim::{self, World};

use crate::support::on_each_seed;

#[test]
fn tasks_are_on_the_host_that_started_them() {
    on_each_seed(&World::new(), async || {
        let server = sim::host("server");
        let listener = server.spawn(async {
            // A task of a task is where its parent is.
            triga::spawn(TcpListener::bind("0.0.0.0:80"))?.await?
        })?;
        let listener = listener.await??;
        let mut stream = TcpStream::connect("server:80").await?;
        let (mut accepted, from) = listener.accept().await?;
        assert_eq!(stream.peer_addr()?, (server.ipv4(), 80).into());
        assert_eq!(from, stream.local_addr()?);
        assert_eq!(from.ip(), sim::host("localhost").ipv4());
        stream.write_all(b"ping").await?;
        let mut bytes = [0; 4];
        accepted.read_exact(&mut bytes).await?;
        assert_eq!(&bytes, b"ping");
        Ok(())
    });
}

#[test]
fn loopback_is_each_hosts_own() {
    on_each_seed(&World::new(), async || {
        let _listener = TcpListener::bind("127.0.0.1:80").await?;
        let far = sim::host("far").spawn(async {
            let refused = TcpStream::connect("127.0.0.1:80").await.unwrap_err();
            assert_eq!(refused.kind(), ErrorKind::ConnectionRefused);
            // So is a port.
            TcpListener::bind("127.0.0.1:80").await.map(drop)
        })?;
        far.await??;
        TcpStream::connect("localhost:80").await.map(drop)
    });
}

#[test]
fn an_address_of_another_host_cannot_be_taken() {
    on_each_seed(&World::new(), async || {
        let far = sim::host("far");
        let error = TcpListener::bind((far.ipv4(), 80)).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::AddrNotAvailable);
        let nobody: SocketAddr = (Ipv4Addr::new(192, 0, 2, 1), 80).into();
        let error = TcpStream::connect(nobody).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::HostUnreachable);
        Ok(())
    });
}

#[test]
fn names_are_those_of_the_hosts() {
    on_each_seed(&World::new(), async || {
        let far = sim::host("far");
        let addresses: Vec<SocketAddr> = lookup("far", 7).await?.collect();
        assert_eq!(addresses, [(far.ipv4(), 7).into(), SocketAddr::from((far.ipv6(), 7))]);
        let unknown = lookup("nobody", 7).await.map(drop).unwrap_err();
        assert_eq!(unknown.kind(), ErrorKind::NotFound);
        Ok(())
    });
}

#[test]
fn datagrams_go_from_host_to_host() {
    on_each_seed(&World::new(), async || {
        let far = sim::host("far").spawn(async {
            let socket = UdpSocket::bind("0.0.0.0:53").await?;
            let mut bytes = [0; 8];
            let (count, from) = socket.recv_from(&mut bytes).await?;
            socket.send_to(&bytes[..count], from).await.map(drop)
        })?;
        let near = UdpSocket::bind("0.0.0.0:0").await?;
        near.connect("far:53").await?;
        let mut bytes = [0; 8];
        for _ in 0..1000 {
            // One that comes too early is refused.
            near.send(b"ping").await?;
            if let Ok(count) = near.recv(&mut bytes).await {
                assert_eq!(&bytes[..count], b"ping");
                return far.await?;
            }
        }
        panic!("every datagram was refused");
    });
}

#[test]
#[cfg_attr(miri, ignore = "Miri takes too long for it")]
fn a_thousand_hosts_have_addresses_of_their_own() {
    sim::run(1, World::new(), async {
        for number in 0..1000_u16 {
            let host = sim::host(&number.to_string());
            let listener = host.spawn(TcpListener::bind((host.ipv6(), 80)))?.await??;
            let stream = TcpStream::connect((host.ipv6(), 80)).await?;
            assert_eq!(stream.peer_addr()?, listener.local_addr()?);
            let mut by_name = lookup(&host.name(), 80).await?;
            assert_eq!(by_name.next(), Some((host.ipv4(), 80).into()));
        }
        io::Result::Ok(())
    })
    .unwrap()
    .unwrap();
}
