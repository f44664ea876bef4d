//! Descriptors of one kind, given to a constructor of another.

use std::fs::{self, File};
use std::io;
use std::os::fd::OwnedFd;

use socket2::{Domain, SockAddr, Socket, Type};
use triga::net::{TcpListener, TcpStream, UdpSocket};
use triga::os::unix::net::{UnixDatagram, UnixListener, UnixStream};
use triga::{Handle, PipeReader, PipeWriter};

use crate::harness::Outcome;
use crate::temporary::Temporary;

/// Checks that a descriptor was refused with a reason, in which these words are.
#[track_caller]
fn is_refused<T>(result: io::Result<T>, words: &str) {
    let Err(error) = result else {
        panic!("it was taken over, though it is {words}");
    };
    assert_eq!(error.kind(), io::ErrorKind::InvalidInput, "{error}");
    assert!(error.to_string().contains(words), "{error}");
}

fn socket(domain: Domain, kind: Type) -> io::Result<OwnedFd> {
    Socket::new(domain, kind, None).map(OwnedFd::from)
}

fn listening(domain: Domain, kind: Type, address: &SockAddr) -> io::Result<OwnedFd> {
    let socket = Socket::new(domain, kind, None)?;
    socket.bind(address)?;
    socket.listen(1)?;
    Ok(socket.into())
}

fn anywhere() -> SockAddr {
    std::net::SocketAddr::from(([127, 0, 0, 1], 0)).into()
}

pub(super) async fn what_is_no_end_of_a_pipe_is_refused_with_a_reason() -> Outcome {
    let handle = Handle::current()?;
    let registered = handle.metrics().registrations();
    let path = Temporary::new("file");
    fs::write(&path.0, b"text")?;
    let file = || File::options().read(true).write(true).open(&path.0).map(OwnedFd::from);
    is_refused(PipeReader::from_fd(&handle, file()?), "a file");
    is_refused(PipeWriter::from_fd(&handle, file()?), "a file");
    let folder = File::open(std::env::temp_dir())?;
    is_refused(PipeReader::from_fd(&handle, folder.into()), "a directory");
    let device = || {
        File::options()
            .read(true)
            .write(true)
            .open("/dev/null")
            .map(OwnedFd::from)
    };
    is_refused(PipeReader::from_fd(&handle, device()?), "a device");
    is_refused(PipeWriter::from_fd(&handle, device()?), "a device");
    let (near, far) = std::os::unix::net::UnixStream::pair()?;
    is_refused(PipeReader::from_fd(&handle, near.into()), "a socket");
    is_refused(PipeWriter::from_fd(&handle, far.into()), "a socket");
    // The wrong end, where a pipe has one: those of FreeBSD go both ways.
    let (reader, writer) = nix::unistd::pipe()?;
    if !cfg!(target_os = "freebsd") {
        is_refused(PipeReader::from_fd(&handle, writer), "the writing end");
        is_refused(PipeWriter::from_fd(&handle, reader), "the reading end");
    }
    assert_eq!(handle.metrics().registrations(), registered);
    let (reader, writer) = nix::unistd::pipe()?;
    PipeReader::from_fd(&handle, reader)?;
    PipeWriter::from_fd(&handle, writer)?;
    Ok(())
}

pub(super) async fn a_socket_of_another_kind_is_refused_with_a_reason() -> Outcome {
    let handle = Handle::current()?;
    let registered = handle.metrics().registrations();
    let datagrams = || socket(Domain::IPV4, Type::DGRAM);
    let stream = || socket(Domain::IPV4, Type::STREAM);
    let listener = || listening(Domain::IPV4, Type::STREAM, &anywhere());
    is_refused(TcpStream::from_std(&handle, datagrams()?.into()), "for datagrams");
    is_refused(TcpStream::from_std(&handle, listener()?.into()), "a listener");
    is_refused(TcpListener::from_std(&handle, stream()?.into()), "does not listen");
    is_refused(TcpListener::from_std(&handle, datagrams()?.into()), "for datagrams");
    is_refused(
        TcpListener::try_from(std::net::TcpListener::from(stream()?)),
        "does not listen",
    );
    is_refused(UdpSocket::from_std(&handle, stream()?.into()), "a stream");
    // Families are told apart, too.
    let local = || socket(Domain::UNIX, Type::STREAM);
    is_refused(TcpStream::from_std(&handle, local()?.into()), "family");
    is_refused(UnixStream::from_std(&handle, stream()?.into()), "family");
    is_refused(
        UdpSocket::from_std(&handle, socket(Domain::UNIX, Type::DGRAM)?.into()),
        "family",
    );
    is_refused(UnixDatagram::from_std(&handle, datagrams()?.into()), "family");
    is_refused(UnixListener::from_std(&handle, listener()?.into()), "family");
    assert_eq!(handle.metrics().registrations(), registered);
    // One that has not connected yet is a stream.
    TcpStream::from_std(&handle, stream()?.into())?;
    TcpListener::from_std(&handle, listener()?.into())?;
    UdpSocket::from_std(&handle, datagrams()?.into())?;
    Ok(())
}

pub(super) async fn a_local_socket_of_another_kind_is_refused_with_a_reason() -> Outcome {
    let handle = Handle::current()?;
    let registered = handle.metrics().registrations();
    let local = |kind| socket(Domain::UNIX, kind);
    let path = Temporary::new("socket");
    is_refused(
        UnixStream::from_std(&handle, local(Type::DGRAM)?.into()),
        "for datagrams",
    );
    is_refused(
        UnixListener::from_std(&handle, local(Type::STREAM)?.into()),
        "does not listen",
    );
    is_refused(UnixDatagram::from_std(&handle, local(Type::STREAM)?.into()), "a stream");
    let listener = listening(Domain::UNIX, Type::STREAM, &SockAddr::unix(&path.0)?)?;
    is_refused(
        UnixStream::from_std(&handle, listener.try_clone()?.into()),
        "a listener",
    );
    UnixListener::from_std(&handle, listener.into())?;
    // macOS has none of these.
    if let Ok(packets) = local(Type::SEQPACKET) {
        is_refused(UnixStream::from_std(&handle, packets.into()), "sequenced packets");
        let other = Temporary::new("packets");
        let listener = listening(Domain::UNIX, Type::SEQPACKET, &SockAddr::unix(&other.0)?)?;
        is_refused(UnixListener::from_std(&handle, listener.into()), "sequenced packets");
    }
    assert_eq!(handle.metrics().registrations(), registered);
    let (near, far) = std::os::unix::net::UnixStream::pair()?;
    UnixStream::from_std(&handle, near)?;
    UnixStream::from_std(&handle, far)?;
    Ok(())
}
