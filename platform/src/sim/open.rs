//! What a program has open, as a value of the program: closed when it is dropped.

use std::io;

use super::beside;
use super::simulation::{Simulation, with, with_own, with_what_is_left};
use super::sockets::SocketId;

/// Something open, in which simulation it is.
#[derive(Debug)]
pub(super) struct Open {
    simulation: u32,
    socket: SocketId,
}

impl Open {
    /// Opens something in the thread's simulation.
    pub(super) fn new(open: impl FnOnce(&mut Simulation) -> io::Result<SocketId>) -> io::Result<Open> {
        with(|simulation| {
            Ok(Open {
                socket: open(simulation)?,
                simulation: simulation.number,
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
            let opened = |socket| Open { simulation, socket };
            Ok((opened(one), opened(other)))
        })
    }

    /// Opens something that comes of this.
    pub(super) fn and(&self, open: impl FnOnce(&mut Simulation, SocketId) -> io::Result<SocketId>) -> io::Result<Open> {
        let socket = self.with(open)?;
        let simulation = self.simulation;
        Ok(Open { simulation, socket })
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
        with_what_is_left(self.simulation, |simulation| simulation.close(self.socket));
    }
}

/// Implements [`Source`](crate::Source) for a type by its field that is an [`Open`].
macro_rules! source {
    ($($type:ident)*) => {$(
        impl $crate::Source for $type {
            fn register(
                &mut self,
                registry: &$crate::Registry,
                token: $crate::Token,
                interest: $crate::Interest,
            ) -> std::io::Result<()> {
                let membership = registry.membership(token, interest)?;
                self.open.with(|simulation, socket| simulation.register(socket, membership, false))
            }

            fn reregister(
                &mut self,
                registry: &$crate::Registry,
                token: $crate::Token,
                interest: $crate::Interest,
            ) -> std::io::Result<()> {
                let membership = registry.membership(token, interest)?;
                self.open.with(|simulation, socket| simulation.register(socket, membership, true))
            }

            fn deregister(&mut self, _: &$crate::Registry, _: $crate::Token) -> std::io::Result<()> {
                self.open.with(|simulation, socket| simulation.deregister(socket))
            }
        }
    )*};
}
pub(super) use source;
