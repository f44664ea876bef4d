//! Sockets that the host opened, and the connections that they accept.

use std::io::{self, IoSlice, IoSliceMut, Read, Write};
use std::net::{Ipv4Addr, Shutdown, SocketAddr};
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, IntoRawFd, OwnedFd, RawFd};

use super::{host, preopened};
use crate::Ready;
use crate::common::source_of::source_of;
use crate::support::{self, Capability};

pub use crate::common::no_names::{Resolving, addresses, lookup};
pub use crate::common::no_udp::UdpSocket;

/// A socket that accepts connections.
#[derive(Debug)]
pub struct TcpListener(OwnedFd);

impl TcpListener {
    /// Listens on the address.
    ///
    /// # Errors
    ///
    /// Always `Unsupported`: the host opens listeners.
    pub fn bind(_addr: SocketAddr) -> io::Result<TcpListener> {
        Err(support::unsupported(Capability::TcpBind))
    }

    /// Accepts a connection. WASI 0.1 does not tell the peer's address; as std does, 0.0.0.0:0 stands in for it.
    ///
    /// # Errors
    ///
    /// `WouldBlock` if there is none, and what the host says.
    pub fn accept(&self) -> io::Result<(TcpStream, SocketAddr)> {
        let stream = host::accept(self.0.as_fd()).map(TcpStream)?;
        Ok((stream, SocketAddr::from((Ipv4Addr::UNSPECIFIED, 0))))
    }
}

/// A connection.
#[derive(Debug)]
pub struct TcpStream(OwnedFd);

impl TcpStream {
    /// Begins to connect.
    ///
    /// # Errors
    ///
    /// Always `Unsupported`: the host opens connections.
    pub fn connect(_addr: SocketAddr) -> io::Result<TcpStream> {
        Err(support::unsupported(Capability::TcpConnect))
    }

    /// The error that is pending on the socket.
    ///
    /// # Errors
    ///
    /// Always `Unsupported`: the next operation reports it.
    pub fn take_error(&self) -> io::Result<Option<io::Error>> {
        Err(no_options())
    }

    /// The address of the peer.
    ///
    /// # Errors
    ///
    /// Always `Unsupported`.
    pub fn peer_addr(&self) -> io::Result<SocketAddr> {
        Err(no_address())
    }

    /// Receives bytes and leaves them where they are.
    ///
    /// # Errors
    ///
    /// `WouldBlock` if there are none, and what the host says.
    pub fn peek(&self, buf: &mut [u8]) -> io::Result<usize> {
        host::recv(self.0.as_fd(), buf, wasi::RIFLAGS_RECV_PEEK)
    }

    /// Ends one or both directions.
    ///
    /// # Errors
    ///
    /// Errors of the host, such as that the peer is gone.
    pub fn shutdown(&self, how: Shutdown) -> io::Result<()> {
        host::shutdown(self.0.as_fd(), how)
    }

    /// Whether small writes are sent at once.
    ///
    /// # Errors
    ///
    /// Always `Unsupported`.
    pub fn nodelay(&self) -> io::Result<bool> {
        Err(no_options())
    }

    /// Sends small writes at once, or gathers them.
    ///
    /// # Errors
    ///
    /// Always `Unsupported`.
    pub fn set_nodelay(&self, _nodelay: bool) -> io::Result<()> {
        Err(no_options())
    }
}

impl Read for &TcpStream {
    #[inline]
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        host::recv(self.0.as_fd(), buf, 0)
    }

    fn read_vectored(&mut self, bufs: &mut [IoSliceMut<'_>]) -> io::Result<usize> {
        host::recv_vectored(self.0.as_fd(), bufs)
    }
}

impl Write for &TcpStream {
    #[inline]
    fn write(&mut self, buf: &[u8]) -> io::Result<usize> {
        host::send(self.0.as_fd(), buf)
    }

    fn write_vectored(&mut self, bufs: &[IoSlice<'_>]) -> io::Result<usize> {
        host::send_vectored(self.0.as_fd(), bufs)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Read for TcpStream {
    #[inline]
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        (&*self).read(buf)
    }

    fn read_vectored(&mut self, bufs: &mut [IoSliceMut<'_>]) -> io::Result<usize> {
        (&*self).read_vectored(bufs)
    }
}

impl Write for TcpStream {
    #[inline]
    fn write(&mut self, buf: &[u8]) -> io::Result<usize> {
        (&*self).write(buf)
    }

    fn write_vectored(&mut self, bufs: &[IoSlice<'_>]) -> io::Result<usize> {
        (&*self).write_vectored(bufs)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// What a listener and a connection have in common.
macro_rules! socket {
    ($($name:ident)*) => {$(
        impl $name {
            /// The address of this side.
            ///
            /// # Errors
            ///
            /// Always `Unsupported`.
            pub fn local_addr(&self) -> io::Result<SocketAddr> {
                Err(no_address())
            }

            /// The time to live of packets.
            ///
            /// # Errors
            ///
            /// Always `Unsupported`.
            pub fn ttl(&self) -> io::Result<u32> {
                Err(no_options())
            }

            /// Sets the time to live of packets.
            ///
            /// # Errors
            ///
            /// Always `Unsupported`.
            pub fn set_ttl(&self, _ttl: u32) -> io::Result<()> {
                Err(no_options())
            }
        }

        source_of!($name: |socket| socket.0.as_fd(), {
            /// Everything: a try that would block costs a call, a wait for nothing a turn.
            fn assumed(&self) -> Ready {
                Ready::READABLE | Ready::WRITABLE
            }
        });

        impl AsFd for $name {
            fn as_fd(&self) -> BorrowedFd<'_> {
                self.0.as_fd()
            }
        }

        impl AsRawFd for $name {
            fn as_raw_fd(&self) -> RawFd {
                self.0.as_raw_fd()
            }
        }

        impl IntoRawFd for $name {
            fn into_raw_fd(self) -> RawFd {
                self.0.into_raw_fd()
            }
        }

        impl From<OwnedFd> for $name {
            /// The socket should be non-blocking.
            fn from(fd: OwnedFd) -> $name {
                $name(fd)
            }
        }

        impl From<$name> for OwnedFd {
            fn from(socket: $name) -> OwnedFd {
                socket.0
            }
        }

        impl From<$name> for std::net::$name {
            fn from(socket: $name) -> std::net::$name {
                std::net::$name::from(socket.0)
            }
        }
    )*};
}

socket!(TcpListener TcpStream);

/// Takes the listener with this number among the sockets that the host opened, counted from 0.
///
/// WASI 0.1 does not tell listeners from connections: both are counted.
///
/// # Errors
///
/// `NotFound` if there is none with this number, `ResourceBusy` if it was taken before.
pub fn preopened_listener(number: usize) -> io::Result<TcpListener> {
    preopened(number).map(TcpListener)
}

/// Takes the connection with this number among the sockets that the host opened, counted from 0.
///
/// WASI 0.1 does not tell listeners from connections: both are counted.
///
/// # Errors
///
/// `NotFound` if there is none with this number, `ResourceBusy` if it was taken before.
pub fn preopened_stream(number: usize) -> io::Result<TcpStream> {
    preopened(number).map(TcpStream)
}

fn preopened(number: usize) -> io::Result<OwnedFd> {
    let socket = preopened::take(number)?;
    host::set_nonblocking(socket.as_fd())?;
    Ok(socket)
}

/// Takes a socket of std's over, and makes it non-blocking.
///
/// # Errors
///
/// What the host says when the mode is changed.
pub fn listener_from_std(listener: std::net::TcpListener) -> io::Result<TcpListener> {
    host::set_nonblocking(listener.as_fd())?;
    Ok(TcpListener(listener.into()))
}

/// Takes a socket of std's over, and makes it non-blocking.
///
/// # Errors
///
/// What the host says when the mode is changed.
pub fn stream_from_std(stream: std::net::TcpStream) -> io::Result<TcpStream> {
    host::set_nonblocking(stream.as_fd())?;
    Ok(TcpStream(stream.into()))
}

/// Takes a socket of std's over.
///
/// # Errors
///
/// Always `Unsupported`: WASI 0.1 has no call for datagrams.
pub fn udp_from_std(_socket: std::net::UdpSocket) -> io::Result<UdpSocket> {
    Err(support::unsupported(Capability::Udp))
}

/// Gives a socket to std. It stays non-blocking.
pub const LISTENER_INTO_STD: Option<fn(TcpListener) -> std::net::TcpListener> = Some(std::net::TcpListener::from);

/// Gives a socket to std. It stays non-blocking.
pub const STREAM_INTO_STD: Option<fn(TcpStream) -> std::net::TcpStream> = Some(std::net::TcpStream::from);

/// Gives a socket to std. It stays non-blocking.
pub const UDP_INTO_STD: Option<fn(UdpSocket) -> std::net::UdpSocket> = Some(std::net::UdpSocket::from);

/// Goes on with the bind of a listener: there is nothing left to do.
///
/// # Errors
///
/// None.
pub fn finish_listen(_listener: &TcpListener) -> io::Result<()> {
    Ok(())
}

/// Goes on with the bind of a datagram socket: there is nothing left to do.
///
/// # Errors
///
/// None.
pub fn finish_bind(_socket: &UdpSocket) -> io::Result<()> {
    Ok(())
}

/// Whether the error of a connect says that it is under way. Nothing connects here.
pub fn is_in_progress(_error: &io::Error) -> bool {
    false
}

/// Whether [`is_exhausted`] may say so, and somebody has to pause.
pub const MAY_RUN_OUT: bool = true;

/// Whether an accept failed for want of descriptors or memory, which pass when others give theirs back.
pub fn is_exhausted(error: &io::Error) -> bool {
    [
        wasi::ERRNO_MFILE,
        wasi::ERRNO_NFILE,
        wasi::ERRNO_NOBUFS,
        wasi::ERRNO_NOMEM,
    ]
    .iter()
    .any(|errno| error.raw_os_error() == Some(i32::from(errno.raw())))
}

fn no_address() -> io::Error {
    io::Error::new(
        io::ErrorKind::Unsupported,
        "WASI 0.1 does not tell the addresses of sockets: pass them to the program as arguments",
    )
}

fn no_options() -> io::Error {
    io::Error::new(
        io::ErrorKind::Unsupported,
        "WASI 0.1 has no socket options: have the host set them, or do without",
    )
}
