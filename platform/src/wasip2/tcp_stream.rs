//! TCP, a connection.

use std::io::{self, ErrorKind, IoSlice, IoSliceMut, Read, Write};
use std::net::{Shutdown, SocketAddr};

use wasip2::io::poll::Pollable;
use wasip2::io::streams::{InputStream, OutputStream};
use wasip2::sockets::instance_network::instance_network;
use wasip2::sockets::network::ErrorCode;
use wasip2::sockets::tcp::{ShutdownType, TcpSocket};
use wasip2::sockets::tcp_create_socket::create_tcp_socket;

use super::membership::Membership;
use super::net::{family, hop_limit, to_std, to_wasi};
use super::pollables::{Handle, Handles};
use super::reader::Reader;
use super::selector::source;
use super::writer::Writer;
use super::{error, linger};
use crate::Lock;
use crate::common::cell_lock::Guard;
use crate::support::{self, Capability};

/// A connection.
#[derive(Debug)]
pub struct TcpStream {
    membership: Membership,
    /// There until the end, when it may have to linger.
    connection: Option<Connection>,
}

/// A socket and how far it has come.
#[derive(Debug)]
pub(super) struct Connection {
    state: Lock<State>,
    socket: TcpSocket,
}

#[derive(Debug)]
enum State {
    /// The host tells when it is worth asking how the connect has ended.
    Connecting {
        attempt: Pollable,
        /// [`TcpStream::finish_connect`], by a pointer: a program that never connects is spared its code.
        finish: fn(&TcpStream, &mut State),
    },
    Connected(Streams),
    /// The connect has ended with this error, which is reported once. What waits is ready.
    Failed {
        attempt: Pollable,
        error: Option<ErrorCode>,
    },
}

/// Both directions, with what tells that they are ready.
#[derive(Debug)]
struct Streams {
    readable: Pollable,
    writable: Pollable,
    reader: Reader,
    writer: Writer,
}

impl TcpStream {
    /// Begins to connect.
    ///
    /// # Errors
    ///
    /// What the host says, for one that it does not allow sockets.
    pub fn connect(addr: SocketAddr) -> io::Result<TcpStream> {
        let socket = create_tcp_socket(family(addr)).map_err(error::of_socket)?;
        socket
            .start_connect(&instance_network(), to_wasi(addr))
            .map_err(error::of_socket)?;
        let attempt = socket.subscribe();
        Ok(TcpStream::new(
            socket,
            State::Connecting {
                attempt,
                finish: TcpStream::finish_connect,
            },
        ))
    }

    pub(super) fn accepted(socket: TcpSocket, input: InputStream, output: OutputStream) -> TcpStream {
        TcpStream::new(socket, State::Connected(Streams::new(input, output)))
    }

    fn new(socket: TcpSocket, state: State) -> TcpStream {
        TcpStream {
            membership: Membership::default(),
            connection: Some(Connection {
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
        self.connection()
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
        self.connection()
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
        Ok(match &mut *self.state() {
            State::Failed { error, .. } => error.take().map(error::of_socket),
            _ => None,
        })
    }

    /// Receives bytes and leaves them where they are.
    ///
    /// # Errors
    ///
    /// `WouldBlock` if there are none, and what the host says.
    pub fn peek(&self, buf: &mut [u8]) -> io::Result<usize> {
        self.with_streams(|streams| streams.reader.peek(buf))
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
        self.connection().socket.shutdown(how).map_err(error::of_socket)
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
        let hops = self.connection().socket.hop_limit();
        hops.map(u32::from).map_err(error::of_socket)
    }

    /// Sets the time to live of packets.
    ///
    /// # Errors
    ///
    /// `InvalidInput` for 0 and what is more than 255, and what the host says.
    pub fn set_ttl(&self, ttl: u32) -> io::Result<()> {
        let socket = &self.connection().socket;
        socket.set_hop_limit(hop_limit(ttl)?).map_err(error::of_socket)
    }

    fn connection(&self) -> &Connection {
        self.connection
            .as_ref()
            .expect("the connection is there until the stream is dropped")
    }

    /// The state, after a look whether a connect that is under way has ended.
    fn state(&self) -> Guard<'_, State> {
        let mut state = self.connection().state();
        if let State::Connecting { finish, .. } = *state {
            finish(self, &mut state);
        }
        state
    }

    fn finish_connect(&self, state: &mut State) {
        let new = match self.connection().socket.finish_connect() {
            Ok((input, output)) => State::Connected(Streams::new(input, output)),
            Err(ErrorCode::WouldBlock) => return,
            Err(code) => State::Failed {
                attempt: self.connection().socket.subscribe(),
                error: Some(code),
            },
        };
        self.membership.replace(new.handles());
        *state = new;
    }

    fn with_streams<R>(&self, operation: impl FnOnce(&mut Streams) -> io::Result<R>) -> io::Result<R> {
        match &mut *self.state() {
            State::Connected(streams) => operation(streams),
            State::Connecting { .. } => Err(ErrorKind::WouldBlock.into()),
            State::Failed { error, .. } => Err(error
                .take()
                .map_or_else(|| ErrorKind::NotConnected.into(), error::of_socket)),
        }
    }

    fn handles(&self) -> Handles {
        self.connection().state().handles()
    }
}

source!(TcpStream);

impl Drop for TcpStream {
    fn drop(&mut self) {
        // Its pollables are not what tasks wait for any more.
        drop(std::mem::take(&mut self.membership));
        if let Some(connection) = self.connection.take().filter(Connection::is_busy) {
            linger::keep(connection);
        }
    }
}

impl Connection {
    /// Whether bytes are on their way to the system, so that dropping it would wait for them.
    pub(super) fn is_busy(&self) -> bool {
        match &*self.state() {
            State::Connected(streams) => streams.writer.is_busy().unwrap_or(false),
            State::Connecting { .. } | State::Failed { .. } => false,
        }
    }

    /// What tells that it is worth asking again whether it [is busy](Self::is_busy).
    pub(super) fn writable(&mut self) -> Option<&Pollable> {
        match self.state.get_mut() {
            State::Connected(streams) => Some(&streams.writable),
            State::Connecting { .. } | State::Failed { .. } => None,
        }
    }

    fn state(&self) -> Guard<'_, State> {
        self.state.lock()
    }
}

impl State {
    fn handles(&self) -> Handles {
        let (read, write) = match self {
            State::Connecting { attempt, .. } | State::Failed { attempt, .. } => (attempt, attempt),
            State::Connected(streams) => (&streams.readable, &streams.writable),
        };
        Handles {
            read: Some(Handle::of(read)),
            write: Some(Handle::of(write)),
        }
    }
}

impl Streams {
    fn new(input: InputStream, output: OutputStream) -> Streams {
        Streams {
            readable: input.subscribe(),
            writable: output.subscribe(),
            reader: Reader::new(input),
            writer: Writer::new(output),
        }
    }
}

impl Read for &TcpStream {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        self.with_streams(|streams| streams.reader.read(buf))
    }

    fn read_vectored(&mut self, bufs: &mut [IoSliceMut<'_>]) -> io::Result<usize> {
        self.with_streams(|streams| streams.reader.read_vectored(bufs))
    }
}

impl Write for &TcpStream {
    fn write(&mut self, buf: &[u8]) -> io::Result<usize> {
        self.with_streams(|streams| streams.writer.write(buf))
    }

    fn write_vectored(&mut self, bufs: &[IoSlice<'_>]) -> io::Result<usize> {
        self.with_streams(|streams| streams.writer.write_vectored(bufs))
    }

    fn flush(&mut self) -> io::Result<()> {
        self.with_streams(|streams| streams.writer.flush())
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
