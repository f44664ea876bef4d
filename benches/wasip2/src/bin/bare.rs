//! A bare loop on `poll` whose pollables are kept as long as their streams: what the host itself costs.

use std::error::Error;
use std::net::SocketAddr;

use triga_benches_wasip2::{BUFFER, address};
use wasip2::io::poll::{Pollable, poll};
use wasip2::io::streams::{InputStream, OutputStream, StreamError};
use wasip2::sockets::instance_network::instance_network;
use wasip2::sockets::network::{ErrorCode, IpAddressFamily, IpSocketAddress, Ipv4SocketAddress};
use wasip2::sockets::tcp::TcpSocket;
use wasip2::sockets::tcp_create_socket::create_tcp_socket;

/// A connection. What was made of something is dropped before it.
struct Connection {
    output: OutputStream,
    input: InputStream,
    _socket: TcpSocket,
}

fn main() -> Result<(), Box<dyn Error>> {
    let listener = listen(address()?)?;
    let mut connections: Vec<Connection> = Vec::new();
    // The listener's comes first; the others are in the order of the connections.
    let mut pollables = vec![listener.subscribe()];
    let mut closed = Vec::new();
    loop {
        let ready = poll(&pollables.iter().collect::<Vec<&Pollable>>());
        for place in ready {
            match (place as usize).checked_sub(1) {
                None => accept(&listener, &mut connections, &mut pollables)?,
                Some(place) if echo(&connections[place]).is_err() => closed.push(place),
                Some(_) => {}
            }
        }
        // From the last on, so that none of them is moved to another place.
        for place in closed.drain(..).rev() {
            pollables.swap_remove(place + 1);
            connections.swap_remove(place);
        }
    }
}

/// Sends back what is there. An error if the connection is over.
fn echo(connection: &Connection) -> Result<(), StreamError> {
    let bytes = connection.input.read(BUFFER as u64)?;
    if connection.output.check_write()? >= bytes.len() as u64 {
        connection.output.write(&bytes)
    } else {
        connection.output.blocking_write_and_flush(&bytes)
    }
}

fn accept(
    listener: &TcpSocket,
    connections: &mut Vec<Connection>,
    pollables: &mut Vec<Pollable>,
) -> Result<(), ErrorCode> {
    loop {
        match listener.accept() {
            Ok((socket, input, output)) => {
                pollables.push(input.subscribe());
                connections.push(Connection {
                    output,
                    input,
                    _socket: socket,
                });
            }
            Err(ErrorCode::WouldBlock) => return Ok(()),
            Err(error) => return Err(error),
        }
    }
}

fn listen(address: SocketAddr) -> Result<TcpSocket, Box<dyn Error>> {
    let SocketAddr::V4(address) = address else {
        return Err("it listens on an IPv4 address".into());
    };
    let [a, b, c, d] = address.ip().octets();
    let address = IpSocketAddress::Ipv4(Ipv4SocketAddress {
        port: address.port(),
        address: (a, b, c, d),
    });
    let socket = create_tcp_socket(IpAddressFamily::Ipv4)?;
    socket.set_listen_backlog_size(1024)?;
    socket.start_bind(&instance_network(), address)?;
    socket.subscribe().block();
    socket.finish_bind()?;
    socket.start_listen()?;
    socket.subscribe().block();
    socket.finish_listen()?;
    Ok(socket)
}
