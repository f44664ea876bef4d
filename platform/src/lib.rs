//! Everything in triga that depends on the target: one platform is chosen at compile time, and this crate exports its parts.
//!
//! Programs use the crate `triga`. This one is for those who build on a reactor's parts, and its names follow triga's needs.
//! [`contract`] says what a platform supplies; `select.rs` chooses one.
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
