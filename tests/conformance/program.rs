//! The programs whose standard streams are tested, each run as a process of its own: `conformance --program NAME`.

use std::process::ExitCode;
use std::time::Duration;

use futures_util::{AsyncReadExt, AsyncWriteExt};
use triga::io::{stderr, stdin, stdout};
use triga::time::{sleep, timeout};

use crate::harness::{self, Outcome};
use crate::pattern;

/// Runs the program that the arguments name.
pub(crate) fn run(args: &[String]) -> ExitCode {
    let args: Vec<&str> = args.iter().map(String::as_str).collect();
    let number = |word: &str| word.parse().expect("the argument is a number");
    let outcome = match args[..] {
        ["echo", size] => harness::block_on(echo(number(size))),
        ["print", count] => harness::block_on(print(number(count))),
        ["patient"] => harness::block_on(patient()),
        ["stuffed", count] => harness::block_on(stuffed(number(count))),
        #[cfg(unix)]
        ["listen-and-die"] => harness::block_on(crate::os::signals::listen_and_die()),
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
    let count = stdin.read(&mut buffer).await?;
    stdout.write_all(&buffer[..count]).await?;
    assert!(!never.is_finished());
    Ok(())
}

/// Writes more than anybody reads, and goes on with other work meanwhile: it says so on standard error after so many ticks.
async fn stuffed(count: usize) -> Outcome {
    let writer = triga::spawn(print(count))?;
    for _ in 0..5 {
        sleep(Duration::from_millis(5)).await?;
    }
    assert!(!writer.is_finished(), "nobody has read {count} bytes");
    stderr()?.write_all(b"ticked\n").await?;
    writer.await?
}
