//! Sockets whose kind is not checked when they are taken over.

use std::io;

pub(crate) fn check_stream<A>(_socket: &std::net::TcpStream, _address: io::Result<A>) -> io::Result<()> {
    Ok(())
}

pub(crate) fn check_listener<A>(_socket: &std::net::TcpListener, _address: io::Result<A>) -> io::Result<()> {
    Ok(())
}

pub(crate) fn check_datagrams<A>(_socket: &std::net::UdpSocket, _address: io::Result<A>) -> io::Result<()> {
    Ok(())
}
