//! TCP.

use std::future::poll_fn;
use std::io::{self, IoSlice, IoSliceMut};
use std::net::Shutdown;
use std::pin::pin;
use std::task::Poll;
use std::time::Duration;

use futures_util::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, future};
use triga::net::TcpStream;
use triga::time::timeout;
use triga::{Capability, Handle};

use crate::harness::{Outcome, block_on, plain_world, programs, tests};
use crate::numbers::many;
use crate::pattern::{self, Checked};
use crate::peer::{crowd, peer};
use crate::rows::Need;
use crate::wakes::{Wakes, settle};

tests![
    bytes_come_back_from_a_peer_that_echoes(Need::Peer),
    megabytes_go_both_ways_at_once(Need::Peer),
    reads_shorter_than_their_buffer_do_not_stall(Need::Peer),
    a_thousand_connections_are_served(Need::Peer),
    a_peer_that_ends_first_may_still_receive(Need::Peer),
    who_ends_first_may_still_receive(Need::Peer),
    a_closed_writer_has_ended_its_direction(Need::Peer),
    a_peer_that_resets_is_an_error_of_its_connection_alone(Need::Peer),
    a_waiting_read_learns_of_a_reset(Need::Peer),
    a_waiting_write_learns_of_a_reset(Need::Peer),
    a_read_with_a_timeout_loses_nothing(Need::Peer),
    a_wait_that_is_dropped_loses_nothing(Need::Peer),
    a_peek_takes_nothing(Need::Peer),
    more_buffers_than_a_system_takes_go_in_several_calls(Need::Peer),
    who_waits_for_readiness_may_try(Need::Peer),
    borrowed_halves_work_side_by_side(Need::Peer),
    owned_halves_work_in_tasks_of_their_own(Need::Peer),
    a_dropped_write_half_ends_its_direction(Need::Peer),
    a_forgotten_write_half_leaves_its_direction_open(Need::Peer),
    halves_are_reunited_with_their_own_alone(Need::Peer),
    a_stream_that_cannot_go_to_std_is_given_back(Need::Lacks(Capability::StdSockets), Need::Peer),
    a_stream_goes_to_std_and_comes_back(Need::Has(Capability::StdSockets), Need::Peer),
];

programs![several_buffers_go_in_one_call(Need::Peer)];

/// Receives so many bytes that should go on where `checked` is.
pub(crate) async fn receive(mut stream: impl AsyncRead + Unpin, count: u64, checked: &mut Checked) -> Outcome {
    let mut buffer = vec![0; 64 * 1024];
    let end = checked.count() + count;
    while checked.count() < end {
        let room = (end - checked.count()).min(buffer.len() as u64) as usize;
        let read = stream.read(&mut buffer[..room]).await?;
        assert_ne!(read, 0, "the stream ended after {} of {end} bytes", checked.count());
        checked.check(&buffer[..read])?;
    }
    Ok(())
}

pub(crate) async fn send(mut stream: impl AsyncWrite + Unpin, from: u64, count: u64) -> Outcome {
    let mut sent = 0;
    while sent < count {
        let bytes = pattern::bytes(from + sent, (count - sent).min(100_000) as usize);
        stream.write_all(&bytes).await?;
        sent += bytes.len() as u64;
    }
    Ok(())
}

async fn is_at_its_end(mut stream: impl AsyncRead + Unpin) -> Outcome {
    assert_eq!(stream.read(&mut [0]).await?, 0, "there are bytes behind the last ones");
    Ok(())
}

/// Sends back what comes, up to the end.
pub(crate) async fn echo(mut stream: TcpStream) -> io::Result<()> {
    let mut buffer = [0; 4096];
    loop {
        let count = stream.read(&mut buffer).await?;
        if count == 0 {
            return Ok(());
        }
        stream.write_all(&buffer[..count]).await?;
    }
}

async fn bytes_come_back_from_a_peer_that_echoes() -> Outcome {
    const ROUNDS: u64 = many(1_000) as u64;
    let (stream, far) = peer("echo").await?;
    let mut checked = Checked::default();
    for round in 0..ROUNDS {
        send(&stream, round * 64, 64).await?;
        receive(&stream, 64, &mut checked).await?;
    }
    stream.shutdown(Shutdown::Write)?;
    is_at_its_end(&stream).await?;
    assert_eq!(far.report().await?, format!("received {}", 64 * ROUNDS));
    Ok(())
}

async fn megabytes_go_both_ways_at_once() -> Outcome {
    const BYTES: u64 = many(8 << 20) as u64;
    let (stream, far) = peer("echo").await?;
    let sending = async {
        send(&stream, 0, BYTES).await?;
        Ok(stream.shutdown(Shutdown::Write)?)
    };
    let receiving = async {
        receive(&stream, BYTES, &mut Checked::default()).await?;
        is_at_its_end(&stream).await
    };
    future::try_join(sending, receiving).await?;
    assert_eq!(far.report().await?, format!("received {BYTES}"));
    Ok(())
}

async fn reads_shorter_than_their_buffer_do_not_stall() -> Outcome {
    let (mut stream, _far) = peer("echo").await?;
    let (mut sent, mut checked) = (0, Checked::default());
    // What arrives fills the buffer, or falls short of it, or exceeds it, by little and by much.
    for size in [1, 7, 64, 4096] {
        let mut buffer = vec![0; size];
        for count in (1..=2 * size.min(many(100)) + 1).chain([size - 1, size, size + 1, 2 * size, 3 * size]) {
            send(&stream, sent, count as u64).await?;
            sent += count as u64;
            while checked.count() < sent {
                let read = stream.read(&mut buffer).await?;
                checked.check(&buffer[..read])?;
            }
        }
    }
    Ok(())
}

async fn a_thousand_connections_are_served() -> Outcome {
    const CONNECTIONS: usize = many(1_000);
    let rounds = ["send 64, receive 64"; 3].join(", ");
    let (streams, far) = crowd(CONNECTIONS, &format!("{rounds}, end, receive all")).await?;
    let tasks = streams
        .into_iter()
        .map(|stream| triga::spawn(echo(stream)))
        .collect::<io::Result<Vec<_>>>()?;
    for task in tasks {
        task.await??;
    }
    assert_eq!(far.report().await?, format!("received {}", 3 * 64 * CONNECTIONS));
    Ok(())
}

async fn a_peer_that_ends_first_may_still_receive() -> Outcome {
    let (stream, far) = peer("send 1000, end, receive all").await?;
    receive(&stream, 1000, &mut Checked::default()).await?;
    is_at_its_end(&stream).await?;
    is_at_its_end(&stream).await?;
    send(&stream, 0, 100_000).await?;
    stream.shutdown(Shutdown::Write)?;
    assert_eq!(far.report().await?, "received 100000");
    Ok(())
}

async fn who_ends_first_may_still_receive() -> Outcome {
    let (stream, far) = peer("receive all, send 100000").await?;
    send(&stream, 0, 1000).await?;
    stream.shutdown(Shutdown::Write)?;
    let error = (&stream).write(b"more").await.unwrap_err();
    assert!(is_ended(&error), "{error}");
    receive(&stream, 100_000, &mut Checked::default()).await?;
    is_at_its_end(&stream).await?;
    assert_eq!(far.report().await?, "received 1000");
    Ok(())
}

async fn a_closed_writer_has_ended_its_direction() -> Outcome {
    let (mut stream, far) = peer("receive all, send 10").await?;
    send(&stream, 0, 10).await?;
    stream.flush().await?;
    stream.close().await?;
    stream.close().await?;
    receive(&stream, 10, &mut Checked::default()).await?;
    is_at_its_end(&stream).await?;
    stream.close().await?;
    assert_eq!(far.report().await?, "received 10");
    Ok(())
}

/// Whether the error of a write says that its direction was ended. std has no kind for what Windows says.
fn is_ended(error: &io::Error) -> bool {
    const WSAESHUTDOWN: i32 = 10058;
    error.kind() == io::ErrorKind::BrokenPipe || cfg!(windows) && error.raw_os_error() == Some(WSAESHUTDOWN)
}

fn is_reset(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::ConnectionReset | io::ErrorKind::ConnectionAborted
    )
}

async fn a_peer_that_resets_is_an_error_of_its_connection_alone() -> Outcome {
    let (other, _far) = peer("echo").await?;
    let (mut stream, far) = peer("receive 1, reset").await?;
    send(&stream, 0, 1).await?;
    assert_eq!(far.report().await?, "received 1");
    let error = stream.read(&mut [0]).await.unwrap_err();
    assert!(is_reset(&error), "{error}");
    // The error is told once; then the stream is at its end, and takes no more.
    let again = timeout(Duration::from_secs(3600), stream.read(&mut [0])).await?;
    assert!(again.is_err() || again? == 0);
    let error = stream.write(b"more").await.unwrap_err();
    assert!(is_reset(&error) || error.kind() == io::ErrorKind::BrokenPipe, "{error}");
    send(&other, 0, 10).await?;
    receive(&other, 10, &mut Checked::default()).await
}

async fn a_waiting_read_learns_of_a_reset() -> Outcome {
    let (stream, _far) = peer("receive 1, reset").await?;
    let mut reader = &stream;
    let mut buffer = [0];
    let mut reading = reader.read(&mut buffer);
    let (_, waker) = Wakes::new();
    assert!(settle(&mut reading, &waker).is_pending());
    send(&stream, 0, 1).await?;
    let error = reading.await.unwrap_err();
    assert!(is_reset(&error), "{error}");
    Ok(())
}

async fn a_waiting_write_learns_of_a_reset() -> Outcome {
    // The far end takes no more than a byte, and goes when it has got rid of its own.
    let (stream, _far) = peer("receive 1, send 50000000, reset").await?;
    let mut sending = pin!(send(&stream, 0, u64::MAX));
    let (_, waker) = Wakes::new();
    let mut writer = &stream;
    let bytes = pattern::bytes(0, 100_000);
    while let Poll::Ready(sent) = settle(&mut writer.write(&bytes), &waker) {
        sent?;
    }
    assert!(settle(&mut sending, &waker).is_pending());
    let mut reader = &stream;
    let mut buffer = [0; 64 * 1024];
    // A reset may take bytes along that were sent before it.
    let reading = async { while reader.read(&mut buffer).await.is_ok_and(|count| count > 0) {} };
    let (sent, ()) = future::join(sending, reading).await;
    assert!(sent.is_err());
    Ok(())
}

async fn a_read_with_a_timeout_loses_nothing() -> Outcome {
    let (mut stream, _far) = peer("receive 1, send 100, receive all").await?;
    let mut buffer = [0; 100];
    for millis in [1, 2, 3] {
        let late = timeout(Duration::from_millis(millis), stream.read(&mut buffer)).await;
        assert_eq!(late.unwrap_err().kind(), io::ErrorKind::TimedOut);
    }
    send(&stream, 0, 1).await?;
    let mut checked = Checked::default();
    timeout(Duration::from_secs(3600), receive(&stream, 100, &mut checked)).await??;
    let late = timeout(Duration::from_millis(1), stream.read(&mut buffer)).await;
    assert_eq!(late.unwrap_err().kind(), io::ErrorKind::TimedOut);
    Ok(())
}

async fn a_wait_that_is_dropped_loses_nothing() -> Outcome {
    let (stream, _far) = peer("echo").await?;
    let mut checked = Checked::default();
    let (_, waker) = Wakes::new();
    for round in 0..100 {
        // The wait is dropped before its bytes come, or after.
        let mut buffer = [0; 8];
        let mut reader = &stream;
        let mut reading = reader.read(&mut buffer);
        assert!(settle(&mut reading, &waker).is_pending());
        send(&stream, round, 1).await?;
        if round % 2 == 0 {
            stream.readable().await?;
        }
        drop(reading);
        receive(&stream, 1, &mut checked).await?;
    }
    Ok(())
}

async fn a_peek_takes_nothing() -> Outcome {
    let (stream, _far) = peer("send 10, end, receive all").await?;
    let mut buffer = [0; 20];
    while stream.peek(&mut buffer).await? < 10 {}
    assert_eq!(stream.peek(&mut buffer).await?, 10);
    assert_eq!(buffer[..10], pattern::bytes(0, 10));
    assert_eq!(poll_fn(|cx| stream.poll_peek(cx, &mut buffer[..3])).await?, 3);
    receive(&stream, 10, &mut Checked::default()).await?;
    assert_eq!(
        stream.peek(&mut buffer).await?,
        0,
        "at the end there is nothing to peek at"
    );
    Ok(())
}

fn several_buffers_go_in_one_call() -> Outcome {
    let _world = plain_world();
    block_on(several_buffers_there_and_back())
}

async fn several_buffers_there_and_back() -> Outcome {
    let (mut stream, _far) = peer("echo").await?;
    let bytes = pattern::bytes(0, 30);
    let slices = [&bytes[..10], &[], &bytes[10..11], &bytes[11..]].map(IoSlice::new);
    assert_eq!(stream.write_vectored(&slices).await?, 30);
    while stream.peek(&mut [0; 30]).await? < 30 {}
    let (mut first, mut second, mut third) = ([0; 4], [0; 0], [0; 40]);
    let mut buffers = [&mut first[..], &mut second[..], &mut third[..]].map(IoSliceMut::new);
    let count = stream.read_vectored(&mut buffers).await?;
    // A host may fill the first one alone.
    assert!(count == 30 || cfg!(target_os = "wasi"), "{count} bytes in one call");
    let mut received = [&first[..], &third[..]].concat();
    received.truncate(30);
    stream.read_exact(&mut received[count..]).await?;
    assert_eq!(received, bytes);
    Ok(())
}

async fn more_buffers_than_a_system_takes_go_in_several_calls() -> Outcome {
    let (mut stream, _far) = peer("echo").await?;
    let bytes = pattern::bytes(0, 5_000);
    let many: Vec<_> = bytes.chunks(1).map(IoSlice::new).collect();
    let written = stream.write_vectored(&many).await?;
    assert!(written > 0 && written <= 5_000);
    let mut back = vec![0; written];
    stream.read_exact(&mut back).await?;
    assert!(back == bytes[..written]);
    Ok(())
}

async fn who_waits_for_readiness_may_try() -> Outcome {
    // The far end is not done with sending, and receives no more.
    let (stream, _far) = peer("receive 1, send 10, receive 1, send 1000000000").await?;
    let mut buffer = [0; 20];
    assert_eq!(
        stream.try_read(&mut buffer).unwrap_err().kind(),
        io::ErrorKind::WouldBlock
    );
    // Readiness may be spurious: a WASI 0.2 host has no room at first for a connection that it says is writable.
    loop {
        stream.writable().await?;
        match stream.try_write(&pattern::bytes(0, 1)) {
            Ok(count) => break assert_eq!(count, 1),
            Err(error) => assert_eq!(error.kind(), io::ErrorKind::WouldBlock),
        }
    }
    let mut checked = Checked::default();
    while checked.count() < 10 {
        stream.readable().await?;
        match stream.try_read(&mut buffer) {
            Ok(count) => checked.check(&buffer[..count])?,
            Err(error) => assert_eq!(error.kind(), io::ErrorKind::WouldBlock),
        }
    }
    assert_eq!(
        stream.try_read(&mut buffer).unwrap_err().kind(),
        io::ErrorKind::WouldBlock
    );
    let mut sent = 1;
    while let Ok(count) = stream.try_write(&pattern::bytes(sent, 64 * 1024)) {
        sent += count as u64;
    }
    assert_eq!(stream.try_write(&[0]).unwrap_err().kind(), io::ErrorKind::WouldBlock);
    Ok(())
}

async fn borrowed_halves_work_side_by_side() -> Outcome {
    let (stream, far) = peer("echo").await?;
    {
        // As a method this would be the one of `AsyncReadExt`.
        let (reader, mut writer) = stream.as_split();
        let sending = async {
            send(&mut writer, 0, 1_000_000).await?;
            Ok(writer.close().await?)
        };
        let mut checked = Checked::default();
        future::try_join(sending, receive(reader, 1_000_000, &mut checked)).await?;
    }
    assert_eq!(far.report().await?, "received 1000000");
    is_at_its_end(&stream).await
}

async fn owned_halves_work_in_tasks_of_their_own() -> Outcome {
    let (stream, far) = peer("echo").await?;
    let (reader, writer) = stream.into_split();
    let sending = triga::spawn(send(writer, 0, 1_000_000))?;
    let receiving = triga::spawn(async move {
        let mut reader = reader;
        receive(&mut reader, 1_000_000, &mut Checked::default()).await?;
        is_at_its_end(&mut reader).await
    })?;
    sending.await??;
    receiving.await??;
    assert_eq!(far.report().await?, "received 1000000");
    Ok(())
}

async fn a_dropped_write_half_ends_its_direction() -> Outcome {
    let (stream, far) = peer("receive all, send 10").await?;
    let (reader, writer) = stream.into_split();
    send(&writer, 0, 7).await?;
    drop(writer);
    receive(&reader, 10, &mut Checked::default()).await?;
    is_at_its_end(&reader).await?;
    assert_eq!(far.report().await?, "received 7");
    Ok(())
}

async fn a_forgotten_write_half_leaves_its_direction_open() -> Outcome {
    let (stream, far) = peer("receive 7, send 1, receive all").await?;
    let (reader, writer) = stream.into_split();
    send(&writer, 0, 7).await?;
    writer.forget();
    receive(&reader, 1, &mut Checked::default()).await?;
    // It is open as long as somebody has the stream, and then it ends like any other.
    let mut stream: &TcpStream = reader.as_ref();
    stream.write_all(&pattern::bytes(7, 3)).await?;
    drop(reader);
    assert_eq!(far.report().await?, "received 10");
    Ok(())
}

async fn halves_are_reunited_with_their_own_alone() -> Outcome {
    let (one, _far) = peer("echo").await?;
    let (other, _far) = peer("echo").await?;
    let (reader, writer) = one.into_split();
    let (other_reader, other_writer) = other.into_split();
    let wrong = reader.reunite(other_writer).unwrap_err();
    assert!(wrong.to_string().contains("not of one connection"), "{wrong}");
    let (reader, other_writer) = (wrong.0, wrong.1);
    for (reader, writer) in [(reader, writer), (other_reader, other_writer)] {
        let stream = reader.reunite(writer)?;
        send(&stream, 0, 10).await?;
        receive(&stream, 10, &mut Checked::default()).await?;
    }
    Ok(())
}

async fn a_stream_that_cannot_go_to_std_is_given_back() -> Outcome {
    let (stream, far) = peer("echo").await?;
    let failed = stream.into_std().unwrap_err();
    assert_eq!(failed.error().kind(), io::ErrorKind::Unsupported);
    // It is as good as before.
    let stream = failed.into_inner();
    send(&stream, 0, 10).await?;
    receive(&stream, 10, &mut Checked::default()).await?;
    drop(stream);
    assert_eq!(far.report().await?, "received 10");
    Ok(())
}

async fn a_stream_goes_to_std_and_comes_back() -> Outcome {
    let (mut stream, far) = peer("echo").await?;
    let mut checked = Checked::default();
    for round in 0..3 {
        send(&stream, round * 10, 10).await?;
        receive(&stream, 10, &mut checked).await?;
        let std = stream.into_std()?;
        stream = if round == 0 {
            TcpStream::try_from(std)?
        } else {
            TcpStream::from_std(&Handle::current()?, std)?
        };
    }
    drop(stream);
    assert_eq!(far.report().await?, "received 30");
    Ok(())
}
