//! Sockets in the file system (`AF_UNIX`), which Windows has since 2018.
//!
//! std has no type for them. Once such a socket is connected or listens, its bytes go the way of every other socket's, so the
//! types of TCP stand in for it, and only what knows addresses is asked of the system here.

use std::io::{self, Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::os::windows::io::{AsRawSocket, FromRawSocket, OwnedSocket};
use std::path::Path;
use std::ptr;
use std::sync::OnceLock;

use windows_sys::Win32::Networking::WinSock::{
    AF_UNIX, INVALID_SOCKET, SOCK_STREAM, SOCKADDR_UN, SOCKET, WSA_FLAG_NO_HANDLE_INHERIT, WSA_FLAG_OVERLAPPED,
    WSAEWOULDBLOCK, WSASocketW, WSAStartup, accept, bind, connect, listen,
};

use super::socket::Socket;
use crate::common::source_of::source_of;

/// A connection.
#[derive(Debug)]
pub struct UnixStream(Socket<TcpStream>);

/// What is connected to.
#[derive(Debug)]
pub struct UnixListener(Socket<TcpListener>);

impl UnixStream {
    /// Connects. The connection is there, or has failed, when the stream is writable: [`take_error`](Self::take_error) tells.
    ///
    /// # Errors
    ///
    /// `InvalidInput` for a path that is too long, `ConnectionRefused` if no listener is there, and errors of the system.
    pub fn connect(path: &Path) -> io::Result<UnixStream> {
        let (address, length) = address(path)?;
        let stream = TcpStream::from(new_socket()?);
        stream.set_nonblocking(true)?;
        // SAFETY: the socket is open, and the address is as long as it says.
        if unsafe { connect(raw(&stream), (&raw const address).cast(), length) } != 0 {
            let error = io::Error::last_os_error();
            if error.raw_os_error() != Some(WSAEWOULDBLOCK) {
                return Err(error);
            }
        }
        Ok(UnixStream(Socket::new(stream)))
    }

    /// What has become of the socket since the last time, if that is an error.
    ///
    /// # Errors
    ///
    /// Errors of the system.
    pub fn take_error(&self) -> io::Result<Option<io::Error>> {
        self.0.get_ref().take_error()
    }

    /// Ends one direction or both.
    ///
    /// # Errors
    ///
    /// Errors of the system.
    pub fn shutdown(&self, how: Shutdown) -> io::Result<()> {
        self.0.get_ref().shutdown(how)
    }
}

impl UnixListener {
    /// Listens. The path is that of a new file, which stays when the listener is closed.
    ///
    /// # Errors
    ///
    /// `InvalidInput` for a path that is too long, `AddrInUse` for one that is there already, and errors of the system.
    pub fn bind(path: &Path) -> io::Result<UnixListener> {
        /// As std has it for TCP.
        const BACKLOG: i32 = 128;
        let (address, length) = address(path)?;
        let listener = TcpListener::from(new_socket()?);
        listener.set_nonblocking(true)?;
        // SAFETY: the socket is open, and the address is as long as it says.
        succeeded(unsafe { bind(raw(&listener), (&raw const address).cast(), length) })?;
        // SAFETY: the socket is open.
        succeeded(unsafe { listen(raw(&listener), BACKLOG) })?;
        Ok(UnixListener(Socket::new(listener)))
    }

    /// A connection, if there is one.
    ///
    /// # Errors
    ///
    /// `WouldBlock` if there is none, and errors of the system.
    pub fn accept(&self) -> io::Result<UnixStream> {
        self.0.try_io(|listener| {
            // SAFETY: the socket is open, and the pointers for the address may be null.
            let socket = unsafe { accept(raw(listener), ptr::null_mut(), ptr::null_mut()) };
            let stream = TcpStream::from(owned(socket)?);
            stream.set_nonblocking(true)?;
            Ok(UnixStream(Socket::new(stream)))
        })
    }
}

impl Read for &UnixStream {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        self.0.try_io(|mut stream| stream.read(buf))
    }

    fn read_vectored(&mut self, bufs: &mut [io::IoSliceMut<'_>]) -> io::Result<usize> {
        self.0.try_io(|mut stream| stream.read_vectored(bufs))
    }
}

impl Write for &UnixStream {
    fn write(&mut self, buf: &[u8]) -> io::Result<usize> {
        self.0.try_io(|mut stream| stream.write(buf))
    }

    fn write_vectored(&mut self, bufs: &[io::IoSlice<'_>]) -> io::Result<usize> {
        self.0.try_io(|mut stream| stream.write_vectored(bufs))
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

source_of!(UnixStream: |stream| stream.0);
source_of!(UnixListener: |listener| listener.0);

fn new_socket() -> io::Result<OwnedSocket> {
    start_up()?;
    let flags = WSA_FLAG_OVERLAPPED | WSA_FLAG_NO_HANDLE_INHERIT;
    // SAFETY: null stands for the usual protocol.
    owned(unsafe { WSASocketW(AF_UNIX.into(), SOCK_STREAM, 0, ptr::null(), 0, flags) })
}

/// Starts the system's library of sockets, as std does before its own first one.
fn start_up() -> io::Result<()> {
    const VERSION: u16 = 0x0202;
    static STARTED: OnceLock<i32> = OnceLock::new();
    let result = STARTED.get_or_init(|| {
        let mut data = Default::default();
        // SAFETY: the data outlives the call.
        unsafe { WSAStartup(VERSION, &raw mut data) }
    });
    match *result {
        0 => Ok(()),
        error => Err(io::Error::from_raw_os_error(error)),
    }
}

fn owned(socket: SOCKET) -> io::Result<OwnedSocket> {
    if socket == INVALID_SOCKET {
        return Err(io::Error::last_os_error());
    }
    // SAFETY: the callers have it from the system, which has just made it.
    Ok(unsafe { OwnedSocket::from_raw_socket(socket as u64) })
}

fn raw(socket: &impl AsRawSocket) -> SOCKET {
    socket.as_raw_socket() as SOCKET
}

fn succeeded(result: i32) -> io::Result<()> {
    if result == 0 {
        Ok(())
    } else {
        Err(io::Error::last_os_error())
    }
}

/// A path as an address, in UTF-8 and with a zero at its end.
fn address(path: &Path) -> io::Result<(SOCKADDR_UN, i32)> {
    let invalid = |why| Err(io::Error::new(io::ErrorKind::InvalidInput, why));
    let mut address = SOCKADDR_UN {
        sun_family: AF_UNIX,
        ..Default::default()
    };
    let Some(bytes) = path.to_str().map(str::as_bytes) else {
        return invalid("the path of a socket is not UTF-8: choose one that is");
    };
    if bytes.is_empty() || bytes.contains(&0) {
        return invalid("the path of a socket is empty or has a zero in it: choose another");
    }
    if bytes.len() >= address.sun_path.len() {
        return invalid("the path of a socket is longer than 107 bytes: choose a shorter one");
    }
    for (place, byte) in address.sun_path.iter_mut().zip(bytes) {
        *place = *byte as i8;
    }
    Ok((address, size_of::<SOCKADDR_UN>() as i32))
}
