//! Unix: any descriptor, local sockets, signals of every kind, fifos, and the driver as a descriptor, to wait for in another loop.
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

mod async_fd;
mod async_fd_streams;
mod descriptors;
mod driver;
pub mod net;
mod pipe;
mod signal;

pub use async_fd::{AsyncFd, ReadyGuard};
pub use pipe::FifoOptions;
pub use signal::{SignalKind, restore_signal, signal};
