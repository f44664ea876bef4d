//! tokio's runtime on one thread.

use std::future::poll_fn;
use std::io;
use std::net::{TcpListener, TcpStream};
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::os::unix::net::UnixStream;
use std::pin::Pin;
use std::sync::atomic::Ordering::Relaxed;
use std::task::Poll;

use tokio::io::unix::AsyncFd;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, ReadBuf};
use tokio::runtime::{Builder, Runtime};
use tokio::task::yield_now;

use super::{futures, whole};
use crate::contender::{BUFFER, Contender, MESSAGE, STEPS_PER_TURN, Timers, Wake, slots};
use crate::measure::footprint::Footprint;

/// See the module.
pub(crate) struct Tokio;

impl Contender for Tokio {
    fn name(&self) -> &'static str {
        "tokio"
    }

    fn echo(&self, listener: TcpListener, connections: usize) -> io::Result<()> {
        runtime()?.block_on(async {
            listener.set_nonblocking(true)?;
            let listener = tokio::net::TcpListener::from_std(listener)?;
            let mut tasks = Vec::with_capacity(connections);
            for _ in 0..connections {
                let (stream, _) = listener.accept().await?;
                stream.set_nodelay(true)?;
                tasks.push(tokio::spawn(echo(stream)));
            }
            for task in tasks {
                task.await??;
            }
            Ok(())
        })
    }

    fn ping_pong(&self, pairs: Vec<(UnixStream, UnixStream)>, rounds: u64) -> io::Result<()> {
        runtime()?.block_on(async {
            let mut tasks = Vec::with_capacity(pairs.len() * 2);
            for (near, far) in pairs {
                tasks.push(tokio::spawn(volley(
                    tokio::net::UnixStream::from_std(near)?,
                    rounds,
                    true,
                )));
                tasks.push(tokio::spawn(volley(
                    tokio::net::UnixStream::from_std(far)?,
                    rounds,
                    false,
                )));
            }
            for task in tasks {
                task.await??;
            }
            Ok(())
        })
    }

    fn register(&self, source: BorrowedFd<'_>, times: u64) -> io::Result<()> {
        runtime()?.block_on(async {
            for step in 0..times {
                register(source)?;
                if step % STEPS_PER_TURN == 0 {
                    yield_now().await;
                }
            }
            Ok(())
        })
    }

    /// To yield is to wake oneself.
    fn wake_running(&self, turns: u64) -> io::Result<()> {
        runtime()?.block_on(async {
            for _ in 0..turns {
                yield_now().await;
            }
        });
        Ok(())
    }

    fn wake_parked(&self, give: &dyn Fn(Wake), woken: &dyn Fn() -> bool) -> io::Result<()> {
        let mut given = false;
        runtime()?.block_on(poll_fn(|cx| {
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
        runtime()?.block_on(async {
            let mut held = slots::<AsyncFd<BorrowedFd<'_>>>(sources.len());
            let before = Footprint::now()?;
            for (slot, source) in held.iter_mut().zip(sources) {
                *slot = Some(register(source.as_fd())?);
            }
            Ok((Footprint::now()? - before, size_of::<AsyncFd<BorrowedFd<'_>>>()))
        })
    }

    fn idle_connections(&self, streams: Vec<TcpStream>) -> io::Result<Option<Footprint>> {
        runtime()?.block_on(async {
            let count = streams.len();
            let before = Footprint::now()?;
            for stream in streams {
                tokio::spawn(echo(tokio::net::TcpStream::from_std(stream)?));
            }
            while futures::BEGUN.load(Relaxed) < count {
                yield_now().await;
            }
            Ok(Some(Footprint::now()? - before))
        })
    }
}

impl Timers for Tokio {
    fn churn(&self, earlier: bool, times: u64) -> io::Result<()> {
        let look = || async {
            yield_now().await;
            Ok(())
        };
        runtime()?.block_on(futures::timer_churn(tokio::time::sleep, look, earlier, times))
    }

    fn crowd(&self, count: u64) -> io::Result<(f64, f64)> {
        runtime()?.block_on(futures::timer_crowd(tokio::time::sleep, count))
    }
}

fn runtime() -> io::Result<Runtime> {
    Builder::new_current_thread().enable_all().build()
}

fn register(source: BorrowedFd<'_>) -> io::Result<AsyncFd<BorrowedFd<'_>>> {
    // SAFETY: the descriptor must stay open as long as the value lives, and the value cannot outlive what it borrows.
    Ok(unsafe { AsyncFd::register(source) }?)
}

// The same as in `futures`, for tokio's traits.

async fn echo(mut stream: impl AsyncRead + AsyncWrite + Unpin) -> io::Result<()> {
    let mut buffer = [0; BUFFER];
    futures::BEGUN.fetch_add(1, Relaxed);
    loop {
        match stream.read(&mut buffer).await {
            Ok(0) => return Ok(()),
            Ok(count) => stream.write_all(&buffer[..count]).await?,
            Err(error) if error.kind() == io::ErrorKind::ConnectionReset => return Ok(()),
            Err(error) => return Err(error),
        }
    }
}

async fn volley(mut stream: impl AsyncRead + AsyncWrite + Unpin, rounds: u64, serves: bool) -> io::Result<()> {
    let mut buffer = [7; BUFFER];
    let mut reads = !serves;
    for _ in 0..rounds * 2 {
        whole(if reads {
            let mut room = ReadBuf::new(&mut buffer);
            poll_fn(|cx| Pin::new(&mut stream).poll_read(cx, &mut room)).await?;
            room.filled().len()
        } else {
            poll_fn(|cx| Pin::new(&mut stream).poll_write(cx, &buffer[..MESSAGE])).await?
        })?;
        reads = !reads;
    }
    Ok(())
}
