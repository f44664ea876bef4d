//! Links between hosts: slow ones, lossy ones and cut ones.

use std::cell::Cell;
use std::collections::BTreeSet;
use std::io;
use std::time::Duration;

use futures_util::{AsyncReadExt, AsyncWriteExt};
use triga::net::{TcpListener, TcpStream, UdpSocket};
use triga::os::sim::{self, Link, World};
use triga::time::{Instant, sleep, timeout};

use crate::support::{connection, on_each_seed};

const MS: Duration = Duration::from_millis(1);
/// More than anything here takes.
const LONG: Duration = Duration::from_secs(60);

/// Sends a hundred datagrams to the host `far`, all at once. The numbers of those that arrive, in their order.
async fn hundred_datagrams() -> io::Result<Vec<u8>> {
    let far = sim::host("far").spawn(UdpSocket::bind("0.0.0.0:53"))?.await??;
    let near = UdpSocket::bind("0.0.0.0:0").await?;
    for number in 0..100 {
        near.send_to(&[number], "far:53").await?;
    }
    let mut arrived = Vec::new();
    let mut byte = [0];
    while timeout(LONG, far.recv_from(&mut byte))
        .await
        .is_ok_and(|received| received.is_ok())
    {
        arrived.push(byte[0]);
    }
    Ok(arrived)
}

#[test]
#[cfg_attr(miri, ignore = "Miri takes too long for it")]
fn a_link_carries_so_many_bytes_a_second() {
    const SECONDS: u64 = 2;
    let slow = World::new().link("localhost", "far", Link::new().bandwidth(100_000));
    let time = |world: &World| {
        let taken = Cell::new(Duration::ZERO);
        on_each_seed(world, async || {
            let (mut near, mut far) = connection().await?;
            let start = Instant::now();
            let sender = triga::spawn(async move {
                near.write_all(&vec![7; 100_000 * SECONDS as usize]).await?;
                near.close().await
            })?;
            let mut received = Vec::new();
            far.read_to_end(&mut received).await?;
            sender.await??;
            assert!(received.len() == 100_000 * SECONDS as usize && received.iter().all(|byte| *byte == 7));
            taken.set(start.elapsed());
            Ok(())
        });
        taken.get()
    };
    let taken = time(&slow);
    assert!(taken >= Duration::from_secs(SECONDS), "{taken:?}");
    assert!(taken < Duration::from_secs(SECONDS + 1), "{taken:?}");
    let taken = time(&World::new().link("far", "another", Link::new().bandwidth(100_000)));
    assert!(
        taken < Duration::from_secs(1),
        "it is the bandwidth of another link: {taken:?}"
    );
    let taken = time(&World::new().bandwidth(200_000));
    assert!(taken >= Duration::from_secs(SECONDS) / 2, "{taken:?}");
}

#[test]
fn datagrams_are_lost_as_often_as_the_world_says() {
    let (seeds, lost) = (Cell::new(0), Cell::new(0));
    on_each_seed(&World::new().lost_datagrams(250), async || {
        let arrived = hundred_datagrams().await?.len();
        assert!(arrived < 100, "each of the seeds loses some");
        seeds.set(seeds.get() + 1);
        lost.set(lost.get() + 100 - arrived);
        Ok(())
    });
    assert_a_quarter(lost.get(), seeds.get());
}

#[test]
fn datagrams_are_doubled_as_often_as_the_world_says() {
    let (seeds, doubled) = (Cell::new(0), Cell::new(0));
    on_each_seed(&World::new().doubled_datagrams(250), async || {
        let arrived = hundred_datagrams().await?;
        let different: BTreeSet<u8> = arrived.iter().copied().collect();
        assert_eq!(different.len(), 100, "none is lost");
        seeds.set(seeds.get() + 1);
        doubled.set(doubled.get() + arrived.len() - 100);
        Ok(())
    });
    assert_a_quarter(doubled.get(), seeds.get());
}

/// That so many of a hundred datagrams for each seed are a quarter of them, within ten standard deviations.
fn assert_a_quarter(count: usize, seeds: usize) {
    let (expected, variance) = (25.0 * seeds as f64, 18.75 * seeds as f64);
    assert!(
        (count as f64 - expected).abs() <= 10.0 * variance.sqrt(),
        "{count} with {seeds} seeds"
    );
}

#[test]
fn datagrams_overtake_each_other_and_none_is_lost() {
    on_each_seed(&World::new(), async || {
        let mut arrived = hundred_datagrams().await?;
        assert!(!arrived.is_sorted());
        arrived.sort_unstable();
        assert!(arrived.into_iter().eq(0..100));
        Ok(())
    });
}

#[test]
fn what_is_sent_on_a_connection_over_a_cut_link_arrives_in_order_when_it_is_mended() {
    on_each_seed(&World::new(), async || {
        let (mut near, mut far) = connection().await?;
        let (here, there) = (sim::host("localhost"), sim::host("far"));
        let writer = triga::spawn(async move {
            for number in 0..=200_u8 {
                near.write_all(&[number; 10]).await?;
                sleep(MS).await?;
            }
            near.close().await
        })?;
        sleep(20 * MS).await?;
        let mut received = Vec::new();
        let mut buffer = [0; 4096];
        // Cut and mended often, some bytes are under way whenever it happens.
        for _ in 0..20 {
            sim::partition(here, there);
            sleep(2 * MS).await?;
            // What was there before the cut can still be read.
            while let Ok(read) = timeout(MS, far.read(&mut buffer)).await {
                received.extend(&buffer[..read?]);
            }
            let nothing = timeout(3 * MS, far.read(&mut buffer)).await;
            assert!(nothing.is_err(), "{nothing:?} came over a cut link");
            sim::heal(there, here);
            sleep(2 * MS).await?;
        }
        far.read_to_end(&mut received).await?;
        writer.await??;
        let expected: Vec<u8> = (0..=200_u8).flat_map(|number| [number; 10]).collect();
        assert_eq!(received, expected);
        Ok(())
    });
}

#[test]
fn a_connect_over_a_cut_link_waits_until_it_is_mended() {
    on_each_seed(&World::new(), async || {
        let (here, there) = (sim::host("localhost"), sim::host("far"));
        let listener = there.spawn(TcpListener::bind("0.0.0.0:80"))?.await??;
        sim::partition(here, there);
        assert!(timeout(LONG, TcpStream::connect("far:80")).await.is_err());
        let connecting = triga::spawn(TcpStream::connect("far:80"))?;
        // Other links are as they were.
        sim::host("other").spawn(TcpStream::connect("far:80"))?.await??;
        assert!(!connecting.is_finished());
        sim::heal(here, there);
        connecting.await??;
        listener.accept().await.map(drop)
    });
}

#[test]
fn datagrams_over_a_cut_link_are_lost() {
    on_each_seed(&World::new(), async || {
        let (here, there) = (sim::host("localhost"), sim::host("far"));
        sim::partition(here, there);
        assert_eq!(hundred_datagrams().await?, []);
        sim::heal(here, there);
        let far = there.spawn(UdpSocket::bind("0.0.0.0:54"))?.await??;
        let near = UdpSocket::bind("0.0.0.0:0").await?;
        near.send_to(b"lost under way", "far:54").await?;
        sim::partition(here, there);
        sleep(LONG).await?;
        sim::heal(here, there);
        sim::partition(here, there);
        near.send_to(b"lost at once", "far:54").await?;
        sim::heal(here, there);
        sleep(LONG).await?;
        near.send_to(b"after", "far:54").await?;
        let mut buffer = [0; 20];
        let (count, _) = far.recv_from(&mut buffer).await?;
        assert_eq!(&buffer[..count], b"after");
        Ok(())
    });
}
