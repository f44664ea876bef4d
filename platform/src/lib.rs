//! Everything in triga that depends on the target: one platform is chosen at compile time, and this crate exports its parts.
//!
//! Programs use the crate `triga`. This one is for those who build on a reactor's parts, and its names follow triga's needs.
//! [`contract`] says what a platform supplies; `select.rs` chooses one.
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

#![cfg_attr(docsrs, feature(doc_cfg))]

mod cache_line;
mod common;
pub mod contract;
mod instant;
mod select;
mod source;
mod support;

/// std's 64-bit atomic.
#[cfg(target_has_atomic = "64")]
#[doc(no_inline)]
pub use std::sync::atomic::AtomicU64;

pub use cache_line::CacheLine;
#[cfg(not(target_has_atomic = "64"))]
pub use common::locked_u64::AtomicU64;
pub use common::threads::start_thread;
pub use contract::{Direction, Event, Interest, Lookup, Outcome, Ready, Received, Token, Wait};
pub use instant::Instant;
#[cfg(all(unix, not(any(triga_platform = "sim", triga_loom))))]
pub use select::platform::descriptor;
#[cfg(all(unix, any(triga_platform = "sim", not(triga_loom))))]
pub use select::platform::local;
#[cfg(triga_platform = "sim")]
pub use select::platform::sim;
#[cfg(all(target_os = "wasi", target_env = "p2", not(triga_platform = "sim")))]
pub use select::platform::wasi;
pub use select::platform::{
    CLOSING_DEREGISTERS, EDGE_TRIGGERED, Events, Lock, ONE_THREAD, Registry, SHORT_IO_CLEARS, SUPPORT, Selector,
    TELLS_URGENT, Waker, net, pipe, process, signal, stdio, task,
};
#[cfg(all(windows, not(any(triga_platform = "sim", triga_loom))))]
pub use select::platform::{local, named_pipe, socket, waitable};
pub use source::Source;
pub use support::{Capability, Support};
