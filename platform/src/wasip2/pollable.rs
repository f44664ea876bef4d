//! Any pollable as a source.

use wasip2::io::poll::Pollable as HostPollable;

use super::membership::Membership;
use super::pollables::{Handle, Handles};
use super::selector::source;

/// A pollable of any interface as a source. It is readable, and writable too, whenever the pollable is ready.
///
/// As everywhere in WASI, it is dropped before what the pollable was made of: declare it first among the fields of a struct.
#[derive(Debug)]
pub struct Pollable {
    membership: Membership,
    pollable: HostPollable,
}

impl Pollable {
    /// Takes a pollable over.
    pub fn new(pollable: HostPollable) -> Pollable {
        Pollable {
            membership: Membership::default(),
            pollable,
        }
    }

    /// Whether it is ready now.
    pub fn is_ready(&self) -> bool {
        self.pollable.ready()
    }

    fn handles(&self) -> Handles {
        Handles {
            read: Handle::of(&self.pollable),
            write: Handle::of(&self.pollable),
        }
    }
}

source!(Pollable);
