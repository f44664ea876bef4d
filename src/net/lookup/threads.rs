//! Lookups by calls that block: a few threads make them, one after the other.

use std::collections::VecDeque;
use std::future::poll_fn;
use std::io;
use std::net::IpAddr;
use std::process;
use std::task::{Context, Poll};

use triga_platform::start_thread;

use crate::reactor::wake_batch;
use crate::sync::{Arc, AtomicWaker, Mutex, StaticMutex};

/// How many lookups are under way at a time.
const THREADS: usize = 4;

/// A call that blocks until it has the addresses of a host.
pub(super) type Resolve = fn(&str) -> io::Result<Vec<IpAddr>>;

/// Waits for the addresses of a host, while a thread looks them up.
pub(super) async fn lookup(host: &str, resolve: Resolve) -> io::Result<Vec<IpAddr>> {
    let lookup = Arc::new(Lookup {
        host: host.to_owned(),
        resolve,
        result: Mutex::new(None),
        waker: AtomicWaker::default(),
    });
    let waiting = Waiting(lookup.clone());
    enqueue(lookup);
    poll_fn(|cx| waiting.0.poll(cx)).await
}

/// A lookup, between the task that waits for it and the thread that makes it.
#[derive(Debug)]
struct Lookup {
    host: String,
    resolve: Resolve,
    result: Mutex<Option<io::Result<Vec<IpAddr>>>>,
    waker: AtomicWaker,
}

impl Lookup {
    fn run(&self) {
        self.end((self.resolve)(&self.host));
    }

    fn end(&self, result: io::Result<Vec<IpAddr>>) {
        *self.result.lock() = Some(result);
        if let Some(waker) = self.waker.take() {
            wake_batch::wake(waker);
        }
    }

    fn poll(&self, cx: &Context<'_>) -> Poll<io::Result<Vec<IpAddr>>> {
        // The thread stores the result before it takes the waker. So it finds this one, or the result is found here.
        self.waker.register(cx.waker());
        self.result.lock().take().map_or(Poll::Pending, Poll::Ready)
    }
}

/// Takes a lookup that is given up out of the queue.
struct Waiting(Arc<Lookup>);

impl Drop for Waiting {
    fn drop(&mut self) {
        let mut queue = QUEUE.lock();
        let position = queue.waiting.iter().position(|waiting| Arc::ptr_eq(waiting, &self.0));
        let given_up = position.and_then(|position| queue.waiting.remove(position));
        drop(queue);
        drop(given_up);
    }
}

static QUEUE: StaticMutex<Queue> = StaticMutex::new(Queue {
    waiting: VecDeque::new(),
    threads: 0,
    process: 0,
});

/// The lookups that no thread has begun.
#[derive(Debug)]
struct Queue {
    waiting: VecDeque<Arc<Lookup>>,
    /// How many threads take lookups from the queue. Each of them ends when it finds none.
    threads: usize,
    /// The process that has the threads. A forked child has none of them.
    process: u32,
}

/// Leaves a lookup to a thread, and starts one unless there are enough.
fn enqueue(lookup: Arc<Lookup>) {
    let mut queue = QUEUE.lock();
    let mut parents = VecDeque::new();
    if queue.process != process::id() {
        parents = std::mem::take(&mut queue.waiting);
        (queue.threads, queue.process) = (0, process::id());
    }
    queue.waiting.push_back(lookup);
    let is_short = queue.threads < THREADS;
    queue.threads += usize::from(is_short);
    drop(queue);
    // Their wakers are foreign code.
    drop(parents);
    if is_short {
        start();
    }
}

/// Starts a thread that was counted. Without any thread, every lookup ends with the error.
fn start() {
    let Err(error) = start_thread("triga-lookup", serve) else {
        return;
    };
    let mut queue = QUEUE.lock();
    queue.threads -= 1;
    if queue.threads > 0 {
        // The others look into the queue before they end.
        return;
    }
    let left = std::mem::take(&mut queue.waiting);
    drop(queue);
    for lookup in left {
        lookup.end(Err(io::Error::new(error.kind(), error.to_string())));
    }
}

/// Makes lookups until none is left.
fn serve() {
    while let Some(lookup) = next() {
        lookup.run();
    }
}

fn next() -> Option<Arc<Lookup>> {
    let mut queue = QUEUE.lock();
    let next = queue.waiting.pop_front();
    if next.is_none() {
        queue.threads -= 1;
        queue.waiting.shrink_to_fit();
    }
    next
}

#[cfg(all(test, not(triga_loom)))]
mod tests {
    use std::net::Ipv4Addr;
    use std::sync::atomic::AtomicUsize;
    use std::sync::atomic::Ordering::SeqCst;
    use std::thread;

    use futures_util::FutureExt;
    use futures_util::future::join_all;

    use super::*;

    static BEGUN: AtomicUsize = AtomicUsize::new(0);
    static ALLOWED: AtomicUsize = AtomicUsize::new(0);

    /// Returns once so many lookups are allowed as have begun before it and with it.
    fn when_allowed(host: &str) -> io::Result<Vec<IpAddr>> {
        let number = BEGUN.fetch_add(1, SeqCst);
        while ALLOWED.load(SeqCst) <= number {
            thread::yield_now();
        }
        Ok(vec![Ipv4Addr::from(host.parse::<u32>().unwrap()).into()])
    }

    fn until(condition: impl Fn() -> bool) {
        while !condition() {
            thread::yield_now();
        }
    }

    fn threads() -> usize {
        QUEUE.lock().threads
    }

    #[test]
    fn a_few_threads_make_all_lookups_and_end() {
        let mut lookups: Vec<_> = (0..100)
            .map(|number: u32| Box::pin(async move { lookup(&number.to_string(), when_allowed).await }))
            .collect();
        for lookup in &mut lookups {
            assert!(lookup.now_or_never().is_none());
        }
        until(|| BEGUN.load(SeqCst) >= THREADS);
        assert_eq!(threads(), THREADS);
        // Those that are given up make room: one that is under way, and others that wait.
        drop(lookups.drain(..50));
        assert_eq!(QUEUE.lock().waiting.len(), 50);
        ALLOWED.store(usize::MAX, SeqCst);
        let found = futures_executor::block_on(join_all(lookups));
        for (number, addresses) in (50..).zip(found) {
            assert_eq!(addresses.unwrap(), [IpAddr::from(Ipv4Addr::from(number))]);
        }
        assert_eq!(BEGUN.load(SeqCst), THREADS + 50);
        until(|| threads() == 0);
        assert_eq!(QUEUE.lock().waiting.capacity(), 0);
    }
}
