//! A thread for each script.

use std::io::{self, Read, Write};
use std::net::{Shutdown, SocketAddr, TcpStream};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use socket2::SockRef;

use super::Step;
use crate::pattern::{self, Checked};

/// A far end whose near end hangs gives up after this time, later than the watchdog.
const LIMIT: Duration = Duration::from_secs(600);

/// A script that is followed, and the report to come.
pub(super) type Running = JoinHandle<String>;

/// Makes so many connections, and follows a script.
pub(super) fn start(listener: SocketAddr, count: usize, script: Vec<Step>) -> Running {
    thread::spawn(move || follow(listener, count, &script))
}

/// Connects once more to say what has become of a script, when it is done.
pub(super) fn report(listener: SocketAddr, running: Running) {
    let report = move || {
        let text = running.join().unwrap_or_else(|_| "panicked".into());
        TcpStream::connect(listener)?.write_all(text.as_bytes())
    };
    thread::spawn(move || -> io::Result<()> { report() });
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
