//! Runs the suite in a WebAssembly guest: starts the guest, is its peer, hands on what it says, and ends it if it hangs.

use std::ffi::OsString;
use std::io::{self, BufRead, BufReader, Read};
use std::net::{SocketAddr, TcpListener};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{self, Receiver, RecvTimeoutError, Sender};
use std::thread;

use crate::far::FarEnds;
use crate::harness::{self, Counts, Selection};
use crate::rows::Row;
use crate::{across, refusals, stdio};

/// Runs what `--guest ROW HOST WASM [NAME]...` asks for.
pub(crate) fn run(args: &[String]) -> Result<Counts, String> {
    let [row, host, wasm, names @ ..] = args else {
        return Err("--guest takes a row, its wasmtime or Node, and the suite as WebAssembly".into());
    };
    let row = Row::named(Some(row))?;
    println!("conformance: row {}", row.name);
    let guest = Guest { row, host, wasm };
    let mut counts = guest.run(names).map_err(|error| format!("{host}: {error}"))?;
    // What it takes two processes to show runs here.
    stdio::set_subject(stdio::Subject {
        host: guest.host(),
        options: guest.options(None),
        guest: guest.guest(),
        // wasmtime does, on any version.
        blocks_on_stdout: !row.is_node(),
    });
    let selection = Selection::from_args(names.iter().cloned());
    let mut outside = vec![stdio::PROGRAMS];
    if row.has_network() {
        outside.extend([across::PROGRAMS, refusals::PROGRAMS]);
    }
    let outside = harness::run(&outside, row, &selection);
    counts.passed += outside.passed;
    counts.failed += outside.failed;
    counts.skipped += outside.skipped;
    Ok(counts)
}

struct Guest<'a> {
    row: &'a Row,
    host: &'a str,
    wasm: &'a str,
}

/// What a guest's streams bring.
enum Said {
    /// A line of standard output, with its end if it has one.
    Output(String),
    /// A line of standard error.
    Error(String),
}

impl Guest<'_> {
    /// The host's command line, before its options.
    fn host(&self) -> Vec<OsString> {
        let command = if self.row.is_node() { "--no-warnings" } else { "run" };
        vec![self.host.into(), command.into()]
    }

    /// What lets the guest do what the row has.
    fn options(&self, listener: Option<SocketAddr>) -> Vec<OsString> {
        let mut options: Vec<OsString> = Vec::new();
        if let Some(listener) = listener {
            options.extend(["-Spreview2=n".into(), format!("-Stcplisten={listener}").into()]);
        }
        if self.row.has_network() {
            options.extend(["-Sinherit-network".into(), "-Sallow-ip-name-lookup".into()]);
        }
        options
    }

    /// The guest, before its own arguments.
    fn guest(&self) -> Vec<OsString> {
        if self.row.is_node() {
            let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/conformance/node.mjs");
            return vec![script.into(), self.wasm.into()];
        }
        let row = format!("TRIGA_ROW={}", self.row.name);
        vec!["--env".into(), row.into(), self.wasm.into()]
    }

    /// Runs all tests. A test that fails ends its guest, since it cannot unwind: another guest goes on after it.
    fn run(&self, names: &[String]) -> io::Result<Counts> {
        let mut counts = Counts::default();
        let mut after = None;
        loop {
            let listener = self.row.has_preopened_listener().then(free_address).transpose()?;
            let host = self.host();
            let mut child = Command::new(&host[0])
                .args(&host[1..])
                .args(self.options(listener))
                .args(self.guest())
                .args(names)
                .args(after.iter().flat_map(|name: &String| ["--after", name]))
                .env("TRIGA_ROW", self.row.name)
                .stdin(Stdio::piped())
                .stdout(Stdio::piped())
                .stderr(Stdio::piped())
                .spawn()?;
            let said = listen_to(&mut child);
            let end = follow(&said, &mut child, &FarEnds::new(listener), &mut counts)?;
            let status = child.wait()?;
            match end {
                End::InTest(name) => after = Some(name),
                End::AfterTests if status.success() => return Ok(counts),
                // Node 20 crashes now and then when the guest is done: SIGSEGV in `Builtins_KeyedLoadIC`, V8's own code.
                End::AfterTests if self.row.is_node() => {
                    println!("Node ended with {status} after the last test");
                    return Ok(counts);
                }
                End::AfterTests | End::Early => {
                    return Err(io::Error::other(format!(
                        "the guest ended with {status} outside of a test"
                    )));
                }
            }
        }
    }
}

/// Where a guest ended.
enum End {
    /// In the test of this name, which failed.
    InTest(String),
    /// After it printed its closing line.
    AfterTests,
    /// Outside of a test, and before that.
    Early,
}

/// Counts the guest's tests until it ends.
fn follow(said: &Receiver<Said>, child: &mut Child, far_ends: &FarEnds, counts: &mut Counts) -> io::Result<End> {
    let mut end = End::Early;
    let mut hangs = false;
    loop {
        match said.recv_timeout(harness::LIMIT) {
            Ok(Said::Error(line)) => match line.strip_prefix('@') {
                Some(request) => far_ends.obey(request).map_err(io::Error::other)?,
                None => eprintln!("{line}"),
            },
            Ok(Said::Output(line)) => match line.strip_prefix("test ").and_then(|line| line.split_once(" ... ")) {
                Some((name, outcome)) => {
                    print!("{line}");
                    match outcome.split_whitespace().next() {
                        Some("ok") => counts.passed += 1,
                        Some("skipped") => counts.skipped += 1,
                        Some("FAILED") => {
                            counts.failed += 1;
                            end = End::InTest(name.to_owned());
                        }
                        _ => {
                            println!("FAILED ({})", if hangs { "it hung" } else { "it ended the guest" });
                            counts.failed += 1;
                            end = End::InTest(name.to_owned());
                        }
                    }
                }
                // The guest's own greeting and sum are only a part of those of this run.
                None if line.starts_with("conformance: ") => {
                    if line.contains(" passed, ") {
                        end = End::AfterTests;
                    }
                }
                None => print!("{line}"),
            },
            Err(RecvTimeoutError::Timeout) => {
                hangs = true;
                child.kill()?;
            }
            Err(RecvTimeoutError::Disconnected) => return Ok(end),
        }
    }
}

fn listen_to(child: &mut Child) -> Receiver<Said> {
    let (sender, receiver) = mpsc::channel();
    if let Some(output) = child.stdout.take() {
        forward(output, sender.clone(), Said::Output);
    }
    if let Some(error) = child.stderr.take() {
        forward(error, sender, |line| Said::Error(line.trim_end().into()));
    }
    receiver
}

fn forward(stream: impl Read + Send + 'static, sender: Sender<Said>, said: fn(String) -> Said) {
    thread::spawn(move || {
        let mut stream = BufReader::new(stream);
        let mut line = Vec::new();
        while stream.read_until(b'\n', &mut line).is_ok_and(|count| count > 0) {
            if sender.send(said(String::from_utf8_lossy(&line).into_owned())).is_err() {
                break;
            }
            line.clear();
        }
    });
}

fn free_address() -> io::Result<SocketAddr> {
    TcpListener::bind("127.0.0.1:0")?.local_addr()
}
