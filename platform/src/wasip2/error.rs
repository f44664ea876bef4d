//! The host's errors as those of std.

use std::io::{self, ErrorKind};

use wasip2::io::streams::{Error, StreamError};
use wasip2::sockets::network::ErrorCode;

/// wasi-libc's numbers of errors that have no kind in std.
const EMFILE: i32 = 33;
const EMSGSIZE: i32 = 35;

/// An error of a socket.
pub(super) fn of_socket(code: ErrorCode) -> io::Error {
    let kind = match code {
        ErrorCode::WouldBlock => ErrorKind::WouldBlock,
        ErrorCode::AccessDenied => return denied(),
        ErrorCode::NotSupported => ErrorKind::Unsupported,
        ErrorCode::InvalidArgument => ErrorKind::InvalidInput,
        ErrorCode::OutOfMemory => ErrorKind::OutOfMemory,
        ErrorCode::Timeout => ErrorKind::TimedOut,
        ErrorCode::InvalidState => ErrorKind::NotConnected,
        ErrorCode::NewSocketLimit => return io::Error::from_raw_os_error(EMFILE),
        ErrorCode::AddressNotBindable => ErrorKind::AddrNotAvailable,
        ErrorCode::AddressInUse => ErrorKind::AddrInUse,
        ErrorCode::RemoteUnreachable => ErrorKind::HostUnreachable,
        ErrorCode::ConnectionRefused => ErrorKind::ConnectionRefused,
        ErrorCode::ConnectionReset => ErrorKind::ConnectionReset,
        ErrorCode::ConnectionAborted => ErrorKind::ConnectionAborted,
        ErrorCode::DatagramTooLarge => return io::Error::from_raw_os_error(EMSGSIZE),
        ErrorCode::NameUnresolvable => return io::Error::new(ErrorKind::NotFound, "the name has no address"),
        ErrorCode::TemporaryResolverFailure => {
            return io::Error::other("the name server does not answer: try again later");
        }
        ErrorCode::PermanentResolverFailure => return io::Error::other("the name server failed"),
        ErrorCode::ConcurrencyConflict | ErrorCode::NotInProgress => {
            return io::Error::other("the host takes the socket to be at another operation");
        }
        ErrorCode::Unknown => return io::Error::other("the host gives no reason, as when it has no descriptors left"),
    };
    kind.into()
}

/// An error of a stream that was read: none at its end.
pub(super) fn of_read(error: StreamError) -> io::Result<usize> {
    match error {
        StreamError::Closed => Ok(0),
        StreamError::LastOperationFailed(error) => Err(of_operation(&error)),
    }
}

/// An error of a stream that was written.
pub(super) fn of_write(error: StreamError) -> io::Error {
    match error {
        StreamError::Closed => ErrorKind::BrokenPipe.into(),
        StreamError::LastOperationFailed(error) => of_operation(&error),
    }
}

/// A stream does not give its error a code, unlike a socket, but a text. (The function `network-error-code` is not in WASI 0.2's
/// stable part.) wasmtime writes the code's name in it: as Rust spells it for a read, `ConnectionReset`, and as WIT does for a
/// write, `connection-reset`.
fn of_operation(error: &Error) -> io::Error {
    const KINDS: [(&[u8], ErrorKind); 7] = [
        (b"connectionreset", ErrorKind::ConnectionReset),
        (b"connectionaborted", ErrorKind::ConnectionAborted),
        (b"connectionrefused", ErrorKind::ConnectionRefused),
        (b"remoteunreachable", ErrorKind::HostUnreachable),
        (b"timeout", ErrorKind::TimedOut),
        (b"outofmemory", ErrorKind::OutOfMemory),
        (b"accessdenied", ErrorKind::PermissionDenied),
    ];
    let text = error.to_debug_string();
    let mut letters = text.to_ascii_lowercase().into_bytes();
    letters.retain(|letter| *letter != b'-');
    // `str::contains` brings a search for long texts, which would be a hundredth of a small component.
    let contains = |name: &[u8]| letters.windows(name.len()).any(|part| part == name);
    let kind = KINDS.iter().find(|(name, _)| contains(name));
    io::Error::new(kind.map_or(ErrorKind::Other, |(_, kind)| *kind), text)
}

#[cold]
pub(super) fn denied() -> io::Error {
    io::Error::new(
        ErrorKind::PermissionDenied,
        "the host does not allow it: give `wasmtime run` the options `-Sinherit-network` for sockets and \
         `-Sallow-ip-name-lookup` for names",
    )
}
