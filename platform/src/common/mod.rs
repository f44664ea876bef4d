//! Mechanisms that several platforms share, each named for what it is. A platform's `mod.rs` says which of them it uses.

#[cfg(any(unix, windows))]
pub(crate) mod blocking_names;
#[cfg(target_os = "wasi")]
pub(crate) mod flag_waker;
#[cfg(any(unix, windows))]
pub mod mio_net;
pub(crate) mod never;
#[cfg(windows)]
pub(crate) mod no_fork;
#[cfg(target_os = "wasi")]
pub mod no_pipe;
#[cfg(target_os = "wasi")]
pub mod no_process;
#[cfg(target_os = "wasi")]
pub mod no_signal;
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
