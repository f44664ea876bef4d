//! The far ends of the tests' connections: threads that follow small scripts on std's blocking sockets.
//!
//! A script is a list such as `receive 4, send 10, end`. The words are those of [`Step`]. What is sent is [`pattern`], which
//! goes on from step to step, and what is received must be the same.

use std::collections::HashMap;
use std::io::{self, Read, Write};
use std::net::{Shutdown, SocketAddr, TcpStream};
use std::sync::{Mutex, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use socket2::SockRef;

use crate::pattern::{self, Checked};

/// A far end that meets a near one which hangs lets go after this time, later than the watchdog.
const LIMIT: Duration = Duration::from_secs(600);

/// What connects to a test's listener when asked to.
#[derive(Debug, Default)]
pub(crate) struct FarEnds {
    /// The listener of a guest that has it from the host.
    preopened: Option<SocketAddr>,
    running: Mutex<HashMap<u32, JoinHandle<String>>>,
}

impl FarEnds {
    pub(crate) fn new(preopened: Option<SocketAddr>) -> FarEnds {
        FarEnds {
            preopened,
            running: Mutex::default(),
        }
    }

    /// Does what a request says: `connect LISTENER NUMBER COUNT SCRIPT` or `report LISTENER NUMBER`. A listener is an address,
    /// or else `preopened`.
    pub(crate) fn obey(&self, request: &str) -> Result<(), String> {
        let malformed = || format!("a test asks for `{request}`, which means nothing here");
        let (verb, rest) = request.split_once(' ').ok_or_else(malformed)?;
        let (listener, rest) = rest.split_once(' ').ok_or_else(malformed)?;
        let listener = listener.parse().ok().or(self.preopened).ok_or_else(malformed)?;
        match verb {
            "connect" => {
                let mut words = rest.splitn(3, ' ');
                let number = words.next().and_then(|word| word.parse().ok()).ok_or_else(malformed)?;
                let count = words.next().and_then(|word| word.parse().ok()).ok_or_else(malformed)?;
                let script = words.next().and_then(parse).ok_or_else(malformed)?;
                let thread = thread::spawn(move || follow(listener, count, &script));
                self.running().insert(number, thread);
            }
            "report" => {
                let number = rest.parse().map_err(|_| malformed())?;
                let thread = self.running().remove(&number).ok_or_else(malformed)?;
                thread::spawn(move || report(listener, thread));
            }
            _ => return Err(malformed()),
        }
        Ok(())
    }

    /// Waits until every script is done whose report nobody has asked for.
    #[cfg(unix)]
    pub(crate) fn finish(&self) {
        let running: Vec<_> = self.running().drain().collect();
        for (_, thread) in running {
            // A panic of it would have been its report.
            let _ = thread.join();
        }
    }

    fn running(&self) -> std::sync::MutexGuard<'_, HashMap<u32, JoinHandle<String>>> {
        self.running.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Connects once more to say what has become of a script, when it is done.
fn report(listener: SocketAddr, thread: JoinHandle<String>) -> io::Result<()> {
    let text = thread.join().unwrap_or_else(|_| "panicked".into());
    TcpStream::connect(listener)?.write_all(text.as_bytes())
}

#[derive(Debug, Clone, Copy)]
enum Step {
    /// `send N`
    Send(u64),
    /// `receive N`
    Receive(u64),
    /// `receive all`: up to the end of the stream.
    ReceiveAll,
    /// `echo`: sends what it receives, up to the end of the stream.
    Echo,
    /// `end`: sends no more.
    End,
    /// `urgent`: sends a byte out of band.
    Urgent,
    /// `reset`: goes without a goodbye, when the script is over.
    Reset,
}

fn parse(script: &str) -> Option<Vec<Step>> {
    let step = |step: &str| {
        let (word, rest) = step.split_once(' ').unwrap_or((step, ""));
        Some(match (word, rest) {
            ("send", count) => Step::Send(count.parse().ok()?),
            ("receive", "all") => Step::ReceiveAll,
            ("receive", count) => Step::Receive(count.parse().ok()?),
            ("echo", "") => Step::Echo,
            ("end", "") => Step::End,
            ("urgent", "") => Step::Urgent,
            ("reset", "") => Step::Reset,
            _ => return None,
        })
    };
    script.split(", ").map(step).collect()
}

/// Makes the connections and takes each step on all of them, before the next step. Returns the report.
fn follow(listener: SocketAddr, count: usize, script: &[Step]) -> String {
    let mut received = 0;
    let result = (0..count)
        .map(|_| End::connect(listener))
        .collect::<io::Result<Vec<End>>>()
        .and_then(|mut ends| {
            for step in script {
                for end in &mut ends {
                    let result = end.take(*step);
                    received += std::mem::take(&mut end.new);
                    result?;
                }
            }
            Ok(())
        });
    match result {
        Ok(()) => format!("received {received}"),
        Err(error) => format!("received {received}, then {:?}: {error}", error.kind()),
    }
}

/// One connection, seen from its far end.
struct End {
    stream: TcpStream,
    sent: u64,
    checked: Checked,
    /// Bytes that were received and not reported yet.
    new: u64,
}

impl End {
    fn connect(listener: SocketAddr) -> io::Result<End> {
        let stream = TcpStream::connect(listener)?;
        stream.set_read_timeout(Some(LIMIT))?;
        stream.set_write_timeout(Some(LIMIT))?;
        stream.set_nodelay(true)?;
        Ok(End {
            stream,
            sent: 0,
            checked: Checked::default(),
            new: 0,
        })
    }

    fn take(&mut self, step: Step) -> io::Result<()> {
        match step {
            Step::Send(count) => self.send(count),
            Step::Receive(count) => self.receive(Some(count), |_, _| Ok(())),
            Step::ReceiveAll => self.receive(None, |_, _| Ok(())),
            Step::Echo => self.receive(None, |mut stream, bytes| stream.write_all(bytes)),
            Step::End => self.stream.shutdown(Shutdown::Write),
            Step::Urgent => SockRef::from(&self.stream).send_out_of_band(&[0]).map(drop),
            Step::Reset => SockRef::from(&self.stream).set_linger(Some(Duration::ZERO)),
        }
    }

    fn send(&mut self, count: u64) -> io::Result<()> {
        let end = self.sent + count;
        while self.sent < end {
            let bytes = pattern::bytes(self.sent, (end - self.sent).min(64 * 1024) as usize);
            self.stream.write_all(&bytes)?;
            self.sent += bytes.len() as u64;
        }
        Ok(())
    }

    fn receive(
        &mut self,
        count: Option<u64>,
        mut each: impl FnMut(&TcpStream, &[u8]) -> io::Result<()>,
    ) -> io::Result<()> {
        let mut left = count.unwrap_or(u64::MAX);
        let mut buffer = [0; 64 * 1024];
        while left > 0 {
            let room = left.min(buffer.len() as u64) as usize;
            let read = self.stream.read(&mut buffer[..room])?;
            if read == 0 {
                return if count.is_none() {
                    Ok(())
                } else {
                    Err(io::ErrorKind::UnexpectedEof.into())
                };
            }
            self.checked.check(&buffer[..read])?;
            self.new += read as u64;
            left -= read as u64;
            each(&self.stream, &buffer[..read])?;
        }
        Ok(())
    }
}
