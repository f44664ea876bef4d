//! The hosts of a simulation.

use std::future::Future;
use std::io;
use std::net::{Ipv4Addr, Ipv6Addr};

use triga_platform::sim;

use crate::task::{JoinHandle, spawn};

/// The host with this name, of the simulation that runs on this thread. It is there from the first time on that it is named.
///
/// The other hosts reach it by its name and by its addresses. `localhost` is the one that the simulation begins on, and
/// means each host itself as a name.
pub fn host(name: &str) -> Host {
    Host(sim::host(name))
}

/// A host of a simulation, with addresses of its own.
///
/// What a task opens is its host's, and the tasks that it starts are on its host.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Host(sim::Host);

impl Host {
    /// Starts a task on this host.
    ///
    /// # Errors
    ///
    /// `NotConnected` outside of [`block_on`](crate::block_on) and [`run`](super::run).
    pub fn spawn<F>(self, future: F) -> io::Result<JoinHandle<F::Output>>
    where
        F: Future + 'static,
        F::Output: 'static,
    {
        self.0.run(|| spawn(future))
    }

    /// Its name.
    pub fn name(self) -> String {
        self.0.name()
    }

    /// Its address.
    pub fn ipv4(self) -> Ipv4Addr {
        self.0.ipv4()
    }

    /// Its address of the other family.
    pub fn ipv6(self) -> Ipv6Addr {
        self.0.ipv6()
    }
}
