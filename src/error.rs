//! The errors that are triga's own.

use std::error::Error;
use std::fmt;
use std::io;

/// The driver was shut down: what an operation that needs it fails with from then on.
///
/// It travels inside an [`io::Error`]; [`is_shut_down`] tells it from others.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ShutDown;

impl fmt::Display for ShutDown {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the driver was shut down: register sources and set timers with one that runs")
    }
}

impl Error for ShutDown {}

impl From<ShutDown> for io::Error {
    #[cold]
    #[inline(never)]
    fn from(shut_down: ShutDown) -> io::Error {
        io::Error::other(shut_down)
    }
}

/// Whether an error says that the driver was shut down.
pub fn is_shut_down(error: &io::Error) -> bool {
    error.get_ref().is_some_and(|inner| inner.is::<ShutDown>())
}
