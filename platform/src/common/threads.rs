//! Threads for calls that block.

use std::io;
use std::thread;

/// Starts a thread, which is on its own from then on.
///
/// # Errors
///
/// `ResourceBusy` if the system has no thread to give, and `Unsupported` where there is only one. Never `WouldBlock`, as the
/// system's `EAGAIN` would be.
pub fn start_thread(name: &str, work: impl FnOnce() + Send + 'static) -> io::Result<()> {
    match thread::Builder::new().name(name.into()).spawn(work) {
        Ok(_detached) => Ok(()),
        Err(error) if error.kind() == io::ErrorKind::Unsupported => Err(error),
        Err(error) => Err(io::Error::new(
            io::ErrorKind::ResourceBusy,
            format!(
                "the thread `{name}` cannot be started: {error}; raise the limits of threads and memory, or have fewer of them"
            ),
        )),
    }
}
