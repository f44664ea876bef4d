//! CPU time of another process.

use std::time::Duration;

/// What all threads of a process that run now have used so far, in the resolution of the scheduler's clock.
///
/// `None` where the system does not say: this reads Linux's `/proc/PID/task/*/schedstat`.
pub(crate) fn time(id: u32) -> Option<Duration> {
    let mut nanoseconds = 0;
    for task in std::fs::read_dir(format!("/proc/{id}/task")).ok()? {
        // A thread that ends meanwhile takes its time along.
        let Ok(schedstat) = std::fs::read_to_string(task.ok()?.path().join("schedstat")) else {
            continue;
        };
        nanoseconds += schedstat.split(' ').next()?.parse::<u64>().ok()?;
    }
    Some(Duration::from_nanos(nanoseconds))
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use std::process::Command;
    use std::thread;
    use std::time::{Duration, Instant};

    use crate::process::Running;

    #[test]
    fn work_of_another_process_is_counted() {
        let busy = Running::start(Command::new("sh").args(["-c", "while :; do :; done"])).unwrap();
        let start = Instant::now();
        // It gets that much even on a machine that is very busy.
        while super::time(busy.id()).unwrap() < Duration::from_millis(20) {
            assert!(start.elapsed() < Duration::from_secs(60));
            thread::sleep(Duration::from_millis(5));
        }
        assert!(super::time(busy.id()).unwrap() <= start.elapsed() + Duration::from_millis(100));
    }

    #[test]
    fn a_process_that_is_gone_has_no_time() {
        assert_eq!(super::time(u32::MAX), None);
    }
}
