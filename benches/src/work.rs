//! Work in a process of its own: to be watched by callgrind or strace, or to start with an empty heap.

use std::io;
use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::process::{Command, Stdio};

use nix::sys::socket::{self, Backlog};

/// What such a process does.
#[derive(Clone, Copy)]
pub(crate) enum Work {
    /// Prints its address and serves so many connections, each of which brings so many messages.
    Echo { connections: usize, waves: u64 },
    /// Sends messages to and fro.
    PingPong { pairs: usize, rounds: u64 },
    /// Sends messages to and fro over two pipes.
    Pipes { rounds: u64 },
    /// Registers and deregisters.
    Register { times: u64 },
    /// Wakes a driver that does not wait.
    Wake { turns: u64 },
    /// Sets and cancels timers.
    Timers { earlier: bool, times: u64 },
    /// Prints the memory of registrations.
    IdleRegistrations { count: usize },
    /// Prints the memory of connections with a task each.
    IdleConnections { count: usize },
    /// Connects, says so, and waits until its input ends.
    Hold { address: SocketAddr, connections: usize },
}

/// The argument that makes the program such a process.
pub(crate) const FLAG: &str = "--worker";

/// The arguments for this work by this contender.
pub(crate) fn arguments(contender: &str, work: Work) -> Vec<String> {
    let words = match work {
        Work::Echo { connections, .. } => format!("echo {connections}"),
        Work::PingPong { pairs, rounds } => format!("ping-pong {pairs} {rounds}"),
        Work::Pipes { rounds } => format!("pipes {rounds}"),
        Work::Register { times } => format!("register {times}"),
        Work::Wake { turns } => format!("wake {turns}"),
        Work::Timers { earlier, times } => format!("timers {} {times}", u8::from(earlier)),
        Work::IdleRegistrations { count } => format!("idle-registrations {count}"),
        Work::IdleConnections { count } => format!("idle-connections {count}"),
        Work::Hold { address, connections } => format!("hold {address} {connections}"),
    };
    let words = words.split(' ').map(String::from);
    [FLAG, contender].into_iter().map(String::from).chain(words).collect()
}

/// What such a process prints.
pub(crate) fn output(contender: &str, work: Work) -> io::Result<String> {
    let output = Command::new(std::env::current_exe()?)
        .args(arguments(contender, work))
        .stderr(Stdio::inherit())
        .output()?;
    if !output.status.success() {
        return Err(io::Error::other(format!(
            "the process of {contender} ended with {}",
            output.status
        )));
    }
    String::from_utf8(output.stdout).map_err(io::Error::other)
}

/// A listener on a port of its own, with room for many connections that were not yet accepted.
pub(crate) fn listen() -> io::Result<TcpListener> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
    socket::listen(&listener, Backlog::new(4096)?)?;
    Ok(listener)
}
