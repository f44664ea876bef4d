//! A small I/O reactor that is safe to run anywhere: a driver that a program owns and turns, under any executor, on Linux,
//! macOS, the BSDs, Windows and WebAssembly.
//!
//! It is for network programs that also run as WASI guests, and for engines, plugins and executors that need sockets and timers
//! without a runtime.
//!
//! * Most programs use [`net`], [`time`] and [`io`], and run them with [`block_on`] and [`spawn`].
//! * A program with a loop or an executor of its own uses [`Driver`], which waits, [`Handle`], which registers sources and wakes
//!   the driver, and [`Registration`], which reports when a source is ready.
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
//! The same names are on every platform. What a platform lacks fails with
//! [`ErrorKind::Unsupported`](std::io::ErrorKind::Unsupported) and a sentence that says what to do instead. [`SUPPORT`] says it
//! beforehand. What only some platforms can have is under [`os`].
//!
//! # Platforms
//!
//! In WASI a direction of a source is subscribed only while a task waits for it. In the table, a dash has the number of its reason.
//!
//! <!-- support -->
//! | | Unix | Windows | WASI 0.1 | WASI 0.2 | web |
//! | --- | --- | --- | --- | --- | --- |
//! | selector | epoll, kqueue | IOCP | `poll_oneoff` | `wasi:io/poll` | none |
//! | wake from another thread | ✓ | ✓ | – <sup>1</sup> | – <sup>1</sup> | – <sup>2</sup> |
//! | threads | ✓ | ✓ | – <sup>2</sup> | – <sup>2</sup> | – <sup>2</sup> |
//! | timers | ✓ | ✓ | ✓ | ✓ | – <sup>3</sup> |
//! | TCP connect | ✓ | ✓ | – <sup>4</sup> | ✓ | – <sup>5</sup> |
//! | TCP listen | ✓ | ✓ | – <sup>6</sup> | ✓ | – <sup>5</sup> |
//! | preopened sockets | – <sup>7</sup> | – <sup>7</sup> | ✓ | – <sup>8</sup> | – <sup>5</sup> |
//! | UDP, names | ✓ | ✓ | – <sup>9</sup> | ✓ | – <sup>5</sup> |
//! | broadcast and multicast, TCP_NODELAY, local sockets | ✓ | ✓ | – <sup>9</sup> | – <sup>10</sup> | – <sup>5</sup> |
//! | sockets of std | ✓ | ✓ | ✓ | – <sup>11</sup> | – <sup>5</sup> |
//! | standard streams | ✓ | ✓ | ✓ | ✓ | – <sup>12</sup> |
//! | the driver as a descriptor | ✓ | – <sup>13</sup> | – <sup>14</sup> | – <sup>15</sup> | – <sup>16</sup> |
//! | sources of your own | ✓ | ✓ | ✓ | ✓ | ✓ |
//! | signals | ✓ | ✓ | – <sup>9</sup> | – <sup>10</sup> | – <sup>17</sup> |
//! | processes | ✓ | ✓ | – <sup>9</sup> | – <sup>10</sup> | – <sup>18</sup> |
//! | pipes | ✓ | ✓ | – <sup>9</sup> | – <sup>10</sup> | – <sup>16</sup> |
//! | named pipes, waitable handles | – <sup>19</sup> | ✓ | – <sup>19</sup> | – <sup>19</sup> | – <sup>19</sup> |
//! | pollables | – <sup>20</sup> | – <sup>20</sup> | – <sup>20</sup> | ✓ | – <sup>20</sup> |
//!
//! 1. nothing can wake a guest that waits: give the wait a deadline
//! 2. there is one thread
//! 3. not yet: the target has no clock, and the browser's is still to come
//! 4. the host opens the socket: `TcpStream::preopened`
//! 5. the target has no sockets
//! 6. the host opens the listener: `TcpListener::preopened`
//! 7. bind or connect, or take a std socket over with `from_std`
//! 8. a program listens and connects itself
//! 9. WASI 0.1 has no such thing
//! 10. WASI 0.2 has no such thing
//! 11. std's are wasi-libc's, and the host's interfaces know nothing of them
//! 12. there are no standard streams
//! 13. a completion port cannot be waited for in another loop
//! 14. `poll_oneoff` is a call, not a descriptor
//! 15. `poll` is a call, not a descriptor
//! 16. there are no descriptors
//! 17. there are no signals
//! 18. there are no processes
//! 19. Windows alone has them
//! 20. WASI 0.2 alone has them
//!
//! * Unix: Linux, macOS, BSDs, illumos, Android.
//! * WASI 0.1: WASI 0.1, WASI 0.1 with threads.
//! * web: wasm32-unknown-unknown.
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
