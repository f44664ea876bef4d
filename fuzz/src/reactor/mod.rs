//! Sequences of operations on a reactor, against a plain model of what must be ready and who must be woken.
//!
//! The sources are sockets, and poll(2) says at each turn what there is to tell of them. What the model keeps is little: what
//! has changed since the last turn, which tasks wait for what, and which were woken.

mod place;
mod timer;
mod wakes;

use std::collections::VecDeque;
use std::io::ErrorKind;
use std::os::fd::{AsFd, OwnedFd};
use std::os::unix::net;
use std::pin::Pin;
use std::rc::Rc;
use std::time::Duration;

use triga::{Driver, Handle, Interest, is_shut_down};
use triga_platform::Instant;

use crate::input::Input;
use place::{DIRECTIONS, Expected, Place, Wait};
use timer::Timer;
use wakes::Waiter;

const PLACES: usize = 6;

/// How long a turn lasts when nothing ends it.
const PATIENCE: Duration = Duration::from_micros(50);

/// Does what the bytes say, and panics when the reactor is at odds with the model.
pub fn reactor(data: &[u8]) {
    let mut input = Input::new(data);
    let mut world = World::new();
    while !input.is_empty() {
        world.step(&mut input);
    }
    world.end(input.is());
}

struct World {
    driver: Driver,
    handle: Handle,
    places: [Option<Place>; PLACES],
    timers: Vec<Timer>,
    /// Those who wait no more.
    gone: Vec<Waiter>,
    /// Sources that went, of which the system still tells: another descriptor of each, and its far end.
    kept: VecDeque<(OwnedFd, Option<net::UnixStream>)>,
    registered: u64,
    is_woken: bool,
    is_shut_down: bool,
}

impl World {
    fn new() -> World {
        let driver = Driver::new().expect("there are descriptors");
        World {
            handle: driver.handle().clone(),
            driver,
            places: Default::default(),
            timers: Vec::new(),
            gone: Vec::new(),
            kept: VecDeque::new(),
            registered: 0,
            is_woken: false,
            is_shut_down: false,
        }
    }

    fn step(&mut self, input: &mut Input<'_>) {
        match input.below(16) {
            0 => {
                self.turn(Some(Duration::ZERO));
            }
            1 if self.has_a_reason_to_return() => {
                self.turn(None);
            }
            1 => {
                self.handle.unpark().expect("the driver can be woken");
                self.is_woken = true;
            }
            2 => self.timer(input),
            3 => match input.below(32) {
                0 => self.shut_down(),
                1 if self.kept.is_empty() && !self.has_a_reason_to_return() => {
                    let start = Instant::now();
                    let told = self.turn(Some(PATIENCE));
                    assert!(told > 0 || start.elapsed() >= PATIENCE, "a turn ended for no reason");
                }
                _ => {}
            },
            _ => {
                let place = input.below(PLACES);
                if self.places[place].is_some() {
                    self.at_place(place, input);
                } else {
                    self.register(place, input);
                }
            }
        }
    }

    fn register(&mut self, at: usize, input: &mut Input<'_>) {
        let place = Place::new(&self.handle, interest(input, 2));
        self.place(at, place);
    }

    fn place(&mut self, at: usize, place: std::io::Result<Place>) {
        match place {
            Ok(place) => {
                assert!(!self.is_shut_down, "a source was registered after a shutdown");
                self.registered += 1;
                self.places[at] = Some(place);
            }
            Err(error) => assert!(self.is_shut_down && is_shut_down(&error), "{error}"),
        }
    }

    /// Does something with a source, or with those who wait for it.
    fn at_place(&mut self, at: usize, input: &mut Input<'_>) {
        let place = self.places[at].as_mut().expect("there is a source");
        match input.below(16) {
            0 | 1 => place.far_writes(1 + input.below(64)),
            2 => place.far_reads(),
            3 => place.far_ends(),
            4 => place.far_goes(),
            5 => place.near_reads(1 + input.below(255)),
            6 => place.near_writes(),
            7 | 8 => self.poll(at, input.below(2)),
            9 => self.wait(at, interest(input, 4)),
            10 => self.wait_again(at, input),
            11 => {
                if !place.waits.is_empty() {
                    let wait = place.waits.swap_remove(input.below(place.waits.len()));
                    self.gone.push(wait.waiter);
                }
            }
            12 if !self.is_shut_down => place.seen.extend(place.look()),
            13 if !self.is_shut_down && !place.seen.is_empty() => {
                let event = place.seen[input.below(place.seen.len())];
                let masks = [event.ready(), DIRECTIONS[0].mask(), DIRECTIONS[1].mask()];
                place.clear(event.only(masks[input.below(3)] & event.ready()));
            }
            14 if !self.is_shut_down => {
                if let Some(event) = place.look() {
                    place.clear(event);
                }
            }
            _ => self.leave(at, input),
        }
    }

    /// Asks in the place of a direction.
    fn poll(&mut self, at: usize, index: usize) {
        let place = self.places[at].as_mut().expect("there is a source");
        let direction = DIRECTIONS[index];
        let registration = place.registration.clone();
        let answer = Waiter::ask(|cx| match index {
            0 => registration.poll_read_ready(cx),
            _ => registration.poll_write_ready(cx),
        });
        match answer {
            Ok(Ok(event)) => {
                assert!(
                    event.ready().intersects(direction.mask()),
                    "{event:?} for {direction:?}"
                );
                place.seen.push(event);
            }
            Ok(Err(error)) if error.kind() == ErrorKind::InvalidInput => {
                assert!(!place.is_registered_for(direction.mask()), "{error}");
            }
            Ok(Err(error)) => assert!(self.is_shut_down && is_shut_down(&error), "{error}"),
            Err(waiter) => {
                assert!(!self.is_shut_down && !place.is_ready(direction.mask()));
                self.gone.extend(place.pollers[index].replace(waiter));
            }
        }
    }

    /// Waits in the list.
    fn wait(&mut self, at: usize, interest: Interest) {
        let place = self.places[at].as_mut().expect("there is a source");
        let registration = Rc::clone(&place.registration);
        let mut future = Box::pin(async move { registration.readiness(interest).await });
        match Waiter::ask(|cx| future.as_mut().poll(cx)) {
            Ok(Ok(event)) => assert!(event.ready().intersects(interest.mask()), "{event:?} for {interest:?}"),
            Ok(Err(error)) if error.kind() == ErrorKind::InvalidInput => {
                assert!(!place.is_registered_for(interest.mask()), "{error}");
            }
            Ok(Err(error)) => assert!(self.is_shut_down && is_shut_down(&error), "{error}"),
            Err(waiter) => {
                assert!(!self.is_shut_down && !place.is_ready(interest.mask()));
                place.waits.push(Wait {
                    interest,
                    future,
                    waiter,
                });
            }
        }
    }

    /// Asks again, with another waker.
    fn wait_again(&mut self, at: usize, input: &mut Input<'_>) {
        let place = self.places[at].as_mut().expect("there is a source");
        if place.waits.is_empty() {
            return;
        }
        let mut wait = place.waits.swap_remove(input.below(place.waits.len()));
        let answer = Waiter::ask(|cx| Pin::new(&mut wait.future).poll(cx));
        self.gone.push(wait.waiter);
        match answer {
            Ok(Ok(event)) => assert!(event.ready().intersects(wait.interest.mask())),
            Ok(Err(error)) => assert!(self.is_shut_down && is_shut_down(&error), "{error}"),
            Err(waiter) => {
                assert!(!self.is_shut_down && !place.is_ready(wait.interest.mask()));
                place.waits.push(Wait { waiter, ..wait });
            }
        }
    }

    /// A source goes, in one of several ways, or moves on.
    fn leave(&mut self, at: usize, input: &mut Input<'_>) {
        let mut place = self.places[at].take().expect("there is a source");
        self.gone.extend(place.pollers.iter_mut().filter_map(Option::take));
        self.gone.extend(place.waits.drain(..).map(|wait| wait.waiter));
        match input.below(4) {
            0 => {
                // After a shutdown the system may still be asked.
                let _ = place.registration.deregister(&mut place.near);
            }
            1 => {
                let interest = interest(input, 2);
                self.place(at, place.move_on(&self.handle, interest));
            }
            2 => drop(place),
            _ => {
                let other = place.near.as_fd().try_clone_to_owned().expect("there are descriptors");
                self.kept.push_back((other, place.far.take()));
                drop(place);
                if self.kept.len() > 8 {
                    self.kept.pop_front();
                }
            }
        }
    }

    fn timer(&mut self, input: &mut Input<'_>) {
        if !self.timers.is_empty() && input.is() {
            let timer = self.timers.swap_remove(input.below(self.timers.len()));
            match input.below(3) {
                0 => self.gone.push(timer.cancel()),
                1 => {
                    let (before, timer) = timer.reset(deadline(input), self.is_shut_down);
                    self.gone.push(before);
                    self.timers.extend(timer);
                }
                _ => {
                    let (before, timer) = timer.ask_again(self.is_shut_down);
                    self.gone.push(before);
                    self.timers.extend(timer);
                }
            }
        } else {
            self.timers
                .extend(Timer::set(self.handle.sleep_until(deadline(input)), self.is_shut_down));
        }
    }

    fn expected(&self) -> [Option<Expected>; PLACES] {
        std::array::from_fn(|at| self.places[at].as_ref().map(Place::expected))
    }

    /// Whether a turn that may wait for ever will not.
    fn has_a_reason_to_return(&self) -> bool {
        self.is_shut_down
            || self.is_woken
            || self.timers.iter().any(Timer::is_due)
            || self.expected().iter().flatten().any(Expected::is_something)
    }

    /// How many events there were.
    fn turn(&mut self, timeout: Option<Duration>) -> usize {
        if self.is_shut_down {
            let error = self.driver.turn(timeout).expect_err("it is shut down");
            assert!(is_shut_down(&error), "{error}");
            return 0;
        }
        let expected = self.expected();
        let told_before = self.handle.metrics().ready_events;
        for (_, far) in &mut self.kept {
            // The system tells of those that are gone, too.
            if let Some(far) = far {
                let _ = std::io::Write::write(far, b"?");
            }
        }
        let turn = self.driver.turn(timeout).expect("nothing is wrong with the system");
        self.is_woken = false;
        let mut changed = 0;
        for (place, expected) in self.places.iter_mut().zip(&expected) {
            if let (Some(place), Some(expected)) = (place, expected) {
                changed += usize::from(place.check_turn(expected));
            }
        }
        let present = self.places.iter().flatten().count();
        assert!(
            (changed..=present).contains(&turn.ready()),
            "{turn:?} for {changed} of {present}"
        );
        assert_eq!(self.handle.metrics().ready_events - told_before, turn.ready() as u64);
        let fired = self
            .timers
            .iter_mut()
            .map(Timer::check_turn)
            .filter(|fired| *fired)
            .count();
        assert_eq!(turn.timers(), fired);
        self.check();
        turn.ready()
    }

    fn check(&self) {
        self.gone.iter().for_each(Waiter::check_still);
        let metrics = self.handle.metrics();
        let present = self.places.iter().flatten().count() as u64;
        assert_eq!(
            (metrics.registered, metrics.registrations()),
            (self.registered, present)
        );
        let first = self.timers.iter().filter_map(Timer::deadline).min();
        let first = first.filter(|first| *first != Instant::FAR_FUTURE);
        assert_eq!(self.driver.next_deadline(), first);
    }

    fn shut_down(&mut self) {
        self.driver.shutdown();
        if !self.is_shut_down {
            self.is_shut_down = true;
            self.places.iter_mut().flatten().for_each(Place::check_shut_down);
            self.timers.iter_mut().for_each(Timer::check_shut_down);
            self.check();
        }
    }

    /// Everything goes, the driver first or last.
    fn end(mut self, is_driver_first: bool) {
        self.turn(Some(Duration::ZERO));
        let World {
            driver, places, gone, ..
        } = self;
        if is_driver_first {
            drop(driver);
            drop(places);
        } else {
            drop(places);
            drop(driver);
        }
        gone.iter().for_each(Waiter::check_still);
    }
}

/// At least one of the first few interests.
fn interest(input: &mut Input<'_>, of: usize) -> Interest {
    let all = [
        Interest::READABLE,
        Interest::WRITABLE,
        Interest::PRIORITY,
        Interest::ERROR,
    ];
    let bits = 1 + input.below((1 << of) - 1);
    let chosen = all.into_iter().enumerate().filter(|(index, _)| bits >> index & 1 == 1);
    chosen
        .map(|(_, interest)| interest)
        .reduce(|left, right| left | right)
        .expect("there is one")
}

/// A moment that is over, or one that does not come.
fn deadline(input: &mut Input<'_>) -> Instant {
    let away = input.below(100) as u64;
    if input.is() {
        Instant::from_nanos(away)
    } else {
        Instant::from_nanos(Instant::FAR_FUTURE.as_nanos() - away)
    }
}
