//! Virtual time.

use std::io;
use std::time::Duration;

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
