//! Unix: descriptors and signals.

use std::fs::File;
use std::future::Future;
use std::io;
use std::os::fd::AsRawFd;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll, Waker};
use std::thread;
use std::time::Duration;

use mio::unix::SourceFd;
use nix::sys::pthread::{Pthread, pthread_kill, pthread_self};
use nix::sys::resource::{Resource, getrlimit, rlim_t, setrlimit};
use nix::sys::signal::SIGUSR1;
use nix::unistd::{Uid, geteuid, seteuid};
use triga::net::TcpListener;
use triga::time::Instant;
use triga::{Direction, Driver, Interest, Registration};

use crate::harness::Outcome;
use crate::peer::{self, source};
use crate::wakes::{poll, settle, turn_until};

pub(super) async fn urgent_bytes_are_told_on_linux() -> Outcome {
    let mut driver = Driver::new()?;
    let (mut source, _far) = source("urgent, send 1, receive all").await?;
    let interest = Interest::READABLE | Interest::PRIORITY;
    let registration = Registration::new(driver.handle(), &mut source, interest)?;
    // The byte that is not urgent comes last, and everywhere.
    loop {
        let event = turn_until(&mut driver, &registration, Direction::Read)?;
        match source.peek(&mut [0]) {
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => registration.clear_readiness(event),
            result => break result.map(|_| ())?,
        }
    }
    let Poll::Ready(event) = settle(&mut registration.readiness(interest), Waker::noop()) else {
        panic!("the source is readable");
    };
    let is_told = cfg!(any(target_os = "linux", target_os = "android"));
    assert_eq!(event?.ready().is_priority(), is_told);
    Ok(())
}

/// Lets the process have as many descriptors as it may, up to what most tests need.
pub(super) fn make_room() -> io::Result<()> {
    const ENOUGH: rlim_t = 4_096;
    if cfg!(miri) {
        // It has no limits.
        return Ok(());
    }
    room_for(ENOUGH).map(drop)
}

/// Lets the process have so many descriptors, or fewer if the system does not: how many.
pub(super) fn room_for(descriptors: rlim_t) -> io::Result<rlim_t> {
    let (soft, hard) = getrlimit(Resource::RLIMIT_NOFILE)?;
    let wanted = descriptors.min(hard);
    // A system may have a limit of its own below that of the process.
    if soft < wanted && setrlimit(Resource::RLIMIT_NOFILE, wanted, hard).is_ok() {
        return Ok(wanted);
    }
    Ok(soft.min(descriptors))
}

/// Has no more rights than anybody, while it lives.
pub(super) struct Unprivileged(Uid);

impl Unprivileged {
    pub(super) fn new() -> nix::Result<Unprivileged> {
        const UNPRIVILEGED: Uid = Uid::from_raw(65_534);
        let before = geteuid();
        if before.is_root() {
            seteuid(UNPRIVILEGED)?;
        }
        Ok(Unprivileged(before))
    }
}

impl Drop for Unprivileged {
    fn drop(&mut self) {
        seteuid(self.0).expect("the process was this user before");
    }
}

/// Holds every descriptor that the process may have, but those that are open.
pub(super) struct Exhausted {
    files: Vec<File>,
    limits: (rlim_t, rlim_t),
}

impl Exhausted {
    pub(super) fn new() -> io::Result<Exhausted> {
        // They would give descriptors back meanwhile.
        peer::all_done();
        let limits = getrlimit(Resource::RLIMIT_NOFILE)?;
        let files = vec![File::open("/dev/null")?];
        // A lower limit saves opening thousands. It has to leave room for what is open.
        let lowest = files[0].as_raw_fd() as rlim_t + 64;
        setrlimit(Resource::RLIMIT_NOFILE, lowest.min(limits.0), limits.1)?;
        let mut exhausted = Exhausted { files, limits };
        loop {
            match File::open("/dev/null") {
                Ok(file) => exhausted.files.push(file),
                Err(_) => return Ok(exhausted),
            }
        }
    }
}

impl Exhausted {
    /// Closes so many.
    pub(super) fn give_back(&mut self, count: usize) {
        let left = self.files.len().saturating_sub(count);
        self.files.truncate(left);
    }
}

impl Drop for Exhausted {
    fn drop(&mut self) {
        setrlimit(Resource::RLIMIT_NOFILE, self.limits.0, self.limits.1).expect("the limit was this one before");
    }
}

/// Polls an accept until it has found no descriptors, and waits for some.
fn back_off<F: Future>(driver: &mut Driver, mut accept: Pin<&mut F>) -> io::Result<()> {
    let mut cx = Context::from_waker(Waker::noop());
    while driver.next_deadline().is_none() {
        assert!(
            accept.as_mut().poll(&mut cx).is_pending(),
            "there was no descriptor for it"
        );
        driver.turn(Some(Duration::ZERO))?;
    }
    Ok(())
}

pub(super) async fn an_accept_without_descriptors_waits_for_some_and_serves() -> Outcome {
    let mut driver = Driver::new()?;
    let _current = driver.handle().enter();
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let client = std::net::TcpStream::connect(listener.local_addr()?)?;
    let mut accept = pin!(listener.accept());
    {
        let _exhausted = Exhausted::new()?;
        back_off(&mut driver, accept.as_mut())?;
    }
    loop {
        if let Poll::Ready(accepted) = accept.as_mut().poll(&mut Context::from_waker(Waker::noop())) {
            assert_eq!(accepted?.1, client.local_addr()?);
            return Ok(());
        }
        driver.turn(None)?;
    }
}

pub(super) async fn an_accept_without_descriptors_fails_in_the_end() -> Outcome {
    let mut driver = Driver::new()?;
    let _current = driver.handle().enter();
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let client = std::net::TcpStream::connect(listener.local_addr()?)?;
    let start = Instant::now();
    let mut turns = 0;
    {
        let _exhausted = Exhausted::new()?;
        let mut accept = pin!(listener.accept());
        back_off(&mut driver, accept.as_mut())?;
        let error = loop {
            if let Poll::Ready(accepted) = accept.as_mut().poll(&mut Context::from_waker(Waker::noop())) {
                break accepted.unwrap_err();
            }
            driver.turn(None)?;
            turns += 1;
        };
        assert_eq!(error.raw_os_error(), Some(nix::errno::Errno::EMFILE as i32), "{error}");
    }
    assert!(
        start.elapsed() >= Duration::from_secs(1),
        "descriptors had little time to come back"
    );
    assert!(turns <= 20, "{turns} turns to wait 8 times");
    // The listener lives on.
    let mut accept = pin!(listener.accept());
    loop {
        if let Poll::Ready(accepted) = accept.as_mut().poll(&mut Context::from_waker(Waker::noop())) {
            assert_eq!(accepted?.1, client.local_addr()?);
            return Ok(());
        }
        driver.turn(None)?;
    }
}

pub(super) async fn a_driver_without_descriptors_is_an_error() -> Outcome {
    let exhausted = Exhausted::new()?;
    let error = Driver::new().unwrap_err();
    drop(exhausted);
    assert_eq!(error.raw_os_error(), Some(nix::errno::Errno::EMFILE as i32), "{error}");
    Driver::new()?;
    Ok(())
}

pub(super) async fn a_file_that_cannot_be_waited_for_is_refused() -> Outcome {
    let driver = Driver::new()?;
    let file = File::open(std::env::current_exe()?)?;
    let source = &mut SourceFd(&file.as_raw_fd());
    let refused = Registration::new(driver.handle(), source, Interest::READABLE);
    // kqueue and poll(2) can wait for files: they are always ready.
    let is_epoll = triga_platform::EDGE_TRIGGERED && cfg!(any(target_os = "linux", target_os = "android"));
    assert!(refused.is_err() || !is_epoll);
    drop(refused);
    assert_eq!(driver.handle().metrics().registrations(), 0);
    Ok(())
}

pub(super) async fn a_signal_does_not_end_a_turn() -> Outcome {
    const HOUR: Duration = Duration::from_secs(3600);
    let seen = Arc::new(AtomicBool::new(false));
    let hook = signal_hook::flag::register(SIGUSR1 as i32, seen.clone())?;
    // A number, since a pointer, which musl has here, does not go to another thread.
    let turning = pthread_self() as usize;
    for (timeout, timer) in [(None, None), (None, Some(HOUR)), (Some(HOUR), None)] {
        let mut driver = Driver::new()?;
        let mut sleep = timer.map(|timer| driver.handle().sleep_until(Instant::now() + timer));
        if let Some(sleep) = &mut sleep {
            assert!(poll(sleep, Waker::noop()).is_pending());
        }
        let is_over = Arc::new(AtomicBool::new(false));
        let signals = thread::spawn({
            let (seen, is_over, handle) = (seen.clone(), is_over.clone(), driver.handle().clone());
            move || {
                for _ in 0..100 {
                    pthread_kill(turning as Pthread, SIGUSR1)?;
                    while !seen.swap(false, Ordering::SeqCst) {
                        thread::yield_now();
                    }
                    // The wait begins again.
                    (0..100).for_each(|_| thread::yield_now());
                }
                is_over.store(true, Ordering::SeqCst);
                handle.unpark()
            }
        });
        driver.turn(timeout)?;
        assert!(is_over.load(Ordering::SeqCst), "a signal ended the turn");
        signals.join().unwrap()?;
    }
    signal_hook::low_level::unregister(hook);
    Ok(())
}

pub(super) async fn a_signal_does_not_end_a_turn_with_an_error() -> Outcome {
    let mut driver = Driver::new()?;
    let handle = driver.handle().clone();
    let seen = Arc::new(AtomicBool::new(false));
    let hook = signal_hook::flag::register(signal_hook::consts::SIGUSR1, seen.clone())?;
    let signals = thread::spawn({
        let seen = seen.clone();
        move || {
            for _ in 0..100 {
                nix::sys::signal::kill(nix::unistd::getpid(), nix::sys::signal::SIGUSR1)?;
                while !seen.swap(false, Ordering::SeqCst) {
                    thread::yield_now();
                }
            }
            handle.unpark()
        }
    });
    while !signals.is_finished() {
        driver.turn(Some(Duration::from_millis(10)))?;
    }
    signals.join().unwrap()?;
    signal_hook::low_level::unregister(hook);
    Ok(())
}
