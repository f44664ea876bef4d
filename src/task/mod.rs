//! Tasks: a small executor for one thread, which turns the driver itself.
//!
//! The reactor does not need it. It is here so that a program can be written with triga alone.

mod executor;
mod join;
pub(crate) mod local;
pub(crate) mod queue;
mod tasks;
mod yield_now;

pub use executor::{Executor, block_on, spawn};
pub use join::{JoinHandle, Panicked};
pub use yield_now::yield_now;
