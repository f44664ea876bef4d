//! poll(2): level-triggered, so that a source is on its list only while a task waits for it.
//!
//! Every Unix has it. mio's own selector on poll(2) re-arms a source only when mio's sockets find that they would block, never a
//! raw descriptor, and takes the byte of a wake for that of a registration: a wake beside one may be lost.

pub use crate::common::events::Events;
pub use selector::{EDGE_TRIGGERED, Registry, Selector, Waker};

mod call;
mod list;
mod selector;
