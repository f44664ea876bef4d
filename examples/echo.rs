//! An echo server: one source for this machine and for WebAssembly.
//!
//! ```text
//! cargo run --release --example echo -- 127.0.0.1:7000
//!
//! cargo build --release --example echo --target wasm32-wasip1
//! wasmtime run -Spreview2=n -Stcplisten=127.0.0.1:7000 echo.wasm     the host listens: wasmtime 36 to 46
//! wasmtime run echo.wasm --stdio                                     the host has no sockets: any wasmtime
//! ```

use std::env;
use std::fmt::Display;
use std::io::{self, Write};
use std::process::ExitCode;
use std::time::Duration;

use futures_util::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use triga::net::TcpListener;

const USAGE: &str = "usage: `echo ADDRESS` listens there, `echo` on the socket that a WebAssembly host opened, \
                     `echo --stdio` answers on standard input and output";

fn main() -> ExitCode {
    let arguments: Vec<String> = env::args_os()
        .skip(1)
        .map(|word| word.to_string_lossy().into_owned())
        .collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let outcome = triga::block_on(async {
        match arguments[..] {
            [] => serve(preopened()?).await,
            ["--stdio"] => answer_stdio().await,
            [address] if !address.starts_with('-') => serve(bind(address).await?).await,
            _ => Err(io::Error::new(io::ErrorKind::InvalidInput, USAGE)),
        }
    });
    match outcome.and_then(|served| served) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            say(format_args!("error: {error}"));
            let misused = error.kind() == io::ErrorKind::InvalidInput;
            ExitCode::from(if misused { 2 } else { 1 })
        }
    }
}

async fn bind(address: &str) -> io::Result<TcpListener> {
    let listener = TcpListener::bind(address)
        .await
        .map_err(explain(format_args!("cannot listen on `{address}`")))?;
    say(format_args!("listening on {}", listener.local_addr()?));
    Ok(listener)
}

fn preopened() -> io::Result<TcpListener> {
    let listener = TcpListener::preopened(0).map_err(explain(format_args!("no address was given")))?;
    say("listening on the host's socket");
    Ok(listener)
}

async fn serve(listener: TcpListener) -> io::Result<()> {
    loop {
        match listener.accept().await {
            Ok((stream, _)) => triga::spawn(async move {
                // What goes wrong with one connection ends that one.
                if let Err(error) = answer(&stream, &stream).await {
                    say(format_args!("a connection failed: {error}"));
                }
            })?
            .detach(),
            Err(error) => {
                // It may be one connection's error or one that lasts, which must not keep this loop busy.
                say(format_args!("accepting failed: {error}"));
                triga::time::sleep(Duration::from_millis(10)).await?;
            }
        }
    }
}

async fn answer_stdio() -> io::Result<()> {
    let input = triga::io::stdin().map_err(explain(format_args!("standard input")))?;
    let output = triga::io::stdout().map_err(explain(format_args!("standard output")))?;
    answer(input, output).await
}

/// Writes back what it reads, until the end.
async fn answer(mut input: impl AsyncRead + Unpin, mut output: impl AsyncWrite + Unpin) -> io::Result<()> {
    // This is part of the task, so every connection has it all the time, also while it is idle.
    let mut buffer = [0; 4096];
    loop {
        let count = input.read(&mut buffer).await?;
        if count == 0 {
            return Ok(());
        }
        output.write_all(&buffer[..count]).await?;
    }
}

/// Puts what was to be done before the reason why it was not.
fn explain(what: impl Display) -> impl FnOnce(io::Error) -> io::Error {
    move |error| io::Error::new(error.kind(), format!("{what}: {error}"))
}

/// Prints a line on standard error. Unlike `eprintln!`, it does not panic when that has no reader.
fn say(line: impl Display) {
    let _ = writeln!(io::stderr(), "{line}");
}
