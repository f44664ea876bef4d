//! Reads and writes that end early with more left, and no event that tells of it.

use std::io::{self, IoSlice, IoSliceMut};
use std::time::Duration;

use futures_util::future::try_join;
use futures_util::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use triga::os::sim::{self, World};
use triga::{Driver, pipe};

use crate::support::{connection, on_each_seed};

const COUNT: usize = 200;

fn bytes() -> Vec<u8> {
    (0..COUNT).map(|number| number as u8).collect()
}

/// Sends the bytes as one, and then nothing that could make an event. The reader has room for more in every call.
async fn as_one(mut from: impl AsyncWrite + Unpin, mut to: impl AsyncRead + Unpin) -> io::Result<()> {
    let sending = async { from.write_all(&bytes()).await };
    let receiving = async {
        let (mut received, mut buffer) = (Vec::<u8>::new(), [0; 2 * COUNT]);
        while received.len() < COUNT {
            let count = to.read(&mut buffer).await?;
            received.extend(&buffer[..count]);
        }
        assert!(received == bytes());
        Ok(())
    };
    try_join(sending, receiving).await.map(drop)
}

/// As [`as_one`], with a slice for each byte.
async fn in_slices(mut from: impl AsyncWrite + Unpin, mut to: impl AsyncRead + Unpin) -> io::Result<()> {
    let bytes = bytes();
    let sending = async {
        let mut sent = 0;
        while sent < COUNT {
            let slices: Vec<_> = bytes[sent..].chunks(1).map(IoSlice::new).collect();
            sent += from.write_vectored(&slices).await?;
        }
        Ok(())
    };
    let receiving = async {
        let (mut received, mut buffer) = (Vec::<u8>::new(), [0; 2 * COUNT]);
        while received.len() < COUNT {
            let mut slices: Vec<_> = buffer.chunks_mut(1).map(IoSliceMut::new).collect();
            let count = to.read_vectored(&mut slices).await?;
            received.extend(&buffer[..count]);
        }
        assert!(received == bytes);
        Ok(())
    };
    try_join(sending, receiving).await.map(drop)
}

/// Every transfer of more than a byte is cut short.
fn cut() -> World {
    World::new().short_transfers(1000)
}

/// No transfer is cut short but by the number of its slices.
fn few_slices() -> World {
    World::new().short_transfers(0).slices(16)
}

#[test]
fn a_connection_goes_on_after_transfers_that_were_cut_short() {
    on_each_seed(&cut(), async || {
        let (near, far) = connection().await?;
        as_one(near, far).await
    });
}

#[test]
fn a_pipe_goes_on_after_transfers_that_were_cut_short() {
    on_each_seed(&cut(), async || {
        let (reader, writer) = pipe()?;
        as_one(writer, reader).await
    });
}

#[cfg(unix)]
#[test]
fn a_local_connection_goes_on_after_transfers_that_were_cut_short() {
    on_each_seed(&cut(), async || {
        let (near, far) = triga::os::unix::net::UnixStream::pair()?;
        as_one(near, far).await
    });
}

#[test]
fn standard_streams_go_on_after_transfers_that_were_cut_short() {
    on_each_seed(&cut(), async || {
        let host = sim::host("far");
        host.type_in(&bytes());
        host.spawn(async { as_one(triga::io::stdout()?, triga::io::stdin()?).await })?
            .await??;
        assert!(host.take_output() == bytes());
        Ok(())
    });
}

#[test]
fn a_connection_goes_on_after_more_slices_than_a_call_takes() {
    on_each_seed(&few_slices(), async || {
        let (near, far) = connection().await?;
        in_slices(near, far).await
    });
}

#[test]
fn a_pipe_goes_on_after_more_slices_than_a_call_takes() {
    on_each_seed(&few_slices(), async || {
        let (reader, writer) = pipe()?;
        in_slices(writer, reader).await
    });
}

#[cfg(unix)]
#[test]
fn a_local_connection_goes_on_after_more_slices_than_a_call_takes() {
    on_each_seed(&few_slices(), async || {
        let (near, far) = triga::os::unix::net::UnixStream::pair()?;
        in_slices(near, far).await
    });
}

#[test]
fn a_call_moves_the_slices_that_it_takes() {
    on_each_seed(&few_slices(), async || {
        let (mut reader, mut writer) = pipe()?;
        let slices: Vec<_> = [7; 100].chunks(2).map(IoSlice::new).collect();
        assert_eq!(writer.write_vectored(&slices).await?, 32);
        let mut buffer = [0; 100];
        let mut slices: Vec<_> = buffer.chunks_mut(1).map(IoSliceMut::new).collect();
        assert_eq!(reader.read_vectored(&mut slices).await?, 16);
        Ok(())
    });
}

#[test]
fn no_event_follows_a_transfer_that_was_cut_short() {
    for seed in sim::seeds(0..50) {
        let _simulation = sim::enter(seed, cut());
        let mut driver = Driver::new().unwrap();
        let _current = driver.handle().clone().enter();
        let (reader, writer) = pipe().unwrap();
        let mut turn = || driver.turn(Some(Duration::from_secs(1))).unwrap().ready();
        assert_eq!(turn(), 1, "there is room to write");
        let written = writer.try_write(&bytes()).unwrap();
        assert!(written < COUNT);
        assert_eq!(turn(), 1, "there is something to read");
        let (mut left, mut buffer) = (written, [0; COUNT]);
        while left > 1 {
            let read = reader.try_read(&mut buffer).unwrap();
            assert!(read < left);
            left -= read;
            assert_eq!(turn(), 0);
        }
    }
}
