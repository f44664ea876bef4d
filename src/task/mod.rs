//! Tasks: a small executor for one thread, which turns the driver itself.
//!
//! The reactor does not need it. It is here so that a program can be written with triga alone.
//!
//! Tasks run in the order in which they became ready. After at most 64 polls the driver is turned, and those whose sources or
//! timers are ready come before those that other tasks have woken, which keep a quarter of the polls. A task that several
//! sources, timers and wakes have made ready runs once. One that is given readiness 128 times in a run goes to the end of the
//! queue, as after [`yield_now`].

mod current;
mod executor;
mod join;
mod tasks;
mod woken;
mod yield_now;

pub use executor::{Executor, block_on, spawn};
pub use join::{Cancelled, JoinHandle, Panicked};
pub use yield_now::yield_now;
