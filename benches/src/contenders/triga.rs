//! triga: its tasks where tasks are asked for, its driver alone where not.

use std::cell::RefCell;
use std::io;
use std::net::{TcpListener, TcpStream};
use std::os::fd::{AsRawFd, BorrowedFd, OwnedFd};
use std::os::unix::net::UnixStream;
use std::sync::atomic::Ordering::Relaxed;
use std::time::Duration;

use futures_lite::{AsyncReadExt, AsyncWriteExt};
use mio::unix::SourceFd;
use triga::task::yield_now;
use triga::{Driver, Handle, Interest, PipeReader, PipeWriter, Registration, block_on, spawn};

use super::{futures, whole};
use crate::contender::{BUFFER, Contender, MESSAGE, STEPS_PER_TURN, Timers, Wake, slots};
use crate::measure::footprint::Footprint;

/// See the module.
pub(crate) struct Triga;

impl Contender for Triga {
    fn name(&self) -> &'static str {
        "triga"
    }

    fn echo(&self, listener: TcpListener, connections: usize) -> io::Result<()> {
        block_on(async {
            let listener = triga::net::TcpListener::try_from(listener)?;
            let mut tasks = Vec::with_capacity(connections);
            for _ in 0..connections {
                let (stream, _) = listener.accept().await?;
                stream.set_nodelay(true)?;
                tasks.push(spawn(futures::echo(stream))?);
            }
            for task in tasks {
                task.await??;
            }
            Ok(())
        })?
    }

    fn ping_pong(&self, pairs: Vec<(UnixStream, UnixStream)>, rounds: u64) -> io::Result<()> {
        block_on(async {
            let mut tasks = Vec::with_capacity(pairs.len() * 2);
            for (near, far) in pairs {
                let (near, far) = (local(near)?, local(far)?);
                tasks.push(spawn(futures::volley(near, rounds, true))?);
                tasks.push(spawn(futures::volley(far, rounds, false))?);
            }
            for task in tasks {
                task.await??;
            }
            Ok(())
        })?
    }

    fn pipes(&self, rounds: u64) -> Option<io::Result<()>> {
        let pipes = async {
            let ((first, into_first), (second, into_second)) = (triga::pipe()?, triga::pipe()?);
            let serving = spawn(relay(first, into_second, rounds, false))?;
            relay(second, into_first, rounds, true).await?;
            serving.await?
        };
        Some(block_on(pipes).and_then(|result| result))
    }

    fn register(&self, source: BorrowedFd<'_>, times: u64) -> io::Result<()> {
        let mut driver = Driver::new()?;
        let fd = source.as_raw_fd();
        for step in 0..times {
            let registration = Registration::new(driver.handle(), &mut SourceFd(&fd), both())?;
            registration.deregister(&mut SourceFd(&fd))?;
            drop(registration);
            if step % STEPS_PER_TURN == 0 {
                driver.turn(Some(Duration::ZERO))?;
            }
        }
        Ok(())
    }

    fn wake_running(&self, turns: u64) -> io::Result<()> {
        let mut driver = Driver::new()?;
        let handle = driver.handle().clone();
        for _ in 0..turns {
            handle.unpark()?;
            driver.turn(Some(Duration::ZERO))?;
        }
        Ok(())
    }

    fn wake_parked(&self, give: &dyn Fn(Wake), woken: &dyn Fn() -> bool) -> io::Result<()> {
        let mut driver = Driver::new()?;
        let handle = driver.handle().clone();
        give(Box::new(move || drop(handle.unpark())));
        loop {
            driver.turn(None)?;
            if !woken() {
                return Ok(());
            }
        }
    }

    fn timers(&self) -> Option<&dyn Timers> {
        Some(self)
    }

    fn idle_registrations(&self, sources: &[OwnedFd]) -> io::Result<(Footprint, usize)> {
        let driver = Driver::new()?;
        let mut held = slots::<Registration>(sources.len());
        let before = Footprint::now()?;
        for (slot, source) in held.iter_mut().zip(sources) {
            *slot = Some(Registration::new(
                driver.handle(),
                &mut SourceFd(&source.as_raw_fd()),
                both(),
            )?);
        }
        Ok((Footprint::now()? - before, size_of::<Registration>()))
    }

    fn idle_connections(&self, streams: Vec<TcpStream>) -> io::Result<Option<Footprint>> {
        block_on(async {
            let count = streams.len();
            let before = Footprint::now()?;
            for stream in streams {
                spawn(futures::echo(triga::net::TcpStream::try_from(stream)?))?.detach();
            }
            while futures::BEGUN.load(Relaxed) < count {
                yield_now().await;
            }
            Ok(Some(Footprint::now()? - before))
        })?
    }
}

impl Timers for Triga {
    fn churn(&self, earlier: bool, times: u64) -> io::Result<()> {
        let driver = RefCell::new(Driver::new()?);
        let _entered = driver.borrow().handle().enter();
        // triga's tasks do not look at the selector each time they yield. The others do, and so does this.
        let look = || async { driver.borrow_mut().turn(Some(Duration::ZERO)).map(drop) };
        futures_lite::future::block_on(futures::timer_churn(triga::time::sleep, look, earlier, times))
    }

    fn crowd(&self, count: u64) -> io::Result<(f64, f64)> {
        block_on(futures::timer_crowd(triga::time::sleep, count))?
    }
}

fn both() -> Interest {
    Interest::READABLE | Interest::WRITABLE
}

fn local(stream: UnixStream) -> io::Result<triga::os::unix::net::UnixStream> {
    triga::os::unix::net::UnixStream::from_std(&Handle::current()?, stream)
}

/// Answers so many messages, after the first one if it serves.
async fn relay(mut reader: PipeReader, mut writer: PipeWriter, rounds: u64, serves: bool) -> io::Result<()> {
    let mut buffer = [7; BUFFER];
    for round in 0..rounds {
        if !serves || round > 0 {
            whole(reader.read(&mut buffer).await?)?;
        }
        whole(writer.write(&buffer[..MESSAGE]).await?)?;
    }
    if serves && rounds > 0 {
        whole(reader.read(&mut buffer).await?)?;
    }
    Ok(())
}
