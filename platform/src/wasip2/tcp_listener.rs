//! TCP, the side that waits for connections.

use std::io;
use std::net::{Ipv4Addr, SocketAddr};

use wasip2::io::poll::Pollable;
use wasip2::sockets::instance_network::instance_network;
use wasip2::sockets::tcp::TcpSocket;
use wasip2::sockets::tcp_create_socket::create_tcp_socket;

use super::error;
use super::membership::Membership;
use super::net::{family, hop_limit, to_std, to_wasi};
use super::pollables::{Handle, Handles};
use super::selector::source;
use super::tcp_stream::TcpStream;
use crate::Lock;

/// How many connections the host keeps until they are accepted; as many as other platforms have it keep.
const BACKLOG: u64 = 1024;

/// A socket that accepts connections.
#[derive(Debug)]
pub struct TcpListener {
    membership: Membership,
    ready: Pollable,
    stage: Lock<Stage>,
    socket: TcpSocket,
}

/// A host may take its time for each step.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Stage {
    Binding,
    Starting,
    Listening,
}

impl TcpListener {
    /// Begins to listen on the address: [`finish_listen`](super::net::finish_listen) says when it does.
    ///
    /// # Errors
    ///
    /// What the host says, for one that it does not allow sockets.
    pub fn bind(addr: SocketAddr) -> io::Result<TcpListener> {
        let socket = create_tcp_socket(family(addr)).map_err(error::of_socket)?;
        // A host with another idea of it need not be asked for more.
        let _ = socket.set_listen_backlog_size(BACKLOG);
        socket
            .start_bind(&instance_network(), to_wasi(addr))
            .map_err(error::of_socket)?;
        Ok(TcpListener {
            membership: Membership::default(),
            ready: socket.subscribe(),
            stage: Lock::new(Stage::Binding),
            socket,
        })
    }

    /// Goes as far towards listening as the host has come. `WouldBlock` until it is there.
    pub(super) fn finish_bind(&self) -> io::Result<()> {
        let mut stage = self.stage.lock();
        if *stage == Stage::Binding {
            self.socket.finish_bind().map_err(error::of_socket)?;
            self.socket.start_listen().map_err(error::of_socket)?;
            *stage = Stage::Starting;
        }
        if *stage == Stage::Starting {
            self.socket.finish_listen().map_err(error::of_socket)?;
            *stage = Stage::Listening;
        }
        Ok(())
    }

    /// Accepts a connection. The address of one whose peer has gone already is unspecified, since the host has forgotten it.
    ///
    /// # Errors
    ///
    /// `WouldBlock` if there is none, and what the host says.
    pub fn accept(&self) -> io::Result<(TcpStream, SocketAddr)> {
        let (socket, input, output) = self.socket.accept().map_err(error::of_socket)?;
        let stream = TcpStream::accepted(socket, input, output);
        let address = stream.peer_addr();
        Ok((stream, address.unwrap_or((Ipv4Addr::UNSPECIFIED, 0).into())))
    }

    /// The address of this side.
    ///
    /// # Errors
    ///
    /// What the host says.
    pub fn local_addr(&self) -> io::Result<SocketAddr> {
        self.socket.local_address().map(to_std).map_err(error::of_socket)
    }

    /// The time to live of packets.
    ///
    /// # Errors
    ///
    /// What the host says.
    pub fn ttl(&self) -> io::Result<u32> {
        self.socket.hop_limit().map(u32::from).map_err(error::of_socket)
    }

    /// Sets the time to live of packets.
    ///
    /// # Errors
    ///
    /// `InvalidInput` for 0 and what is more than 255, and what the host says.
    pub fn set_ttl(&self, ttl: u32) -> io::Result<()> {
        self.socket.set_hop_limit(hop_limit(ttl)?).map_err(error::of_socket)
    }

    /// The error that is pending on the socket: none, since the next accept reports it.
    ///
    /// # Errors
    ///
    /// None.
    pub fn take_error(&self) -> io::Result<Option<io::Error>> {
        Ok(None)
    }

    fn handles(&self) -> Handles {
        Handles {
            read: Some(Handle::of(&self.ready)),
            write: None,
        }
    }
}

source!(TcpListener);
