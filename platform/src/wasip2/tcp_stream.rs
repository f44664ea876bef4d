//! TCP, a connection.

use std::io::{self, IoSlice, IoSliceMut, Read, Write};
use std::mem::replace;
use std::net::{Shutdown, SocketAddr};

use wasip2::io::poll::Pollable;
use wasip2::io::streams::{InputStream, OutputStream};
use wasip2::sockets::instance_network::instance_network;
use wasip2::sockets::network::ErrorCode;
use wasip2::sockets::tcp::{ShutdownType, TcpSocket};
use wasip2::sockets::tcp_create_socket::create_tcp_socket;

use super::error;
use super::linger::Lingering;
use super::membership::Membership;
use super::net::{family, hop_limit, to_std, to_wasi};
use super::pollables::{Handle, Handles};
use super::reader::Reader;
use super::selector::source;
use super::writer::Writer;
use crate::Lock;
use crate::common::cell_lock::Guard;
use crate::support::{self, Capability};

/// A connection.
#[derive(Debug)]
pub struct TcpStream {
    membership: Membership,
    connection: Lingering,
}

/// A socket and how far it has come.
#[derive(Debug)]
pub(super) struct Connection {
    state: Lock<State>,
    socket: TcpSocket,
}

/// What tells that an operation is worth a try comes before what it is made of.
#[derive(Debug)]
struct State {
    readable: Pollable,
    writable: Pollable,
    stage: Stage,
}

#[derive(Debug)]
enum Stage {
    /// The host is asked how the connect has ended by [`TcpStream::finish_connect`], by a pointer: a program that never
    /// connects is spared its code.
    Connecting(fn(&TcpStream, &mut State)),
    Connected(Reader, Writer),
    /// The connect has ended with this error, which is reported once. From then on it is [`REPORTED`].
    Failed(ErrorCode),
}

/// The error of operations after the connect's was reported. No connect ends with it.
const REPORTED: ErrorCode = ErrorCode::InvalidState;

impl TcpStream {
    /// Begins to connect.
    ///
    /// # Errors
    ///
    /// Errors of the host, such as that it does not allow sockets.
    pub fn connect(addr: SocketAddr) -> io::Result<TcpStream> {
        let socket = create_tcp_socket(family(addr)).map_err(error::of_socket)?;
        socket
            .start_connect(&instance_network(), to_wasi(addr))
            .map_err(error::of_socket)?;
        let state = State::unconnected(&socket, Stage::Connecting(TcpStream::finish_connect));
        Ok(TcpStream::new(socket, state))
    }

    pub(super) fn accepted(socket: TcpSocket, input: InputStream, output: OutputStream) -> TcpStream {
        TcpStream::new(socket, State::connected(input, output))
    }

    fn new(socket: TcpSocket, state: State) -> TcpStream {
        TcpStream {
            membership: Membership::default(),
            connection: Lingering::new(Connection {
                state: Lock::new(state),
                socket,
            }),
        }
    }

    /// The address of the peer.
    ///
    /// # Errors
    ///
    /// `NotConnected` while the connect is under way, and what the host says.
    pub fn peer_addr(&self) -> io::Result<SocketAddr> {
        drop(self.state());
        self.connection
            .socket
            .remote_address()
            .map(to_std)
            .map_err(error::of_socket)
    }

    /// The address of this side.
    ///
    /// # Errors
    ///
    /// What the host says.
    pub fn local_addr(&self) -> io::Result<SocketAddr> {
        self.connection
            .socket
            .local_address()
            .map(to_std)
            .map_err(error::of_socket)
    }

    /// The error that has come of a connect, once.
    ///
    /// # Errors
    ///
    /// None.
    pub fn take_error(&self) -> io::Result<Option<io::Error>> {
        Ok(match &mut self.state().stage {
            Stage::Failed(code) if *code != REPORTED => Some(error::of_socket(replace(code, REPORTED))),
            _ => None,
        })
    }

    /// Receives bytes and leaves them where they are.
    ///
    /// # Errors
    ///
    /// `WouldBlock` if there are none, and what the host says.
    pub fn peek(&self, buf: &mut [u8]) -> io::Result<usize> {
        self.with_streams(|reader, _| reader.peek(buf))
    }

    /// Ends one or both directions. What was written before still arrives.
    ///
    /// # Errors
    ///
    /// `NotConnected` if there is no connection, and what else the host says.
    pub fn shutdown(&self, how: Shutdown) -> io::Result<()> {
        let how = match how {
            Shutdown::Read => ShutdownType::Receive,
            Shutdown::Write => ShutdownType::Send,
            Shutdown::Both => ShutdownType::Both,
        };
        self.connection.socket.shutdown(how).map_err(error::of_socket)
    }

    /// Whether small writes are sent at once.
    ///
    /// # Errors
    ///
    /// Always `Unsupported`.
    pub fn nodelay(&self) -> io::Result<bool> {
        Err(support::unsupported(Capability::NoDelay))
    }

    /// Sends small writes at once, or gathers them.
    ///
    /// # Errors
    ///
    /// Always `Unsupported`.
    pub fn set_nodelay(&self, _nodelay: bool) -> io::Result<()> {
        Err(support::unsupported(Capability::NoDelay))
    }

    /// The time to live of packets.
    ///
    /// # Errors
    ///
    /// What the host says.
    pub fn ttl(&self) -> io::Result<u32> {
        let hops = self.connection.socket.hop_limit();
        hops.map(u32::from).map_err(error::of_socket)
    }

    /// Sets the time to live of packets.
    ///
    /// # Errors
    ///
    /// `InvalidInput` for 0 and what is more than 255, and what the host says.
    pub fn set_ttl(&self, ttl: u32) -> io::Result<()> {
        let socket = &self.connection.socket;
        socket.set_hop_limit(hop_limit(ttl)?).map_err(error::of_socket)
    }

    /// The state, after a look whether a connect that is under way has ended. A call, since each operation begins with it.
    #[inline(never)]
    fn state(&self) -> Guard<'_, State> {
        let mut state = self.connection.state.lock();
        if let Stage::Connecting(finish) = state.stage {
            finish(self, &mut state);
        }
        state
    }

    fn finish_connect(&self, state: &mut State) {
        let socket = &self.connection.socket;
        let new = match socket.finish_connect() {
            Ok((input, output)) => State::connected(input, output),
            Err(ErrorCode::WouldBlock) => return,
            Err(code) => State::unconnected(socket, Stage::Failed(code)),
        };
        self.membership.replace(new.handles());
        *state = new;
    }

    fn with_streams<R>(&self, operation: impl FnOnce(&mut Reader, &mut Writer) -> io::Result<R>) -> io::Result<R> {
        match &mut self.state().stage {
            Stage::Connected(reader, writer) => operation(reader, writer),
            stage => Err(stage.error()),
        }
    }

    fn handles(&self) -> Handles {
        self.connection.state.lock().handles()
    }
}

source!(TcpStream);

impl Connection {
    /// Whether bytes are on their way to the system, so that dropping it would wait for them.
    pub(super) fn is_busy(&mut self) -> bool {
        match &self.state.get_mut().stage {
            Stage::Connected(_, writer) => writer.is_busy().unwrap_or(false),
            _ => false,
        }
    }

    /// What tells that it is worth asking again whether it [is busy](Self::is_busy).
    pub(super) fn writable(&mut self) -> Handle {
        Handle::of(&self.state.get_mut().writable)
    }
}

impl Stage {
    /// What an operation finds that needs a connection.
    #[cold]
    fn error(&mut self) -> io::Error {
        error::of_socket(match self {
            Stage::Failed(code) => replace(code, REPORTED),
            _ => ErrorCode::WouldBlock,
        })
    }
}

impl State {
    fn connected(input: InputStream, output: OutputStream) -> State {
        State {
            readable: input.subscribe(),
            writable: output.subscribe(),
            stage: Stage::Connected(Reader::new(input), Writer::new(output)),
        }
    }

    /// Without a connection both directions wait for the same.
    fn unconnected(socket: &TcpSocket, stage: Stage) -> State {
        State {
            readable: socket.subscribe(),
            writable: socket.subscribe(),
            stage,
        }
    }

    fn handles(&self) -> Handles {
        Handles {
            read: Handle::of(&self.readable),
            write: Handle::of(&self.writable),
        }
    }
}

impl Read for &TcpStream {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        self.with_streams(|reader, _| reader.read(buf))
    }

    fn read_vectored(&mut self, bufs: &mut [IoSliceMut<'_>]) -> io::Result<usize> {
        self.with_streams(|reader, _| reader.read_vectored(bufs))
    }
}

impl Write for &TcpStream {
    fn write(&mut self, buf: &[u8]) -> io::Result<usize> {
        self.with_streams(|_, writer| writer.write(buf))
    }

    fn write_vectored(&mut self, bufs: &[IoSlice<'_>]) -> io::Result<usize> {
        self.with_streams(|_, writer| writer.write_vectored(bufs))
    }

    fn flush(&mut self) -> io::Result<()> {
        self.with_streams(|_, writer| writer.flush())
    }
}

impl Read for TcpStream {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        (&*self).read(buf)
    }

    fn read_vectored(&mut self, bufs: &mut [IoSliceMut<'_>]) -> io::Result<usize> {
        (&*self).read_vectored(bufs)
    }
}

impl Write for TcpStream {
    fn write(&mut self, buf: &[u8]) -> io::Result<usize> {
        (&*self).write(buf)
    }

    fn write_vectored(&mut self, bufs: &[IoSlice<'_>]) -> io::Result<usize> {
        (&*self).write_vectored(bufs)
    }

    fn flush(&mut self) -> io::Result<()> {
        (&*self).flush()
    }
}
