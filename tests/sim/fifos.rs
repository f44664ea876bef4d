//! Pipes that are opened again after an end was closed.

use std::io::{self, ErrorKind, Read};
use std::time::Duration;

use futures_util::{AsyncReadExt, AsyncWriteExt};
use triga::os::sim::{self, World};
use triga::time::sleep;
use triga::{Handle, Interest, Registration, pipe};

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
            let error = writer.write(b"no reader").await.unwrap_err();
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

#[test]
fn readiness_that_was_cleared_comes_back_with_the_next_event_though_the_pipe_was_closed() {
    on_each_seed(&World::new(), async || {
        let (sender, mut receiver) = triga_platform::pipe::pair()?;
        let registration = Registration::new(&Handle::current()?, &mut receiver, Interest::READABLE)?;
        drop(sender);
        registration.readiness(Interest::READABLE).await?;
        let sender = receiver.open_writer()?;
        let writing = triga::spawn(async move {
            sleep(LONG).await?;
            io::Write::write_all(&mut &sender, b"!")
        })?;
        let (mut rounds, mut byte) = (0, [0]);
        loop {
            let event = registration.readiness(Interest::READABLE).await?;
            rounds += 1;
            assert!(rounds < 10, "it spins");
            match (&receiver).read(&mut byte) {
                Ok(count) => break assert_eq!((count, &byte), (1, b"!")),
                Err(error) if error.kind() == ErrorKind::WouldBlock => registration.clear_readiness(event),
                Err(error) => return Err(error),
            }
        }
        registration.deregister(&mut receiver)?;
        writing.await?
    });
}
