//! Events of the console, which programs with a console of their own raise.

use std::env;
use std::io;
use std::os::windows::process::CommandExt;
use std::process::{Command, ExitStatus};

use triga::os::windows::{ConsoleEvent, console_event, send_console_event};
use triga::signal::{ctrl_c, terminate};

use crate::harness::Outcome;

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
