//! A small I/O reactor that is safe to run anywhere: a driver that any program can own and turn, under any executor.
//!
//! * [`Driver`] waits, [`Handle`] registers and wakes, [`Registration`] tells when a source is ready: these make the reactor.
//! * [`net`], [`time`] and [`io`] are what most programs want of it; [`block_on`] and [`spawn`] run them.
//!
//! ```no_run
//! use futures_util::{AsyncReadExt, AsyncWriteExt};
//! use triga::net::TcpListener;
//!
//! fn main() -> std::io::Result<()> {
//!     triga::block_on(async {
//!         let listener = TcpListener::bind("127.0.0.1:7000").await?;
//!         loop {
//!             let (mut stream, _) = listener.accept().await?;
//!             triga::spawn(async move {
//!                 let mut buffer = [0; 1024];
//!                 while let Ok(count @ 1..) = stream.read(&mut buffer).await {
//!                     if stream.write_all(&buffer[..count]).await.is_err() {
//!                         break;
//!                     }
//!                 }
//!             })?
//!             .detach();
//!         }
//!     })?
//! }
//! ```
//!
//! The same names are on every platform. What a platform has no mechanism for fails with
//! [`ErrorKind::Unsupported`](std::io::ErrorKind::Unsupported) and a sentence that says what to do instead;
//! [`SUPPORT`] tells beforehand. What only some platforms can have is under [`os`], and missing elsewhere.

#![forbid(unsafe_code)]
#![cfg_attr(docsrs, feature(doc_cfg))]

mod coop;
mod driver;
mod error;
mod handle;
mod metrics;
mod page;
mod parking;
mod readiness;
mod ready;
mod registered;
mod registration;
mod registration_set;
mod scheduled_io;
mod sync;
mod wake_batch;

pub mod io;
pub mod net;
pub mod os;
pub mod task;
pub mod time;

pub use driver::{Driver, Turn};
pub use error::{ShutDown, is_shut_down};
pub use handle::{Enter, Handle};
pub use metrics::Metrics;
pub use readiness::Readiness;
pub use ready::{ReadyEvent, Tick};
pub use registration::Registration;
pub use task::{block_on, spawn};
pub use triga_platform::{Capability, Direction, Interest, Ready, SUPPORT, Source, Support};

/// The programs of the README are compiled with the tests.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
