//! Names as std has them.

use std::io;
#[cfg(target_os = "android")]
use std::os::android::net::SocketAddrExt;
#[cfg(target_os = "linux")]
use std::os::linux::net::SocketAddrExt;
use std::os::unix::net::SocketAddr;

use super::Name;

/// The name that an address is.
pub(super) fn name(address: &SocketAddr) -> io::Result<Name> {
    if let Some(path) = address.as_pathname() {
        return Ok(Name::Path(path.to_owned()));
    }
    #[cfg(any(target_os = "linux", target_os = "android"))]
    if let Some(name) = address.as_abstract_name() {
        return Ok(Name::Abstract(name.into()));
    }
    let why = "the address has no name: make it of a path, or on Linux of an abstract name";
    Err(io::Error::new(io::ErrorKind::InvalidInput, why))
}

/// The address with this name, or with none.
pub(super) fn address(name: Option<&Name>) -> io::Result<SocketAddr> {
    match name {
        Some(Name::Path(path)) => SocketAddr::from_pathname(path),
        #[cfg(any(target_os = "linux", target_os = "android"))]
        Some(Name::Abstract(name)) => SocketAddr::from_abstract_name(name),
        _ => SocketAddr::from_pathname(""),
    }
}
