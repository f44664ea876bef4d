//! Sleeps, timeouts and intervals, for every program that waits for a time. The driver fires them, never early, and as late as
//! the precision of the platform's wait allows.
//!
//! Each function uses the [current](crate::Handle::current) handle of the thread.
//!
//! ```
//! use std::time::Duration;
//! use triga::time::{sleep, timeout};
//!
//! triga::block_on(async {
//!     sleep(Duration::from_millis(1)).await?;
//!     let late = timeout(Duration::from_millis(1), std::future::pending::<()>()).await;
//!     assert_eq!(late.unwrap_err().kind(), std::io::ErrorKind::TimedOut);
//!     std::io::Result::Ok(())
//! })
//! # .unwrap().unwrap();
//! ```

mod interval;
mod sleep;
mod timeout;

pub use interval::{Interval, MissedTick, interval, interval_at};
pub use sleep::{Sleep, sleep, sleep_until};
pub use timeout::{timeout, timeout_at};
pub use triga_platform::Instant;
