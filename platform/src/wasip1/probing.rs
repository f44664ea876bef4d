//! Asking again, for parts of the list, when the host's answer for the whole of it says too little.

use std::ops::Range;

use wasi::{Errno, Subscription};

use super::asked::Asked;
use super::selector::Registry;
use super::subscriptions::{event_type, owner};
use super::{host, look};

/// How many directions must fire together to make it worth asking which of them are ready.
const SIFTED_FROM: usize = 4;

/// How many waits are not sifted after one in which it did not pay.
const SIFT_PAUSE: u32 = 16;

impl Asked {
    /// Takes the events of directions that are not ready back, as far as the host can be made to tell.
    ///
    /// wasmtime with `-Spreview2=n` reports all subscriptions of a call as soon as one of them is ready. Only more than one
    /// byte, a hang-up or an error is certain. The others are asked for by themselves, all together and then by halves, and those
    /// that are quiet stay armed. That costs a small part of what their tasks would spend on finding out.
    ///
    /// The events are those of the wait that this was asked in. Some of them may be disarmed already when this returns.
    #[inline]
    pub(super) fn sift(&mut self, registry: &Registry, events: &mut Vec<wasi::Event>) {
        if events.len() <= SIFTED_FROM || events.len() < self.armed() {
            return;
        }
        if self.sift_pause > 0 {
            self.sift_pause -= 1;
            return;
        }
        events.retain(is_certain);
        registry.lock().disarm_fired(events);
        self.copy(registry);
        let (certain, doubtful) = (events.len(), self.armed());
        self.add_ready(certain > 0, events);
        if events.len() - certain > doubtful / 2 {
            self.sift_pause = SIFT_PAUSE;
        }
    }

    /// Appends an event for each armed direction that may be ready; there may be none only if `maybe_none` says so.
    ///
    /// Directions that are idle gather at the front of the list, since those that fire are armed again at its end. So halving
    /// finds the part with the ready ones as long as there is one part, and goes no further than that.
    fn add_ready(&mut self, maybe_none: bool, events: &mut Vec<wasi::Event>) {
        let mut range = 1..self.list.len();
        if range.is_empty() || (maybe_none && self.is_quiet(range.clone(), events)) {
            return;
        }
        while range.len() > SIFTED_FROM {
            let (left, right) = halves(range.clone());
            if self.is_quiet(left.clone(), events) {
                range = right;
            } else if self.is_quiet(right, events) {
                range = left;
            } else {
                break;
            }
        }
        events.extend(
            self.list[range]
                .iter()
                .map(|subscription| event(subscription, wasi::ERRNO_SUCCESS)),
        );
    }

    /// Whether no direction in the range is ready. The events are left as they are.
    fn is_quiet(&mut self, range: Range<usize>, events: &mut Vec<wasi::Event>) -> bool {
        let known = events.len();
        let result = self.probe(range, events);
        let quiet = result.is_ok() && events[known..].iter().all(is_clock);
        events.truncate(known);
        quiet
    }

    /// Finds the directions for which the host refuses to wait at all, and appends an event with the errno for each.
    pub(super) fn isolate(&mut self, events: &mut Vec<wasi::Event>) {
        self.isolate_in(1..self.list.len(), events);
    }

    fn isolate_in(&mut self, range: Range<usize>, events: &mut Vec<wasi::Event>) {
        let known = events.len();
        let result = self.probe(range.clone(), events);
        events.truncate(known);
        let Err(errno) = result else { return };
        if range.len() > 1 {
            let (left, right) = halves(range);
            self.isolate_in(left, events);
            self.isolate_in(right, events);
            return;
        }
        // There is none if the host refuses the clock alone.
        let Some(&subscription) = self.list.get(range.start) else {
            return;
        };
        events.push(event(&subscription, errno));
    }

    /// Appends what the host says about a part of the list at this moment.
    ///
    /// The clock, which makes the call return, stands before that part for so long, and nothing is copied.
    fn probe(&mut self, range: Range<usize>, events: &mut Vec<wasi::Event>) -> Result<(), Errno> {
        let first = range.start - 1;
        let before = std::mem::replace(&mut self.list[first], look::pause(0));
        let result = loop {
            // Being interrupted is no answer, and says nothing against a source.
            match host::poll(&self.list[first..range.end], events) {
                Err(wasi::ERRNO_INTR) => {}
                result => break result,
            }
        };
        self.list[first] = before;
        result
    }
}

/// An event of the subscription that the host did not make.
fn event(subscription: &Subscription, error: Errno) -> wasi::Event {
    wasi::Event {
        userdata: subscription.userdata,
        error,
        type_: event_type(owner(subscription).1),
        fd_readwrite: wasi::EventFdReadwrite { nbytes: 0, flags: 0 },
    }
}

/// Whether the event says more than that its call returned.
fn is_certain(event: &wasi::Event) -> bool {
    event.fd_readwrite.nbytes > 1 || event.fd_readwrite.flags != 0 || event.error != wasi::ERRNO_SUCCESS
}

fn is_clock(event: &wasi::Event) -> bool {
    event.type_ == wasi::EVENTTYPE_CLOCK
}

fn halves(range: Range<usize>) -> (Range<usize>, Range<usize>) {
    let middle = range.start + range.len() / 2;
    (range.start..middle, middle..range.end)
}

#[cfg(test)]
mod tests {
    use super::super::selector::Selector;
    use super::*;
    use crate::{Direction, Token};

    const HOUR: u64 = 3_600_000_000_000;

    /// Some armed directions, of which only those that are named are ready: standard output for those, and a clock that is not
    /// due for the others.
    fn armed(count: usize, ready: &[usize]) -> (Asked, Registry) {
        let registry = Selector::new().unwrap().registry();
        let mut subscriptions = registry.lock();
        for index in 0..count {
            let token = Token::new(index, 1);
            subscriptions.register(token, wasi::FD_STDOUT).unwrap();
            subscriptions.arm(token, Direction::Write).unwrap();
            if !ready.contains(&index) {
                let (_, list) = subscriptions.0.get(token).unwrap();
                list[index].u = host::pause(HOUR).u;
            }
        }
        drop(subscriptions);
        (Asked::new(), registry)
    }

    /// The sources that are left of a wait that reported all of them, one with more bytes than the others if there is one.
    fn sifted((asked, registry): &mut (Asked, Registry), certain: Option<usize>) -> Vec<usize> {
        let index = |event: &wasi::Event| Token::from_word(event.userdata as usize).index();
        asked.copy(registry);
        let mut events: Vec<_> = asked.list[1..]
            .iter()
            .map(|subscription| event(subscription, wasi::ERRNO_SUCCESS))
            .collect();
        for event in &mut events {
            event.fd_readwrite.nbytes = if Some(index(event)) == certain { 64 } else { 1 };
        }
        asked.sift(registry, &mut events);
        registry.lock().disarm_fired(&events);
        events.iter().map(index).collect()
    }

    #[test]
    fn what_is_quiet_stays_armed() {
        for ready in 0..40 {
            let mut armed_now = armed(40, &[ready]);
            let left = sifted(&mut armed_now, None);
            assert!(left.contains(&ready) && left.len() <= SIFTED_FROM, "{left:?}");
            assert_eq!(armed_now.1.lock().armed_directions().len(), 40 - left.len());
        }
    }

    #[test]
    fn what_is_certain_is_not_asked_for_again() {
        let mut armed_now = armed(40, &[]);
        assert_eq!(sifted(&mut armed_now, Some(7)), [7]);
        assert_eq!(armed_now.1.lock().armed_directions().len(), 39);
    }

    #[test]
    fn what_is_ready_is_reported_wherever_it_stands() {
        let ready = [3, 20, 39];
        let mut armed_now = armed(40, &ready);
        let left = sifted(&mut armed_now, Some(20));
        assert!(ready.iter().all(|index| left.contains(index)), "{left:?}");
    }

    #[test]
    fn sifting_pauses_where_it_does_not_pay() {
        let all: Vec<_> = (0..40).collect();
        let mut armed_now = armed(40, &all);
        assert_eq!(sifted(&mut armed_now, None), all);
        assert_eq!(armed_now.0.sift_pause, SIFT_PAUSE);
        armed_now = armed(40, &[0]);
        armed_now.0.sift_pause = 1;
        assert_eq!(sifted(&mut armed_now, None), all);
        assert_eq!(armed_now.0.sift_pause, 0);
    }
}
