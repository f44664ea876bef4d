//! Reads and writes that move less than they could, and the transfers after them: no event tells of what was left.

use std::future::poll_fn;
use std::io::{IoSlice, IoSliceMut};
use std::pin::Pin;

use futures_util::{AsyncRead, AsyncWrite, AsyncWriteExt};
use triga::Capability;

use crate::harness::{Outcome, tests, tests_where};
use crate::pattern;
use crate::peer::peer;
use crate::rows::Need;

tests![
    slices_beyond_those_of_one_call_follow_in_tcp(Need::Peer),
    slices_beyond_those_of_one_call_follow_in_a_pipe(Need::Has(Capability::Pipes)),
];

/// Linux takes 1,024 slices in a call (`UIO_MAXIOV`), other systems take fewer.
const SLICES: usize = 3_000;

async fn write_slices(mut writer: impl AsyncWrite + Unpin) -> Outcome {
    let bytes = pattern::bytes(0, SLICES);
    let mut slices: Vec<IoSlice<'_>> = bytes.chunks(1).map(IoSlice::new).collect();
    let mut rest = &mut slices[..];
    while !rest.is_empty() {
        let written = poll_fn(|cx| Pin::new(&mut writer).poll_write_vectored(cx, rest)).await?;
        assert!(written > 0, "a write of something writes");
        IoSlice::advance_slices(&mut rest, written);
    }
    writer.flush().await?;
    Ok(())
}

async fn read_slices(mut reader: impl AsyncRead + Unpin) -> Outcome {
    let mut bytes = vec![0; SLICES];
    let mut slices: Vec<IoSliceMut<'_>> = bytes.chunks_mut(1).map(IoSliceMut::new).collect();
    let mut rest = &mut slices[..];
    while !rest.is_empty() {
        let read = poll_fn(|cx| Pin::new(&mut reader).poll_read_vectored(cx, rest)).await?;
        assert!(read > 0, "the stream goes on");
        IoSliceMut::advance_slices(&mut rest, read);
    }
    assert_eq!(bytes, pattern::bytes(0, SLICES));
    Ok(())
}

async fn slices_beyond_those_of_one_call_follow_in_tcp() -> Outcome {
    let (stream, _far) = peer("echo").await?;
    write_slices(&stream).await?;
    read_slices(&stream).await
}

async fn slices_beyond_those_of_one_call_follow_in_a_pipe() -> Outcome {
    let (reader, writer) = triga::pipe()?;
    write_slices(writer).await?;
    read_slices(reader).await
}

/// Where an event tells a change, and a read may end before the bytes do.
pub(crate) mod linux {
    use super::*;

    tests_where![#[cfg(all(any(target_os = "linux", target_os = "android"), not(triga_platform = "sim")))] Need::Linux;
        slices_beyond_those_of_one_call_follow_in_a_local_stream(),
        bytes_behind_urgent_data_follow(),
        bytes_behind_urgent_data_follow_in_a_stream_of_std(),
        bytes_behind_urgent_data_follow_where_another_thread_turns_the_driver(),
        bytes_behind_urgent_data_follow_in_a_local_stream(),
        bytes_behind_a_passed_descriptor_follow(),
        bytes_of_another_sender_follow_where_credentials_are_passed(),
        packets_of_a_pipe_follow_one_another(),
        packets_of_a_child_follow_one_another(),
        messages_of_a_seqpacket_socket_follow_one_another(),
        lines_of_a_terminal_follow_one_another(),
    ];

    #[cfg(all(any(target_os = "linux", target_os = "android"), not(triga_platform = "sim")))]
    use streams::*;

    #[cfg(all(any(target_os = "linux", target_os = "android"), not(triga_platform = "sim")))]
    mod streams {
        use std::fs::File;
        use std::io::{self, Write};
        use std::net;
        use std::os::fd::{AsFd, AsRawFd, OwnedFd};
        use std::os::unix::net::UnixStream as StdUnixStream;
        use std::process::{Command, Stdio};
        use std::sync::Arc;
        use std::sync::atomic::{AtomicBool, Ordering};
        use std::thread;

        use futures_util::AsyncReadExt;
        use nix::fcntl::OFlag;
        use nix::pty::openpty;
        use nix::sys::socket::{
            AddressFamily, ControlMessage, MsgFlags, SockFlag, SockType, sendmsg, setsockopt, socketpair, sockopt,
        };
        use nix::sys::termios::{self, SetArg};
        use nix::unistd::pipe2;
        use socket2::SockRef;
        use triga::net::{TcpListener, TcpStream};
        use triga::os::unix::AsyncFd;
        use triga::os::unix::net::UnixStream;
        use triga::{Driver, Handle, Interest, PipeReader};

        use super::*;

        /// Sends bytes around urgent data, which is no part of the stream.
        fn send_urgently(mut stream: &net::TcpStream) -> io::Result<()> {
            stream.write_all(b"before ")?;
            SockRef::from(stream).send_out_of_band(b"!")?;
            stream.write_all(b"behind")
        }

        const READ: &str = "before behind";

        /// Of all bytes, those that are sent before the reads and those that come meanwhile are read.
        async fn reads_around_urgent_data(stream: &TcpStream, far: net::TcpStream) -> Outcome {
            far.set_nodelay(true)?;
            for _ in 0..10 {
                send_urgently(&far)?;
                read_text(stream, READ).await?;
            }
            for _ in 0..10 {
                let sender = far.try_clone()?;
                let sender = thread::spawn(move || send_urgently(&sender));
                read_text(stream, READ).await?;
                sender.join().unwrap()?;
            }
            // The last bytes are there before the driver has told of the others.
            (&far).write_all(b"and then ")?;
            send_urgently(&far)?;
            read_text(stream, "and then before behind").await
        }

        pub(super) async fn bytes_behind_urgent_data_follow() -> Outcome {
            let listener = TcpListener::bind("127.0.0.1:0").await?;
            let far = net::TcpStream::connect(listener.local_addr()?)?;
            let (near, _) = listener.accept().await?;
            reads_around_urgent_data(&near, far).await?;

            let listener = net::TcpListener::bind("127.0.0.1:0")?;
            let near = TcpStream::connect(listener.local_addr()?).await?;
            let (far, _) = listener.accept()?;
            reads_around_urgent_data(&near, far).await
        }

        pub(super) async fn bytes_behind_urgent_data_follow_in_a_stream_of_std() -> Outcome {
            let listener = net::TcpListener::bind("127.0.0.1:0")?;
            let near = net::TcpStream::connect(listener.local_addr()?)?;
            let (far, _) = listener.accept()?;
            let near = TcpStream::from_std(&Handle::current()?, near)?;
            reads_around_urgent_data(&near, far).await
        }

        pub(super) async fn bytes_behind_urgent_data_follow_where_another_thread_turns_the_driver() -> Outcome {
            let mut driver = Driver::new()?;
            let handle = driver.handle().clone();
            let is_over = Arc::new(AtomicBool::new(false));
            let seen = is_over.clone();
            let turning = thread::spawn(move || {
                while !seen.load(Ordering::SeqCst) {
                    driver.turn(None)?;
                }
                io::Result::Ok(())
            });
            let entered = handle.enter();
            futures_executor::block_on(async {
                let listener = TcpListener::bind("127.0.0.1:0").await?;
                for _ in 0..50 {
                    let far = net::TcpStream::connect(listener.local_addr()?)?;
                    let (near, _) = listener.accept().await?;
                    reads_around_urgent_data(&near, far).await?;
                }
                Outcome::Ok(())
            })?;
            drop(entered);
            is_over.store(true, Ordering::SeqCst);
            handle.unpark()?;
            turning.join().unwrap()?;
            Ok(())
        }

        fn local() -> Outcome<(UnixStream, StdUnixStream)> {
            let (near, far) = StdUnixStream::pair()?;
            Ok((UnixStream::from_std(&Handle::current()?, near)?, far))
        }

        async fn read_text(mut reader: impl AsyncRead + Unpin, text: &str) -> Outcome {
            let mut read = Vec::new();
            let mut buffer = [0; 64];
            while read.len() < text.len() {
                let count = reader.read(&mut buffer).await?;
                assert!(count > 0, "the stream goes on");
                read.extend_from_slice(&buffer[..count]);
            }
            assert_eq!(String::from_utf8(read)?, text);
            Ok(())
        }

        pub(super) async fn bytes_behind_urgent_data_follow_in_a_local_stream() -> Outcome {
            let (near, mut far) = local()?;
            for _ in 0..10 {
                far.write_all(b"before ")?;
                // A kernel without urgent data in local sockets refuses it, and nothing ends a read there.
                let _ = SockRef::from(&far).send_out_of_band(b"!");
                far.write_all(b"behind")?;
                read_text(&near, READ).await?;
            }
            Ok(())
        }

        pub(super) async fn slices_beyond_those_of_one_call_follow_in_a_local_stream() -> Outcome {
            let (near, far) = StdUnixStream::pair()?;
            let handle = Handle::current()?;
            let (near, far) = (
                UnixStream::from_std(&handle, near)?,
                UnixStream::from_std(&handle, far)?,
            );
            write_slices(near).await?;
            read_slices(far).await
        }

        pub(super) async fn bytes_behind_a_passed_descriptor_follow() -> Outcome {
            let (near, mut far) = local()?;
            let passed = [far.as_raw_fd()];
            let rights = [ControlMessage::ScmRights(&passed)];
            sendmsg::<()>(
                far.as_raw_fd(),
                &[IoSlice::new(b"first ")],
                &rights,
                MsgFlags::empty(),
                None,
            )?;
            far.write_all(b"second")?;
            read_text(near, "first second").await
        }

        pub(super) async fn bytes_of_another_sender_follow_where_credentials_are_passed() -> Outcome {
            let (near, mut far) = local()?;
            setsockopt(&near, sockopt::PassCred, &true)?;
            far.write_all(b"parent ")?;
            let status = Command::new("printf")
                .arg("child")
                .stdout(OwnedFd::from(far.try_clone()?))
                .status()?;
            assert!(status.success());
            read_text(near, "parent child").await
        }

        pub(super) async fn packets_of_a_pipe_follow_one_another() -> Outcome {
            let (reader, writer) = pipe2(OFlag::O_DIRECT | OFlag::O_CLOEXEC)?;
            let mut writer = File::from(writer);
            for packet in ["one ", "two ", "three"] {
                writer.write_all(packet.as_bytes())?;
            }
            let reader = PipeReader::from_fd(&Handle::current()?, reader)?;
            read_text(reader, "one two three").await
        }

        pub(super) async fn packets_of_a_child_follow_one_another() -> Outcome {
            let mut dd = Command::new("dd");
            dd.args(["if=/dev/zero", "oflag=direct", "bs=131072", "count=1"]);
            let child = triga::process::spawn(dd.stdout(Stdio::piped()).stderr(Stdio::null()))?;
            let output = child.wait_with_output().await?;
            assert_eq!(output.stdout.len(), 131_072);
            Ok(())
        }

        pub(super) async fn messages_of_a_seqpacket_socket_follow_one_another() -> Outcome {
            let (near, far) = socketpair(AddressFamily::Unix, SockType::SeqPacket, None, SockFlag::SOCK_NONBLOCK)?;
            let mut far = File::from(far);
            for message in ["one ", "two ", "three"] {
                far.write_all(message.as_bytes())?;
            }
            read_text(AsyncFd::new(File::from(near))?, "one two three").await
        }

        pub(super) async fn lines_of_a_terminal_follow_one_another() -> Outcome {
            let pty = openpty(None, None)?;
            let mut settings = termios::tcgetattr(&pty.slave)?;
            settings.local_flags.remove(termios::LocalFlags::ECHO);
            termios::tcsetattr(&pty.slave, SetArg::TCSANOW, &settings)?;
            let mut master = File::from(pty.master);
            for line in ["one\n", "two\n", "three\n"] {
                master.write_all(line.as_bytes())?;
            }
            let slave = File::from(pty.slave);
            nonblocking(&slave)?;
            read_text(AsyncFd::with_interest(slave, Interest::READABLE)?, "one\ntwo\nthree\n").await
        }

        fn nonblocking(descriptor: impl AsFd) -> io::Result<()> {
            SockRef::from(&descriptor).set_nonblocking(true)
        }
    }
}
