//! Pipes that are opened again after an end was closed.

use std::io::{self, ErrorKind};
use std::time::Duration;

use futures_util::{AsyncReadExt, AsyncWriteExt};
use triga::os::sim::{self, World};
use triga::pipe;
use triga::time::sleep;

use crate::support::on_each_seed;

/// More than anything here takes.
const LONG: Duration = Duration::from_secs(60);

#[test]
fn a_pipe_is_at_its_end_until_the_next_writer_comes() {
    on_each_seed(&World::new(), async || {
        let (mut reader, writer) = pipe()?;
        drop(writer);
        for _ in 0..5 {
            assert_eq!(reader.read(&mut [0; 8]).await?, 0);
            let mut writer = sim::open_writer(&reader)?;
            let reading = triga::spawn(async move {
                let mut all = Vec::new();
                reader.read_to_end(&mut all).await?;
                io::Result::Ok((reader, all))
            })?;
            sleep(LONG).await?;
            assert!(!reading.is_finished());
            let mut second = sim::duplicate(&writer)?.register()?;
            writer.write_all(b"one, ").await?;
            drop(writer);
            second.write_all(b"two").await?;
            drop(second);
            let (again, all) = reading.await??;
            assert_eq!(all, b"one, two");
            reader = again;
        }
        Ok(())
    });
}

#[test]
fn writes_fail_until_the_next_reader_comes() {
    on_each_seed(&World::new(), async || {
        let (mut reader, mut writer) = pipe()?;
        for _ in 0..2 {
            writer.write_all(b"lost").await?;
            drop(reader);
            let error = writer.write(b"nobody").await.unwrap_err();
            assert_eq!(error.kind(), ErrorKind::BrokenPipe);
            reader = sim::open_reader(&writer)?;
            // More than a pipe has room for.
            let mut all = vec![0; 80_000];
            let writing = async { writer.write_all(&[7; 80_000]).await };
            futures_util::future::try_join(writing, reader.read_exact(&mut all)).await?;
            assert!(all.iter().all(|byte| *byte == 7));
        }
        Ok(())
    });
}
