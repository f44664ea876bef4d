//! The selector: edge-triggered as epoll is, and time passes while it waits.

use std::collections::BTreeMap;
use std::io;

use super::beside;
use super::simulation::{Simulation, with, with_own, with_what_is_left};
use super::sockets::{MemberId, Membership, SocketId};
use crate::common::flag_waker::WakeFlag;
use crate::{Direction, Event, Events, Instant, Interest, Outcome, Ready, Token, Wait};

/// Waits for events of every registered source.
#[derive(Debug)]
pub struct Selector {
    registry: Registry,
    pub(crate) woken: WakeFlag,
}

/// What a selector knows of its sources.
#[derive(Debug, Default)]
pub(super) struct Sources {
    /// The sockets whose readiness may have changed.
    pub(super) listed: Vec<MemberId>,
    /// What each is of.
    pub(super) members: BTreeMap<MemberId, SocketId>,
    /// Those that were forgotten, and of which an event is still to come, from this time on.
    pub(super) stale: Vec<(u64, Token)>,
    /// Signals came.
    pub(super) is_alerted: bool,
}

impl Selector {
    /// A selector without sources.
    ///
    /// # Errors
    ///
    /// Errors of the simulated system: no descriptors are left.
    pub fn new() -> io::Result<Selector> {
        with(|simulation| {
            simulation.may_open(1)?;
            let number = simulation.selectors;
            simulation.selectors += 1;
            simulation.sources.insert(number, Sources::default());
            Ok(Selector {
                registry: Registry {
                    simulation: simulation.number,
                    selector: number,
                },
                woken: WakeFlag::default(),
            })
        })
    }

    /// What registers sources here.
    pub fn registry(&self) -> Registry {
        self.registry.clone()
    }

    /// Waits as the contract says. When nothing is ready, it is at once as late as the next packet's arrival or the end of the
    /// wait.
    ///
    /// # Errors
    ///
    /// A simulation that is not this thread's, and what the world says.
    pub fn select(&mut self, events: &mut Events, wait: Wait) -> io::Result<Outcome> {
        let Registry { simulation, selector } = self.registry;
        let events = &mut events.0;
        events.clear();
        let mut arrived = with_own(simulation, |simulation| {
            simulation.before_wait()?;
            Ok(simulation.network.arrived)
        })?;
        let mut wait = wait;
        loop {
            let others = beside::run();
            if self.woken.take() {
                wait = Wait::Poll;
            }
            let outcome = with_own(simulation, |simulation| {
                let outcome = simulation.look(selector, events, wait);
                // What has arrived may be for others, who come first.
                let has_arrived = std::mem::replace(&mut arrived, simulation.network.arrived) != arrived;
                Ok(outcome.or_else(|| {
                    if has_arrived {
                        None
                    } else {
                        simulation.let_time_pass(wait, others)
                    }
                }))
            })?;
            if let Some(outcome) = outcome {
                return Ok(outcome);
            }
        }
    }
}

impl Simulation {
    /// Looks for events.
    fn look(&mut self, selector: u32, events: &mut Vec<Event>, wait: Wait) -> Option<Outcome> {
        self.pass_a_moment();
        self.collect(selector, events);
        let is_over = match wait {
            Wait::Poll => true,
            Wait::Until(deadline) => self.is_past(deadline),
            Wait::Forever => false,
        };
        (is_over || !events.is_empty()).then_some(Outcome::Waited)
    }

    /// Nothing is ready: it is at once as late as it has to be for something to happen, if anything ever does.
    fn let_time_pass(&mut self, wait: Wait, others: Option<Instant>) -> Option<Outcome> {
        let deadline = match wait {
            Wait::Until(deadline) => Some(deadline),
            Wait::Poll | Wait::Forever => None,
        };
        let deadlines = [deadline, others].into_iter().flatten();
        let deadlines = deadlines.filter_map(|at| self.when_shown(at));
        match deadlines.chain(self.next_arrival()).min() {
            Some(next) => {
                self.now = self.now.max(next);
                None
            }
            None => Some(Outcome::Idle),
        }
    }

    /// Reports the sources whose readiness changed, in an order that the seed decides.
    fn collect(&mut self, selector: u32, events: &mut Vec<Event>) {
        let Some(sources) = self.sources.get_mut(&selector) else {
            return;
        };
        if sources.is_alerted {
            let (token, ready) = (Token::SIGNAL, Ready::READABLE);
            events.push(Event { token, ready });
        }
        let mut listed = std::mem::take(&mut sources.listed);
        self.random.shuffle(&mut listed);
        let now = listed.len().min(events.capacity().max(1));
        for member in listed.drain(..now) {
            self.tell(selector, member, events);
        }
        if let Some(sources) = self.sources.get_mut(&selector) {
            // Its room is used again.
            sources.listed = listed;
        }
        self.report_what_is_not(selector, events);
    }

    /// Reports the sources whose readiness changed.
    fn tell(&mut self, selector: u32, member: MemberId, events: &mut Vec<Event>) {
        let sources = self.sources.get(&selector);
        let Some(socket) = sources.and_then(|sources| sources.members.get(&member).copied()) else {
            return;
        };
        if let Some((event, is_open)) = self.sockets.event(socket, member) {
            let left = if is_open { "" } else { "left behind: " };
            self.write(format_args!("{left}{socket} is {:?}", event.ready));
            self.report(socket, event, events);
        }
    }
}

impl Drop for Selector {
    fn drop(&mut self) {
        let Registry { simulation, selector } = self.registry;
        with_what_is_left(simulation, |simulation| {
            let Some(sources) = simulation.sources.get(&selector) else {
                return;
            };
            for (member, socket) in sources.members.clone() {
                simulation.lose_selector(socket, member);
            }
            simulation.sources.remove(&selector);
        });
    }
}

/// Registers sources with a [`Selector`].
#[derive(Debug, Clone)]
pub struct Registry {
    pub(super) simulation: u32,
    pub(super) selector: u32,
}

impl Registry {
    /// The sources may change at any time.
    #[inline]
    pub(crate) fn check(&self) -> io::Result<()> {
        Ok(())
    }

    /// Nothing: changes are told by themselves.
    ///
    /// # Errors
    ///
    /// None.
    #[inline]
    pub fn arm(&self, _token: Token, _direction: Direction) -> io::Result<()> {
        Ok(())
    }

    /// Nothing: what is closed is forgotten with its last descriptor, as epoll forgets it. One that is dropped without
    /// `deregister` while a duplicate is open goes on making events, which the trace calls left behind.
    #[inline]
    pub fn forget(&self, _token: Token) {}

    pub(super) fn membership(&self, token: Token, interest: Interest) -> io::Result<Membership> {
        with_own(self.simulation, |_| {
            Ok(Membership {
                selector: self.selector,
                token,
                interest,
            })
        })
    }
}
