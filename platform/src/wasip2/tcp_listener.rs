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
    ready: Pollable,
    stage: Lock<Stage>,
    socket: TcpSocket,
}

/// A host may take its time for each step.
#[derive(Debug)]
enum Stage {
    Binding,
    Starting,
    Listening,
    /// The host had no descriptors left, so many times in a row. It is asked again when the pollable is ready.
    Pausing(u32, Pollable),
}

impl TcpListener {
    /// Begins to listen on the address: [`finish_listen`](super::net::finish_listen) says when it does.
    ///
    /// # Errors
    ///
    /// What the host says, for one that it does not allow sockets.
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
            ready: socket.subscribe(),
            stage: Lock::new(Stage::Binding),
            socket,
        })
    }

    /// Goes as far towards listening as the host has come. `WouldBlock` until it is there.
    pub(super) fn finish_bind(&self) -> io::Result<()> {
        self.advance().map_err(error::of_socket)
    }

    fn advance(&self) -> Result<(), ErrorCode> {
        let mut stage = self.stage.lock();
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
    /// `WouldBlock` if there is none, and what the host says. If that wants for descriptors or memory, which others may give back, it
    /// is `WouldBlock` as well at first, and the listener is ready after a pause.
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
        let mut stage = self.stage.lock();
        let pauses = match *stage {
            Stage::Pausing(pauses, _) => pauses,
            _ => 0,
        };
        if is_exhausted(code) && pauses < PAUSES {
            let over = now().saturating_add(FIRST_PAUSE << pauses);
            let over = monotonic_clock::subscribe_instant(over);
            self.enter(&mut stage, Stage::Pausing(pauses + 1, over));
            return ErrorCode::WouldBlock;
        }
        if pauses > 0 {
            self.enter(&mut stage, Stage::Listening);
        }
        code
    }

    fn end_pause(&self) {
        let mut stage = self.stage.lock();
        if let Stage::Pausing(..) = *stage {
            self.enter(&mut stage, Stage::Listening);
        }
    }

    /// The list has the new stage's pollable before the old one's is dropped.
    #[cold]
    fn enter(&self, stage: &mut Stage, new: Stage) {
        self.membership.replace(self.handles_in(&new));
        *stage = new;
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
        self.handles_in(&self.stage.lock())
    }

    fn handles_in(&self, stage: &Stage) -> Handles {
        let ready = match stage {
            Stage::Pausing(_, over) => over,
            _ => &self.ready,
        };
        Handles {
            read: Handle::of(ready),
            write: Handle::NONE,
        }
    }
}

/// wasmtime 48 has no code for a want of descriptors, and gives no reason: an accept that fails without one is taken to be that.
fn is_exhausted(code: ErrorCode) -> bool {
    matches!(
        code,
        ErrorCode::Unknown | ErrorCode::NewSocketLimit | ErrorCode::OutOfMemory
    )
}

source!(TcpListener);
