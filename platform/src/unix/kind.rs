//! What is behind a descriptor, for constructors that take one over: a type of std's can be made of any.

use std::fmt::Display;
use std::fs::File;
use std::io;
use std::os::fd::{AsFd, AsRawFd, BorrowedFd};
use std::os::unix::fs::FileTypeExt;

use libc::c_int;

/// Checks that a descriptor is the reading end of a pipe or fifo, or both ends.
pub(crate) fn check_reading_end(file: &File) -> io::Result<()> {
    check_end(
        file,
        "the reading end of a pipe",
        "the writing end of a pipe",
        libc::O_WRONLY,
    )
}

/// Checks that a descriptor is the writing end of a pipe or fifo, or both ends.
pub(crate) fn check_writing_end(file: &File) -> io::Result<()> {
    check_end(
        file,
        "the writing end of a pipe",
        "the reading end of a pipe",
        libc::O_RDONLY,
    )
}

/// Checks that a socket is a stream that does not listen. The address is what std says of it: std knows the family.
pub(crate) fn check_stream<A>(socket: impl AsFd, address: io::Result<A>) -> io::Result<()> {
    let socket = socket.as_fd();
    check_family(address)?;
    check_socket(socket, "a connection", |kind, listens| {
        kind == libc::SOCK_STREAM && !listens && is_usual_stream(socket)
    })
}

/// Checks that a socket is a stream that listens.
pub(crate) fn check_listener<A>(socket: impl AsFd, address: io::Result<A>) -> io::Result<()> {
    let socket = socket.as_fd();
    check_family(address)?;
    check_socket(socket, "a listener", |kind, listens| {
        kind == libc::SOCK_STREAM && listens && is_usual_stream(socket)
    })
}

/// Checks that a socket sends and receives datagrams.
pub(crate) fn check_datagrams<A>(socket: impl AsFd, address: io::Result<A>) -> io::Result<()> {
    let socket = socket.as_fd();
    check_family(address)?;
    // Programs that send pings have raw sockets in std's type, too.
    check_socket(socket, "a socket for datagrams", |kind, _| {
        kind == libc::SOCK_DGRAM || kind == libc::SOCK_RAW
    })
}

fn check_end(file: &File, needed: &str, other_end: &str, wrong_mode: c_int) -> io::Result<()> {
    let kind = file.metadata()?.file_type();
    if kind.is_fifo() {
        // SAFETY: the call takes integers, and the descriptor is open as long as the file.
        let flags = unsafe { libc::fcntl(file.as_raw_fd(), libc::F_GETFL) };
        return match flags {
            -1 => Err(io::Error::last_os_error()),
            flags if flags & libc::O_ACCMODE == wrong_mode => Err(wrong(needed, other_end, "take the other end")),
            _ => Ok(()),
        };
    }
    let found = if kind.is_file() {
        "a file"
    } else if kind.is_dir() {
        "a directory"
    } else if kind.is_socket() {
        "a socket"
    } else {
        "a device"
    };
    Err(wrong(
        needed,
        found,
        "sockets have types of their own, a file never blocks, and `AsyncFd` waits for any other descriptor",
    ))
}

/// std fails by itself for an address of another family. The system's error does not tell that: macOS has no address for
/// a connection that was reset.
fn check_family<A>(address: io::Result<A>) -> io::Result<()> {
    match address {
        Err(error) if error.raw_os_error().is_none() => Err(io::Error::new(
            io::ErrorKind::InvalidInput,
            "the socket is of another address family than its type: use the type of its family, or `AsyncFd`",
        )),
        _ => Ok(()),
    }
}

fn check_socket(socket: BorrowedFd<'_>, needed: &str, is_it: impl FnOnce(c_int, bool) -> bool) -> io::Result<()> {
    let kind = option(socket, libc::SO_TYPE)?;
    let listens = option(socket, libc::SO_ACCEPTCONN)? != 0;
    if is_it(kind, listens) {
        return Ok(());
    }
    let found = match kind {
        libc::SOCK_STREAM if !is_usual_stream(socket) => "a stream of another protocol",
        libc::SOCK_STREAM if listens => "a listener",
        libc::SOCK_STREAM => "a stream that does not listen",
        libc::SOCK_DGRAM => "a socket for datagrams",
        libc::SOCK_SEQPACKET => "a socket for sequenced packets",
        _ => "a socket of another kind",
    };
    Err(wrong(needed, found, "use the type of its kind, or `AsyncFd`"))
}

/// Whether a stream is local or one of TCP. Linux has SCTP's sockets as streams as well, which keep the bounds of messages.
#[cfg(any(target_os = "linux", target_os = "android"))]
fn is_usual_stream(socket: BorrowedFd<'_>) -> bool {
    let protocol = option(socket, libc::SO_PROTOCOL);
    protocol.is_ok_and(|protocol| matches!(protocol, 0 | libc::IPPROTO_TCP | libc::IPPROTO_MPTCP))
}

#[cfg(not(any(target_os = "linux", target_os = "android")))]
fn is_usual_stream(_socket: BorrowedFd<'_>) -> bool {
    true
}

fn option(socket: BorrowedFd<'_>, name: c_int) -> io::Result<c_int> {
    let mut value: c_int = 0;
    let mut length = size_of::<c_int>() as libc::socklen_t;
    // SAFETY: the value is as long as the length says, and both outlive the call.
    let result = unsafe {
        libc::getsockopt(
            socket.as_raw_fd(),
            libc::SOL_SOCKET,
            name,
            (&raw mut value).cast(),
            &raw mut length,
        )
    };
    if result == 0 {
        Ok(value)
    } else {
        Err(io::Error::last_os_error())
    }
}

#[cold]
fn wrong(needed: &str, found: &str, instead: impl Display) -> io::Error {
    io::Error::new(
        io::ErrorKind::InvalidInput,
        format!("the descriptor is {found}, and {needed} is needed: {instead}"),
    )
}
