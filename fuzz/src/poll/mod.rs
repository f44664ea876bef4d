//! The list that goes to poll(2), and what becomes of its answers, whatever those are.
//!
//! The files are those of the platform. The answers are the fuzzer's: any that the system could give to what it is asked.

#[allow(dead_code, reason = "the system is not asked here")]
#[path = "../../../platform/src/common/poll/call.rs"]
mod call;
#[allow(dead_code, reason = "the list is not shown here")]
#[path = "../../../platform/src/common/poll/list.rs"]
mod list;

use std::io;

use libc::{POLLERR, POLLHUP, POLLIN, POLLNVAL, POLLOUT, POLLPRI, POLLRDHUP, c_short};

use crate::input::Input;
use crate::{Event, Interest, Ready, Token, Wait};
use call::Polled;
use list::List;

const SOURCES: usize = 6;

/// What somebody may wait for, and what the system is asked then.
const KINDS: [(Interest, c_short); 4] = [
    (Interest::READABLE, POLLIN),
    (Interest::WRITABLE, POLLOUT),
    (Interest::PRIORITY, POLLPRI),
    // It is told in any case.
    (Interest::ERROR, 0),
];

/// What is told whether or not it was asked for.
const UNASKED: c_short = POLLERR | POLLHUP | POLLNVAL;

/// Does what the bytes say, and panics when the list is at odds with the model.
pub fn poll(data: &[u8]) {
    let mut input = Input::new(data);
    let mut world = World {
        list: List::new(0),
        polled: Polled::default(),
        sources: [None; SOURCES],
        generation: 0,
        is_untold: false,
        is_woken: false,
    };
    while !input.is_empty() {
        if input.below(4) == 0 {
            world.wait(&mut input);
        } else {
            world.step(&mut input);
        }
    }
}

struct World {
    list: List,
    polled: Polled,
    sources: [Option<Source>; SOURCES],
    generation: u32,
    /// Whether somebody waits for the list as it was.
    is_untold: bool,
    is_woken: bool,
}

#[derive(Clone, Copy)]
struct Source {
    token: Token,
    interest: Interest,
    /// For each of [`KINDS`], whether somebody waits.
    waits: [bool; 4],
    is_refused: bool,
}

impl World {
    fn step(&mut self, input: &mut Input<'_>) {
        let at = input.below(SOURCES);
        match (self.sources[at], input.below(8)) {
            (None, 0) => {
                self.is_woken = true;
                let is_told = self.list.wake();
                assert_eq!(
                    is_told,
                    std::mem::take(&mut self.is_untold),
                    "a wake during a wait ends it"
                );
            }
            (None, _) => self.register(at, input),
            (Some(source), 0) => {
                self.list.forget(source.token);
                self.sources[at] = None;
            }
            (Some(source), 1) => {
                self.list.deregister(source.token).expect("it is registered");
                self.sources[at] = None;
                self.check_stale(source.token);
            }
            (Some(source), 2) => {
                let interest = interest(input);
                self.list.deregister(source.token).expect("it is registered");
                let changed = self
                    .list
                    .register(source.token, at as i32, interest)
                    .expect("the place is free");
                assert!(!changed, "it is not waited for");
                self.sources[at] = Some(Source::new(source.token, interest));
            }
            (Some(source), 3) => {
                let twice = self
                    .list
                    .register(source.token, at as i32, source.interest)
                    .unwrap_err();
                assert_eq!(twice.kind(), io::ErrorKind::AlreadyExists);
                self.check_stale(Token::new(at, self.generation + 1));
            }
            (Some(_), _) => self.arm(at, input.below(KINDS.len())),
        }
    }

    fn register(&mut self, at: usize, input: &mut Input<'_>) {
        self.generation += 1;
        let (token, interest) = (Token::new(at, self.generation), interest(input));
        let changed = self
            .list
            .register(token, at as i32, interest)
            .expect("the place is free");
        assert!(!changed, "no task waits for it yet");
        self.sources[at] = Some(Source::new(token, interest));
    }

    /// Somebody waits for a kind of readiness.
    fn arm(&mut self, at: usize, kind: usize) {
        let source = self.sources[at].as_mut().expect("it is registered");
        if !source.interest.contains(KINDS[kind].0) {
            return;
        }
        let mut waited_for = self.polled.tokens.iter().zip(&self.polled.polls);
        let (_, flag) = KINDS[kind];
        let is_new = !waited_for.any(|(token, polled)| *token == source.token && polled.events & flag == flag);
        for direction in KINDS[kind].0.directions() {
            match self.list.arm(source.token, direction) {
                Ok(is_told) => {
                    assert!(!source.is_refused);
                    assert!(!is_told || self.is_untold, "no task waits for it");
                    assert!(is_told || !self.is_untold || !is_new, "the waiting task was not told");
                    self.is_untold &= !is_told;
                    source.waits[kind] = true;
                }
                Err(error) => assert!(source.is_refused, "{error}"),
            }
        }
    }

    /// A token that is not registered changes nothing.
    fn check_stale(&mut self, token: Token) {
        let armed = self.list.armed();
        assert_eq!(self.list.arm(token, crate::Direction::Read).ok(), Some(false));
        assert_eq!(self.list.deregister(token).unwrap_err().kind(), io::ErrorKind::NotFound);
        self.list.forget(token);
        assert_eq!(self.list.armed(), armed);
    }

    /// Waits, while other things are done, and takes the answers.
    fn wait(&mut self, input: &mut Input<'_>) {
        let asked = if input.is() { Wait::Forever } else { Wait::Poll };
        let wait = self.list.begin_wait(&mut self.polled, asked);
        assert_eq!(wait == Wait::Poll, self.is_woken || asked == Wait::Poll);
        self.is_untold = wait != Wait::Poll;
        for _ in 0..input.below(4) {
            self.step(input);
        }
        for polled in self.polled.polls.iter_mut().skip(1) {
            let told = [POLLIN, POLLOUT, POLLPRI, POLLRDHUP, POLLERR, POLLHUP, POLLNVAL];
            let bits = input.below(256);
            let chosen = told.iter().enumerate().filter(|(index, _)| bits >> index & 1 == 1);
            let revents = chosen.fold(0, |all, (_, flag)| all | flag);
            polled.revents = revents & (polled.events | UNASKED);
        }
        let mut events = Vec::new();
        let is_woken = self.list.end_wait(&self.polled, &mut events);
        assert_eq!(is_woken, std::mem::take(&mut self.is_woken));
        self.is_untold = false;
        self.check(&events);
    }

    fn check(&mut self, events: &[Event]) {
        let told: Vec<(Token, c_short)> = self
            .polled
            .tokens
            .iter()
            .copied()
            .skip(1)
            .zip(self.polled.polls.iter().skip(1).map(|polled| polled.revents))
            .collect();
        // What is asked next time.
        self.list.begin_wait(&mut self.polled, Wait::Poll);
        let mut tokens = self.polled.tokens[1..].to_vec();
        tokens.sort_by_key(|token| token.to_word());
        tokens.dedup();
        assert_eq!(tokens.len(), self.list.armed(), "a source is in the list twice");
        for (at, source) in self.sources.iter_mut().enumerate() {
            let of_it = |token: Token| token.index() == at;
            let Some(source) = source else {
                assert!(!events.iter().any(|event| of_it(event.token)) && !tokens.iter().any(|token| of_it(*token)));
                continue;
            };
            let revents = told
                .iter()
                .find(|(token, _)| *token == source.token)
                .map_or(0, |(_, revents)| *revents);
            let ready: Vec<Ready> = events
                .iter()
                .filter(|event| of_it(event.token))
                .map(|event| event.ready)
                .collect();
            let ready = match ready[..] {
                [] => Ready::EMPTY,
                [ready] => ready,
                _ => panic!("several events of one source"),
            };
            check_conversion(revents, ready);
            source.is_refused |= revents & POLLNVAL != 0;
            let position = self.polled.tokens.iter().position(|token| *token == source.token);
            let asked = position.map(|position| self.polled.polls[position].events);
            assert_eq!(asked.unwrap_or(0) & revents, 0, "what was told is asked again");
            for ((interest, flag), waits) in KINDS.iter().zip(&mut source.waits) {
                *waits &= !interest.mask().intersects(ready);
                if revents & (POLLERR | POLLHUP) != 0 && *flag & (POLLIN | POLLOUT) == 0 {
                    // poll(2) cannot wait for anything behind these.
                    *waits = false;
                }
                let is_asked = asked.is_some_and(|asked| asked & flag == *flag);
                assert!(
                    !*waits || is_asked,
                    "{interest:?} is waited for and not asked after {revents:#x}"
                );
            }
        }
    }
}

/// What the words of the system mean in those of triga.
fn check_conversion(revents: c_short, ready: Ready) {
    let is = |flags| revents & flags != 0;
    assert_eq!(ready.is_empty(), revents == 0, "{revents:#x} is {ready:?}");
    assert_eq!(ready.is_error(), is(POLLERR | POLLNVAL));
    assert_eq!(
        ready.contains(Ready::READABLE),
        is(POLLIN | POLLPRI | POLLERR | POLLNVAL)
    );
    assert_eq!(ready.contains(Ready::WRITABLE), is(POLLOUT | POLLERR | POLLNVAL));
    assert_eq!(ready.is_read_closed(), is(POLLRDHUP | POLLHUP));
    assert_eq!(ready.is_write_closed(), is(POLLHUP) && !ready.is_error());
    assert_eq!(ready.is_priority(), is(POLLPRI | POLLNVAL));
}

impl Source {
    fn new(token: Token, interest: Interest) -> Source {
        Source {
            token,
            interest,
            waits: [false; 4],
            is_refused: false,
        }
    }
}

fn interest(input: &mut Input<'_>) -> Interest {
    let bits = 1 + input.below(15);
    let chosen = KINDS.iter().enumerate().filter(|(index, _)| bits >> index & 1 == 1);
    chosen
        .map(|(_, (interest, _))| *interest)
        .reduce(|left, right| left | right)
        .expect("there is one")
}
