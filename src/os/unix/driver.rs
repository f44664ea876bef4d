//! The driver as a descriptor.

use std::os::fd::{AsFd, BorrowedFd};

use triga_platform::Selector;

use crate::reactor::Driver;

/// The descriptor of the driver's epoll or kqueue instance. It is readable when a turn would find an event, so another loop
/// can wait for it, up to [`Driver::next_deadline`], and then turn the driver without waiting.
impl AsFd for Driver
where
    // poll(2) has no descriptor, and a driver on it does not have this. `for` puts the question off to where it is asked.
    for<'a> Selector: AsFd,
{
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
