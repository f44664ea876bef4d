//! Registering a source for both directions and deregistering it; after every 64 of these, a look at the selector.

use std::io;
use std::os::fd::AsFd;

use nix::sys::eventfd::EventFd;

use super::Subject;
use crate::contenders::{self, Native};
use crate::measure::side_by_side::{Measure, SideBySide};
use crate::measure::{allocator, clock};
use crate::options::Options;

pub(crate) const SUBJECT: Subject = Subject { name: "register", run };

fn run(options: &Options) -> io::Result<()> {
    let times = options.scaled(50_000);
    let source = EventFd::new()?;
    let measure = Measure::new(&["CPU time, ns", "allocations"], |contender: Native| {
        let before = allocator::allocations();
        let spent = clock::time(|| contender.register(source.as_fd(), times))?;
        let allocations = allocator::allocations() - before;
        Ok(vec![spent / times as f64, allocations as f64 / times as f64])
    });
    SideBySide {
        title: "register an eventfd for both directions, and deregister it",
        unit: "",
        contenders: contenders::natively(),
        base: "mio",
        rounds: options.rounds,
        measures: vec![measure],
    }
    .run()
}
