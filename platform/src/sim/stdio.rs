//! Standard streams: each host has its own, whose other ends the test has.

use std::collections::VecDeque;
use std::io::{self, ErrorKind, Read, Write};

use super::hosts::HostId;
use super::open::{Open, source};
use super::simulation::{Simulation, with};
use super::sockets::{Kind, SocketId};
use super::task::Host;

/// The streams of a host.
#[derive(Debug, Default)]
pub(super) struct Streams {
    input: VecDeque<u8>,
    /// More may be typed. Unless anything was, there is nothing to read.
    is_typing: bool,
    output: [Vec<u8>; 2],
    /// Standard output is not read for now.
    is_held: bool,
    /// How many bytes more the terminal takes while it is stopped.
    room: Option<usize>,
    /// How many bytes at the end of each output the terminal has taken, and not shown.
    not_shown: [usize; 2],
}

impl Streams {
    /// How many bytes an output takes for now.
    fn room(&self, output: Output) -> usize {
        match output {
            Output::Out if self.is_held => 0,
            _ => self.room.unwrap_or(usize::MAX),
        }
    }

    fn take(&mut self, output: Output, bytes: &[u8]) {
        self.output[output as usize].extend(bytes);
        if let Some(room) = &mut self.room {
            *room -= bytes.len();
            self.not_shown[output as usize] += bytes.len();
        }
    }
}

/// Which of the two that are written.
#[derive(Debug, Clone, Copy)]
enum Output {
    Out,
    Error,
}

/// Standard input.
#[derive(Debug)]
pub struct Stdin {
    open: Open,
}

/// Standard output.
#[derive(Debug)]
pub struct Stdout {
    open: Open,
}

/// Standard error.
#[derive(Debug)]
pub struct Stderr {
    open: Open,
}

source!(Stdin Stdout Stderr);

impl Stdin {
    /// The stream of the host whose code runs.
    ///
    /// # Errors
    ///
    /// Errors of the simulated system: no descriptors are left.
    pub fn new() -> io::Result<Stdin> {
        open(Kind::Stdin).map(|open| Stdin { open })
    }
}

impl Read for &Stdin {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        self.open.with(|simulation, socket| simulation.read_input(socket, buf))
    }
}

macro_rules! output {
    ($($name:ident $output:expr;)*) => {$(
        impl $name {
            /// The stream of the host whose code runs.
            ///
            /// # Errors
            ///
            /// Errors of the simulated system: no descriptors are left.
            pub fn new() -> io::Result<$name> {
                open(Kind::Output).map(|open| $name { open })
            }
        }

        impl Write for &$name {
            fn write(&mut self, buf: &[u8]) -> io::Result<usize> {
                self.open.with(|simulation, socket| simulation.write_output(socket, $output, buf))
            }

            fn flush(&mut self) -> io::Result<()> {
                Ok(())
            }
        }
    )*};
}

output! {
    Stdout Output::Out;
    Stderr Output::Error;
}

fn open(kind: Kind) -> io::Result<Open> {
    Open::new(|simulation| {
        let socket = simulation.new_socket()?;
        simulation.open(socket, kind);
        Ok(socket)
    })
}

/// What the test does.
impl Host {
    /// Types something: programs of the host read it from their standard input, which goes on until
    /// [`end_input`](Self::end_input). A host that nothing was typed on has an input that is at its end.
    pub fn type_in(self, bytes: &[u8]) {
        with(|simulation| {
            let streams = simulation.hosts.streams(self.id());
            streams.input.extend(bytes);
            streams.is_typing = true;
            simulation.touch_all(self.id(), |kind| matches!(kind, Kind::Stdin));
        });
    }

    /// Ends the input, behind what was typed.
    pub fn end_input(self) {
        with(|simulation| {
            simulation.hosts.streams(self.id()).is_typing = false;
            simulation.touch_all(self.id(), |kind| matches!(kind, Kind::Stdin));
        });
    }

    /// Takes input before the programs of the host do, as a child does that shares it. They were told of it already, and find
    /// that it is gone.
    pub fn take_input(self, most: usize) -> Vec<u8> {
        with(|simulation| {
            let input = &mut simulation.hosts.streams(self.id()).input;
            let taken: Vec<u8> = input.drain(..most.min(input.len())).collect();
            let (name, count) = (simulation.hosts.name(self.id()).to_owned(), taken.len());
            simulation.write(format_args!("another reader takes {count} of the input of {name}"));
            taken
        })
    }

    /// Stops reading standard output: writes to it wait.
    pub fn hold_output(self) {
        with(|simulation| simulation.hosts.streams(self.id()).is_held = true);
    }

    /// Takes what is written to standard output again.
    pub fn release_output(self) {
        with(|simulation| {
            simulation.hosts.streams(self.id()).is_held = false;
            simulation.touch_all(self.id(), |kind| matches!(kind, Kind::Output));
        });
    }

    /// Stops the terminal: it takes so many bytes more of standard output and standard error together, and shows none of them.
    pub fn stop_terminal(self, room: usize) {
        with(|simulation| {
            let streams = simulation.hosts.streams(self.id());
            let taken: usize = streams.not_shown.iter().sum();
            streams.room = Some(room.saturating_sub(taken));
        });
    }

    /// Has the terminal go on.
    pub fn resume_terminal(self) {
        with(|simulation| {
            let streams = simulation.hosts.streams(self.id());
            streams.room = None;
            streams.not_shown = [0; 2];
            simulation.touch_all(self.id(), |kind| matches!(kind, Kind::Output));
        });
    }

    /// Takes what programs of the host have written to standard output.
    pub fn take_output(self) -> Vec<u8> {
        self.take(Output::Out)
    }

    /// Takes what programs of the host have written to standard error.
    pub fn take_errors(self) -> Vec<u8> {
        self.take(Output::Error)
    }

    fn take(self, output: Output) -> Vec<u8> {
        with(|simulation| {
            let streams = simulation.hosts.streams(self.id());
            let written = &mut streams.output[output as usize];
            let shown = written.len() - streams.not_shown[output as usize];
            written.drain(..shown).collect()
        })
    }
}

impl Simulation {
    fn read_input(&mut self, socket: SocketId, buf: &mut [u8]) -> io::Result<usize> {
        let host = self.sockets.host(socket);
        let streams = self.hosts.streams(host);
        let (there, is_typing) = (streams.input.len().min(buf.len()), streams.is_typing);
        if there == 0 && is_typing && !buf.is_empty() {
            return Err(ErrorKind::WouldBlock.into());
        }
        let count = self.cut(there);
        self.hosts.streams(host).input.read_exact(&mut buf[..count])?;
        self.write(format_args!("{socket} reads {count} of {there}"));
        Ok(count)
    }

    fn write_output(&mut self, socket: SocketId, output: Output, buf: &[u8]) -> io::Result<usize> {
        let host = self.sockets.host(socket);
        let room = self.hosts.streams(host).room(output).min(buf.len());
        if room == 0 && !buf.is_empty() {
            return Err(ErrorKind::WouldBlock.into());
        }
        let count = self.cut(room);
        self.hosts.streams(host).take(output, &buf[..count]);
        self.write(format_args!("{socket} writes {count} of {}", buf.len()));
        Ok(count)
    }

    fn touch_all(&mut self, host: HostId, is_one: impl Fn(&Kind) -> bool) {
        for socket in self.sockets.of_host(host, is_one) {
            self.touch(socket);
        }
    }
}
