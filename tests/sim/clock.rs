//! Virtual time.

use std::io;
use std::time::Duration;

use triga::net::UdpSocket;
use triga::os::sim::{self, World};
use triga::time::{Instant, sleep};

#[test]
fn a_day_takes_no_time() -> io::Result<()> {
    const DAY: Duration = Duration::from_secs(24 * 60 * 60);
    let start = std::time::Instant::now();
    sim::run(1, World::new(), async {
        let start = Instant::now();
        sleep(DAY).await?;
        let late = start.elapsed() - DAY;
        assert!(late < Duration::from_millis(1), "{late:?} late");
        io::Result::Ok(())
    })??;
    // A hundredth of what it would be in the real world, and thousands of times what it takes.
    assert!(start.elapsed() < DAY / 100);
    Ok(())
}

#[test]
#[cfg_attr(miri, ignore = "Miri takes too long for it")]
fn a_program_that_only_looks_sees_time_pass() -> io::Result<()> {
    sim::run(1, World::new(), async {
        let start = Instant::now();
        while start.elapsed() < Duration::from_millis(1) {
            triga::task::yield_now().await;
        }
    })
}

#[test]
fn what_will_never_happen_is_a_deadlock() {
    let error = sim::run(1, World::new(), std::future::pending::<()>()).unwrap_err();
    assert_eq!(error.kind(), io::ErrorKind::Deadlock);
}

#[test]
#[cfg_attr(miri, ignore = "Miri takes too long for it")]
fn hosts_talk_while_the_clock_stands_still() {
    for seed in sim::seeds(0..50) {
        sim::run(seed, World::new(), async {
            let (near, far) = (
                UdpSocket::bind("127.0.0.1:0").await?,
                UdpSocket::bind("127.0.0.1:0").await?,
            );
            let pause = Duration::from_millis(3);
            let start = Instant::now();
            let sleeper = triga::spawn(async move {
                sleep(pause).await?;
                io::Result::Ok(start.elapsed())
            })?;
            triga::task::yield_now().await;
            sim::stop_clock();
            let stopped = Instant::now();
            for _ in 0..1000 {
                near.send_to(b"ping", far.local_addr()?).await?;
                far.recv_from(&mut [0; 4]).await?;
                assert_eq!(Instant::now(), stopped);
            }
            // By the clock it is as if that had taken no time.
            assert!(!sleeper.is_finished());
            sim::start_clock();
            let late = sleeper.await?? - pause;
            assert!(late < Duration::from_millis(1), "{late:?} late");
            io::Result::Ok(())
        })
        .unwrap()
        .unwrap();
    }
}

#[test]
fn a_deadline_never_comes_while_the_clock_stands_still() {
    let error = sim::run(1, World::new(), async {
        sim::stop_clock();
        sleep(Duration::from_millis(1)).await
    });
    assert_eq!(error.unwrap_err().kind(), io::ErrorKind::Deadlock);
}
