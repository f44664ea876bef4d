//! The reactor: waits for sources and timers, and wakes the tasks that wait for them.
//!
//! It belongs to no executor, and imports nothing that is built on it. An executor that turns the driver itself may tell it
//! which task runs ([`task_key`]); every other one is served through wakers.
//!
//! An event takes this way: [`driver`] takes it from the selector, finds the page of its token ([`registration_set`],
//! [`page_table`]), and adds the readiness to the slot ([`page`], [`scheduled_io`]), which adds the wakers of the
//! tasks that wait for it to the [`wake_batch`]. A task waits through its [`registration`], one of many through [`readiness`].

pub(crate) mod budget;
pub(crate) mod contain;
mod driver;
mod handle;
pub(crate) mod listeners;
mod metrics;
mod page;
mod page_table;
mod parking;
mod readiness;
mod ready;
mod registration;
mod registration_set;
mod scheduled_io;
pub(crate) mod table;
pub(crate) mod task_key;
pub(crate) mod timers;
pub(crate) mod wake_batch;

pub use driver::{Driver, Turn};
pub use handle::{Enter, Handle};
pub use metrics::Metrics;
pub use readiness::Readiness;
pub use ready::{ReadyEvent, Tick};
pub use registration::Registration;
