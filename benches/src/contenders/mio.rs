//! mio alone, in a loop like the one on epoll.

use std::io::{self, Read, Write};
use std::net::TcpListener;
use std::os::fd::{AsRawFd, BorrowedFd, OwnedFd};
use std::os::unix::net::UnixStream;
use std::sync::Arc;
use std::time::Duration;

use mio::unix::SourceFd;
use mio::{Events, Interest, Poll, Token, Waker};

use super::{unless_blocked, whole};
use crate::contender::{BUFFER, Contender, EVENTS, MESSAGE, STEPS_PER_TURN, Wake, slots};
use crate::measure::footprint::Footprint;

/// See the module.
pub(crate) struct Mio;

/// What is no connection: the listener, or the waker.
const OTHER: Token = Token(usize::MAX);
const BOTH: Interest = Interest::READABLE.add(Interest::WRITABLE);

impl Contender for Mio {
    fn name(&self) -> &'static str {
        "mio"
    }

    fn echo(&self, listener: TcpListener, connections: usize) -> io::Result<()> {
        let (mut poll, mut events) = queue()?;
        listener.set_nonblocking(true)?;
        let mut listener = mio::net::TcpListener::from_std(listener);
        poll.registry().register(&mut listener, OTHER, Interest::READABLE)?;
        let mut streams: Vec<Option<mio::net::TcpStream>> = Vec::with_capacity(connections);
        let mut open = connections;
        let mut buffer = [0; BUFFER];
        while open > 0 {
            poll.poll(&mut events, None)?;
            for event in &events {
                if event.token() == OTHER {
                    while streams.len() < connections
                        && let Some((mut stream, _)) = unless_blocked(listener.accept())?
                    {
                        stream.set_nodelay(true)?;
                        poll.registry().register(&mut stream, Token(streams.len()), BOTH)?;
                        streams.push(Some(stream));
                    }
                    continue;
                }
                let slot = &mut streams[event.token().0];
                let Some(stream) = slot else { continue };
                match stream.read(&mut buffer) {
                    Ok(0) => {
                        *slot = None;
                        open -= 1;
                    }
                    Ok(count) => whole(stream.write(&buffer[..count])?)?,
                    Err(error) if error.kind() == io::ErrorKind::ConnectionReset => {
                        *slot = None;
                        open -= 1;
                    }
                    Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
                    Err(error) => return Err(error),
                }
            }
        }
        Ok(())
    }

    fn ping_pong(&self, pairs: Vec<(UnixStream, UnixStream)>, rounds: u64) -> io::Result<()> {
        let (mut poll, mut events) = queue()?;
        let mut ends = Vec::with_capacity(pairs.len() * 2);
        let mut under_way = pairs.len();
        for (near, far) in pairs {
            // The near end has one message less to send in answer, as it sends the first.
            for (stream, answers) in [(near, rounds - 1), (far, rounds)] {
                let mut stream = mio::net::UnixStream::from_std(stream);
                poll.registry().register(&mut stream, Token(ends.len()), BOTH)?;
                ends.push((stream, answers));
            }
        }
        for (near, _) in ends.iter_mut().step_by(2) {
            whole(near.write(&[7; MESSAGE])?)?;
        }
        let mut buffer = [0; BUFFER];
        while under_way > 0 {
            poll.poll(&mut events, None)?;
            for event in &events {
                let (stream, answers) = &mut ends[event.token().0];
                let Some(count) = unless_blocked(stream.read(&mut buffer))? else {
                    continue;
                };
                if *answers > 0 {
                    *answers -= 1;
                    whole(stream.write(&buffer[..count])?)?;
                } else {
                    under_way -= 1;
                }
            }
        }
        Ok(())
    }

    fn register(&self, source: BorrowedFd<'_>, times: u64) -> io::Result<()> {
        let (mut poll, mut events) = queue()?;
        let fd = source.as_raw_fd();
        for step in 0..times {
            poll.registry()
                .register(&mut SourceFd(&fd), Token(step as usize), BOTH)?;
            poll.registry().deregister(&mut SourceFd(&fd))?;
            if step % STEPS_PER_TURN == 0 {
                poll.poll(&mut events, Some(Duration::ZERO))?;
            }
        }
        Ok(())
    }

    fn wake_running(&self, turns: u64) -> io::Result<()> {
        let (mut poll, mut events) = queue()?;
        let waker = Waker::new(poll.registry(), OTHER)?;
        for _ in 0..turns {
            waker.wake()?;
            poll.poll(&mut events, Some(Duration::ZERO))?;
        }
        Ok(())
    }

    fn wake_parked(&self, give: &dyn Fn(Wake), woken: &dyn Fn() -> bool) -> io::Result<()> {
        let (mut poll, mut events) = queue()?;
        let waker = Arc::new(Waker::new(poll.registry(), OTHER)?);
        let remote = waker.clone();
        give(Box::new(move || drop(remote.wake())));
        loop {
            poll.poll(&mut events, None)?;
            if !woken() {
                return Ok(());
            }
        }
    }

    fn idle_registrations(&self, sources: &[OwnedFd]) -> io::Result<(Footprint, usize)> {
        let (poll, _events) = queue()?;
        let mut held = slots::<Token>(sources.len());
        let before = Footprint::now()?;
        for (index, (slot, source)) in held.iter_mut().zip(sources).enumerate() {
            poll.registry()
                .register(&mut SourceFd(&source.as_raw_fd()), Token(index), BOTH)?;
            *slot = Some(Token(index));
        }
        Ok((Footprint::now()? - before, size_of::<Token>()))
    }
}

fn queue() -> io::Result<(Poll, Events)> {
    Ok((Poll::new()?, Events::with_capacity(EVENTS)))
}
