//! Programs with a short read, of which loom tries every order.

use std::future::poll_fn;
use std::io;

use loom::future::block_on;
use loom::sync::atomic::AtomicU32;
use loom::sync::atomic::Ordering::Relaxed;
use triga_platform::{Direction, Ready};

use super::Registration;
use crate::reactor::driver::Driver;
use crate::reactor::page::Page;
use crate::reactor::scheduled_io::Delivery;
use crate::reactor::wake_batch::WakeBatch;
use crate::sync::{Arc, thread};

/// Makes a source ready as its driver does.
fn deliver(page: &Page, registration: &Registration, ready: Ready) {
    let mut wakers = WakeBatch::default();
    page.deliver(registration.token().index(), Delivery::new(ready), &mut wakers);
    wakers.wake_all();
}

/// A reader that gets an event for each arrival, and whose buffer is never filled, reads every byte.
fn gets_every_byte(with: Ready) {
    let mut builder = loom::model::Builder::new();
    builder.preemption_bound = Some(3);
    builder.check(move || {
        let driver = Driver::new().unwrap();
        let registration = Arc::new(Registration::without_source(driver.handle()).unwrap());
        registration.trust_short_reads();
        let left = Arc::new(AtomicU32::new(0));
        let (reading, bytes) = (registration.clone(), left.clone());
        let reader = thread::spawn(move || {
            // With urgent data, a read takes one byte and leaves the others, for which no event comes.
            let most = if with.is_priority() { 1 } else { 2 };
            let mut read = || {
                let taken = bytes.fetch_update(Relaxed, Relaxed, |left| Some(left - left.min(most)));
                match taken.unwrap_or_default().min(most) {
                    0 => Err(io::ErrorKind::WouldBlock.into()),
                    count => Ok(count as usize),
                }
            };
            let mut count = 0;
            while count < 2 {
                count += block_on(poll_fn(|cx| reading.poll_transfer(cx, Direction::Read, 8, &mut read))).unwrap();
            }
        });
        if with.is_priority() {
            left.fetch_add(2, Relaxed);
            deliver(&registration.page, &registration, with);
        } else {
            for _ in 0..2 {
                left.fetch_add(1, Relaxed);
                deliver(&registration.page, &registration, with);
            }
        }
        reader.join().unwrap();
    });
}

#[test]
fn a_short_read_takes_back_no_readiness_that_came_after_its_event() {
    gets_every_byte(Ready::READABLE);
}

#[test]
fn a_short_read_at_urgent_data_takes_back_no_readiness() {
    gets_every_byte(Ready::READABLE | Ready::PRIORITY);
}
