//! What the fuzzer runs, as functions of bytes: the tests run them, too, with the bytes that it has found worth keeping.
//!
//! Each panics when what it looks at is at odds with a plain model of it. Parts of the platforms are included as they are, over
//! systems of the fuzzer's own: they find here what is their crate's elsewhere.

#[path = "../../platform/src/common/armed.rs"]
mod armed;
#[allow(dead_code, unreachable_pub, unused_imports, reason = "it is the platforms' own")]
#[path = "../../platform/src/contract/mod.rs"]
mod contract;
#[path = "../../platform/src/common/flag_waker.rs"]
mod flag_waker;
mod input;
#[allow(dead_code, unreachable_pub, reason = "it is the platforms' own")]
#[path = "../../platform/src/instant.rs"]
mod instant;
mod poll;
mod reactor;
#[allow(dead_code, unreachable_pub, reason = "it is the platforms' own")]
#[path = "../../platform/src/source.rs"]
mod source;
mod wasip1;

mod common {
    pub(crate) use crate::{armed, flag_waker};
}

mod select {
    pub(crate) mod platform {
        pub(crate) use crate::wasip1::host::now;
    }
}

/// The platform whose files are here has it.
const SHORT_IO_CLEARS: bool = true;

pub use poll::poll;
pub use reactor::reactor;
pub use wasip1::wasip1;

use contract::{Direction, Event, Interest, Outcome, Ready, Token, Wait};
use instant::Instant;
use source::Source;
use triga_platform::Lock;
use wasip1::selector::{Registry, Selector};
