//! The portable sockets as descriptors, for options that triga has no name for.

use std::os::fd::{AsFd, BorrowedFd};

use crate::net::{TcpListener, TcpStream, UdpSocket};

impl AsFd for TcpListener {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.io.source.as_fd()
    }
}

impl AsFd for TcpStream {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.io.source.as_fd()
    }
}

impl AsFd for UdpSocket {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.io.source.as_fd()
    }
}
