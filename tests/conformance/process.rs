//! Children: their streams, their end, and what std says of it.

use std::io;
use std::pin::pin;
use std::process::{Command, Stdio};
use std::task::{Poll, Waker};
use std::time::Duration;

use futures_util::{AsyncReadExt, AsyncWriteExt};
use triga::process::spawn;
use triga::time::timeout;
use triga::{Capability, Driver, Handle, is_shut_down};

use crate::harness::{Outcome, tests};
use crate::pattern;
use crate::program::command;
use crate::rows::Need;
use crate::wakes::{Wakes, settle};

const PROCESSES: Need = Need::Has(Capability::Processes);

tests![
    a_child_ends_with_the_status_that_std_reports(PROCESSES),
    a_child_that_is_killed_ends_with_the_status_that_std_reports(PROCESSES),
    a_child_answers_through_its_streams(PROCESSES),
    a_child_whose_input_is_closed_comes_to_its_end(PROCESSES),
    waiting_for_a_child_closes_what_it_reads(PROCESSES),
    what_a_child_writes_is_gathered_from_both_streams(PROCESSES),
    a_wait_for_a_child_that_is_given_up_loses_nothing(PROCESSES),
    children_are_waited_for_together(PROCESSES),
    a_child_is_asked_to_end(PROCESSES, Need::Unix),
    a_program_that_is_missing_is_not_found(PROCESSES),
    a_shutdown_ends_the_wait_for_a_child(PROCESSES),
];

async fn a_child_ends_with_the_status_that_std_reports() -> Outcome {
    for code in [0, 1, 7, 255] {
        let args = ["exit", &code.to_string()];
        let mut child = spawn(&mut command(&args))?;
        let status = child.wait().await?;
        assert_eq!(status, command(&args).status()?);
        assert_eq!(status.code(), Some(code));
        // It stays so.
        assert_eq!(child.wait().await?, status);
        assert_eq!(child.try_wait()?, Some(status));
        child.kill()?;
        child.terminate()?;
    }
    Ok(())
}

async fn a_child_that_is_killed_ends_with_the_status_that_std_reports() -> Outcome {
    let mut child = spawn(command(&["echo", "64"]).stdin(Stdio::piped()))?;
    let _stdin = child.stdin.take();
    assert_eq!(child.try_wait()?, None);
    child.kill()?;
    let status = child.wait().await?;
    let mut std_child = command(&["echo", "64"]).stdin(Stdio::piped()).spawn()?;
    std_child.kill()?;
    assert_eq!(status, std_child.wait()?);
    assert!(!status.success());
    Ok(())
}

async fn a_child_answers_through_its_streams() -> Outcome {
    let mut child = spawn(
        command(&["echo", "1000"])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped()),
    )?;
    let (mut stdin, mut stdout) = (child.stdin.take().unwrap(), child.stdout.take().unwrap());
    let mut from = 0;
    for size in [1, 2, 999, 1_000, 1_001, 4_096, 60_000] {
        let sent = pattern::bytes(from, size);
        let writing = async { stdin.write_all(&sent).await };
        let mut received = vec![0; size];
        let reading = async { stdout.read_exact(&mut received).await };
        futures_util::future::try_join(writing, reading).await?;
        assert!(sent == received, "{size} bytes came back as others");
        from += size as u64;
    }
    drop(stdin);
    assert_eq!(stdout.read(&mut [0]).await?, 0);
    assert_eq!(child.stderr.take().unwrap().read(&mut [0]).await?, 0);
    assert!(child.wait().await?.success());
    Ok(())
}

async fn a_child_whose_input_is_closed_comes_to_its_end() -> Outcome {
    let mut child = spawn(command(&["echo", "64"]).stdin(Stdio::piped()).stdout(Stdio::piped()))?;
    let stdin = child.stdin.as_mut().expect("it is piped");
    stdin.write_all(b"last words").await?;
    stdin.close().await?;
    assert_eq!(
        stdin.write(b"more").await.unwrap_err().kind(),
        io::ErrorKind::BrokenPipe
    );
    let mut echo = String::new();
    let mut stdout = child.stdout.take().expect("it is piped");
    stdout.read_to_string(&mut echo).await?;
    assert_eq!(echo, "last words");
    // It has ended though its input is still there.
    while child.try_wait()?.is_none() {
        triga::task::yield_now().await;
    }
    Ok(())
}

async fn waiting_for_a_child_closes_what_it_reads() -> Outcome {
    let mut child = spawn(command(&["echo", "64"]).stdin(Stdio::piped()))?;
    assert!(child.wait().await?.success());
    Ok(())
}

async fn what_a_child_writes_is_gathered_from_both_streams() -> Outcome {
    const COUNT: usize = 300_000;
    let child = spawn(
        command(&["print both", &COUNT.to_string()])
            .stdout(Stdio::piped())
            .stderr(Stdio::piped()),
    )?;
    let output = child.wait_with_output().await?;
    assert!(output.status.success());
    let expected = pattern::bytes(0, COUNT);
    assert!(output.stdout == expected && output.stderr == expected);
    let quiet = spawn(&mut command(&["exit", "4"]))?.wait_with_output().await?;
    assert_eq!(
        (quiet.status.code(), quiet.stdout.len(), quiet.stderr.len()),
        (Some(4), 0, 0)
    );
    Ok(())
}

async fn a_wait_for_a_child_that_is_given_up_loses_nothing() -> Outcome {
    let mut child = spawn(command(&["echo", "64"]).stdin(Stdio::piped()))?;
    let stdin = child.stdin.take();
    for _ in 0..3 {
        let early = timeout(Duration::from_millis(1), child.wait()).await;
        assert_eq!(early.unwrap_err().kind(), io::ErrorKind::TimedOut);
    }
    drop(stdin);
    assert!(child.wait().await?.success());
    Ok(())
}

async fn children_are_waited_for_together() -> Outcome {
    let registered = Handle::current()?.metrics().registrations();
    let mut tasks = Vec::new();
    for code in 0..10 {
        let mut child = spawn(&mut command(&["exit", &code.to_string()]))?;
        tasks.push(triga::spawn(async move { child.wait().await })?);
    }
    for (code, task) in tasks.into_iter().enumerate() {
        assert_eq!(task.await??.code(), Some(code as i32));
    }
    assert_eq!(Handle::current()?.metrics().registrations(), registered);
    Ok(())
}

async fn a_child_is_asked_to_end() -> Outcome {
    let mut child = spawn(command(&["serve"]).stdout(Stdio::piped()))?;
    let mut stdout = child.stdout.take().unwrap();
    let mut line = [0; 8];
    stdout.read_exact(&mut line).await?;
    assert_eq!(&line, b"serving\n");
    child.terminate()?;
    let mut rest = String::new();
    stdout.read_to_string(&mut rest).await?;
    assert_eq!(rest, "asked to end\n");
    assert_eq!(child.wait().await?.code(), Some(3));
    Ok(())
}

async fn a_program_that_is_missing_is_not_found() -> Outcome {
    let registered = Handle::current()?.metrics().registrations();
    let mut missing = Command::new("there-is-no-such-program");
    match (missing.spawn(), spawn(&mut missing)) {
        (Err(expected), Err(error)) => {
            assert_eq!(expected.kind(), io::ErrorKind::NotFound);
            assert_eq!(error.kind(), expected.kind());
        }
        // An emulator of a processor (qemu) lets a start succeed that it cannot look into: the child says it.
        (Ok(mut expected), Ok(mut child)) => assert_eq!(child.wait().await?, expected.wait()?),
        (expected, child) => panic!("std says {expected:?}, and triga {child:?}"),
    }
    assert_eq!(Handle::current()?.metrics().registrations(), registered);
    Ok(())
}

async fn a_shutdown_ends_the_wait_for_a_child() -> Outcome {
    let mut driver = Driver::new()?;
    let _current = driver.handle().enter();
    let mut child = spawn(command(&["echo", "64"]).stdin(Stdio::piped()))?;
    let stdin = child.stdin.take();
    {
        let mut wait = pin!(child.wait());
        let (wakes, waker) = Wakes::new();
        assert!(settle(&mut wait, &waker).is_pending());
        // Windows closes a stream when the driver has seen all that was to be told of it.
        driver.turn(Some(Duration::ZERO))?;
        driver.shutdown();
        assert_eq!(wakes.count(), 1);
        let Poll::Ready(Err(error)) = settle(&mut wait, Waker::noop()) else {
            panic!("its end is never reported")
        };
        assert!(is_shut_down(&error));
    }
    assert!(is_shut_down(&spawn(&mut command(&["exit", "0"])).unwrap_err()));
    drop(stdin);
    // Without the driver, there is still the system.
    while child.try_wait()?.is_none() {
        std::thread::yield_now();
    }
    Ok(())
}
