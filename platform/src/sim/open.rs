//! What a program has open, as a value of the program: a descriptor, closed when it is dropped.

use std::io;

use super::beside;
use super::simulation::{Simulation, with, with_own, with_what_is_left};
use super::sockets::{Descriptor, FIRST, Membership, SocketId};

/// A descriptor of something open, in which simulation it is.
#[derive(Debug)]
pub(super) struct Open {
    simulation: u32,
    socket: SocketId,
    descriptor: Descriptor,
}

impl Open {
    /// Opens something in the thread's simulation.
    pub(super) fn new(open: impl FnOnce(&mut Simulation) -> io::Result<SocketId>) -> io::Result<Open> {
        with(|simulation| {
            Ok(Open {
                socket: open(simulation)?,
                simulation: simulation.number,
                descriptor: FIRST,
            })
        })
    }

    /// Opens two things that belong together.
    pub(super) fn pair(open: impl FnOnce(&mut Simulation, SocketId, SocketId)) -> io::Result<(Open, Open)> {
        with(|simulation| {
            simulation.may_open(2)?;
            let (one, other) = (simulation.sockets.next_id(), simulation.sockets.next_id());
            open(simulation, one, other);
            let simulation = simulation.number;
            let descriptor = FIRST;
            let opened = |socket| Open {
                simulation,
                socket,
                descriptor,
            };
            Ok((opened(one), opened(other)))
        })
    }

    /// Opens something that comes of this.
    pub(super) fn and(&self, open: impl FnOnce(&mut Simulation, SocketId) -> io::Result<SocketId>) -> io::Result<Open> {
        self.and_descriptor(|simulation, socket| Ok((open(simulation, socket)?, FIRST)))
    }

    /// As [`and`](Self::and), by this descriptor.
    pub(super) fn and_descriptor(
        &self,
        open: impl FnOnce(&mut Simulation, SocketId) -> io::Result<(SocketId, Descriptor)>,
    ) -> io::Result<Open> {
        let (socket, descriptor) = self.with(open)?;
        let simulation = self.simulation;
        Ok(Open {
            simulation,
            socket,
            descriptor,
        })
    }

    /// Another descriptor of the same.
    pub(super) fn duplicate(&self) -> io::Result<Open> {
        self.and_descriptor(|simulation, socket| Ok((socket, simulation.duplicate(socket)?)))
    }

    pub(super) fn register(&self, membership: Membership) -> io::Result<()> {
        self.with(|simulation, socket| simulation.register(socket, self.descriptor, membership))
    }

    /// Ends its registration, also of what was lost in a crash, and at the end of the thread, when a simulation may be over.
    pub(super) fn deregister(&self) -> io::Result<()> {
        let mut result = Err(io::ErrorKind::NotFound.into());
        with_what_is_left(self.simulation, |simulation| {
            result = simulation.deregister(self.socket, self.descriptor);
        });
        result
    }

    /// Does something with it. A try in vain takes a moment, in which others go on.
    pub(super) fn with<R>(&self, action: impl FnOnce(&mut Simulation, SocketId) -> io::Result<R>) -> io::Result<R> {
        let result = with_own(self.simulation, |simulation| {
            simulation.sockets.check(self.socket)?;
            action(simulation, self.socket)
        });
        if matches!(&result, Err(error) if error.kind() == io::ErrorKind::WouldBlock) {
            with(Simulation::pass_a_moment);
            beside::run();
        }
        result
    }
}

impl Drop for Open {
    fn drop(&mut self) {
        with_what_is_left(self.simulation, |simulation| {
            simulation.close_descriptor(self.socket, self.descriptor);
        });
    }
}

/// Implements [`Source`](crate::Source) for a type by its field that is an [`Open`], and duplicates of it.
macro_rules! source {
    ($($type:ident)*) => {$(
        impl $type {
            /// Another descriptor of the same, which is open until each of them is dropped. It is not registered.
            ///
            /// # Errors
            ///
            /// `OutOfMemory` if the host has no descriptors left.
            pub fn try_clone(&self) -> std::io::Result<$type> {
                self.open.duplicate().map(|open| $type { open })
            }
        }

        impl $crate::Source for $type {
            fn register(
                &mut self,
                registry: &$crate::Registry,
                token: $crate::Token,
                interest: $crate::Interest,
            ) -> std::io::Result<()> {
                self.open.register(registry.membership(token, interest)?)
            }

            fn deregister(&mut self, _: &$crate::Registry, _: $crate::Token) -> std::io::Result<()> {
                self.open.deregister()
            }
        }
    )*};
}
pub(super) use source;
