//! Mechanisms that several platforms share, each named for what it is. A platform's `mod.rs` says which of them it uses.

#[cfg(any(all(test, any(unix, windows)), not(target_has_atomic = "64")))]
#[allow(unreachable_pub, reason = "its tests run where std has such an atomic, too")]
pub(crate) mod locked_u64;
pub(crate) mod never;
pub(crate) mod source_of;
pub(crate) mod threads;

cfg_if::cfg_if! {
    // Those that stand on no system come first, whatever the target.
    if #[cfg(triga_platform = "sim")] {
        pub(crate) mod events;
        pub(crate) mod flag_waker;
        mod no_broadcast;
        pub(crate) mod no_preopened;
        pub mod no_process;
        pub(crate) mod no_std_sockets;
        pub(crate) mod std_lock;
    } else if #[cfg(triga_loom)] {
        pub(crate) mod events;
        pub mod in_order;
        mod no_broadcast;
        pub(crate) mod no_names;
        pub mod no_net;
        pub mod no_pipe;
        pub(crate) mod no_preopened;
        pub mod no_process;
        pub mod no_signal;
        pub(crate) mod no_std_sockets;
        pub mod no_stdio;
        pub(crate) mod no_udp;
        pub(crate) mod std_lock;
    } else if #[cfg(any(unix, windows))] {
        pub(crate) mod blocking_names;
        #[cfg(test)]
        #[allow(unreachable_pub, reason = "its tests run here as well, since here a panic can be caught")]
        mod cell_lock;
        pub mod in_order;
        pub mod mio_net;
        #[cfg(windows)]
        pub(crate) mod no_fork;
        #[cfg(windows)]
        pub(crate) mod no_kind;
        pub(crate) mod no_preopened;
        pub(crate) mod std_clock;
        pub(crate) mod std_lock;
        pub(crate) mod stdio_threads;

        cfg_if::cfg_if! {
            // By this mio is told to do without epoll and kqueue.
            if #[cfg(all(unix, mio_unsupported_force_poll_poll))] {
                pub(crate) mod armed;
                pub(crate) mod events;
                pub(crate) mod poll;
                pub(crate) use poll as native_selector;
            } else {
                pub(crate) mod mio_selector;
                #[cfg(unix)]
                pub(crate) mod no_posts;
                pub(crate) use mio_selector as native_selector;
            }
        }
    } else {
        #[cfg(target_env = "p1")]
        pub(crate) mod armed;
        #[cfg(target_env = "p2")]
        pub(crate) mod cell_lock;
        #[cfg(target_env = "p2")]
        pub(crate) mod events;
        #[cfg(not(target_env = "p2"))]
        pub(crate) mod flag_waker;
        pub mod in_order;
        mod no_broadcast;
        #[cfg(not(target_env = "p2"))]
        pub(crate) mod no_names;
        #[cfg(target_os = "unknown")]
        pub mod no_net;
        pub mod no_pipe;
        #[cfg(not(target_env = "p1"))]
        pub(crate) mod no_preopened;
        pub mod no_process;
        pub mod no_signal;
        #[cfg(not(target_env = "p1"))]
        pub(crate) mod no_std_sockets;
        #[cfg(target_os = "unknown")]
        pub mod no_stdio;
        #[cfg(not(target_env = "p2"))]
        pub(crate) mod no_udp;
        #[cfg(not(target_env = "p2"))]
        pub(crate) mod std_lock;
    }
}
