//! The hosts of a simulation.

use std::future::Future;
use std::io;
use std::net::{Ipv4Addr, Ipv6Addr};

use triga_platform::signal::Kind;
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

    /// Types something: programs of the host read it from [standard input](crate::io::stdin), which goes on until
    /// [`end_input`](Self::end_input). A host on which nothing was typed has an input that is at its end.
    pub fn type_in(self, bytes: &[u8]) {
        self.0.type_in(bytes);
    }

    /// Ends the input, behind what was typed.
    pub fn end_input(self) {
        self.0.end_input();
    }

    /// Takes what programs of the host have written to [standard output](crate::io::stdout).
    pub fn take_output(self) -> Vec<u8> {
        self.0.take_output()
    }

    /// Takes what programs of the host have written to [standard error](crate::io::stderr).
    pub fn take_errors(self) -> Vec<u8> {
        self.0.take_errors()
    }

    /// Presses Ctrl-C on the host. False if nobody [listens](crate::signal::ctrl_c) there: in the real world the program would
    /// have ended.
    pub fn interrupt(self) -> bool {
        self.0.signal(Kind::INTERRUPT)
    }

    /// Asks the programs of the host to end. False if nobody [listens](crate::signal::terminate) there: in the real world they
    /// would have ended.
    pub fn terminate(self) -> bool {
        self.0.signal(Kind::TERMINATE)
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
