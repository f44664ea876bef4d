//! Children of Unix: whatever becomes of their handles, no zombie is left.

use std::io::{self, ErrorKind};
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

use nix::errno::Errno;
use nix::sys::wait::{WaitPidFlag, waitpid};
use nix::unistd::Pid;
use triga::process::{Child, spawn};
use triga::time::sleep;
use triga::{Driver, Handle};

use super::unix::Exhausted;
use crate::harness::Outcome;
use crate::program::{command, this_program};

/// Whether the process has any children, running or not. Whatever has ended stays as it is.
#[cfg(any(target_os = "linux", target_os = "android", target_os = "freebsd"))]
fn has_children() -> bool {
    use nix::sys::wait::{Id, WaitPidFlag, waitid};

    let peek = WaitPidFlag::WNOHANG | WaitPidFlag::WEXITED | WaitPidFlag::WNOWAIT;
    waitid(Id::All, peek) != Err(Errno::ECHILD)
}

/// Whether the process has any children, running or not, besides the one that is asked.
#[cfg(not(any(target_os = "linux", target_os = "android", target_os = "freebsd")))]
fn has_children() -> bool {
    let listed = Command::new("ps").args(["-A", "-o", "ppid="]).output();
    let listed = listed.expect("POSIX has a ps").stdout;
    let own = std::process::id().to_string();
    let children = String::from_utf8_lossy(&listed);
    children.split_whitespace().filter(|parent| *parent == own).count() > 1
}

pub(super) async fn two_hundred_children_at_once_leave_nothing_behind() -> Outcome {
    assert!(!has_children());
    let registered = Handle::current()?.metrics().registrations();
    let mut waits = Vec::new();
    for number in 0..200 {
        // They end when their input does, so that all are there at once.
        let mut child = spawn(Command::new("cat").stdin(Stdio::piped()).stdout(Stdio::null()))?;
        let stdin = child.stdin.take();
        match number % 4 {
            0 => drop(child),
            1 => child.kill()?,
            _ => waits.push((child, stdin)),
        }
        // Those that are dropped here are left to the driver: some with their input closed, some killed.
    }
    assert!(has_children());
    for (child, stdin) in &mut waits {
        drop(stdin.take());
        assert!(child.wait().await?.success());
    }
    drop(waits);
    while has_children() {
        sleep(Duration::from_millis(1)).await?;
    }
    assert_eq!(Handle::current()?.metrics().registrations(), registered);
    Ok(())
}

pub(super) async fn a_child_that_outlives_its_driver_is_reaped_with_the_next() -> Outcome {
    let mut driver = Driver::new()?;
    let mut child = {
        let _current = driver.handle().enter();
        spawn(Command::new("cat").stdin(Stdio::piped()).stdout(Stdio::null()))?
    };
    let stdin = child.stdin.take();
    drop(child);
    driver.shutdown();
    drop(driver);
    drop(stdin);
    assert!(has_children());
    while has_children() {
        spawn(&mut Command::new("true"))?.wait().await?;
    }
    Ok(())
}

pub(super) async fn a_child_that_cannot_be_waited_for_is_not_left_running() -> Outcome {
    let registered = Handle::current()?.metrics().registrations();
    let mut exhausted = Exhausted::new()?;
    // As many descriptors as are left, so many parts of it fail.
    let mut errors = 0;
    let mut child = loop {
        match spawn(Command::new("cat").stdin(Stdio::piped()).stdout(Stdio::piped())) {
            Ok(child) => break child,
            Err(error) => {
                assert_eq!(error.raw_os_error(), Some(Errno::EMFILE as i32), "{error}");
                assert!(!has_children());
                errors += 1;
                exhausted.give_back(1);
            }
        }
    };
    drop(exhausted);
    assert!(errors > 2, "{errors} errors");
    assert!(child.wait().await?.success());
    drop(child);
    assert_eq!(Handle::current()?.metrics().registrations(), registered);
    Ok(())
}

/// Says that the status of the child is lost, and does not change its mind.
async fn is_lost(child: &mut Child) -> Outcome {
    for _ in 0..2 {
        check_lost(&child.wait().await.unwrap_err());
        check_lost(&child.try_wait().unwrap_err());
    }
    // Its number may be another process's.
    child.kill()?;
    child.terminate()?;
    Ok(())
}

#[track_caller]
fn check_lost(error: &io::Error) {
    assert_eq!(error.kind(), ErrorKind::NotFound, "{error}");
    assert!(error.to_string().contains("ended"), "{error}");
}

pub(super) async fn a_child_whose_status_was_taken_is_over() -> Outcome {
    let registered = Handle::current()?.metrics().registrations();
    let mut child = spawn(&mut Command::new("true"))?;
    waitpid(Pid::from_raw(child.id() as i32), None)?;
    is_lost(&mut child).await?;
    drop(child);
    assert_eq!(Handle::current()?.metrics().registrations(), registered);
    Ok(())
}

pub(super) async fn children_start_beside_a_part_that_waits_for_all_of_them() -> Outcome {
    static IS_OVER: AtomicBool = AtomicBool::new(false);
    let other = thread::spawn(|| {
        while !IS_OVER.load(Ordering::Relaxed) {
            // There may be no children.
            let _ = waitpid(None, Some(WaitPidFlag::WNOHANG));
        }
    });
    for _ in 0..200 {
        let mut child = spawn(&mut Command::new("true"))?;
        match child.wait().await {
            Ok(status) => assert!(status.success()),
            Err(error) => check_lost(&error),
        }
    }
    IS_OVER.store(true, Ordering::Relaxed);
    other.join().unwrap();
    Ok(())
}

pub(super) async fn children_start_where_their_signal_is_ignored() -> Outcome {
    let status = Command::new("perl")
        .args(["-e", "$SIG{CHLD} = 'IGNORE'; exec @ARGV"])
        .args(this_program())
        .args(["--program", "ignored children"])
        .status()?;
    assert!(status.success(), "{status}");
    Ok(())
}

/// Runs with SIGCHLD ignored, as programs inherit it from some shells and supervisors.
pub(crate) async fn ignored_children() -> Outcome {
    let mut child = spawn(command(&["echo", "64"]).stdin(Stdio::piped()))?;
    let error = child.wait().await.unwrap_err();
    check_lost(&error);
    assert!(error.to_string().contains("SIGCHLD"), "{error}");
    for _ in 0..100 {
        let mut child = spawn(&mut Command::new("true"))?;
        is_lost(&mut child).await?;
    }
    let output = spawn(Command::new("echo").arg("word").stdout(Stdio::piped()))?;
    check_lost(&output.wait_with_output().await.unwrap_err());
    Ok(())
}
