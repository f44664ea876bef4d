//! Everything in triga that depends on the target: one platform is chosen at compile time, and this crate exports its parts.
//!
//! Programs use the crate `triga`. This one is for those who build on a reactor's parts, and its names follow triga's needs.
//! [`contract`] says what a platform supplies; `select.rs` chooses one.

#![cfg_attr(docsrs, feature(doc_cfg))]

mod common;
pub mod contract;
mod instant;
mod select;
mod support;

pub use contract::{Direction, Event, Interest, Outcome, Reach, Ready, Token, Wait};
pub use instant::Instant;
pub use select::platform::{
    CAN_BLOCK, EDGE_TRIGGERED, Events, Registry, SHORT_IO_DRAINS, SUPPORT, Selector, Source, WAKE, Waker, net, stdio,
};
pub use support::{Capability, Support};
