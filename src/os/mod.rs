//! What only some platforms have.

#[cfg(unix)]
#[cfg_attr(docsrs, doc(cfg(unix)))]
pub mod unix;

#[cfg(windows)]
#[cfg_attr(docsrs, doc(cfg(windows)))]
pub mod windows;

#[cfg(all(target_os = "wasi", target_env = "p2"))]
#[cfg_attr(docsrs, doc(cfg(all(target_os = "wasi", target_env = "p2"))))]
pub mod wasi;
