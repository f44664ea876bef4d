//! Unix: the driver as a descriptor, to wait for in another loop.
//!
//! ```
//! use std::os::fd::{AsFd, AsRawFd};
//! use std::time::Duration;
//!
//! # fn main() -> std::io::Result<()> {
//! let mut driver = triga::Driver::new()?;
//! let mut outer = mio::Poll::new()?;
//! let descriptor = driver.as_fd().as_raw_fd();
//! outer.registry().register(&mut mio::unix::SourceFd(&descriptor), mio::Token(0), mio::Interest::READABLE)?;
//!
//! let handle = driver.handle().clone();
//! if driver.prepare_wait() {
//!     std::thread::spawn(move || handle.unpark());
//!     let limit = driver.next_deadline().map(|deadline| deadline - triga::time::Instant::now());
//!     outer.poll(&mut mio::Events::with_capacity(1), limit)?;
//! }
//! driver.turn(Some(Duration::ZERO))?;
//! # Ok(())
//! # }
//! ```

use std::os::fd::{AsFd, BorrowedFd};

use crate::driver::Driver;

/// The descriptor of the driver's epoll or kqueue instance. It is readable when a turn would find an event, so another loop
/// can wait for it, up to [`Driver::next_deadline`], and then turn the driver without waiting.
impl AsFd for Driver {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.selector.as_fd()
    }
}

impl Driver {
    /// Announces that another loop is about to wait for the driver's descriptor. Until the next turn,
    /// [`Handle::unpark`](crate::Handle::unpark) makes the descriptor readable, and so does a timer that another thread sets
    /// before the earliest one.
    ///
    /// False if there is something to do already: turn the driver instead of waiting. Without the announcement a wake costs
    /// no system call, and the descriptor does not show it.
    #[must_use = "if it is false, the driver is to be turned and not waited for"]
    pub fn prepare_wait(&mut self) -> bool {
        self.handle().shared.parking.park()
    }
}
