//! Links that are not the same there and back.

use std::io;
use std::time::Duration;

use futures_util::{AsyncReadExt, AsyncWriteExt};
use triga::net::{TcpStream, UdpSocket};
use triga::os::sim::{self, Link, World};
use triga::time::{Instant, sleep, timeout};

use crate::support::{connection, on_each_seed};

const MS: Duration = Duration::from_millis(1);
/// More than a packet takes anywhere here.
const LONG: Duration = Duration::from_secs(10);

/// A socket on `localhost`, and one on `far`.
async fn sockets() -> io::Result<(UdpSocket, UdpSocket)> {
    let far = sim::host("far").spawn(UdpSocket::bind("0.0.0.0:53"))?.await??;
    let near = UdpSocket::bind("0.0.0.0:53").await?;
    near.connect("far:53").await?;
    let here = sim::host("localhost").ipv4();
    far.connect((here, 53)).await.map(|()| (near, far))
}

/// Sends twenty datagrams, one every millisecond. The numbers of those that arrive, and how long each took.
async fn twenty(from: &UdpSocket, to: &UdpSocket) -> io::Result<Vec<(u8, Duration)>> {
    let start = Instant::now();
    let sending = async {
        for number in 0..20 {
            from.send(&[number]).await?;
            sleep(MS).await?;
        }
        io::Result::Ok(())
    };
    let receiving = async {
        let (mut arrived, mut byte) = (Vec::new(), [0]);
        while let Ok(received) = timeout(LONG, to.recv(&mut byte)).await {
            received?;
            arrived.push((byte[0], start.elapsed() - u32::from(byte[0]) * MS));
        }
        Ok(arrived)
    };
    Ok(futures_util::future::try_join(sending, receiving).await?.1)
}

fn numbers(arrived: &[(u8, Duration)]) -> Vec<u8> {
    arrived.iter().map(|(number, _)| *number).collect()
}

fn takes(arrived: &[(u8, Duration)], bounds: std::ops::Range<u32>) -> bool {
    // Clocks and wakes take some microseconds.
    let bounds = bounds.start * MS..bounds.end * MS;
    arrived.iter().all(|(_, taken)| bounds.contains(taken))
}

#[test]
fn a_link_that_is_cut_one_way_carries_the_other() {
    on_each_seed(&World::new(), async || {
        let (here, there) = (sim::host("localhost"), sim::host("far"));
        let (near, far) = sockets().await?;
        let (mut stream, mut far_stream) = connection().await?;
        sim::partition_one_way(here, there);
        assert_eq!(twenty(&near, &far).await?, []);
        assert_eq!(twenty(&far, &near).await?.len(), 20);
        stream.write_all(b"there").await?;
        far_stream.write_all(b"back").await?;
        let mut buffer = [0; 8];
        stream.read_exact(&mut buffer[..4]).await?;
        assert_eq!(&buffer[..4], b"back");
        let read = timeout(LONG, far_stream.read(&mut buffer)).await;
        assert!(read.is_err(), "{read:?} came over a cut link");
        sim::heal(there, here);
        far_stream.read_exact(&mut buffer[..5]).await?;
        assert_eq!(&buffer[..5], b"there");
        assert_eq!(twenty(&near, &far).await?.len(), 20);
        Ok(())
    });
}

#[test]
fn datagrams_are_lost_and_doubled_on_one_way_of_one_link() {
    let world = World::new()
        .lost_datagrams(500)
        .one_way("localhost", "far", Link::new().lost_datagrams(1000))
        .one_way(
            "far",
            "localhost",
            Link::new().lost_datagrams(0).doubled_datagrams(1000),
        );
    on_each_seed(&world, async || {
        let (near, far) = sockets().await?;
        assert_eq!(twenty(&near, &far).await?, []);
        let mut arrived = numbers(&twenty(&far, &near).await?);
        arrived.sort_unstable();
        assert!(arrived.into_iter().eq((0..20).flat_map(|number| [number; 2])));
        let other = sim::host("other").spawn(UdpSocket::bind("0.0.0.0:53"))?.await??;
        far.connect("other:53").await?;
        let count = twenty(&far, &other).await?.len();
        assert!((1..20).contains(&count), "{count} of 20 over another link");
        Ok(())
    });
}

#[test]
fn one_way_of_a_link_takes_longer() {
    let world = World::new()
        .link("localhost", "far", Link::new().latency(30 * MS..=40 * MS))
        .one_way("far", "localhost", Link::new().latency(80 * MS..=120 * MS));
    on_each_seed(&world, async || {
        let (near, far) = sockets().await?;
        let (there, back) = (twenty(&near, &far).await?, twenty(&far, &near).await?);
        assert!(there.len() == 20 && takes(&there, 30..41), "{there:?}");
        assert!(back.len() == 20 && takes(&back, 80..121), "{back:?}");
        Ok(())
    });
}

#[test]
fn what_is_said_of_one_way_leaves_what_was_said_of_the_link() {
    let world = World::new()
        .link("localhost", "far", Link::new().latency(30 * MS..=40 * MS))
        .one_way("far", "localhost", Link::new().doubled_datagrams(1000));
    on_each_seed(&world, async || {
        let (near, far) = sockets().await?;
        let back = twenty(&far, &near).await?;
        assert!(back.len() == 40 && takes(&back, 30..41), "{back:?}");
        Ok(())
    });
}

#[test]
fn one_way_of_a_link_carries_fewer_bytes_a_second() {
    async fn send(mut from: TcpStream, mut to: TcpStream) -> io::Result<Duration> {
        let start = Instant::now();
        let sender = triga::spawn(async move {
            from.write_all(&[7; 50_000]).await?;
            from.close().await
        })?;
        let mut received = Vec::new();
        to.read_to_end(&mut received).await?;
        sender.await??;
        assert!(received == [7; 50_000]);
        Ok(start.elapsed())
    }
    let world = World::new().one_way("far", "localhost", Link::new().bandwidth(50_000));
    on_each_seed(&world, async || {
        let (near, far) = connection().await?;
        let taken = send(near, far).await?;
        assert!(taken < 100 * MS, "{taken:?}");
        let (near, far) = connection().await?;
        let taken = send(far, near).await?;
        assert!((1000 * MS..1100 * MS).contains(&taken), "{taken:?}");
        Ok(())
    });
}

#[test]
fn late_datagrams_are_overtaken() {
    let calm = World::new().latency(MS / 2..=MS / 2);
    on_each_seed(&calm, async || {
        let (near, far) = sockets().await?;
        assert!(twenty(&near, &far).await?.is_sorted());
        Ok(())
    });
    let worlds = [
        calm.clone().late_datagrams(300),
        calm.link("localhost", "far", Link::new().late_datagrams(300)),
    ];
    for world in worlds {
        on_each_seed(&world, async || {
            let (near, far) = sockets().await?;
            let arrived = twenty(&near, &far).await?;
            assert!(takes(&arrived, 0..6), "{arrived:?}");
            let mut numbers = numbers(&arrived);
            assert!(!numbers.is_sorted(), "on each seed, some of twenty are late");
            numbers.sort_unstable();
            assert!(numbers.into_iter().eq(0..20));
            Ok(())
        });
    }
}
