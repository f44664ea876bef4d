//! What the models have in common.

use std::future::{Future, poll_fn};
use std::io::{self, Write};
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::sync::{Arc, Once};
use std::task::{Context, Poll, Wake};
use std::{env, panic, process, thread};

use loom::thread::JoinHandle;
use triga::time::Instant;
use triga::{Driver, Handle, Interest, Ready, ReadyEvent, Registration, Source};
use triga_platform::{Event, Registry, Token};

/// The clock of a model stands still: this moment has come from the beginning.
pub(crate) const DUE: Instant = Instant::from_nanos(0);

/// Tries the runs of a model in which threads are interrupted no more than so many times where they could have gone on, or, if
/// the variable `TRIGA_MODELS_DEEPER` is set, once more. Few bugs need more than two (Musuvathi and Qadeer, PLDI 2007).
pub(crate) fn check(interruptions: usize, model: impl Fn() + Send + Sync + 'static) {
    static HOOKED: Once = Once::new();
    HOOKED.call_once(end_at_first_panic);
    let mut builder = loom::model::Builder::new();
    let more = usize::from(env::var_os("TRIGA_MODELS_DEEPER").is_some());
    builder.preemption_bound = Some(interruptions + more);
    builder.check(model);
}

/// A model that fails cannot unwind: what it drops would wait for locks that loom does not give any more. So its first panic
/// is its last words, past what captures the output of tests.
fn end_at_first_panic() {
    panic::set_hook(Box::new(|info| {
        let _ = writeln!(io::stderr(), "{} {info}", thread::current().name().unwrap_or("a model"));
        process::exit(101);
    }));
}

/// A source whose events are posted by the model.
#[derive(Debug, Default)]
struct ByHand {
    poster: Option<Poster>,
}

/// Posts the events of a source, also when it is gone.
#[derive(Debug, Clone)]
pub(crate) struct Poster {
    registry: Registry,
    token: Token,
}

impl Poster {
    pub(crate) fn post(&self, ready: Ready) {
        let token = self.token;
        self.registry.post(Event { token, ready });
    }
}

impl Source for ByHand {
    fn register(&mut self, registry: &Registry, token: Token, _: Interest) -> io::Result<()> {
        let registry = registry.clone();
        self.poster = Some(Poster { registry, token });
        Ok(())
    }

    fn deregister(&mut self, _: &Registry, _: Token) -> io::Result<()> {
        self.poster = None;
        Ok(())
    }
}

/// Registers a source.
pub(crate) fn register(handle: &Handle) -> io::Result<(Registration, Poster)> {
    let mut source = ByHand::default();
    let registration = Registration::new(handle, &mut source, Interest::READABLE | Interest::WRITABLE)?;
    Ok((registration, source.poster.expect("it was registered")))
}

/// A driver and one source.
pub(crate) fn driver_with_source() -> (Driver, Arc<Registration>, Poster) {
    let driver = Driver::new().unwrap();
    let (registration, poster) = register(driver.handle()).unwrap();
    (driver, Arc::new(registration), poster)
}

/// A wait of one kind or another.
pub(crate) type Wait = Pin<Box<dyn Future<Output = io::Result<ReadyEvent>>>>;

/// Waits in the reader's place.
pub(crate) fn to_read(registration: Arc<Registration>) -> Wait {
    Box::pin(poll_fn(move |cx| registration.poll_read_ready(cx)))
}

/// Waits in the writer's place.
pub(crate) fn to_write(registration: Arc<Registration>) -> Wait {
    Box::pin(poll_fn(move |cx| registration.poll_write_ready(cx)))
}

/// Waits in the list of the page, to read.
pub(crate) fn listed(registration: Arc<Registration>) -> Wait {
    Box::pin(async move { registration.readiness(Interest::READABLE).await })
}

/// Turns the driver until so many events have found their sources.
pub(crate) fn turn_for(driver: &mut Driver, events: usize) {
    let mut found = 0;
    while found < events {
        found += driver.turn(None).unwrap().ready();
    }
}

/// Looks for events without waiting.
pub(crate) fn look(driver: &mut Driver) {
    driver.turn(Some(std::time::Duration::ZERO)).unwrap();
}

/// A task's waker that only notes that it was woken, which costs a model no steps.
#[derive(Debug, Default)]
pub(crate) struct Note(AtomicBool);

impl Wake for Note {
    fn wake(self: Arc<Self>) {
        self.0.store(true, Relaxed);
    }
}

impl Note {
    /// Polls once, for a task with this waker.
    pub(crate) fn poll<T>(self: &Arc<Self>, poll: impl FnOnce(&mut Context<'_>) -> Poll<T>) -> Poll<T> {
        poll(&mut Context::from_waker(&self.clone().into()))
    }

    pub(crate) fn is_woken(&self) -> bool {
        self.0.load(Relaxed)
    }
}

/// Waits for the ends of threads.
pub(crate) fn join(threads: impl IntoIterator<Item = JoinHandle<()>>) {
    for thread in threads {
        thread.join().unwrap();
    }
}
