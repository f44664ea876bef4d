//! The HTTP examples of WASI 0.2 under wasmtime: one fetches from a server here, one serves clients here, and every byte that
//! they pass on is compared.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::mpsc::{self, Receiver};
use std::thread;
use std::time::Duration;

use crate::Result;
use crate::job::Job;
use crate::matrix::Row;
use crate::process::{Running, Watch};
use crate::server;
use crate::toolchain::cargo_for;
use crate::wasmtime::Wasmtime;

/// How long a program may take for one thing before it counts as hung.
const LIMIT: Duration = Duration::from_secs(60);
/// How many bytes are fetched: more than any buffer on the way takes.
const FETCHED: usize = 5_000_000;
/// How many clients are served at once.
const CLIENTS: usize = 12;
/// What `http_hello` says to each, before and after it has asked its upstream.
const ANSWER: [&str; 2] = ["hello\n", "and hello from upstream\nbye\n"];

/// Builds both examples and runs them.
pub(crate) fn run(job: &mut Job, row: &Row, wasmtime: &Wasmtime) -> Result<()> {
    let mut cargo = cargo_for(row, "build");
    cargo.args(["--package", "triga", "--example", "http_hello", "--example", "http_get"]);
    let get = job.build(&mut cargo, "http_get")?;
    let hello = get.with_file_name("http_hello.wasm");
    job.note("http_get fetches from a server here");
    fetch(wasmtime, &get)?;
    job.note("http_hello serves clients here");
    serve(wasmtime, &hello)
}

/// Has `http_get` fetch a body that comes in chunks.
fn fetch(wasmtime: &Wasmtime, program: &Path) -> Result<()> {
    let listener = listen()?;
    let address = listener.local_addr()?.to_string();
    let server = thread::spawn(move || answer_with_chunks(&listener));
    let mut command = wasmtime.run();
    command.arg("-Shttp").arg(program).args([&address, "/page"]);
    command
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    let mut running = Running::start(&mut command)?;
    let (Some(mut stdout), Some(stderr)) = (running.child.stdout.take(), running.child.stderr.take()) else {
        return Err("a pipe to it is missing".into());
    };
    let said = server::lines(stderr);
    // Pipes have no timeouts, so the program's end is what unblocks this.
    let watch = Watch::start(running.id(), LIMIT);
    let mut fetched = Vec::new();
    stdout.read_to_end(&mut fetched)?;
    let status = running.child.wait()?;
    watch.stop("http_get did not finish")?;
    if !status.success() || fetched != body() {
        let what = format!("http_get ended with {status} and {} of {FETCHED} bytes", fetched.len());
        return Err(server::with_words(what, &said));
    }
    server.join().map_err(|_| "the thread of the server panicked")?
}

/// Answers one request, in chunks of many lengths.
fn answer_with_chunks(listener: &TcpListener) -> Result<()> {
    let mut stream = patient(listener.accept()?.0)?;
    head(&mut BufReader::new(stream.try_clone()?))?;
    stream.write_all(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")?;
    let body = body();
    let mut rest = &body[..];
    for length in (1..).step_by(997) {
        let (chunk, later) = rest.split_at(rest.len().min(length));
        // The empty one is the end.
        write!(stream, "{:x}\r\n", chunk.len())?;
        stream.write_all(chunk)?;
        stream.write_all(b"\r\n")?;
        if chunk.is_empty() {
            break;
        }
        rest = later;
    }
    Ok(())
}

/// Bytes of which no two blocks are the same.
fn body() -> Vec<u8> {
    (0..FETCHED).map(|at| (at * 7 + at / 251 + at / 65_537) as u8).collect()
}

/// Has `http_hello` serve clients at once. Its upstream answers no client until every client has the beginning of its body: so
/// each body is streamed, and each request has an instance that does not keep the others waiting.
fn serve(wasmtime: &Wasmtime, program: &Path) -> Result<()> {
    let upstream = listen()?;
    let upstreams_address = upstream.local_addr()?;
    let (answer, may_answer) = mpsc::channel();
    thread::spawn(move || echo_when_told(&upstream, &may_answer));
    let mut command = Command::new(&wasmtime.path);
    command
        // It need not be compiled in.
        .args([
            "serve",
            "-Opooling-allocator=n",
            "-Scli",
            "-Sinherit-network",
            "--addr",
            "127.0.0.1:0",
        ])
        .args(["--env", &format!("UPSTREAM={upstreams_address}")])
        .arg(program);
    let (mut running, said, address) = server::start(&mut command, "Serving HTTP on http://")?;
    let served = (|| {
        let address: SocketAddr = address.trim_end_matches('/').parse()?;
        let mut clients = (0..CLIENTS)
            .map(|_| Client::connect(address))
            .collect::<Result<Vec<_>>>()?;
        clients.iter_mut().try_for_each(Client::expect_head)?;
        clients.iter_mut().try_for_each(|client| client.expect(ANSWER[0]))?;
        answer.send(())?;
        clients.iter_mut().try_for_each(|client| client.expect(ANSWER[1]))?;
        clients.iter_mut().try_for_each(Client::expect_end)
    })();
    served.map_err(|error| server::blame(&mut running, &said, error))?;
    running.interrupt();
    let status = running.wait(LIMIT)?;
    if status.success() || cfg!(not(unix)) {
        return Ok(());
    }
    Err(server::with_words(
        format!("asked to end, it ended with {status}"),
        &said,
    ))
}

/// Takes a connection and a message of each client's instance, and sends them back when it is told.
fn echo_when_told(listener: &TcpListener, told: &Receiver<()>) -> Result<()> {
    let mut asked = Vec::new();
    for _ in 0..CLIENTS {
        let mut stream = patient(listener.accept()?.0)?;
        let mut message = String::new();
        BufReader::new(&mut stream).read_line(&mut message)?;
        asked.push((stream, message));
    }
    told.recv()?;
    for (mut stream, message) in asked {
        stream.write_all(message.as_bytes())?;
    }
    Ok(())
}

/// A request under way, and what came of the body and was not compared yet.
struct Client {
    stream: BufReader<TcpStream>,
    body: Vec<u8>,
    ended: bool,
}

impl Client {
    fn connect(address: SocketAddr) -> Result<Client> {
        let mut stream = patient(TcpStream::connect_timeout(&address, LIMIT)?)?;
        write!(stream, "GET / HTTP/1.1\r\nHost: {address}\r\n\r\n")?;
        Ok(Client {
            stream: BufReader::new(stream),
            body: Vec::new(),
            ended: false,
        })
    }

    /// Reads the head, which must say that a body follows.
    fn expect_head(&mut self) -> Result<()> {
        let head = head(&mut self.stream)?;
        if head.starts_with("HTTP/1.1 200 ") && head.to_lowercase().contains("transfer-encoding: chunked") {
            return Ok(());
        }
        Err(format!("a client got the head `{head}`").into())
    }

    /// Reads on until so much is there, which must be this.
    fn expect(&mut self, expected: &str) -> Result<()> {
        while self.body.len() < expected.len() && !self.ended {
            self.read_chunk()?;
        }
        let came: Vec<u8> = self.body.drain(..self.body.len().min(expected.len())).collect();
        if came == expected.as_bytes() {
            return Ok(());
        }
        let came = String::from_utf8_lossy(&came);
        Err(format!("a client got `{came}` in place of `{expected}`").into())
    }

    /// Reads the end of the body.
    fn expect_end(&mut self) -> Result<()> {
        while self.body.is_empty() && !self.ended {
            self.read_chunk()?;
        }
        if self.body.is_empty() {
            return Ok(());
        }
        Err(format!("a client got more: `{}`", String::from_utf8_lossy(&self.body)).into())
    }

    fn read_chunk(&mut self) -> Result<()> {
        let mut line = String::new();
        self.stream.read_line(&mut line)?;
        let length = usize::from_str_radix(line.trim(), 16)
            .map_err(|_| format!("a client got `{}` in place of a chunk's length", line.trim()))?;
        let mut chunk = vec![0; length + 2];
        self.stream.read_exact(&mut chunk)?;
        self.body.extend_from_slice(&chunk[..length]);
        self.ended = length == 0;
        Ok(())
    }
}

/// The lines before a body.
fn head(stream: &mut impl BufRead) -> Result<String> {
    let mut head = String::new();
    while !head.ends_with("\r\n\r\n") {
        if stream.read_line(&mut head)? == 0 {
            return Err(format!("the connection ended after `{head}`").into());
        }
    }
    Ok(head)
}

fn listen() -> Result<TcpListener> {
    Ok(TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?)
}

fn patient(stream: TcpStream) -> Result<TcpStream> {
    stream.set_read_timeout(Some(LIMIT))?;
    stream.set_write_timeout(Some(LIMIT))?;
    Ok(stream)
}
