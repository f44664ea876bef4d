//! Paths as addresses.

use std::io;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::net::SocketAddr;
use std::path::Path;

/// The address of a path.
///
/// # Errors
///
/// `InvalidInput` for a path that is too long or has a zero in it. One that begins with a zero is meant as an abstract name of Linux.
pub(super) fn of_path(path: &Path) -> io::Result<SocketAddr> {
    if path.as_os_str().as_bytes().first() == Some(&0) {
        return Err(io::Error::new(
            io::ErrorKind::InvalidInput,
            "a path does not begin with a zero: make an abstract name of Linux by `SocketAddr::from_abstract_name`, and use the \
             function for addresses (`bind_addr`, `connect_addr`, `send_to_addr`)",
        ));
    }
    SocketAddr::from_pathname(path)
}
