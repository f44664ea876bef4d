//! What holds for every stream of bytes, whatever is behind it.

use std::io::{self, IoSlice, IoSliceMut};
use std::pin::Pin;
use std::task::{Context, Poll, Waker};

use futures_util::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use triga::Capability;
use triga::net::{TcpListener, TcpStream};

use crate::harness::{Outcome, tests};
use crate::peer::peer;
use crate::rows::Need;

tests![
    a_transfer_of_no_bytes_over_tcp_is_done_at_once(Need::Peer),
    a_transfer_of_no_bytes_through_a_pipe_is_done_at_once(Need::Has(Capability::Pipes)),
    a_transfer_of_no_bytes_over_standard_streams_is_done_at_once(Need::Has(Capability::Stdio)),
    a_fresh_connection_is_tried(Need::Has(Capability::TcpConnect), Need::Has(Capability::TcpBind)),
    a_fresh_pipe_is_tried(Need::Has(Capability::Pipes)),
    a_stream_that_no_task_waits_for_is_tried_again(Need::Peer),
];

/// Checks that a read of no bytes does not wait, though there is nothing to read.
pub(crate) fn reads_nothing(mut reader: impl AsyncRead + Unpin) {
    let mut cx = Context::from_waker(Waker::noop());
    let read = Pin::new(&mut reader).poll_read(&mut cx, &mut []);
    assert!(matches!(read, Poll::Ready(Ok(0))), "{read:?}");
    for slices in [0, 1, 3] {
        let mut empty = [[0_u8; 0]; 3];
        let mut empty = empty.each_mut().map(|buf| IoSliceMut::new(buf));
        let read = Pin::new(&mut reader).poll_read_vectored(&mut cx, &mut empty[..slices]);
        assert!(matches!(read, Poll::Ready(Ok(0))), "{slices} empty slices: {read:?}");
    }
}

/// Checks that a write of no bytes does not wait, whether or not there is room.
pub(crate) fn writes_nothing(mut writer: impl AsyncWrite + Unpin) {
    let mut cx = Context::from_waker(Waker::noop());
    let written = Pin::new(&mut writer).poll_write(&mut cx, &[]);
    assert!(matches!(written, Poll::Ready(Ok(0))), "{written:?}");
    for slices in [0, 1, 3] {
        let empty = [IoSlice::new(&[]); 3];
        let written = Pin::new(&mut writer).poll_write_vectored(&mut cx, &empty[..slices]);
        assert!(
            matches!(written, Poll::Ready(Ok(0))),
            "{slices} empty slices: {written:?}"
        );
    }
}

/// Writes until there is no room.
pub(crate) fn fill(mut writer: impl AsyncWrite + Unpin) -> io::Result<()> {
    let mut cx = Context::from_waker(Waker::noop());
    while let Poll::Ready(written) = Pin::new(&mut writer).poll_write(&mut cx, &[0; 4_096]) {
        written?;
    }
    Ok(())
}

/// A connection over which nothing comes.
async fn silent() -> Outcome<(TcpStream, impl Sized)> {
    peer("receive 1, send 1, receive all").await
}

async fn a_transfer_of_no_bytes_over_tcp_is_done_at_once() -> Outcome {
    let (stream, _far) = silent().await?;
    reads_nothing(&stream);
    writes_nothing(&stream);
    assert_eq!(stream.try_read(&mut [])?, 0);
    assert_eq!(stream.try_write(&[])?, 0);
    assert_eq!(stream.peek(&mut []).await?, 0);
    let (reader, writer) = stream.as_split();
    reads_nothing(reader);
    writes_nothing(writer);
    let (reader, writer) = stream.into_split();
    reads_nothing(&reader);
    writes_nothing(&writer);
    // It is no end of the stream.
    let mut stream = reader.reunite(writer)?;
    stream.write_all(&[0]).await?;
    stream.read_exact(&mut [0]).await?;
    Ok(())
}

async fn a_transfer_of_no_bytes_through_a_pipe_is_done_at_once() -> Outcome {
    let (mut reader, mut writer) = triga::pipe()?;
    reads_nothing(&reader);
    writes_nothing(&writer);
    assert_eq!(reader.try_read(&mut [])?, 0);
    assert_eq!(writer.try_write(&[])?, 0);
    writer.write_all(b"!").await?;
    reader.read_exact(&mut [0]).await?;
    fill(&writer)?;
    writes_nothing(&writer);
    assert_eq!(writer.try_write(&[])?, 0);
    Ok(())
}

async fn a_transfer_of_no_bytes_over_standard_streams_is_done_at_once() -> Outcome {
    reads_nothing(triga::io::stdin()?);
    writes_nothing(triga::io::stdout()?);
    writes_nothing(triga::io::stderr()?);
    Ok(())
}

async fn a_fresh_connection_is_tried() -> Outcome {
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let mut near = TcpStream::connect(listener.local_addr()?).await?;
    let (far, _) = listener.accept().await?;
    assert!(until_done(|| far.try_write(b"now")).await? > 0);
    near.write_all(b"now").await?;
    assert!(until_done(|| far.try_read(&mut [0; 8])).await? > 0);
    Ok(())
}

async fn a_fresh_pipe_is_tried() -> Outcome {
    let (reader, writer) = triga::pipe()?;
    assert!(until_done(|| writer.try_write(b"now")).await? > 0);
    assert!(until_done(|| reader.try_read(&mut [0; 8])).await? > 0);
    Ok(())
}

async fn a_stream_that_no_task_waits_for_is_tried_again() -> Outcome {
    let (mut stream, _far) = peer("echo").await?;
    for number in 0..10 {
        stream.write_all(&[number]).await?;
        let mut byte = [0];
        while would_block(stream.try_read(&mut byte))?.is_none() {
            triga::task::yield_now().await;
        }
        assert_eq!(byte, [number]);
    }
    Ok(())
}

/// Tries until it does not say that it would block. On Unix the driver is not turned meanwhile, so that no event comes.
async fn until_done<T>(mut operation: impl FnMut() -> io::Result<T>) -> io::Result<T> {
    loop {
        if let Some(done) = would_block(operation())? {
            return Ok(done);
        }
        if !cfg!(unix) {
            triga::task::yield_now().await;
        }
    }
}

/// None for an operation that would block.
fn would_block<T>(result: io::Result<T>) -> io::Result<Option<T>> {
    match result {
        Err(error) if error.kind() == io::ErrorKind::WouldBlock => Ok(None),
        result => result.map(Some),
    }
}
