//! TCP, the side that waits for connections.

use std::io;
use std::net::{Ipv4Addr, SocketAddr};

use wasip2::clocks::monotonic_clock::{self, now};
use wasip2::io::poll::Pollable;
use wasip2::sockets::instance_network::instance_network;
use wasip2::sockets::network::ErrorCode;
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

/// How long it does not ask a host that has no descriptors left, in nanoseconds: twice as long each time, 1.275 s in all.
const FIRST_PAUSE: u64 = 5_000_000;
const PAUSES: u32 = 8;

/// A socket that accepts connections.
#[derive(Debug)]
pub struct TcpListener {
    membership: Membership,
    state: Lock<State>,
    socket: TcpSocket,
}

#[derive(Debug)]
struct State {
    /// The socket's, or that of a pause.
    ready: Pollable,
    /// How many times in a row the host had no descriptors left. It is asked again when the pollable is ready.
    pauses: u32,
    stage: Stage,
}

/// A host may take its time for each step.
#[derive(Debug)]
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
    /// Errors of the host, such as that it does not allow sockets.
    pub fn bind(addr: SocketAddr) -> io::Result<TcpListener> {
        TcpListener::start(addr).map_err(error::of_socket)
    }

    fn start(addr: SocketAddr) -> Result<TcpListener, ErrorCode> {
        let socket = create_tcp_socket(family(addr))?;
        // A host with another idea of it need not be asked for more.
        let _ = socket.set_listen_backlog_size(BACKLOG);
        socket.start_bind(&instance_network(), to_wasi(addr))?;
        Ok(TcpListener {
            membership: Membership::default(),
            state: Lock::new(State {
                ready: socket.subscribe(),
                pauses: 0,
                stage: Stage::Binding,
            }),
            socket,
        })
    }

    /// Goes as far towards listening as the host has come. `WouldBlock` until it is there.
    pub(super) fn finish_bind(&self) -> io::Result<()> {
        self.advance().map_err(error::of_socket)
    }

    fn advance(&self) -> Result<(), ErrorCode> {
        let stage = &mut self.state.lock().stage;
        if let Stage::Binding = *stage {
            self.socket.finish_bind()?;
            self.socket.start_listen()?;
            *stage = Stage::Starting;
        }
        if let Stage::Starting = *stage {
            self.socket.finish_listen()?;
            *stage = Stage::Listening;
        }
        Ok(())
    }

    /// Accepts a connection. The address of one whose peer has gone already is unspecified, since the host has forgotten it.
    ///
    /// # Errors
    ///
    /// `WouldBlock` if there is none, and what the host says. If that wants for descriptors or memory, which others may give
    /// back, it is `WouldBlock` as well at first, and the listener is ready after a pause.
    pub fn accept(&self) -> io::Result<(TcpStream, SocketAddr)> {
        let accepted = self.socket.accept();
        match accepted {
            Ok((socket, input, output)) => {
                self.end_pause();
                let address = socket.remote_address();
                let address = address.map_or((Ipv4Addr::UNSPECIFIED, 0).into(), to_std);
                Ok((TcpStream::accepted(socket, input, output), address))
            }
            Err(code) => Err(error::of_socket(self.pause(code))),
        }
    }

    /// Has the listener ready again after a pause if the host wants for something, or gives up if there were enough of them.
    #[cold]
    fn pause(&self, code: ErrorCode) -> ErrorCode {
        let pauses = self.state.lock().pauses;
        if is_exhausted(code) && pauses < PAUSES {
            let over = now().saturating_add(FIRST_PAUSE << pauses);
            self.wait_for(monotonic_clock::subscribe_instant(over), pauses + 1);
            return ErrorCode::WouldBlock;
        }
        self.end_pause();
        code
    }

    fn end_pause(&self) {
        let pauses = self.state.lock().pauses;
        if pauses > 0 {
            self.wait_for(self.socket.subscribe(), 0);
        }
    }

    /// The list has the new pollable before the old one is dropped.
    #[cold]
    fn wait_for(&self, ready: Pollable, pauses: u32) {
        self.membership.replace(handles(&ready));
        let mut state = self.state.lock();
        state.ready = ready;
        state.pauses = pauses;
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

    fn handles(&self) -> Handles {
        handles(&self.state.lock().ready)
    }
}

fn handles(ready: &Pollable) -> Handles {
    Handles {
        read: Handle::of(ready),
        write: Handle::NONE,
    }
}

/// wasmtime 48 has no code for a want of descriptors, and gives no reason: an accept that fails without one is taken to be
/// that.
fn is_exhausted(code: ErrorCode) -> bool {
    matches!(
        code,
        ErrorCode::Unknown | ErrorCode::NewSocketLimit | ErrorCode::OutOfMemory
    )
}

source!(TcpListener);
