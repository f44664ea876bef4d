//! The sockets that the host opened before the guest began.

use std::io;
use std::os::fd::OwnedFd;

use wasi::Fd;

use super::host;
use crate::Lock;

/// The first descriptor after the standard streams.
const FIRST: Fd = 3;

/// The descriptors that are sockets, in their order; `None` for one that was taken.
///
/// They are listed when the first is asked for, since a connection that is accepted later looks the same.
static SOCKETS: Lock<Option<Vec<Option<Fd>>>> = Lock::new(None);

/// Takes the socket with this number, counted from 0 and without the preopened folders.
///
/// # Errors
///
/// `NotFound` if the host opened no such socket, and `ResourceBusy` if it was taken before.
pub(super) fn take(number: usize) -> io::Result<OwnedFd> {
    let mut sockets = SOCKETS.lock();
    let sockets = sockets.get_or_insert_with(|| scan().map(Some).collect());
    let count = sockets.len();
    let socket = sockets.get_mut(number).ok_or_else(|| missing(number, count))?;
    let fd = socket.take().ok_or_else(|| taken(number))?;
    // SAFETY: the host opened the descriptor for the guest, and it leaves the list here, so that it is owned once.
    Ok(unsafe { host::own(fd) })
}

fn scan() -> impl Iterator<Item = Fd> {
    (FIRST..)
        .map_while(|fd| host::file_type(fd).map(|kind| (fd, kind)))
        .filter(|(_, kind)| *kind == wasi::FILETYPE_SOCKET_STREAM)
        .map(|(fd, _)| fd)
}

fn missing(number: usize, count: usize) -> io::Error {
    io::Error::new(
        io::ErrorKind::NotFound,
        format!(
            "there is no preopened socket {number}: the host opened {count}, counted from 0. Give `wasmtime run -Spreview2=n` \
             (46 or older) `-Stcplisten=ADDRESS` for each"
        ),
    )
}

fn taken(number: usize) -> io::Error {
    io::Error::new(
        io::ErrorKind::ResourceBusy,
        format!("preopened socket {number} was taken before: take each once, and share it"),
    )
}
