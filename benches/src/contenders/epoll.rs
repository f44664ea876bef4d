//! A bare loop on epoll, with the C library's calls: what the system itself costs.

use std::io;
use std::net::{TcpListener, TcpStream};
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, OwnedFd};
use std::os::unix::net::UnixStream;
use std::sync::Arc;

use nix::errno::Errno;
use nix::fcntl::OFlag;
use nix::sys::epoll::{Epoll, EpollCreateFlags, EpollEvent, EpollFlags, EpollTimeout};
use nix::sys::eventfd::{EfdFlags, EventFd};
use nix::sys::socket::{MsgFlags, recv, send};
use nix::unistd::{pipe2, read, write};

use super::{unless_blocked, whole};
use crate::contender::{BUFFER, Contender, EVENTS, MESSAGE, STEPS_PER_TURN, Wake, slots};
use crate::measure::footprint::Footprint;

/// See the module.
pub(crate) struct Bare;

/// The word of what is no connection: the listener, or the eventfd.
const OTHER: u64 = u64::MAX;

impl Contender for Bare {
    fn name(&self) -> &'static str {
        "epoll"
    }

    fn echo(&self, listener: TcpListener, connections: usize) -> io::Result<()> {
        let (epoll, mut events) = queue()?;
        listener.set_nonblocking(true)?;
        add(&epoll, &listener, OTHER)?;
        let mut streams: Vec<Option<TcpStream>> = Vec::with_capacity(connections);
        let mut open = connections;
        let mut buffer = [0; BUFFER];
        while open > 0 {
            for event in wait(&epoll, &mut events, EpollTimeout::NONE)? {
                if event.data() == OTHER {
                    while streams.len() < connections
                        && let Some((stream, _)) = unless_blocked(listener.accept())?
                    {
                        stream.set_nonblocking(true)?;
                        stream.set_nodelay(true)?;
                        add(&epoll, &stream, streams.len() as u64)?;
                        streams.push(Some(stream));
                    }
                    continue;
                }
                let slot = &mut streams[event.data() as usize];
                let Some(stream) = slot else { continue };
                match recv(stream.as_raw_fd(), &mut buffer, MsgFlags::empty()) {
                    Ok(0) | Err(Errno::ECONNRESET) => {
                        *slot = None;
                        open -= 1;
                    }
                    Ok(count) => whole(send(stream.as_raw_fd(), &buffer[..count], MsgFlags::MSG_NOSIGNAL)?)?,
                    Err(Errno::EAGAIN) => {}
                    Err(error) => return Err(error.into()),
                }
            }
        }
        Ok(())
    }

    fn ping_pong(&self, pairs: Vec<(UnixStream, UnixStream)>, rounds: u64) -> io::Result<()> {
        let (epoll, mut events) = queue()?;
        let mut ends = Vec::with_capacity(pairs.len() * 2);
        let mut under_way = pairs.len();
        for (near, far) in pairs {
            // The near end has one message less to send in answer, as it sends the first.
            for (stream, answers) in [(near, rounds - 1), (far, rounds)] {
                add(&epoll, &stream, ends.len() as u64)?;
                ends.push((stream, answers));
            }
        }
        for (near, _) in ends.iter().step_by(2) {
            whole(send(near.as_raw_fd(), &[7; MESSAGE], MsgFlags::MSG_NOSIGNAL)?)?;
        }
        let mut buffer = [0; BUFFER];
        while under_way > 0 {
            for event in wait(&epoll, &mut events, EpollTimeout::NONE)? {
                let (stream, answers) = &mut ends[event.data() as usize];
                let count = match recv(stream.as_raw_fd(), &mut buffer, MsgFlags::empty()) {
                    Ok(count) => count,
                    Err(Errno::EAGAIN) => continue,
                    Err(error) => return Err(error.into()),
                };
                if *answers > 0 {
                    *answers -= 1;
                    whole(send(stream.as_raw_fd(), &buffer[..count], MsgFlags::MSG_NOSIGNAL)?)?;
                } else {
                    under_way -= 1;
                }
            }
        }
        Ok(())
    }

    fn pipes(&self, rounds: u64) -> Option<io::Result<()>> {
        Some(pipes(rounds))
    }

    fn register(&self, source: BorrowedFd<'_>, times: u64) -> io::Result<()> {
        let (epoll, mut events) = queue()?;
        for step in 0..times {
            add(&epoll, source, step)?;
            epoll.delete(source)?;
            if step % STEPS_PER_TURN == 0 {
                wait(&epoll, &mut events, EpollTimeout::ZERO)?;
            }
        }
        Ok(())
    }

    fn wake_running(&self, turns: u64) -> io::Result<()> {
        let (epoll, mut events, eventfd) = woken_by_eventfd()?;
        for _ in 0..turns {
            eventfd.write(1)?;
            wait(&epoll, &mut events, EpollTimeout::ZERO)?;
        }
        Ok(())
    }

    fn wake_parked(&self, give: &dyn Fn(Wake), woken: &dyn Fn() -> bool) -> io::Result<()> {
        let (epoll, mut events, eventfd) = woken_by_eventfd()?;
        let eventfd = Arc::new(eventfd);
        let remote = eventfd.clone();
        give(Box::new(move || {
            // It fails only when the counter is full, and a full counter wakes too.
            let _ = remote.write(1);
        }));
        loop {
            wait(&epoll, &mut events, EpollTimeout::NONE)?;
            if !woken() {
                return Ok(());
            }
        }
    }

    fn idle_registrations(&self, sources: &[OwnedFd]) -> io::Result<(Footprint, usize)> {
        let (epoll, _events) = queue()?;
        let mut held = slots::<BorrowedFd<'_>>(sources.len());
        let before = Footprint::now()?;
        for (index, (slot, source)) in held.iter_mut().zip(sources).enumerate() {
            add(&epoll, source, index as u64)?;
            *slot = Some(source.as_fd());
        }
        Ok((Footprint::now()? - before, size_of::<BorrowedFd<'_>>()))
    }
}

fn queue() -> io::Result<(Epoll, Vec<EpollEvent>)> {
    Ok((
        Epoll::new(EpollCreateFlags::EPOLL_CLOEXEC)?,
        vec![EpollEvent::empty(); EVENTS],
    ))
}

/// Watches both directions, for changes only.
fn add(epoll: &Epoll, source: impl AsFd, word: u64) -> io::Result<()> {
    let flags = EpollFlags::EPOLLIN | EpollFlags::EPOLLOUT | EpollFlags::EPOLLRDHUP | EpollFlags::EPOLLET;
    Ok(epoll.add(source, EpollEvent::new(flags, word))?)
}

fn wait<'e>(epoll: &Epoll, events: &'e mut [EpollEvent], timeout: EpollTimeout) -> io::Result<&'e [EpollEvent]> {
    let count = epoll.wait(events, timeout)?;
    Ok(&events[..count])
}

fn woken_by_eventfd() -> io::Result<(Epoll, Vec<EpollEvent>, EventFd)> {
    let (epoll, events) = queue()?;
    let eventfd = EventFd::from_flags(EfdFlags::EFD_CLOEXEC | EfdFlags::EFD_NONBLOCK)?;
    epoll.add(
        &eventfd,
        EpollEvent::new(EpollFlags::EPOLLIN | EpollFlags::EPOLLET, OTHER),
    )?;
    Ok((epoll, events, eventfd))
}

/// The first pipe begins, and each message that comes out of one goes into the other.
fn pipes(rounds: u64) -> io::Result<()> {
    let (epoll, mut events) = queue()?;
    let flags = OFlag::O_NONBLOCK | OFlag::O_CLOEXEC;
    let ((first, into_first), (second, into_second)) = (pipe2(flags)?, pipe2(flags)?);
    let ends = [(&first, &into_second), (&second, &into_first)];
    for (index, (reader, writer)) in ends.iter().enumerate() {
        add(&epoll, reader, index as u64)?;
        add(&epoll, writer, OTHER)?;
    }
    let (mut hops, mut buffer) = (2 * rounds, [0; BUFFER]);
    if hops > 0 {
        whole(write(&into_first, &[7; MESSAGE])?)?;
    }
    while hops > 0 {
        for event in wait(&epoll, &mut events, EpollTimeout::NONE)? {
            let Some((reader, writer)) = ends.get(event.data() as usize) else {
                continue;
            };
            let count = match read(reader, &mut buffer) {
                Ok(count) => count,
                Err(Errno::EAGAIN) => continue,
                Err(error) => return Err(error.into()),
            };
            hops -= 1;
            if hops > 0 {
                whole(write(writer, &buffer[..count])?)?;
            }
        }
    }
    Ok(())
}
