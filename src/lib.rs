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
//!
//! # Platforms
//!
//! <!-- support -->
//! |  | Linux, macOS, BSDs, illumos, Android | Windows | WASI 0.1, WASI 0.1 with threads | WASI 0.2 | wasm32-unknown-unknown |
//! | --- | --- | --- | --- | --- | --- |
//! | selector | epoll, kqueue | IOCP | `poll_oneoff`, armed directions only | `wasi:io/poll`, armed directions only | none, a driver never waits |
//! | wake from another thread | yes | yes | no (nothing can wake a guest that waits: give the wait a deadline) | no (nothing can wake a guest that waits: give the wait a deadline) | no (there is one thread) |
//! | threads | yes | yes | no (there is one thread) | no (there is one thread) | no (there is one thread) |
//! | timers | yes | yes | yes | yes | not yet (the target has no clock, and the browser's is still to come) |
//! | TCP connect | yes | yes | no (the host opens the socket: `TcpStream::preopened`) | yes | no (the target has no sockets) |
//! | TCP listen | yes | yes | no (the host opens the listener: `TcpListener::preopened`) | yes | no (the target has no sockets) |
//! | preopened sockets | no (bind or connect, or take a std socket over with `from_std`) | no (bind or connect, or take a std socket over with `from_std`) | yes | no (a program listens and connects itself) | no (the target has no sockets) |
//! | UDP | yes | yes | no (WASI 0.1 has no such thing) | yes | no (the target has no sockets) |
//! | names | yes | yes | no (WASI 0.1 has no such thing) | yes | no (the target has no sockets) |
//! | broadcast and multicast | yes | yes | no (WASI 0.1 has no such thing) | no (WASI 0.2 has no such thing) | no (the target has no sockets) |
//! | TCP_NODELAY | yes | yes | no (WASI 0.1 has no such thing) | no (WASI 0.2 has no such thing) | no (the target has no sockets) |
//! | sockets of std | yes | yes | yes | no (std's are wasi-libc's, and the host's interfaces know nothing of them) | no (the target has no sockets) |
//! | standard streams | yes | yes | yes | yes | no (there are no standard streams) |
//! | the driver as a descriptor | yes | no (a completion port cannot be waited for in another loop) | no (`poll_oneoff` is a call, not a descriptor) | no (`poll` is a call, not a descriptor) | no (there are no descriptors) |
//! | sources of your own | yes | yes | yes | yes | yes |
//! | signals | yes | yes | no (WASI 0.1 has no such thing) | no (WASI 0.2 has no such thing) | no (there are no signals) |
//! | processes | yes | yes | no (WASI 0.1 has no such thing) | no (WASI 0.2 has no such thing) | no (there are no processes) |
//! | local sockets | yes | yes | no (WASI 0.1 has no such thing) | no (WASI 0.2 has no such thing) | no (the target has no sockets) |
//! | pipes | yes | yes | no (WASI 0.1 has no such thing) | no (WASI 0.2 has no such thing) | no (there are no descriptors) |
//! | named pipes | no (Windows alone has them) | yes | no (Windows alone has them) | no (Windows alone has them) | no (Windows alone has them) |
//! | waitable handles | no (Windows alone has them) | yes | no (Windows alone has them) | no (Windows alone has them) | no (Windows alone has them) |
//! | pollables | no (WASI 0.2 alone has them) | no (WASI 0.2 alone has them) | no (WASI 0.2 alone has them) | yes | no (WASI 0.2 alone has them) |
//!
//! * Tier 1, the whole suite runs on a developer's Linux: `x86_64-unknown-linux-gnu`, `x86_64-unknown-linux-musl`, `i686-unknown-linux-gnu`, `aarch64-unknown-linux-gnu`, `armv7-unknown-linux-gnueabihf`, `s390x-unknown-linux-gnu`, `riscv64gc-unknown-linux-gnu`, `x86_64-pc-windows-gnu`, `wasm32-wasip1`, `wasm32-wasip2`.
//! * Tier 2, the suite runs where there is a runner: `x86_64-pc-windows-msvc`, `aarch64-pc-windows-msvc`, `aarch64-apple-darwin`, `x86_64-apple-darwin`.
//! * Tier 3, the crates are checked: `x86_64-unknown-freebsd`, `x86_64-unknown-netbsd`, `x86_64-unknown-illumos`, `aarch64-linux-android`, `powerpc-unknown-linux-gnu`, `wasm32-wasip1-threads`, `wasm32-unknown-unknown`.
//! * Not yet: `armv5te-unknown-linux-gnueabi`, `mipsel-unknown-linux-gnu`.
//! <!-- /support -->

#![forbid(unsafe_code)]
#![cfg_attr(docsrs, feature(doc_cfg))]

mod error;
mod reactor;
mod sync;

pub mod io;
pub mod net;
pub mod os;
pub mod process;
pub mod signal;
pub mod task;
pub mod time;

pub use error::{ConversionError, ShutDown, is_shut_down};
pub use io::pipe::{PipeReader, PipeWriter, pipe};
pub use reactor::{Driver, Enter, Handle, Metrics, Readiness, ReadyEvent, Registration, Tick, Turn};
pub use task::{block_on, spawn};
pub use triga_platform::{Capability, Direction, Interest, Ready, SUPPORT, Source, Support};

/// The programs of the README are compiled with the tests.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
