//! Pauses between attempts, for what fails now and may succeed soon without an event that says so.

use std::future::Future;
use std::io;
use std::pin::Pin;
use std::time::Duration;

use crate::handle::Handle;
use crate::time::Instant;

/// What [`Backoff::pause`] returns.
type Pause = Pin<Box<dyn Future<Output = io::Result<()>> + Send + Sync>>;

/// The pauses: 5 ms and twice as long each time, 1.275 s in all.
#[derive(Debug, Default)]
pub(crate) struct Backoff {
    pauses: u32,
}

impl Backoff {
    /// The wait before the next attempt. It is rare, and so it is boxed: whoever may have to wait is spared its room, and a program
    /// on a platform where nobody has to is spared its code.
    ///
    /// # Errors
    ///
    /// What the last attempt failed with, when there were enough of them.
    pub(crate) fn pause(&mut self, handle: &Handle, error: io::Error) -> io::Result<Pause> {
        const FIRST: Duration = Duration::from_millis(5);
        const PAUSES: u32 = 8;
        if self.pauses == PAUSES {
            return Err(error);
        }
        let pause = FIRST * 2_u32.pow(self.pauses);
        self.pauses += 1;
        Ok(Box::pin(handle.sleep_until(Instant::now() + pause)))
    }
}
