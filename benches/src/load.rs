//! The other end of an echo server: blocking sockets, a wave of messages at a time.

use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::time::Duration;

use nix::libc::linger;
use nix::sys::socket::{setsockopt, sockopt};

use crate::contender::MESSAGE;
use crate::work::{self, Work};

/// Connections with a message under way on each.
pub(crate) struct Load {
    streams: Vec<TcpStream>,
    waves: u64,
}

impl Load {
    /// Connects.
    pub(crate) fn connect(address: SocketAddr, connections: usize) -> io::Result<Load> {
        let streams = (0..connections).map(|_| connect(address)).collect::<io::Result<_>>()?;
        Ok(Load { streams, waves: 0 })
    }

    /// Sends a message on each connection, then waits for each to come back; so many times.
    pub(crate) fn run(&mut self, waves: u64) -> io::Result<()> {
        for _ in 0..waves {
            self.waves += 1;
            let message = [self.waves as u8; MESSAGE];
            for stream in &mut self.streams {
                stream.write_all(&message)?;
            }
            for stream in &mut self.streams {
                let mut answer = [0; MESSAGE];
                stream.read_exact(&mut answer)?;
                if answer != message {
                    return Err(io::Error::other("the server sent back something else"));
                }
            }
        }
        Ok(())
    }
}

/// Connections on which nothing happens. Another process holds their ends, so that each process has its limit of descriptors
/// for itself.
pub(crate) struct Idle {
    holder: Child,
    release: Option<ChildStdin>,
}

impl Idle {
    /// Connects, and returns when the last connection is made.
    pub(crate) fn connect(address: SocketAddr, connections: usize) -> io::Result<Idle> {
        let mut holder = Command::new(std::env::current_exe()?)
            .args(work::arguments("load", Work::Hold { address, connections }))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()?;
        let mut word = String::new();
        if let Some(stdout) = holder.stdout.take() {
            BufReader::new(stdout).read_line(&mut word)?;
        }
        let release = holder.stdin.take();
        let idle = Idle { holder, release };
        if word.is_empty() {
            return Err(io::Error::other(format!(
                "the process that makes {connections} idle connections failed"
            )));
        }
        Ok(idle)
    }
}

impl Drop for Idle {
    fn drop(&mut self) {
        drop(self.release.take());
        // What it says no longer matters: its connections are gone either way.
        let _ = self.holder.wait();
    }
}

/// The work of the process behind [`Idle`]: ends when its standard input does.
pub(crate) fn hold(address: SocketAddr, connections: usize) -> io::Result<()> {
    let _streams = (0..connections)
        .map(|_| connect(address))
        .collect::<io::Result<Vec<_>>>()?;
    println!("connected");
    io::stdin().read_to_end(&mut Vec::new())?;
    Ok(())
}

/// A connection that is reset when it is dropped, so that it leaves no port behind for a minute.
fn connect(address: SocketAddr) -> io::Result<TcpStream> {
    let stream = TcpStream::connect(address)?;
    stream.set_nodelay(true)?;
    // A server that sends nothing any more fails the run instead of stopping it.
    stream.set_read_timeout(Some(Duration::from_secs(60)))?;
    setsockopt(
        &stream,
        sockopt::Linger,
        &linger {
            l_onoff: 1,
            l_linger: 0,
        },
    )?;
    Ok(stream)
}
