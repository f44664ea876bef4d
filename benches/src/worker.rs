//! Work in a process of its own: to be watched by callgrind or strace, or to start with an empty heap.

use std::io;
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::os::fd::{AsFd, OwnedFd};
use std::process::{Command, Stdio};

use nix::sys::eventfd::EventFd;
use nix::sys::socket::{self, Backlog};

use crate::contenders::{self, Native};
use crate::load;
use crate::subjects::ping_pong;

/// What such a process does.
#[derive(Clone, Copy)]
pub(crate) enum Work {
    /// Prints its address and serves so many connections, each of which brings so many messages.
    Echo { connections: usize, waves: u64 },
    /// Sends messages to and fro.
    PingPong { pairs: usize, rounds: u64 },
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

/// Does what the words after [`FLAG`] say.
pub(crate) fn run(words: &[String]) -> io::Result<()> {
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    let number = |word: &str| word.parse::<u64>().map_err(io::Error::other);
    match words[..] {
        [_, "hold", address, connections] => load::hold(
            address.parse().map_err(io::Error::other)?,
            number(connections)? as usize,
        ),
        [name, "echo", connections] => echo(named(name)?, number(connections)? as usize),
        [name, "ping-pong", pairs, rounds] => {
            named(name)?.ping_pong(ping_pong::pairs(number(pairs)? as usize)?, number(rounds)?)
        }
        [name, "register", times] => {
            let source = EventFd::new()?;
            named(name)?.register(source.as_fd(), number(times)?)
        }
        [name, "wake", turns] => named(name)?.wake_running(number(turns)?),
        [name, "timers", earlier, times] => match named(name)?.timers() {
            Some(timers) => timers.churn(earlier == "1", number(times)?),
            None => Ok(()),
        },
        [name, "idle-registrations", count] => {
            let one = OwnedFd::from(EventFd::new()?);
            let sources = (0..number(count)?)
                .map(|_| one.try_clone())
                .collect::<io::Result<Vec<OwnedFd>>>()?;
            let (footprint, handle) = named(name)?.idle_registrations(&sources)?;
            println!(
                "{} {} {} {handle}",
                footprint.resident, footprint.heap, footprint.allocations
            );
            Ok(())
        }
        [name, "idle-connections", count] => {
            let (near, _far) = connection()?;
            let streams = (0..number(count)?)
                .map(|_| near.try_clone())
                .collect::<io::Result<Vec<TcpStream>>>()?;
            if let Some(footprint) = named(name)?.idle_connections(streams)? {
                println!("{} {} {}", footprint.resident, footprint.heap, footprint.allocations);
            }
            Ok(())
        }
        _ => Err(io::Error::other(format!(
            "`{FLAG} {}` is not for use by hand",
            words.join(" ")
        ))),
    }
}

/// A listener on a port of its own, with room for many connections that were not yet accepted.
pub(crate) fn listen() -> io::Result<TcpListener> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
    socket::listen(&listener, Backlog::new(4096)?)?;
    Ok(listener)
}

fn echo(contender: Native, connections: usize) -> io::Result<()> {
    let listener = listen()?;
    println!("{}", listener.local_addr()?);
    contender.echo(listener, connections)
}

/// Every idle connection is a descriptor of this one, so that a process has as many as it has descriptors.
fn connection() -> io::Result<(TcpStream, TcpStream)> {
    let listener = listen()?;
    let near = TcpStream::connect(listener.local_addr()?)?;
    let (far, _) = listener.accept()?;
    near.set_nonblocking(true)?;
    Ok((near, far))
}

fn named(name: &str) -> io::Result<Native> {
    contenders::named(name).ok_or_else(|| io::Error::other(format!("there is no contender {name}")))
}
