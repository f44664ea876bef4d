//! What only some platforms have, for programs that are written for them.
//!
//! With `--cfg triga_platform="sim"` there is also `sim`, a simulated world to test programs in. docs.rs has no pages of it; this
//! makes them:
//!
//! ```sh
//! export RUSTFLAGS='--cfg triga_platform="sim"' RUSTDOCFLAGS='--cfg triga_platform="sim"'
//! cargo doc --package triga --open
//! ```

#[cfg(triga_platform = "sim")]
#[cfg_attr(docsrs, doc(cfg(triga_platform = "sim")))]
pub mod sim;

#[cfg(all(unix, not(any(triga_platform = "sim", triga_loom))))]
#[cfg_attr(docsrs, doc(cfg(unix)))]
pub mod unix;

/// The local sockets of Unix, which a simulation has, too. They have no descriptors there.
#[cfg(all(unix, triga_platform = "sim"))]
pub mod unix {
    mod duplicates;
    pub mod net;
}

#[cfg(all(windows, not(any(triga_platform = "sim", triga_loom))))]
#[cfg_attr(docsrs, doc(cfg(windows)))]
pub mod windows;

#[cfg(all(target_os = "wasi", target_env = "p2", not(triga_platform = "sim")))]
#[cfg_attr(docsrs, doc(cfg(all(target_os = "wasi", target_env = "p2"))))]
pub mod wasi;
