//! Runs a command, relays what it writes with the time of each line, and stops it politely on Ctrl-C: one source for Unix and
//! Windows.
//!
//! ```text
//! cargo run --example supervisor -- ping 127.0.0.1
//! ```
//!
//! The first Ctrl-C, or request to end, asks the command to end as well. The second, or five seconds, ends it by force.

use std::fmt::Display;
use std::io::{self, Write};
use std::pin::pin;
use std::process::{Command, ExitCode, ExitStatus, Stdio};
use std::time::{Duration, SystemTime};

use futures_util::future::{Either, select};
use futures_util::io::{AsyncBufReadExt, BufReader};
use triga::PipeReader;
use triga::process::{self, Child};
use triga::signal::{self, Signal};
use triga::time::timeout;

/// How long a command that was asked to end may take.
const GRACE: Duration = Duration::from_secs(5);

fn main() -> ExitCode {
    let mut words = std::env::args_os().skip(1);
    let Some(program) = words.next() else {
        say("usage: supervisor COMMAND [ARGUMENT]...");
        return ExitCode::from(2);
    };
    let mut command = Command::new(&program);
    command.args(words).stdin(Stdio::null());
    let name = program.to_string_lossy();
    match triga::block_on(supervise(&name, &mut command)).and_then(|outcome| outcome) {
        Ok(status) => {
            say(format_args!("{name} ended with {status}"));
            ExitCode::from(status.code().map_or(1, |code| code as u8))
        }
        Err(error) => {
            say(format_args!("{name}: {error}"));
            ExitCode::FAILURE
        }
    }
}

async fn supervise(name: &str, command: &mut Command) -> io::Result<ExitStatus> {
    // Before the command, so that there is no moment at which Ctrl-C would leave it alone.
    let signals = [signal::ctrl_c()?, signal::terminate()?];
    let mut child = process::spawn(command.stdout(Stdio::piped()).stderr(Stdio::piped()))?;
    let relays = [
        triga::spawn(relay("out", child.stdout.take()))?,
        triga::spawn(relay("err", child.stderr.take()))?,
    ];
    let status = match run(&mut child, &signals).await? {
        Some(status) => status,
        None => stop(name, &mut child, &signals).await?,
    };
    for last_lines in relays {
        // What the command has started may have its streams still, and go on with them: that is not waited for.
        if let Ok(relayed) = timeout(GRACE, last_lines).await {
            relayed??;
        }
    }
    Ok(status)
}

/// Waits until the command ends, and says how; or until somebody asks for its end.
async fn run(child: &mut Child, [ctrl_c, terminate]: &[Signal; 2]) -> io::Result<Option<ExitStatus>> {
    let (ctrl_c, terminate) = (pin!(ctrl_c.recv()), pin!(terminate.recv()));
    match select(pin!(child.wait()), select(ctrl_c, terminate)).await {
        Either::Left((status, _)) => status.map(Some),
        Either::Right((Either::Left((asked, _)) | Either::Right((asked, _)), _)) => asked.map(|()| None),
    }
}

/// Asks the command to end, and sees to it that it does.
async fn stop(name: &str, child: &mut Child, signals: &[Signal; 2]) -> io::Result<ExitStatus> {
    say(format_args!("asking {name} to end"));
    if let Err(error) = child.terminate() {
        say(format_args!("{name} cannot be asked: {error}"));
    }
    match timeout(GRACE, run(child, signals)).await {
        Ok(Ok(Some(status))) => Ok(status),
        Ok(Err(error)) => Err(error),
        // Somebody has asked again, or it is late.
        Ok(Ok(None)) | Err(_) => end(name, child).await,
    }
}

async fn end(name: &str, child: &mut Child) -> io::Result<ExitStatus> {
    say(format_args!("ending {name} by force"));
    child.kill()?;
    child.wait().await
}

/// Prints each line with the time at which it came.
async fn relay(title: &str, stream: Option<PipeReader>) -> io::Result<()> {
    let Some(stream) = stream else { return Ok(()) };
    let mut lines = BufReader::new(stream);
    let mut line = Vec::new();
    while lines.read_until(b'\n', &mut line).await? > 0 {
        let text = String::from_utf8_lossy(&line);
        // The reader may be gone.
        let _ = writeln!(io::stdout(), "{} {title} | {}", time_of_day(), text.trim_end());
        line.clear();
    }
    Ok(())
}

/// Hours, minutes, seconds and milliseconds, in UTC.
fn time_of_day() -> impl Display {
    let now = SystemTime::UNIX_EPOCH.elapsed().unwrap_or_default();
    let seconds = now.as_secs() % 86_400;
    format!(
        "{:02}:{:02}:{:02}.{:03}Z",
        seconds / 3_600,
        seconds / 60 % 60,
        seconds % 60,
        now.subsec_millis()
    )
}

/// Prints a line on standard error. Unlike `eprintln!`, it does not panic when that has no reader.
fn say(line: impl Display) {
    let _ = writeln!(io::stderr(), "{} supervisor: {line}", time_of_day());
}
