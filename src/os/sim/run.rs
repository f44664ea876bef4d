//! One simulation, from its beginning to its end.

use std::future::Future;
use std::io;

use triga_platform::sim::{World, enter};

use super::seeds;
use crate::task::block_on;

/// Runs a future in a simulation of its own, on the host `localhost`, as [`block_on`] runs it in the real world.
///
/// If it panics, the seed is printed, with what replays it.
///
/// # Errors
///
/// As [`block_on`]; `Deadlock` if every task waits for what will never come.
pub fn run<F: Future>(seed: u64, world: World, future: F) -> io::Result<F::Output> {
    let _simulation = enter(seed, world);
    let _witness = Witness(seed);
    block_on(future)
}

/// Says with which seed there was a panic.
struct Witness(u64);

impl Drop for Witness {
    fn drop(&mut self) {
        if crate::sync::thread::panicking() {
            seeds::report(self.0);
        }
    }
}
