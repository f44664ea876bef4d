//! A program beside the tests, with a driver of its own, which follows every script.

use std::cell::RefCell;
use std::future::poll_fn;
use std::io;
use std::net::{Shutdown, SocketAddr};
use std::pin::Pin;
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll, Wake, Waker};
use std::time::Duration;

use futures_util::stream::FuturesUnordered;
use futures_util::{AsyncReadExt, AsyncWriteExt, StreamExt};
use triga::Driver;
use triga::net::TcpStream;
use triga::os::sim;

use super::Step;
use crate::pattern::{self, Checked};

type Task = Pin<Box<dyn Future<Output = ()>>>;

thread_local! {
    /// What the program has not begun yet; None while there is no program.
    static NEW: RefCell<Option<Vec<Task>>> = const { RefCell::new(None) };
}

fn spawn(task: impl Future<Output = ()> + 'static) {
    let is_first = NEW.with_borrow_mut(|new| {
        let is_first = new.is_none();
        new.get_or_insert_default().push(Box::pin(task));
        is_first
    });
    if is_first {
        begin();
    }
}

/// Another simulation, with a program of its own, until this is dropped.
pub(crate) struct Apart {
    _simulation: sim::Entered,
    before: Option<Vec<Task>>,
}

/// Begins another simulation with the same seed.
pub(crate) fn apart(world: sim::World) -> Apart {
    Apart {
        _simulation: sim::enter(sim::seed(), world),
        before: NEW.take(),
    }
}

impl Drop for Apart {
    fn drop(&mut self) {
        NEW.set(self.before.take());
    }
}

/// Begins the program.
fn begin() {
    let mut driver = Driver::new().unwrap();
    let mut tasks = FuturesUnordered::<Task>::new();
    let woken = Arc::new(Woken(AtomicBool::new(false)));
    let waker = Waker::from(woken.clone());
    sim::beside(move || {
        let _current = driver.handle().enter();
        loop {
            tasks.extend(
                NEW.with_borrow_mut(|new| new.as_mut().map(std::mem::take))
                    .unwrap_or_default(),
            );
            while tasks.poll_next_unpin(&mut Context::from_waker(&waker)) == Poll::Ready(Some(())) {}
            let turn = driver.turn(Some(Duration::ZERO)).unwrap();
            if turn.ready() + turn.timers() == 0 && !woken.0.swap(false, Ordering::Relaxed) {
                return driver.next_deadline();
            }
        }
    });
}

struct Woken(AtomicBool);

impl Wake for Woken {
    fn wake(self: Arc<Self>) {
        self.0.store(true, Ordering::Relaxed);
    }
}

/// The report of a script, and the task that waits for it.
#[derive(Debug, Default)]
pub(super) struct Report {
    text: Option<String>,
    reader: Option<Waker>,
}

/// A script that is followed, and the report to come.
pub(super) type Running = Rc<RefCell<Report>>;

/// Makes so many connections, and follows a script.
pub(super) fn start(listener: SocketAddr, count: usize, script: Vec<Step>) -> Running {
    let running = Running::default();
    let report = running.clone();
    spawn(async move {
        let text = follow(listener, count, &script).await;
        let mut report = report.borrow_mut();
        report.text = Some(text);
        if let Some(reader) = report.reader.take() {
            reader.wake();
        }
    });
    running
}

/// Connects once more to say what has become of a script, when it is done.
pub(super) fn report(listener: SocketAddr, running: Running) {
    spawn(async move {
        let text = poll_fn(|cx| {
            let mut report = running.borrow_mut();
            report.reader = Some(cx.waker().clone());
            report.text.take().map_or(Poll::Pending, Poll::Ready)
        });
        let text = text.await;
        let mut stream = TcpStream::connect(listener).await.unwrap();
        stream.write_all(text.as_bytes()).await.unwrap();
    });
}

/// Makes the connections and takes each step on all of them, before the next step. Returns the report.
async fn follow(listener: SocketAddr, count: usize, script: &[Step]) -> String {
    let mut received = 0;
    let result = take_all(listener, count, script, &mut received).await;
    match result {
        Ok(()) => format!("received {received}"),
        Err(error) => format!("received {received}, then {:?}: {error}", error.kind()),
    }
}

async fn take_all(listener: SocketAddr, count: usize, script: &[Step], received: &mut u64) -> io::Result<()> {
    let mut ends = Vec::with_capacity(count);
    while ends.len() < count {
        ends.push(End {
            stream: TcpStream::connect(listener).await?,
            sent: 0,
            checked: Checked::default(),
            resets: false,
        });
    }
    for step in script {
        for end in &mut ends {
            let before = end.checked.count();
            let result = end.take(*step).await;
            *received += end.checked.count() - before;
            result?;
        }
    }
    for end in ends.into_iter().filter(|end| end.resets) {
        sim::reset(end.stream)?;
    }
    Ok(())
}

/// One connection, seen from its far end.
struct End {
    stream: TcpStream,
    sent: u64,
    checked: Checked,
    resets: bool,
}

impl End {
    async fn take(&mut self, step: Step) -> io::Result<()> {
        match step {
            Step::Send(count) => self.send(count).await,
            Step::Receive(count) => self.receive(Some(count), false).await,
            Step::ReceiveAll => self.receive(None, false).await,
            Step::Echo => self.receive(None, true).await,
            Step::End => self.stream.shutdown(Shutdown::Write),
            Step::Urgent => Err(io::ErrorKind::Unsupported.into()),
            Step::Reset => {
                self.resets = true;
                Ok(())
            }
        }
    }

    async fn send(&mut self, count: u64) -> io::Result<()> {
        let end = self.sent + count;
        while self.sent < end {
            let bytes = pattern::bytes(self.sent, (end - self.sent).min(64 * 1024) as usize);
            self.stream.write_all(&bytes).await?;
            self.sent += bytes.len() as u64;
        }
        Ok(())
    }

    async fn receive(&mut self, count: Option<u64>, echoes: bool) -> io::Result<()> {
        let mut left = count.unwrap_or(u64::MAX);
        let mut buffer = vec![0; 64 * 1024];
        while left > 0 {
            let room = left.min(buffer.len() as u64) as usize;
            let read = self.stream.read(&mut buffer[..room]).await?;
            if read == 0 {
                return if count.is_none() {
                    Ok(())
                } else {
                    Err(io::ErrorKind::UnexpectedEof.into())
                };
            }
            self.checked.check(&buffer[..read])?;
            left -= read as u64;
            if echoes {
                self.stream.write_all(&buffer[..read]).await?;
            }
        }
        Ok(())
    }
}
