//! Tasks: each is on a host, and the seed decides the order in which they run.

use std::fmt;
use std::future::Future;
use std::net::{Ipv4Addr, Ipv6Addr};
use std::pin::Pin;
use std::task::{Context, Poll};

use super::hosts::{self, HostId};
use super::simulation::with;

/// A future on its host: what it opens is the host's, and so is what it starts.
pub struct Placed<F> {
    host: HostId,
    future: Pin<Box<F>>,
}

/// The future of a new task, on the host whose code starts it.
pub fn place<F: Future>(future: F) -> Placed<F> {
    Placed {
        host: with(|simulation| simulation.hosts.current),
        future: Box::pin(future),
    }
}

/// Puts tasks that are ready into the order in which they run.
pub fn order<T>(tasks: &mut [T]) {
    if tasks.len() > 1 {
        with(|simulation| simulation.random.shuffle(tasks));
    }
}

impl<F: Future> Future for Placed<F> {
    type Output = F::Output;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<F::Output> {
        let _there = There::go(self.host);
        self.future.as_mut().poll(cx)
    }
}

impl<F> fmt::Debug for Placed<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Placed")
            .field("host", &self.host)
            .finish_non_exhaustive()
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

/// The host whose code runs.
pub(super) fn here() -> Host {
    Host(with(|simulation| simulation.hosts.current))
}

impl Host {
    /// Runs something there: what it opens and starts is this host's.
    pub fn run<R>(self, action: impl FnOnce() -> R) -> R {
        let _there = There::go(self.0);
        action()
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
