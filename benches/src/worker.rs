//! What a process of [`Work`](crate::work::Work) does.

use std::io;
use std::net::TcpStream;
use std::os::fd::{AsFd, OwnedFd};

use nix::sys::eventfd::EventFd;

use crate::contenders::{self, Native};
use crate::load;
use crate::subjects::ping_pong;
use crate::work::{FLAG, listen};

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
        [name, "pipes", rounds] => named(name)?.pipes(number(rounds)?).unwrap_or(Ok(())),
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
