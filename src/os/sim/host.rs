//! The hosts of a simulation.

use std::future::Future;
use std::io;
use std::net::{Ipv4Addr, Ipv6Addr};
use std::path::Path;

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
pub struct Host(pub(super) sim::Host);

impl Host {
    /// Starts a task on this host.
    ///
    /// # Errors
    ///
    /// `NotConnected` outside of [`block_on`](crate::block_on) and [`run`](super::run), and for a host that has crashed.
    pub fn spawn<F>(self, future: F) -> io::Result<JoinHandle<F::Output>>
    where
        F: Future + 'static,
        F::Output: 'static,
    {
        if self.0.is_down() {
            let why = "the host has crashed: restart it first";
            return Err(io::Error::new(io::ErrorKind::NotConnected, why));
        }
        self.0.run(|| spawn(future))
    }

    /// Has the host crash, as if it lost its power: its tasks are dropped before they run again, and awaiting one says
    /// that it [panicked](crate::task::Panicked). What they have open is lost, and their peers are not informed: they wait
    /// for as long as they like to.
    ///
    /// Datagrams to the host are lost. Bytes sent on connections, and new connections, wait until it is restarted, as
    /// if it were sent again and again, and is turned away then. To end a program politely, cancel its task instead.
    ///
    /// # Errors
    ///
    /// `InvalidInput` for `localhost`, which the simulation begins on, and the test is.
    pub fn crash(self) -> io::Result<()> {
        self.0.crash()
    }

    /// Starts the host again after a [`crash`](Self::crash). Nothing runs there until it is [spawned](Self::spawn), and nothing
    /// is left but what its programs kept elsewhere, say in an `Rc` that the test gives them as their disk.
    pub fn restart(self) {
        self.0.restart();
    }

    /// Removes the path of a local socket, as `std::fs::remove_file` does in the real world: here it is no file. A crash
    /// removes all of the host's.
    ///
    /// # Errors
    ///
    /// `NotFound` if there is none.
    pub fn remove_socket(self, path: impl AsRef<Path>) -> io::Result<()> {
        self.0.remove_socket(path.as_ref())
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

    /// Takes at most so many bytes of the input before the programs of the host do, as a child does that shares their standard
    /// input. They were told of what was typed, find that it is gone, and wait for more.
    pub fn take_input(self, most: usize) -> Vec<u8> {
        self.0.take_input(most)
    }

    /// Takes nothing from [standard output](crate::io::stdout) any more, as a pipe without a reader. Writes wait until it is
    /// [released](Self::release_output).
    pub fn hold_output(self) {
        self.0.hold_output();
    }

    /// Takes what is written to standard output again.
    pub fn release_output(self) {
        self.0.release_output();
    }

    /// Stops the terminal, as Ctrl-S or a slow connection does. It takes so many bytes more of [standard
    /// output](crate::io::stdout) and [standard error](crate::io::stderr) together, and shows none of them. Writes of
    /// more wait until it [goes on](Self::resume_terminal).
    pub fn stop_terminal(self, room: usize) {
        self.0.stop_terminal(room);
    }

    /// Has the terminal go on, as Ctrl-Q does. It shows what it has taken.
    pub fn resume_terminal(self) {
        self.0.resume_terminal();
    }

    /// Takes what programs of the host have written to [standard output](crate::io::stdout).
    pub fn take_output(self) -> Vec<u8> {
        self.0.take_output()
    }

    /// Takes what programs of the host have written to [standard error](crate::io::stderr).
    pub fn take_errors(self) -> Vec<u8> {
        self.0.take_errors()
    }

    /// Presses Ctrl-C on the host. False if no task [listens](crate::signal::ctrl_c) there: in the real world the program would
    /// have ended.
    pub fn interrupt(self) -> bool {
        self.0.signal(Kind::INTERRUPT)
    }

    /// Asks the programs of the host to end. False if no task [listens](crate::signal::terminate) there: in the real world they
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
