//! The one place that chooses a platform.

cfg_if::cfg_if! {
    // A simulation has its own of everything, whatever the target.
    if #[cfg(triga_platform = "sim")] {
        #[path = "sim/mod.rs"]
        pub(crate) mod platform;
    } else if #[cfg(triga_loom)] {
        #[path = "loom/mod.rs"]
        pub(crate) mod platform;
    } else if #[cfg(unix)] {
        #[path = "unix/mod.rs"]
        pub(crate) mod platform;
    } else if #[cfg(windows)] {
        #[path = "windows/mod.rs"]
        pub(crate) mod platform;
    } else if #[cfg(all(target_os = "wasi", target_env = "p1"))] {
        // wasm32-wasip1-threads as well: stable Rust does not show the one thing that tells it apart, the target feature
        // `atomics`. Nothing reaches a guest that waits there either.
        #[path = "wasip1/mod.rs"]
        pub(crate) mod platform;
    } else if #[cfg(all(target_os = "wasi", target_env = "p2"))] {
        #[path = "wasip2/mod.rs"]
        pub(crate) mod platform;
    } else if #[cfg(all(target_family = "wasm", target_os = "unknown"))] {
        #[path = "web/mod.rs"]
        pub(crate) mod platform;
    } else {
        compile_error!(
            "triga has no platform for this target yet. It has: Unix, Windows, WASI 0.1 and 0.2, wasm32-unknown-unknown."
        );
    }
}
