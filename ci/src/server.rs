//! The echo program as a child: a server of TCP, or one of its own standard streams.

use std::io::{self, BufRead, BufReader};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::path::Path;
use std::process::{ChildStderr, ChildStdin, ChildStdout, Command, Stdio};
use std::sync::mpsc::{self, Receiver, RecvTimeoutError};
use std::thread;
use std::time::Duration;

use crate::client::Wire;
use crate::process::{Running, Watch};
use crate::wasmtime::Wasmtime;
use crate::{Error, Result, cpu};

/// How long a server may take for one thing before it counts as hung.
const LIMIT: Duration = Duration::from_secs(60);
/// How the echo program begins the line that says that it is ready; the address follows.
const LISTENING: &str = "listening on ";

/// An echo server of TCP. It ends with this value.
pub(crate) struct TcpServer {
    running: Running,
    said: Receiver<String>,
    address: SocketAddr,
}

impl TcpServer {
    /// A program that opens its own listener, on a port that the system chooses.
    pub(crate) fn listening(program: &mut Command) -> Result<TcpServer> {
        let (running, said, address) = start(program.arg("127.0.0.1:0"), LISTENING)?;
        let address = address
            .parse()
            .map_err(|_| format!("it listens on `{address}`, which is no address"))?;
        Ok(TcpServer { running, said, address })
    }

    /// The module, under a wasmtime that opens its listener.
    pub(crate) fn preopened(wasmtime: &Wasmtime, module: &Path) -> Result<TcpServer> {
        // wasmtime does not say which port it got, so it is told a free one.
        let address = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?.local_addr()?;
        let mut command = wasmtime.run();
        command
            .args(["-Spreview2=n", &format!("-Stcplisten={address}")])
            .arg(module);
        let (running, said, _) = start(&mut command, LISTENING)?;
        Ok(TcpServer { running, said, address })
    }

    pub(crate) fn connect(&self) -> io::Result<Wire<TcpStream, TcpStream>> {
        let writer = TcpStream::connect_timeout(&self.address, LIMIT)?;
        writer.set_nodelay(true)?;
        writer.set_read_timeout(Some(LIMIT))?;
        writer.set_write_timeout(Some(LIMIT))?;
        Ok(Wire {
            reader: writer.try_clone()?,
            writer,
        })
    }

    pub(crate) fn cpu(&self) -> Option<Duration> {
        cpu::time(self.running.id())
    }

    /// An error of the client, with what the server has to say about it.
    pub(crate) fn blame(&mut self, error: Error) -> Error {
        blame(&mut self.running, &self.said, error)
    }
}

/// An echo server of its own standard input and output. It ends with this value.
pub(crate) struct StdioServer {
    running: Running,
    said: Receiver<String>,
    watch: Watch,
}

impl StdioServer {
    pub(crate) fn start(wasmtime: &Wasmtime, module: &Path) -> Result<(StdioServer, Wire<ChildStdout, ChildStdin>)> {
        let mut command = wasmtime.run();
        command.arg(module).arg("--stdio");
        command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        let mut running = Running::start(&mut command)?;
        let child = &mut running.child;
        let (Some(writer), Some(reader), Some(stderr)) = (child.stdin.take(), child.stdout.take(), child.stderr.take())
        else {
            return Err("a pipe to it is missing".into());
        };
        let said = lines(stderr);
        // Pipes have no timeouts, so the server's end is what unblocks the client.
        let watch = Watch::start(running.id(), LIMIT);
        Ok((StdioServer { running, said, watch }, Wire { reader, writer }))
    }

    pub(crate) fn cpu(&self) -> Option<Duration> {
        cpu::time(self.running.id())
    }

    /// Waits until the server has ended by itself, as it must once its input has.
    pub(crate) fn finish(mut self) -> Result<()> {
        let status = self.running.child.wait()?;
        self.watch.stop("it did not finish")?;
        if status.success() {
            return Ok(());
        }
        Err(with_words(
            format!("at the end of its input it ended with {status}"),
            &self.said,
        ))
    }

    /// An error of the client, with what the server has to say about it.
    pub(crate) fn blame(mut self, error: Error) -> Error {
        let error = blame(&mut self.running, &self.said, error);
        self.watch.stop("it did not answer").err().map_or(error, Into::into)
    }
}

/// Starts a server and returns what follows `ready` in what it says.
pub(crate) fn start(command: &mut Command, ready: &str) -> Result<(Running, Receiver<String>, String)> {
    command
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::piped());
    let mut running = Running::start(command)?;
    let Some(stderr) = running.child.stderr.take() else {
        return Err("a pipe to it is missing".into());
    };
    let said = lines(stderr);
    let mut words = Vec::new();
    loop {
        match said.recv_timeout(LIMIT) {
            Ok(line) => match line.strip_prefix(ready) {
                Some(address) => return Ok((running, said, address.to_owned())),
                None => words.push(line),
            },
            Err(RecvTimeoutError::Timeout) => {
                return Err(format!("it did not listen within {} s: {}", LIMIT.as_secs(), words.join("; ")).into());
            }
            Err(RecvTimeoutError::Disconnected) => {
                let status = running.wait(LIMIT)?;
                return Err(format!("it ended with {status} before it listened: {}", words.join("; ")).into());
            }
        }
    }
}

/// What a child says on standard error, for as long as it runs.
pub(crate) fn lines(stderr: ChildStderr) -> Receiver<String> {
    let (sender, receiver) = mpsc::channel();
    thread::spawn(move || {
        let lines = BufReader::new(stderr).lines().map_while(io::Result::ok);
        // The listener is closed with the server.
        let _ = lines.map(|line| sender.send(line)).find(|sent| sent.is_err());
    });
    receiver
}

/// An error of a client, with what became of the server and what that said.
pub(crate) fn blame(running: &mut Running, said: &Receiver<String>, error: Error) -> Error {
    match running.child.try_wait() {
        Ok(Some(status)) => with_words(format!("{error}; the server ended with {status}"), said),
        _ => with_words(error.to_string(), said),
    }
}

/// An error, with what the server said.
pub(crate) fn with_words(error: String, said: &Receiver<String>) -> Error {
    // A server that has just ended has its last words still on their way.
    let words: Vec<String> = std::iter::from_fn(|| said.recv_timeout(Duration::from_millis(200)).ok())
        .take(20)
        .collect();
    if words.is_empty() {
        error.into()
    } else {
        format!("{error}; it said: {}", words.join("; ")).into()
    }
}
