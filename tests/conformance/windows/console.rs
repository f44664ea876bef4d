//! Events of the console, which programs with a console of their own raise.

use std::env;
use std::io;
use std::os::windows::process::CommandExt;
use std::pin::pin;
use std::process::{Command, ExitStatus};
use std::task::{Poll, Waker};

use triga::os::windows::{ConsoleEvent, console_event, send_console_event};
use triga::signal::{ctrl_c, terminate};
use triga::{Driver, Handle, is_shut_down};

use crate::harness::Outcome;
use crate::wakes::{Wakes, settle};

fn run(program: &str) -> io::Result<ExitStatus> {
    const CREATE_NEW_CONSOLE: u32 = 0x10;
    Command::new(env::current_exe()?)
        .args(["--program", program])
        .creation_flags(CREATE_NEW_CONSOLE)
        .status()
}

pub(super) async fn every_listener_of_a_console_sees_every_ctrl_c() -> Outcome {
    let status = run("raise-ctrl-c")?;
    assert!(status.success(), "{status}");
    Ok(())
}

/// Raises Ctrl-C for itself.
pub(crate) async fn raise_ctrl_c() -> Outcome {
    let first = ctrl_c()?;
    send_console_event(ConsoleEvent::INTERRUPT, None)?;
    first.recv().await?;
    let second = console_event(ConsoleEvent::INTERRUPT | ConsoleEvent::CLOSE)?;
    for _ in 0..10 {
        send_console_event(ConsoleEvent::INTERRUPT, None)?;
    }
    for _ in 0..10 {
        first.recv().await?;
        second.recv().await?;
    }
    Ok(())
}

pub(super) async fn ctrl_break_is_a_request_to_end() -> Outcome {
    let status = run("raise-ctrl-break")?;
    assert!(status.success(), "{status}");
    Ok(())
}

/// Raises Ctrl-Break for itself.
pub(crate) async fn raise_ctrl_break() -> Outcome {
    let (terminate, interrupt) = (terminate()?, ctrl_c()?);
    send_console_event(ConsoleEvent::BREAK, None)?;
    terminate.recv().await?;
    send_console_event(ConsoleEvent::INTERRUPT, None)?;
    interrupt.recv().await?;
    Ok(())
}

pub(super) async fn the_default_action_of_ctrl_c_comes_back_when_the_last_listener_goes() -> Outcome {
    // It would never end by itself.
    run("listen-and-die")?;
    Ok(())
}

/// Ends by the Ctrl-C that it has listened to before.
pub(crate) async fn listen_and_die() -> Outcome {
    let (first, second) = (ctrl_c()?, ctrl_c()?);
    drop(first);
    send_console_event(ConsoleEvent::INTERRUPT, None)?;
    second.recv().await?;
    drop(second);
    send_console_event(ConsoleEvent::INTERRUPT, None)?;
    // The system tells it on another thread, in its own time.
    std::future::pending().await
}

pub(super) async fn a_shutdown_ends_the_wait_for_an_event_of_the_console() -> Outcome {
    let mut driver = Driver::new()?;
    let _current = driver.handle().enter();
    let listener = console_event(ConsoleEvent::CLOSE)?;
    let mut receive = pin!(listener.recv());
    let (wakes, waker) = Wakes::new();
    assert!(settle(&mut receive, &waker).is_pending());
    driver.shutdown();
    assert_eq!(wakes.count(), 1);
    let Poll::Ready(Err(error)) = settle(&mut receive, Waker::noop()) else {
        panic!("no event is ever reported")
    };
    assert!(is_shut_down(&error));
    assert!(is_shut_down(&terminate().unwrap_err()));
    Ok(())
}

pub(super) async fn events_that_only_the_system_sends_are_refused() -> Outcome {
    let registered = Handle::current()?.metrics().registrations();
    let listener = console_event(ConsoleEvent::CLOSE | ConsoleEvent::LOGOFF)?;
    for event in [ConsoleEvent::CLOSE, ConsoleEvent::LOGOFF, ConsoleEvent::SHUTDOWN] {
        assert!(send_console_event(event, None).is_err(), "{event:?}");
    }
    let error = send_console_event(ConsoleEvent::TERMINATE, None).unwrap_err();
    assert_eq!(error.kind(), io::ErrorKind::InvalidInput);
    drop(listener);
    assert_eq!(Handle::current()?.metrics().registrations(), registered);
    Ok(())
}
