//! The host's errors as those of std.

use std::io::{self, ErrorKind};

use wasip2::io::streams::{Error, StreamError};
use wasip2::sockets::network::ErrorCode;

/// wasi-libc's numbers of errors that have no kind in std.
const EMFILE: i32 = 33;
const EMSGSIZE: i32 = 35;

const DENIED: &str = "the host does not allow it: give `wasmtime run` the options `-Sinherit-network` for sockets and \
                      `-Sallow-ip-name-lookup` for names";

/// An error of a socket.
pub(super) fn of_socket(code: ErrorCode) -> io::Error {
    let kind = kind(code);
    let text = match code {
        ErrorCode::NewSocketLimit => return io::Error::from_raw_os_error(EMFILE),
        ErrorCode::DatagramTooLarge => return io::Error::from_raw_os_error(EMSGSIZE),
        ErrorCode::AccessDenied => DENIED,
        ErrorCode::ConcurrencyConflict | ErrorCode::NotInProgress => {
            "the host takes the socket to be at another operation"
        }
        ErrorCode::Unknown => "the host gives no reason, as when it has no descriptors left",
        _ => return kind.into(),
    };
    io::Error::new(kind, text)
}

/// Apart, so that it is a table.
#[inline(never)]
fn kind(code: ErrorCode) -> ErrorKind {
    match code {
        ErrorCode::WouldBlock => ErrorKind::WouldBlock,
        ErrorCode::AccessDenied => ErrorKind::PermissionDenied,
        ErrorCode::NotSupported => ErrorKind::Unsupported,
        ErrorCode::InvalidArgument => ErrorKind::InvalidInput,
        ErrorCode::OutOfMemory => ErrorKind::OutOfMemory,
        ErrorCode::Timeout => ErrorKind::TimedOut,
        ErrorCode::InvalidState => ErrorKind::NotConnected,
        ErrorCode::AddressNotBindable => ErrorKind::AddrNotAvailable,
        ErrorCode::AddressInUse => ErrorKind::AddrInUse,
        ErrorCode::RemoteUnreachable => ErrorKind::HostUnreachable,
        ErrorCode::ConnectionRefused => ErrorKind::ConnectionRefused,
        ErrorCode::ConnectionReset => ErrorKind::ConnectionReset,
        ErrorCode::ConnectionAborted => ErrorKind::ConnectionAborted,
        _ => ErrorKind::Other,
    }
}

/// An error of a name: those that a socket has none of, and the others.
pub(super) fn of_name(code: ErrorCode) -> io::Error {
    let (kind, text) = match code {
        ErrorCode::NameUnresolvable => (ErrorKind::NotFound, "the name has no address"),
        ErrorCode::TemporaryResolverFailure => (ErrorKind::Other, "the name server does not answer: try again later"),
        ErrorCode::PermanentResolverFailure => (ErrorKind::Other, "the name server failed"),
        code => return of_socket(code),
    };
    io::Error::new(kind, text)
}

/// An error of a stream that was written.
pub(super) fn of_write(error: StreamError) -> io::Error {
    match error {
        StreamError::Closed => ErrorKind::BrokenPipe.into(),
        StreamError::LastOperationFailed(error) => of_operation(error),
    }
}

/// An error of a stream's operation. A stream does not give it a code, unlike a socket, but a text. (The function
/// `network-error-code` is not in WASI 0.2's stable part.) wasmtime writes the code's name in it: as Rust spells it for a read,
/// `ConnectionReset`, and as WIT does for a write, `connection-reset`.
pub(super) fn of_operation(error: Error) -> io::Error {
    const KINDS: [(&str, ErrorKind); 7] = [
        ("connectionreset", ErrorKind::ConnectionReset),
        ("connectionaborted", ErrorKind::ConnectionAborted),
        ("connectionrefused", ErrorKind::ConnectionRefused),
        ("remoteunreachable", ErrorKind::HostUnreachable),
        ("timeout", ErrorKind::TimedOut),
        ("outofmemory", ErrorKind::OutOfMemory),
        ("accessdenied", ErrorKind::PermissionDenied),
    ];
    let text = error.to_debug_string();
    let kind = KINDS.iter().find(|(name, _)| contains(text.as_bytes(), name));
    io::Error::new(kind.map_or(ErrorKind::Other, |(_, kind)| *kind), text)
}

/// Whether the name is in the text, however it is spelt. (`str::contains` brings a search for long texts, which would be a
/// hundredth of a small component.)
fn contains(text: &[u8], name: &str) -> bool {
    let mut rest = text;
    while let [_, next @ ..] = rest {
        let mut letters = rest.iter().filter(|letter| **letter != b'-');
        if name
            .bytes()
            .all(|letter| letters.next().is_some_and(|other| other | 0x20 == letter))
        {
            return true;
        }
        rest = next;
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_found_however_it_is_spelt() {
        for text in [
            "ConnectionReset",
            "Error: connection-reset (54)",
            "ConConnectionReset",
            "-connection--RESET",
        ] {
            assert!(contains(text.as_bytes(), "connectionreset"), "{text}");
        }
        for text in ["", "-", "ConnectionRese", "connection reset", "ConnectionRefused"] {
            assert!(!contains(text.as_bytes(), "connectionreset"), "{text}");
        }
    }
}
