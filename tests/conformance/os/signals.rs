//! Signals of Unix: every listener sees every one of them, and none is lost.

use std::io;
use std::os::unix::process::ExitStatusExt;
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll, Waker};
use std::thread;
use std::time::Duration;

use futures_util::{AsyncReadExt, AsyncWriteExt};
use nix::sys::signal::{self, SIGINT, SIGTERM, SIGUSR1, SIGUSR2};
use nix::unistd::getpid;
use signal_hook::low_level::raise;
use triga::io::{stderr, stdin, stdout};
use triga::os::unix::{SignalKind, restore_signal, signal};
use triga::signal::{Signal, ctrl_c, terminate};
use triga::{Driver, is_shut_down};

use crate::harness::Outcome;
use crate::program::command;
use crate::wakes::{Wakes, settle};

/// What 10,000 signals in a row are called here.
const MANY: usize = 10_000;

/// How many signals a listener has in store.
async fn stored(listener: &Signal) -> io::Result<usize> {
    // What was raised before is told by the turn that this wait takes.
    triga::time::sleep(Duration::from_millis(1)).await?;
    told(listener)
}

/// How many signals a listener has been told of, and did not give out yet.
fn told(listener: &Signal) -> io::Result<usize> {
    let mut count = 0;
    while let Poll::Ready(received) = listener.poll_recv(&mut Context::from_waker(Waker::noop())) {
        received?;
        count += 1;
    }
    Ok(count)
}

pub(super) async fn every_listener_sees_every_signal_after_its_creation() -> Outcome {
    let first = signal(SignalKind::USER_DEFINED_1)?;
    raise(SIGUSR1 as i32)?;
    let second = signal(SignalKind::USER_DEFINED_1)?;
    let other = signal(SignalKind::USER_DEFINED_2)?;
    raise(SIGUSR1 as i32)?;
    raise(SIGUSR2 as i32)?;
    raise(SIGUSR1 as i32)?;
    assert_eq!(stored(&first).await?, 3);
    assert_eq!(stored(&second).await?, 2);
    assert_eq!(stored(&other).await?, 1);
    Ok(())
}

pub(super) async fn a_second_ctrl_c_is_not_swallowed() -> Outcome {
    let (ctrl_c, terminate) = (ctrl_c()?, terminate()?);
    raise(SIGINT as i32)?;
    raise(SIGINT as i32)?;
    raise(SIGTERM as i32)?;
    ctrl_c.recv().await?;
    ctrl_c.recv().await?;
    terminate.recv().await?;
    assert_eq!(stored(&ctrl_c).await?, 0);
    raise(SIGINT as i32)?;
    ctrl_c.recv().await?;
    Ok(())
}

pub(super) async fn listeners_of_several_drivers_see_every_signal() -> Outcome {
    let here = signal(SignalKind::USER_DEFINED_1)?;
    let mut driver = Driver::new()?;
    let there = {
        let _current = driver.handle().enter();
        signal(SignalKind::USER_DEFINED_1)?
    };
    let mut receive = pin!(there.recv());
    let (wakes, waker) = Wakes::new();
    assert!(settle(&mut receive, &waker).is_pending());
    raise(SIGUSR1 as i32)?;
    let turn = driver.turn(None)?;
    assert_eq!((turn.ready(), wakes.count()), (1, 1));
    let Poll::Ready(received) = settle(&mut receive, &waker) else {
        panic!("it was woken for nothing")
    };
    received?;
    here.recv().await?;
    Ok(())
}

/// Each `raise` runs the handler before it returns, so the system promises one for one.
pub(super) async fn ten_thousand_signals_that_are_told_apart_are_seen_one_by_one() -> Outcome {
    let listener = signal(SignalKind::USER_DEFINED_1)?;
    let raising = thread::spawn(|| (0..MANY).try_for_each(|_| raise(SIGUSR1 as i32)));
    for _ in 0..MANY {
        listener.recv().await?;
    }
    raising.join().unwrap()?;
    assert_eq!(stored(&listener).await?, 0);
    Ok(())
}

/// A signal to the process becomes one with those that wait for its handler: the system promises the handler after the last.
pub(super) async fn of_ten_thousand_signals_to_the_process_the_last_is_never_lost() -> Outcome {
    let listener = signal(SignalKind::USER_DEFINED_1)?;
    let mut seen = 0;
    for _ in 0..MANY / 10 {
        (0..10).try_for_each(|_| signal::kill(getpid(), SIGUSR1))?;
        listener.recv().await?;
        seen += 1 + told(&listener)?;
    }
    seen += stored(&listener).await?;
    assert!((MANY / 10..=MANY).contains(&seen), "{seen} of {MANY} signals");
    Ok(())
}

pub(super) async fn a_signal_before_the_wait_ends_it() -> Outcome {
    let listener = signal(SignalKind::USER_DEFINED_1)?;
    for _ in 0..1_000 {
        raise(SIGUSR1 as i32)?;
        listener.recv().await?;
    }
    Ok(())
}

pub(super) async fn a_wait_for_a_signal_that_is_dropped_takes_none() -> Outcome {
    let listener = signal(SignalKind::USER_DEFINED_1)?;
    {
        let mut receive = pin!(listener.recv());
        assert!(settle(&mut receive, Waker::noop()).is_pending());
        raise(SIGUSR1 as i32)?;
        triga::time::sleep(Duration::from_millis(1)).await?;
    }
    assert_eq!(stored(&listener).await?, 1);
    Ok(())
}

pub(super) async fn signals_that_cannot_be_caught_are_refused() -> Outcome {
    let registered = triga::Handle::current()?.metrics().registrations();
    let refused = ["KILL", "STOP", "SEGV", "ILL", "FPE", "BUS"];
    for name in refused {
        let kind = format!("SIG{name}").parse::<nix::sys::signal::Signal>()? as i32;
        let error = signal(SignalKind::from_raw(kind)).unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::InvalidInput, "SIG{name}");
        assert!(error.to_string().contains(": "), "{error}");
    }
    for unknown in [0, -1, 4_000] {
        let error = signal(SignalKind::from_raw(unknown)).unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::InvalidInput, "{unknown}");
    }
    assert_eq!(triga::Handle::current()?.metrics().registrations(), registered);
    Ok(())
}

pub(super) async fn a_shutdown_ends_the_wait_for_a_signal() -> Outcome {
    let mut driver = Driver::new()?;
    let _current = driver.handle().enter();
    let listener = terminate()?;
    let mut receive = pin!(listener.recv());
    let (wakes, waker) = Wakes::new();
    assert!(settle(&mut receive, &waker).is_pending());
    driver.shutdown();
    assert_eq!(wakes.count(), 1);
    let Poll::Ready(Err(error)) = settle(&mut receive, &waker) else {
        panic!("no signal is ever reported")
    };
    assert!(is_shut_down(&error));
    assert!(is_shut_down(&ctrl_c().unwrap_err()));
    Ok(())
}

pub(super) async fn the_action_before_the_first_listener_comes_back_on_request() -> Outcome {
    let status = command(&["listen-and-die"]).status()?;
    assert_eq!(status.signal(), Some(SIGUSR1 as i32), "{status}");
    Ok(())
}

/// Ends by the signal that it has listened to before, twice.
pub(crate) async fn listen_and_die() -> Outcome {
    const KIND: SignalKind = SignalKind::USER_DEFINED_1;
    // No listener has changed it yet.
    restore_signal(KIND)?;
    for _ in 0..2 {
        let first = signal(KIND)?;
        let second = signal(KIND)?;
        drop(first);
        raise(SIGUSR1 as i32)?;
        second.recv().await?;
        assert_eq!(restore_signal(KIND).unwrap_err().kind(), io::ErrorKind::ResourceBusy);
        drop(second);
        // The handler stays, and ignores signals without a listener.
        raise(SIGUSR1 as i32)?;
        restore_signal(KIND)?;
    }
    raise(SIGUSR1 as i32)?;
    panic!("the signal was swallowed")
}

pub(super) async fn handlers_of_others_outlive_the_listeners() -> Outcome {
    let status = command(&["listen beside others"]).status()?;
    assert!(status.success(), "{status}");
    Ok(())
}

/// Listens while another part of the program begins to, and before it does.
pub(crate) async fn listen_beside_others() -> Outcome {
    for (kind, number) in [
        (SignalKind::USER_DEFINED_1, SIGUSR1 as i32),
        (SignalKind::USER_DEFINED_2, SIGUSR2 as i32),
    ] {
        let is_told = Arc::new(AtomicBool::new(false));
        let mut listener = Some(signal(kind)?);
        if kind == SignalKind::USER_DEFINED_2 {
            drop(listener.take());
        }
        signal_hook::flag::register(number, is_told.clone())?;
        drop(listener);
        raise(number)?;
        assert!(is_told.swap(false, Ordering::SeqCst), "signal {number}");
        let again = signal(kind)?;
        raise(number)?;
        again.recv().await?;
        assert!(is_told.load(Ordering::SeqCst), "signal {number}");
    }
    Ok(())
}

/// Copies its input a byte at a time, and answers each signal on standard error, the first time when it is ready for them.
pub(crate) async fn answer() -> Outcome {
    let asked = signal(SignalKind::USER_DEFINED_1)?;
    let answers = triga::spawn(async move {
        let mut stderr = stderr()?;
        loop {
            stderr.write_all(b"!").await?;
            asked.recv().await?;
        }
        #[allow(unreachable_code)]
        io::Result::Ok(())
    })?;
    let (mut stdin, mut stdout) = (stdin()?, stdout()?);
    let mut byte = [0];
    while stdin.read(&mut byte).await? > 0 {
        stdout.write_all(&byte).await?;
    }
    drop(answers);
    Ok(())
}
