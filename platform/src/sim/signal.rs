//! Signals: the test sends them to a host.

use std::collections::BTreeMap;
use std::io;
use std::sync::Arc;

use super::hosts::HostId;
use super::simulation::{with, with_own, with_what_is_left};
use super::task::Host;
use crate::Registry;

/// Which signal.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Kind {
    /// Ctrl-C.
    Interrupt,
    /// A request to end.
    Terminate,
}

impl Kind {
    /// Ctrl-C.
    pub const INTERRUPT: Kind = Kind::Interrupt;
    /// A request to end.
    pub const TERMINATE: Kind = Kind::Terminate;
}

/// Makes a selector report that signals came.
#[derive(Debug)]
pub struct Alert(Registry);

impl Alert {
    /// An alert for the registry's selector.
    ///
    /// # Errors
    ///
    /// A simulation that is not this thread's.
    pub fn new(registry: &Registry) -> io::Result<Alert> {
        with_own(registry.simulation, |_| Ok(Alert(registry.clone())))
    }

    /// Takes back what was reported.
    pub fn acknowledge(&self) {
        with_what_is_left(self.0.simulation, |simulation| {
            if let Some(sources) = simulation.sources.get_mut(&self.0.selector) {
                sources.is_alerted = false;
            }
        });
    }
}

/// Counts the signals of one kind.
#[derive(Debug)]
pub struct Watch {
    alert: Arc<Alert>,
    number: u32,
}

/// The watches of a simulation, by their numbers.
#[derive(Debug, Default)]
pub(super) struct Watches {
    watches: BTreeMap<u32, Watched>,
    last: u32,
}

#[derive(Debug)]
struct Watched {
    host: HostId,
    kind: Kind,
    selector: u32,
    count: usize,
}

impl Watch {
    /// From now on, each signal of the kind is counted that is sent to the host whose code runs.
    ///
    /// # Errors
    ///
    /// A simulation that is not this thread's.
    pub fn new(kind: Kind, alert: Arc<Alert>) -> io::Result<Watch> {
        let number = with_own(alert.0.simulation, |simulation| {
            let watched = Watched {
                host: simulation.hosts.current,
                kind,
                selector: alert.0.selector,
                count: 0,
            };
            let Watches { watches, last } = &mut simulation.watches;
            *last += 1;
            watches.insert(*last, watched);
            Ok(*last)
        })?;
        Ok(Watch { alert, number })
    }

    /// How many signals there were.
    pub fn count(&self) -> usize {
        let mut count = 0;
        with_what_is_left(self.alert.0.simulation, |simulation| {
            count = simulation
                .watches
                .watches
                .get(&self.number)
                .map_or(0, |watched| watched.count);
        });
        count
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        with_what_is_left(self.alert.0.simulation, |simulation| {
            simulation.watches.watches.remove(&self.number);
        });
    }
}

impl Host {
    /// Sends a signal. False if no program of the host listens: in the real world it would have ended.
    pub fn signal(self, kind: Kind) -> bool {
        with(|simulation| {
            let name = simulation.hosts.name(self.id()).to_owned();
            simulation.write(format_args!("{name} gets {kind:?}"));
            let mut is_heard = false;
            for watched in simulation.watches.watches.values_mut() {
                if watched.host == self.id() && watched.kind == kind {
                    is_heard = true;
                    watched.count = watched.count.wrapping_add(1);
                    if let Some(sources) = simulation.sources.get_mut(&watched.selector) {
                        sources.is_alerted = true;
                    }
                }
            }
            is_heard
        })
    }
}
