//! An executor for one thread, which turns the driver itself, for programs without an executor of their own. The reactor does
//! not need it.
//!
//! Tasks run in the order in which they became ready. After at most 64 polls the driver is turned, and those whose sources or
//! timers are ready come before those that other tasks have woken, which keep a quarter of the polls. A task that several
//! sources, timers and wakes have made ready runs once. A task that is given readiness 128 times in one poll goes to the end of
//! the queue, as after [`yield_now`].

mod current;
mod executor;
mod job;
mod join;
mod ready_tasks;
mod tasks;
mod woken;
mod yield_now;

pub use executor::{Executor, block_on, spawn};
pub use join::{Cancelled, JoinHandle, Panicked};
pub use yield_now::yield_now;
