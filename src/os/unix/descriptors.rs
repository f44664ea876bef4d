//! Sockets as descriptors, for options that triga has no name for.

use std::os::fd::{AsFd, BorrowedFd};

use super::net::{UnixDatagram, UnixListener, UnixStream};
use crate::net::{TcpListener, TcpStream, UdpSocket};

macro_rules! descriptors {
    ($($socket:ident)*) => {$(
        impl AsFd for $socket {
            fn as_fd(&self) -> BorrowedFd<'_> {
                self.io.source.as_fd()
            }
        }
    )*};
}

descriptors!(TcpListener TcpStream UdpSocket UnixDatagram UnixListener UnixStream);
