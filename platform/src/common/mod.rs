//! Mechanisms that several platforms share, each named for what it is. A platform's `mod.rs` says which of them it uses.

#[cfg(all(any(unix, windows), not(triga_platform = "sim")))]
pub(crate) mod blocking_names;
#[cfg(any(target_family = "wasm", triga_platform = "sim"))]
pub(crate) mod flag_waker;
#[cfg(not(triga_platform = "sim"))]
pub mod in_order;
#[cfg(all(any(unix, windows), not(triga_platform = "sim")))]
pub mod mio_net;
pub(crate) mod never;
#[cfg(all(windows, not(triga_platform = "sim")))]
pub(crate) mod no_fork;
#[cfg(all(
    any(
        all(target_os = "wasi", target_env = "p1"),
        all(target_family = "wasm", target_os = "unknown")
    ),
    not(triga_platform = "sim")
))]
pub(crate) mod no_names;
#[cfg(any(target_family = "wasm", triga_platform = "sim"))]
pub mod no_pipe;
#[cfg(any(target_family = "wasm", triga_platform = "sim"))]
pub mod no_process;
#[cfg(any(target_family = "wasm", triga_platform = "sim"))]
pub mod no_signal;
#[cfg(all(
    any(
        all(target_os = "wasi", target_env = "p1"),
        all(target_family = "wasm", target_os = "unknown")
    ),
    not(triga_platform = "sim")
))]
pub(crate) mod no_udp;
#[cfg(all(any(unix, windows), not(triga_platform = "sim")))]
pub(crate) mod std_clock;

cfg_if::cfg_if! {
    if #[cfg(triga_platform = "sim")] {
    } else if #[cfg(all(unix, mio_unsupported_force_poll_poll))] {
        // By this mio is told to do without epoll and kqueue.
        pub(crate) mod poll;
        pub(crate) use poll as native_selector;
    } else if #[cfg(any(unix, windows))] {
        pub(crate) mod mio_selector;
        #[cfg(unix)]
        pub(crate) mod no_posts;
        pub(crate) use mio_selector as native_selector;
    }
}
