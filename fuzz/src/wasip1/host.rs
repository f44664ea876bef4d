//! A host of WASI 0.1 that does what the fuzzer says, with the names of the one that is there.

use std::cell::RefCell;
use std::io;
use std::os::fd::{AsRawFd, BorrowedFd};

use wasi::{Errno, Fd, Subscription};

pub(super) const DESCRIPTORS: usize = 12;

/// What the host has.
#[derive(Default)]
pub(super) struct Host {
    /// The clock, in nanoseconds.
    pub(super) now: u64,
    pub(super) descriptors: [Descriptor; DESCRIPTORS],
    /// Whether everything that is asked is told as soon as one thing is ready, as wasmtime does with `-Spreview2=n`.
    pub(super) tells_all: bool,
    /// After so many calls one is interrupted.
    pub(super) interrupt_after: Option<usize>,
}

#[derive(Clone, Copy, Default)]
pub(super) struct Descriptor {
    /// Whether it is ready to be read, and to be written to.
    pub(super) is_ready: [bool; 2],
    pub(super) is_hung_up: bool,
    /// Whether the host refuses to wait for it.
    pub(super) is_bad: bool,
    /// How many bytes the host says that there are.
    pub(super) bytes: u64,
}

thread_local! {
    static HOST: RefCell<Host> = RefCell::default();
}

/// Does something with the host.
pub(super) fn with<T>(action: impl FnOnce(&mut Host) -> T) -> T {
    HOST.with_borrow_mut(action)
}

pub(crate) fn now() -> u64 {
    with(|host| host.now)
}

pub(super) fn poll(subscriptions: &[Subscription], events: &mut Vec<wasi::Event>) -> Result<(), Errno> {
    with(|host| host.poll(subscriptions, events))
}

pub(super) fn would_wait(_: Subscription, _: Subscription) -> Result<bool, Errno> {
    unreachable!("no single descriptor is looked at here")
}

pub(super) fn pause(nanos: u64) -> Subscription {
    Subscription {
        userdata: 0,
        u: wasi::SubscriptionU {
            tag: wasi::EVENTTYPE_CLOCK.raw(),
            u: wasi::SubscriptionUU {
                clock: wasi::SubscriptionClock {
                    id: wasi::CLOCKID_MONOTONIC,
                    timeout: nanos,
                    precision: 1,
                    flags: 0,
                },
            },
        },
    }
}

pub(super) fn number(fd: BorrowedFd<'_>) -> Fd {
    fd.as_raw_fd() as Fd
}

pub(super) fn error(errno: Errno) -> io::Error {
    io::Error::other(format!("errno {}", errno.raw()))
}

/// What a subscription asks.
enum Asked {
    Clock(u64),
    Descriptor(usize, usize),
}

fn asked(subscription: &Subscription) -> Asked {
    if subscription.u.tag == wasi::EVENTTYPE_CLOCK.raw() {
        // SAFETY: the tag says that it is a clock.
        return Asked::Clock(unsafe { subscription.u.u.clock }.timeout);
    }
    let direction = usize::from(subscription.u.tag == wasi::EVENTTYPE_FD_WRITE.raw());
    // SAFETY: the tag says that it is a descriptor, which lies at one place for both directions.
    let fd = unsafe { subscription.u.u.fd_read }.file_descriptor;
    Asked::Descriptor(fd as usize, direction)
}

impl Host {
    fn poll(&mut self, subscriptions: &[Subscription], events: &mut Vec<wasi::Event>) -> Result<(), Errno> {
        match &mut self.interrupt_after {
            Some(0) => {
                self.interrupt_after = None;
                return Err(wasi::ERRNO_INTR);
            }
            Some(calls) => *calls -= 1,
            None => {}
        }
        if subscriptions.is_empty() {
            return Err(wasi::ERRNO_INVAL);
        }
        let mut clock = None;
        let mut is_any_ready = false;
        for subscription in subscriptions {
            match asked(subscription) {
                Asked::Clock(nanos) => clock = Some(clock.unwrap_or(nanos).min(nanos)),
                Asked::Descriptor(fd, _) if self.descriptors[fd].is_bad => return Err(wasi::ERRNO_BADF),
                Asked::Descriptor(fd, direction) => is_any_ready |= self.descriptors[fd].is_ready[direction],
            }
        }
        if !is_any_ready {
            self.now += clock.expect("the guest would wait for ever");
        }
        for subscription in subscriptions {
            let (is_told, bytes, is_hung_up) = match asked(subscription) {
                Asked::Clock(nanos) => (!is_any_ready || nanos == 0, 0, false),
                Asked::Descriptor(fd, direction) => {
                    let descriptor = self.descriptors[fd];
                    let is_ready = descriptor.is_ready[direction];
                    let bytes = if is_ready { descriptor.bytes } else { 1 };
                    let is_told = is_ready || (is_any_ready && self.tells_all);
                    (is_told, bytes, is_ready && descriptor.is_hung_up)
                }
            };
            if is_told {
                let flags = if is_hung_up {
                    wasi::EVENTRWFLAGS_FD_READWRITE_HANGUP
                } else {
                    0
                };
                events.push(wasi::Event {
                    userdata: subscription.userdata,
                    error: wasi::ERRNO_SUCCESS,
                    type_: [wasi::EVENTTYPE_CLOCK, wasi::EVENTTYPE_FD_READ, wasi::EVENTTYPE_FD_WRITE]
                        [usize::from(subscription.u.tag)],
                    fd_readwrite: wasi::EventFdReadwrite { nbytes: bytes, flags },
                });
            }
        }
        Ok(())
    }
}
