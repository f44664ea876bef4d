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

/// A conversion failed. It gives back the value that it took, as it was.
///
/// `?` makes an [`io::Error`] of it, and drops the value.
pub struct ConversionError<T> {
    value: T,
    error: io::Error,
}

impl<T> ConversionError<T> {
    pub(crate) fn new(value: T, error: io::Error) -> ConversionError<T> {
        ConversionError { value, error }
    }

    pub(crate) fn map<U>(self, make: impl FnOnce(T) -> U) -> ConversionError<U> {
        ConversionError::new(make(self.value), self.error)
    }

    /// The value, which stays here.
    pub fn get_ref(&self) -> &T {
        &self.value
    }

    /// Why it failed.
    pub fn error(&self) -> &io::Error {
        &self.error
    }

    /// The value.
    pub fn into_inner(self) -> T {
        self.value
    }

    /// The value, and why it was not converted.
    pub fn into_parts(self) -> (T, io::Error) {
        (self.value, self.error)
    }
}

impl<T> fmt::Debug for ConversionError<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ConversionError")
            .field("error", &self.error)
            .finish_non_exhaustive()
    }
}

impl<T> fmt::Display for ConversionError<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.error.fmt(f)
    }
}

impl<T> Error for ConversionError<T> {}

impl<T> From<ConversionError<T>> for io::Error {
    fn from(failed: ConversionError<T>) -> io::Error {
        failed.error
    }
}

/// Whether an error says that the driver was shut down.
pub fn is_shut_down(error: &io::Error) -> bool {
    error.get_ref().is_some_and(|inner| inner.is::<ShutDown>())
}

/// Has an error that asks its caller to try again be one that a future can end with: `WouldBlock` and `Interrupted` are answers of
/// operations that do not wait.
#[cold]
pub(crate) fn not_now(error: io::Error) -> io::Error {
    match error.kind() {
        io::ErrorKind::WouldBlock | io::ErrorKind::Interrupted => io::Error::new(
            io::ErrorKind::ResourceBusy,
            "the system cannot do this for now: try again later",
        ),
        _ => error,
    }
}
