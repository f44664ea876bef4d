//! What only some platforms have.

#[cfg(triga_platform = "sim")]
#[cfg_attr(docsrs, doc(cfg(triga_platform = "sim")))]
pub mod sim;

#[cfg(all(unix, not(any(triga_platform = "sim", triga_loom))))]
#[cfg_attr(docsrs, doc(cfg(unix)))]
pub mod unix;

/// The local sockets of Unix, which a simulation has, too. They have no descriptors there.
#[cfg(all(unix, triga_platform = "sim"))]
pub mod unix {
    pub mod net;
}

#[cfg(all(windows, not(any(triga_platform = "sim", triga_loom))))]
#[cfg_attr(docsrs, doc(cfg(windows)))]
pub mod windows;

#[cfg(all(target_os = "wasi", target_env = "p2", not(triga_platform = "sim")))]
#[cfg_attr(docsrs, doc(cfg(all(target_os = "wasi", target_env = "p2"))))]
pub mod wasi;
