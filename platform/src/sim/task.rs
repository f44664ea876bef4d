//! Tasks: each is on a host, and the seed decides the order in which they run.

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::fmt;
use std::future::Future;
use std::io;
use std::net::{Ipv4Addr, Ipv6Addr};
use std::panic;
use std::pin::Pin;
use std::task::{Context, Poll, Waker};

use super::hosts::{self, HostId};
use super::simulation::{Simulation, with};

/// A future on its host: what it opens is the host's, and so is what it starts.
pub struct Placed<F> {
    home: Home,
    /// From the first run on.
    listed: Option<Listed>,
    /// None once its host has crashed.
    future: Option<Pin<Box<F>>>,
}

/// The future of a new task, on the host whose code starts it.
pub fn place<F: Future>(future: F) -> Placed<F> {
    Placed {
        home: Home::here(),
        listed: None,
        future: Some(Box::pin(future)),
    }
}

/// Puts tasks that are ready into the order in which they run.
pub fn order<T>(tasks: &mut [T]) {
    if tasks.len() > 1 {
        with(|simulation| {
            if !simulation.world.tasks_in_order {
                simulation.random.shuffle(tasks);
            }
        });
    }
}

impl<F: Future> Future for Placed<F> {
    type Output = F::Output;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<F::Output> {
        let home = self.home;
        let _there = There::go(home.host);
        let future = match &mut self.future {
            Some(future) if home.is_there() => future.as_mut(),
            lost => {
                drop(lost.take());
                // As a panic, without its message: the task that awaits this one gets the error.
                panic::resume_unwind(Box::new("its host crashed"));
            }
        };
        let polled = future.poll(cx);
        if polled.is_pending() && self.listed.is_none() {
            self.listed = Some(Listed::new(home, cx.waker().clone()));
        }
        polled
    }
}

impl<F> fmt::Debug for Placed<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Placed")
            .field("home", &self.home)
            .finish_non_exhaustive()
    }
}

/// A host from one start of it to the next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Home {
    simulation: u32,
    host: HostId,
    restarts: u32,
}

impl Home {
    /// That of the code that runs.
    pub(super) fn here() -> Home {
        with(|simulation| {
            let host = simulation.hosts.current;
            Home {
                simulation: simulation.number,
                host,
                restarts: simulation.hosts.restarts(host),
            }
        })
    }

    pub(super) fn host(self) -> Host {
        Host(self.host)
    }

    /// Whether it has not crashed.
    pub(super) fn is_there(self) -> bool {
        with(|simulation| {
            let hosts = &simulation.hosts;
            simulation.number != self.simulation
                || !hosts.is_down(self.host) && hosts.restarts(self.host) == self.restarts
        })
    }
}

thread_local! {
    /// The tasks that have run, in the order in which they began, to be woken when their host crashes.
    static TASKS: RefCell<BTreeMap<u64, (Home, Waker)>> = const { RefCell::new(BTreeMap::new()) };
    static LAST: Cell<u64> = const { Cell::new(0) };
}

/// A task among those that a crash wakes, until this is dropped.
struct Listed(u64);

impl Listed {
    fn new(home: Home, waker: Waker) -> Listed {
        let number = LAST.get() + 1;
        LAST.set(number);
        TASKS.with_borrow_mut(|tasks| tasks.insert(number, (home, waker)));
        Listed(number)
    }
}

impl Drop for Listed {
    fn drop(&mut self) {
        // The thread may be at its end. The waker is dropped when nothing is borrowed.
        let waker = TASKS.try_with(|tasks| tasks.borrow_mut().remove(&self.0));
        drop(waker);
    }
}

/// Code runs on another host until this is dropped.
struct There {
    before: HostId,
}

impl There {
    fn go(host: HostId) -> There {
        let before = with(|simulation| std::mem::replace(&mut simulation.hosts.current, host));
        There { before }
    }
}

impl Drop for There {
    fn drop(&mut self) {
        with(|simulation| simulation.hosts.current = self.before);
    }
}

/// One of the hosts of a simulation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Host(HostId);

/// The host with this name. It is there from the first time on that it is named.
///
/// `localhost` is the one that the simulation begins on.
pub fn host(name: &str) -> Host {
    Host(with(|simulation| simulation.hosts.named(name)))
}

impl Host {
    /// Runs something there: what it opens and starts is this host's.
    pub fn run<R>(self, action: impl FnOnce() -> R) -> R {
        let _there = There::go(self.0);
        action()
    }

    /// Takes its power: its tasks are dropped before they run again, and what they have open is lost without a word to others.
    ///
    /// # Errors
    ///
    /// `InvalidInput` for the host that the simulation began on.
    pub fn crash(self) -> io::Result<()> {
        if self.0 == 0 {
            return Err(io::Error::new(
                io::ErrorKind::InvalidInput,
                "the host that a simulation begins on cannot crash: run what shall on another one",
            ));
        }
        with(|simulation| simulation.crash(self.0));
        let lost: Vec<Waker> = TASKS.with_borrow(|tasks| {
            let of_host = tasks.values().filter(|(home, _)| home.host == self.0);
            of_host.map(|(_, waker)| waker.clone()).collect()
        });
        lost.into_iter().for_each(Waker::wake);
        Ok(())
    }

    /// Gives it power again. Nothing runs there yet.
    pub fn restart(self) {
        with(|simulation| simulation.restart(self.0));
    }

    /// Whether it has crashed and was not restarted.
    pub fn is_down(self) -> bool {
        with(|simulation| simulation.hosts.is_down(self.0))
    }

    /// Cuts the link to another host.
    pub fn cut(self, other: Host) {
        with(|simulation| simulation.cut_link(self.0, other.0));
    }

    /// Mends the link to another host, and that back.
    pub fn mend(self, other: Host) {
        with(|simulation| simulation.mend_link(self.0, other.0));
    }

    pub(super) fn id(self) -> HostId {
        self.0
    }

    /// Its name.
    pub fn name(self) -> String {
        with(|simulation| simulation.hosts.name(self.0).to_owned())
    }

    /// Its address.
    pub fn ipv4(self) -> Ipv4Addr {
        hosts::ipv4(self.0)
    }

    /// Its address of the other family.
    pub fn ipv6(self) -> Ipv6Addr {
        hosts::ipv6(self.0)
    }
}

impl Simulation {
    fn crash(&mut self, host: HostId) {
        if self.hosts.stop(host) {
            let name = self.hosts.name(host).to_owned();
            self.write(format_args!("{name} crashes"));
            self.network.ports.forget(host);
            self.local_names.forget(host);
            for socket in self.sockets.lose(host) {
                self.touch(socket);
            }
        }
    }

    fn restart(&mut self, host: HostId) {
        if self.hosts.start(host) {
            let name = self.hosts.name(host).to_owned();
            self.write(format_args!("{name} restarts"));
            self.let_go();
        }
    }
}
