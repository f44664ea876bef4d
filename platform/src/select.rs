//! The one place that chooses a platform.

cfg_if::cfg_if! {
    if #[cfg(unix)] {
        #[path = "unix/mod.rs"]
        pub(crate) mod platform;
    } else if #[cfg(windows)] {
        #[path = "windows/mod.rs"]
        pub(crate) mod platform;
    } else if #[cfg(all(target_os = "wasi", target_env = "p1", not(target_feature = "atomics")))] {
        #[path = "wasip1/mod.rs"]
        pub(crate) mod platform;
    } else {
        compile_error!(
            "triga has no platform for this target yet. It has: Unix, Windows, wasm32-wasip1 (one thread)."
        );
    }
}
