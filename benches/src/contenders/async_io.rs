//! async-io, under an executor of one thread.

use std::future::poll_fn;
use std::io;
use std::net::{TcpListener, TcpStream};
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::os::unix::net::UnixStream;
use std::sync::atomic::Ordering::Relaxed;
use std::task::Poll;

use async_executor::LocalExecutor;
use async_io::{Async, Timer, block_on};
use futures_lite::future::yield_now;

use super::futures;
use crate::contender::{Contender, STEPS_PER_TURN, Timers, Wake, slots};
use crate::measure::footprint::Footprint;

/// See the module.
pub(crate) struct AsyncIo;

impl Contender for AsyncIo {
    fn name(&self) -> &'static str {
        "async-io"
    }

    fn echo(&self, listener: TcpListener, connections: usize) -> io::Result<()> {
        let executor = LocalExecutor::new();
        block_on(executor.run(async {
            let listener = Async::new(listener)?;
            let mut tasks = Vec::with_capacity(connections);
            for _ in 0..connections {
                let (stream, _) = listener.accept().await?;
                stream.get_ref().set_nodelay(true)?;
                tasks.push(executor.spawn(futures::echo(stream)));
            }
            for task in tasks {
                task.await?;
            }
            Ok(())
        }))
    }

    fn ping_pong(&self, pairs: Vec<(UnixStream, UnixStream)>, rounds: u64) -> io::Result<()> {
        let executor = LocalExecutor::new();
        block_on(executor.run(async {
            let mut tasks = Vec::with_capacity(pairs.len() * 2);
            for (near, far) in pairs {
                tasks.push(executor.spawn(futures::volley(Async::new_nonblocking(near)?, rounds, true)));
                tasks.push(executor.spawn(futures::volley(Async::new_nonblocking(far)?, rounds, false)));
            }
            for task in tasks {
                task.await?;
            }
            Ok(())
        }))
    }

    fn register(&self, source: BorrowedFd<'_>, times: u64) -> io::Result<()> {
        block_on(async {
            for step in 0..times {
                Async::new_nonblocking(source)?;
                if step % STEPS_PER_TURN == 0 {
                    yield_now().await;
                }
            }
            Ok(())
        })
    }

    /// To yield is to wake oneself.
    fn wake_running(&self, turns: u64) -> io::Result<()> {
        block_on(async {
            for _ in 0..turns {
                yield_now().await;
            }
        });
        Ok(())
    }

    fn wake_parked(&self, give: &dyn Fn(Wake), woken: &dyn Fn() -> bool) -> io::Result<()> {
        let mut given = false;
        block_on(poll_fn(|cx| {
            if !std::mem::replace(&mut given, true) {
                let waker = cx.waker().clone();
                give(Box::new(move || waker.wake_by_ref()));
                return Poll::Pending;
            }
            if woken() { Poll::Pending } else { Poll::Ready(Ok(())) }
        }))
    }

    fn timers(&self) -> Option<&dyn Timers> {
        Some(self)
    }

    fn idle_registrations(&self, sources: &[OwnedFd]) -> io::Result<(Footprint, usize)> {
        let mut held = slots::<Async<BorrowedFd<'_>>>(sources.len());
        // The first registration starts the reactor, which is not what each of them costs.
        drop(
            sources
                .first()
                .map(|source| Async::new_nonblocking(source.as_fd()))
                .transpose()?,
        );
        let before = Footprint::now()?;
        for (slot, source) in held.iter_mut().zip(sources) {
            *slot = Some(Async::new_nonblocking(source.as_fd())?);
        }
        Ok((Footprint::now()? - before, size_of::<Async<BorrowedFd<'_>>>()))
    }

    fn idle_connections(&self, streams: Vec<TcpStream>) -> io::Result<Option<Footprint>> {
        let executor = LocalExecutor::new();
        block_on(executor.run(async {
            let count = streams.len();
            let before = Footprint::now()?;
            for stream in streams {
                executor.spawn(futures::echo(Async::new_nonblocking(stream)?)).detach();
            }
            while futures::BEGUN.load(Relaxed) < count {
                yield_now().await;
            }
            Ok(Some(Footprint::now()? - before))
        }))
    }
}

impl Timers for AsyncIo {
    fn churn(&self, earlier: bool, times: u64) -> io::Result<()> {
        let look = || async {
            yield_now().await;
            Ok(())
        };
        block_on(futures::timer_churn(Timer::after, look, earlier, times))
    }

    fn crowd(&self, count: u64) -> io::Result<(f64, f64)> {
        block_on(futures::timer_crowd(Timer::after, count))
    }
}
