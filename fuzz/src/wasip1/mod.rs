//! The selector of WASI 0.1, over a host that tells too much, refuses, and is interrupted.
//!
//! The files are those of the platform; the host is `host.rs`.

#[path = "../../../platform/src/wasip1/asked.rs"]
mod asked;
pub(crate) mod host;
#[allow(dead_code, reason = "no single descriptor is looked at here")]
#[path = "../../../platform/src/wasip1/look.rs"]
mod look;
#[path = "../../../platform/src/wasip1/probing.rs"]
mod probing;
#[allow(
    dead_code,
    missing_debug_implementations,
    reason = "it is used as the platform's tests use it"
)]
#[path = "../../../platform/src/wasip1/selector.rs"]
pub(crate) mod selector;
#[path = "../../../platform/src/wasip1/subscriptions.rs"]
mod subscriptions;

use std::io;
use std::time::Duration;

use crate::flag_waker::Waker;
use crate::input::Input;
use crate::{Direction, Event, Instant, Outcome, Ready, Registry, Selector, Token, Wait};
use host::{DESCRIPTORS, Descriptor, Host};
use selector::Events;

const DIRECTIONS: [Direction; 2] = [Direction::Read, Direction::Write];

/// Does what the bytes say, and panics when the selector is at odds with the model.
pub fn wasip1(data: &[u8]) {
    let mut input = Input::new(data);
    host::with(|host| {
        *host = Host {
            tells_all: input.is(),
            ..Host::default()
        };
    });
    let selector = Selector::new().expect("it asks the host nothing");
    let mut world = World {
        registry: selector.registry(),
        waker: Waker::new(&selector).expect("it asks the host nothing"),
        selector,
        events: Events::with_capacity(4),
        sources: [None; DESCRIPTORS],
        generation: 0,
        is_woken: false,
    };
    while !input.is_empty() {
        if input.below(5) == 0 {
            world.select(&mut input);
        } else {
            world.step(&mut input);
        }
    }
}

struct World {
    selector: Selector,
    registry: Registry,
    waker: Waker,
    events: Events,
    /// By their descriptors.
    sources: [Option<Source>; DESCRIPTORS],
    generation: u32,
    is_woken: bool,
}

#[derive(Clone, Copy)]
struct Source {
    token: Token,
    is_armed: [bool; 2],
    is_refused: bool,
}

impl World {
    fn step(&mut self, input: &mut Input<'_>) {
        let fd = input.below(DESCRIPTORS);
        match (self.sources[fd], input.below(8)) {
            (_, 0) => {
                let bits = input.below(64);
                let is = |bit: usize| bits >> bit & 1 == 1;
                host::with(|host| {
                    host.descriptors[fd] = Descriptor {
                        is_ready: [is(0), is(1)],
                        is_hung_up: is(2),
                        is_bad: is(3) && is(4),
                        bytes: if is(5) { 64 } else { 1 },
                    };
                });
            }
            (None, 1) => {
                self.waker.wake().expect("it sets a flag");
                self.is_woken = true;
            }
            (None, _) => {
                self.generation += 1;
                let token = Token::new(fd, self.generation);
                self.registry
                    .lock()
                    .register(token, fd as u32)
                    .expect("the place is free");
                self.sources[fd] = Some(Source {
                    token,
                    is_armed: [false; 2],
                    is_refused: false,
                });
            }
            (Some(source), 1) => {
                self.registry.forget(source.token);
                self.sources[fd] = None;
                let stale = self.registry.arm(source.token, Direction::Read).unwrap_err();
                assert_eq!(stale.kind(), io::ErrorKind::NotFound);
            }
            (Some(mut source), 2) => {
                let mut subscriptions = self.registry.lock();
                subscriptions.deregister(source.token).expect("it is registered");
                subscriptions
                    .register(source.token, fd as u32)
                    .expect("the place is free");
                drop(subscriptions);
                source.is_armed = [false; 2];
                source.is_refused = false;
                self.sources[fd] = Some(source);
            }
            (Some(source), direction) => {
                let index = direction % 2;
                let armed = self.registry.arm(source.token, DIRECTIONS[index]);
                assert_eq!(armed.is_err(), source.is_refused, "{armed:?}");
                if let Some(source) = &mut self.sources[fd] {
                    source.is_armed[index] |= armed.is_ok();
                }
            }
        }
    }

    /// What there is of what is waited for: the descriptors and directions that are ready, or refused.
    fn told(&self) -> Vec<(usize, usize)> {
        let armed = self.sources.iter().enumerate().flat_map(|(fd, source)| {
            let is_armed = source.map_or([false; 2], |source| source.is_armed);
            (0..2)
                .filter(move |index| is_armed[*index])
                .map(move |index| (fd, index))
        });
        host::with(|host| {
            let is_told = |(fd, index): &(usize, usize)| {
                let descriptor = &host.descriptors[*fd];
                descriptor.is_bad || descriptor.is_ready[*index]
            };
            armed.filter(is_told).collect()
        })
    }

    fn select(&mut self, input: &mut Input<'_>) {
        let told = self.told();
        let armed = self
            .sources
            .iter()
            .flatten()
            .flat_map(|source| source.is_armed)
            .filter(|is| *is)
            .count();
        let start = Instant::now();
        let deadline = start + Duration::from_nanos(input.below(200) as u64 * 10_000);
        let wait = match input.below(3) {
            0 => Wait::Poll,
            1 => Wait::Until(deadline),
            // It would be for ever.
            _ if armed > 0 && told.is_empty() && !self.is_woken => return,
            _ => Wait::Forever,
        };
        let interrupt_after = (input.below(4) == 3).then(|| input.below(10));
        host::with(|host| host.interrupt_after = interrupt_after);
        let outcome = self.selector.select(&mut self.events, wait);
        let was_interrupted = interrupt_after.is_some() && host::with(|host| host.interrupt_after.take().is_none());
        let is_idle = wait == Wait::Forever && armed == 0 && !self.is_woken;
        let was_woken = std::mem::take(&mut self.is_woken);
        match outcome {
            Ok(outcome) => assert_eq!(outcome == Outcome::Idle, is_idle),
            Err(error) => {
                assert!(error.kind() == io::ErrorKind::Interrupted && was_interrupted, "{error}");
                return;
            }
        }
        let events: Vec<Event> = self.events.iter().collect();
        for event in &events {
            self.take(event, &told);
        }
        if told.is_empty() && !is_idle {
            assert!(events.is_empty(), "{events:?} of nothing");
            let is_late = matches!(wait, Wait::Until(deadline) if Instant::now() < deadline);
            assert!(!is_late || was_woken, "the wait has ended early");
        } else {
            assert_eq!(Instant::now(), start, "what is there is told at once");
        }
        if !was_interrupted {
            assert_eq!(self.told(), [], "they are ready, and were not told");
        }
    }

    /// One event: of somebody who waited for it, and as it is.
    fn take(&mut self, event: &Event, told: &[(usize, usize)]) {
        let fd = event.token.index();
        let source = self.sources[fd].as_mut().expect("an event has a source");
        assert_eq!(source.token, event.token);
        let descriptor = host::with(|host| host.descriptors[fd]);
        if descriptor.is_bad {
            assert_eq!(event.ready, Ready::FAILED);
            assert!(source.is_armed.contains(&true) || source.is_refused);
            source.is_refused = true;
            source.is_armed = [false; 2];
            return;
        }
        let index = usize::from(event.ready.is_writable());
        assert!(source.is_armed[index], "{event:?} without a wait");
        source.is_armed[index] = false;
        let is_ready = told.contains(&(fd, index));
        // Where the host says too little, what may be ready is told beside what is.
        assert!(is_ready || !told.is_empty(), "{event:?} of nothing");
        let plain = [Ready::READABLE, Ready::WRITABLE][index];
        let closed = [Ready::READ_CLOSED, Ready::WRITE_CLOSED][index];
        let is_closed = is_ready && descriptor.is_hung_up;
        // What was asked for again is known to be ready, and nothing more.
        assert!(
            event.ready == plain || (is_closed && event.ready == plain | closed),
            "{event:?}"
        );
    }
}
