//! Pauses between attempts, for what fails now and may succeed soon without an event that says so.

use std::io;
use std::time::Duration;

use crate::handle::Handle;
use crate::time::Instant;

/// The pauses: 5 ms and twice as long each time, 1.275 s in all.
#[derive(Debug, Default)]
pub(crate) struct Backoff {
    pauses: u32,
}

impl Backoff {
    /// Waits before the next attempt.
    ///
    /// # Errors
    ///
    /// What the last attempt failed with, when there were enough of them.
    pub(crate) async fn pause(&mut self, handle: &Handle, error: io::Error) -> io::Result<()> {
        const FIRST: Duration = Duration::from_millis(5);
        const PAUSES: u32 = 8;
        if self.pauses == PAUSES {
            return Err(error);
        }
        let pause = FIRST * 2_u32.pow(self.pauses);
        self.pauses += 1;
        handle.sleep_until(Instant::now() + pause).await
    }
}
