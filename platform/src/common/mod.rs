//! Mechanisms that several platforms share, each named for what it is. A platform's `mod.rs` says which of them it uses.

#[cfg(any(unix, windows))]
pub(crate) mod blocking_names;
#[cfg(target_family = "wasm")]
pub(crate) mod flag_waker;
#[cfg(any(unix, windows))]
pub mod mio_net;
pub(crate) mod never;
#[cfg(windows)]
pub(crate) mod no_fork;
#[cfg(any(
    all(target_os = "wasi", target_env = "p1"),
    all(target_family = "wasm", target_os = "unknown")
))]
pub(crate) mod no_names;
#[cfg(target_family = "wasm")]
pub mod no_pipe;
#[cfg(target_family = "wasm")]
pub mod no_process;
#[cfg(target_family = "wasm")]
pub mod no_signal;
#[cfg(any(
    all(target_os = "wasi", target_env = "p1"),
    all(target_family = "wasm", target_os = "unknown")
))]
pub(crate) mod no_udp;
#[cfg(any(unix, windows))]
pub(crate) mod std_clock;

cfg_if::cfg_if! {
    // By this mio is told to do without epoll and kqueue.
    if #[cfg(all(unix, mio_unsupported_force_poll_poll))] {
        pub(crate) mod poll;
        pub(crate) use poll as native_selector;
    } else if #[cfg(any(unix, windows))] {
        pub(crate) mod mio_selector;
        #[cfg(unix)]
        pub(crate) mod no_posts;
        pub(crate) use mio_selector as native_selector;
    }
}
