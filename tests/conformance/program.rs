//! The programs whose standard streams are tested, each run as a process of its own: `conformance --program NAME`.

use std::env;
use std::ffi::OsString;
use std::process::{Command, ExitCode};
use std::time::Duration;

use futures_util::{AsyncReadExt, AsyncWriteExt};
use triga::io::{stderr, stdin, stdout};
use triga::net::TcpStream;
use triga::time::{sleep, timeout};

use crate::harness::{self, Outcome};
use crate::{attempt, ends, pattern};

/// The command line of this program. The system does not know how to start one for another processor: what runs this one is
/// named by `TRIGA_RUNNER`.
pub(crate) fn this_program() -> Vec<OsString> {
    let runner = env::var("TRIGA_RUNNER").unwrap_or_default();
    let program = env::current_exe().expect("this program has a path");
    let words = runner.split_whitespace().map(OsString::from);
    words.chain([program.into()]).collect()
}

/// What starts a program.
pub(crate) fn command(args: &[&str]) -> Command {
    let words = this_program();
    let mut command = Command::new(&words[0]);
    command.args(&words[1..]).arg("--program").args(args);
    command
}

/// Runs the program that the arguments name.
pub(crate) fn run(args: &[String]) -> ExitCode {
    let args: Vec<&str> = args.iter().map(String::as_str).collect();
    let number = |word: &str| word.parse().expect("the argument is a number");
    let outcome = match args[..] {
        ["echo" | "print" | "patient" | "stuffed" | "take", ..] => harness::block_on(of_streams(&args)),
        ["exit", code] => return ExitCode::from(number(code) as u8),
        ["print both", count] => harness::block_on(print_both(number(count))),
        ["end", ref end @ ..] => harness::block_on(ends::program(end)),
        ["serve connections"] => harness::block_on(attempt::serve()),
        ["attempt", ref attempts @ ..] => harness::block_on(attempt::program(attempts)),
        ["serve"] => harness::block_on(serve()),
        ["soak", seconds] => crate::soak::soak(Duration::from_secs(number(seconds) as u64)),
        ["without memory"] => crate::load::without_memory(),
        ["interrupted"] => crate::load::interrupted(),
        ["far side", address] => harness::block_on(crate::load::far_side(address)),
        ["lossy", address] => harness::block_on(crate::load::lossy(address)),
        ["flood", address] => harness::block_on(flood(address)),
        ["hold", address] => harness::block_on(hold(address)),
        #[cfg(all(unix, not(triga_platform = "sim")))]
        ["listen-and-die"] => harness::block_on(crate::os::signals::listen_and_die()),
        #[cfg(all(unix, not(triga_platform = "sim")))]
        ["listen beside others"] => harness::block_on(crate::os::signals::listen_beside_others()),
        #[cfg(all(unix, not(triga_platform = "sim")))]
        ["answer"] => harness::block_on(crate::os::signals::answer()),
        #[cfg(all(unix, not(triga_platform = "sim")))]
        ["look up without threads"] => harness::block_on(crate::os::names::without_threads()),
        #[cfg(all(unix, not(triga_platform = "sim")))]
        ["ignored children"] => harness::block_on(crate::os::children::ignored_children()),
        #[cfg(all(windows, not(triga_platform = "sim")))]
        ["raise-ctrl-c"] => harness::block_on(crate::windows::console::raise_ctrl_c()),
        #[cfg(all(windows, not(triga_platform = "sim")))]
        ["raise-ctrl-break"] => harness::block_on(crate::windows::console::raise_ctrl_break()),
        #[cfg(all(windows, not(triga_platform = "sim")))]
        ["listen-and-die"] => harness::block_on(crate::windows::console::listen_and_die()),
        _ => panic!("there is no program {args:?}"),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(failed) => {
            eprintln!("{failed:?}");
            ExitCode::FAILURE
        }
    }
}

/// Runs one of the programs that have to do with standard streams alone.
pub(crate) async fn of_streams(args: &[&str]) -> Outcome {
    let number = |word: &str| word.parse().expect("the argument is a number");
    match *args {
        ["echo", size] => echo(number(size)).await,
        ["print", count] => print(number(count)).await,
        ["patient"] => patient().await,
        ["stuffed", count] => stuffed(number(count)).await,
        ["take", count] => take(number(count)).await,
        _ => panic!("there is no program {args:?}"),
    }
}

/// Copies standard input to standard output, with a buffer of this size.
async fn echo(size: usize) -> Outcome {
    let (mut stdin, mut stdout) = (stdin()?, stdout()?);
    let mut buffer = vec![0; size];
    loop {
        let count = stdin.read(&mut buffer).await?;
        if count == 0 {
            return Ok(());
        }
        stdout.write_all(&buffer[..count]).await?;
        stdout.flush().await?;
    }
}

/// Writes so many bytes of the pattern.
async fn print(count: usize) -> Outcome {
    stdout()?.write_all(&pattern::bytes(0, count)).await?;
    Ok(())
}

/// Copies so many bytes, and leaves the rest.
async fn take(count: usize) -> Outcome {
    let mut bytes = vec![0; count];
    stdin()?.read_exact(&mut bytes).await?;
    stdout()?.write_all(&bytes).await?;
    Ok(())
}

/// Waits for its input for a while, says so, and then takes the time that the input takes. A deadline that never comes is
/// set all the while.
async fn patient() -> Outcome {
    let never = triga::spawn(sleep(Duration::MAX))?;
    let mut stdin = stdin()?;
    let mut buffer = [0; 64];
    for _ in 0..3 {
        let early = timeout(Duration::from_millis(10), stdin.read(&mut buffer)).await;
        assert_eq!(early.unwrap_err().kind(), std::io::ErrorKind::TimedOut);
    }
    let mut stdout = stdout()?;
    stdout.write_all(b"waiting\n").await?;
    let mut line = Vec::new();
    while line.last() != Some(&b'\n') {
        let count = stdin.read(&mut buffer).await?;
        assert_ne!(count, 0, "the line has no end");
        line.extend(&buffer[..count]);
    }
    stdout.write_all(&line).await?;
    assert!(!never.is_finished());
    Ok(())
}

/// Writes more than anybody reads, and goes on with other work meanwhile: it says so on standard error after so many ticks.
async fn stuffed(count: usize) -> Outcome {
    let writer = triga::spawn(print(count))?;
    for _ in 0..5 {
        sleep(Duration::from_millis(5)).await?;
    }
    assert!(!writer.is_finished(), "the peer has not read {count} bytes");
    stderr()?.write_all(b"ticked\n").await?;
    writer.await?
}

/// Writes so many bytes of the pattern to either stream, in turn.
async fn print_both(count: usize) -> Outcome {
    let (mut stdout, mut stderr) = (stdout()?, stderr()?);
    let bytes = pattern::bytes(0, count);
    for chunk in bytes.chunks(5_000) {
        stdout.write_all(chunk).await?;
        stderr.write_all(chunk).await?;
    }
    Ok(())
}

/// Connects, and sends the pattern without end.
async fn flood(address: &str) -> Outcome {
    let mut stream = TcpStream::connect(address).await?;
    for from in (0..).step_by(10_000) {
        stream.write_all(&pattern::bytes(from, 10_000)).await?;
    }
    Ok(())
}

/// Connects, and reads nothing up to the end of standard input.
async fn hold(address: &str) -> Outcome {
    let _stream = TcpStream::connect(address).await?;
    stdin()?.read_to_end(&mut Vec::new()).await?;
    Ok(())
}

/// Says that it is there, and fails when it is asked to end.
async fn serve() -> Outcome {
    let terminate = triga::signal::terminate()?;
    let mut stdout = stdout()?;
    stdout.write_all(b"serving\n").await?;
    terminate.recv().await?;
    stdout.write_all(b"asked to end\n").await?;
    std::process::exit(3)
}
