//! Pipes: whole, in order, to the end, and no further.

use std::io;
use std::pin::pin;
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use futures_util::{AsyncReadExt, AsyncWriteExt};
use triga::{Capability, Driver, Handle, PipeWriter, is_shut_down};

use crate::harness::{Outcome, tests};
use crate::numbers::many;
use crate::pattern::{self, Checked};
use crate::rows::Need;
use crate::wakes::{Wakes, settle};

const PIPES: Need = Need::Has(Capability::Pipes);
/// No system gives a pipe room for so many bytes unless it is asked to.
const MORE_THAN_ROOM: usize = 4 << 20;

tests![
    bytes_go_through_a_pipe_whole_in_any_pieces(PIPES),
    a_pipe_ends_when_its_writer_is_dropped(PIPES),
    a_pipe_ends_when_its_writer_is_closed(PIPES),
    a_writer_that_is_closed_writes_no_more(PIPES),
    a_writer_that_waits_for_room_learns_that_it_is_closed(PIPES),
    writing_to_a_pipe_without_a_reader_is_an_error(PIPES),
    a_writer_learns_at_once_that_the_reader_is_gone(PIPES),
    a_full_pipe_makes_its_writer_wait(PIPES),
    an_empty_pipe_would_block(PIPES),
    a_shutdown_ends_the_wait_for_a_pipe(PIPES),
    a_pipe_that_is_dropped_is_deregistered(PIPES),
];

async fn bytes_go_through_a_pipe_whole_in_any_pieces() -> Outcome {
    for (written, read) in [(1, 1_000), (1_000, 1), (4_096, 4_096), (70_000, 3_333), (3_333, 70_000)] {
        let (mut reader, mut writer) = triga::pipe()?;
        let total = many(200) * written.min(2_000);
        let writing = triga::spawn(async move {
            let mut sent = 0;
            while sent < total {
                let count = written.min(total - sent);
                writer.write_all(&pattern::bytes(sent as u64, count)).await?;
                sent += count;
            }
            io::Result::Ok(())
        })?;
        let mut checked = Checked::default();
        let mut buffer = vec![0; read];
        loop {
            let count = reader.read(&mut buffer).await?;
            if count == 0 {
                break;
            }
            checked.check(&buffer[..count])?;
        }
        writing.await??;
        assert_eq!(checked.count(), total as u64, "{written} at a time, {read} at a time");
    }
    Ok(())
}

async fn a_pipe_ends_when_its_writer_is_dropped() -> Outcome {
    let (mut reader, mut writer) = triga::pipe()?;
    writer.write_all(b"last words").await?;
    let reading = triga::spawn(async move {
        let mut text = String::new();
        reader.read_to_string(&mut text).await?;
        // And it stays at the end.
        assert_eq!(reader.read(&mut [0]).await?, 0);
        io::Result::Ok(text)
    })?;
    triga::task::yield_now().await;
    drop(writer);
    assert_eq!(reading.await??, "last words");
    Ok(())
}

async fn a_pipe_ends_when_its_writer_is_closed() -> Outcome {
    let (mut reader, mut writer) = triga::pipe()?;
    writer.write_all(b"last words").await?;
    let reading = triga::spawn(async move {
        let mut text = String::new();
        reader.read_to_string(&mut text).await?;
        io::Result::Ok(text)
    })?;
    triga::task::yield_now().await;
    // By reference, as it may be in use elsewhere.
    (&writer).close().await?;
    assert_eq!(reading.await??, "last words");
    writer.close().await?;
    Ok(())
}

async fn a_writer_that_is_closed_writes_no_more() -> Outcome {
    let (mut reader, mut writer) = triga::pipe()?;
    writer.close().await?;
    let error = writer.write_all(b"more").await.unwrap_err();
    assert_eq!(error.kind(), io::ErrorKind::BrokenPipe);
    assert_eq!(writer.try_write(b"more").unwrap_err().kind(), io::ErrorKind::BrokenPipe);
    writer.flush().await?;
    drop(writer);
    let mut nothing = Vec::new();
    reader.read_to_end(&mut nothing).await?;
    assert!(nothing.is_empty());
    Ok(())
}

async fn a_writer_that_waits_for_room_learns_that_it_is_closed() -> Outcome {
    let mut driver = Driver::new()?;
    let (_reader, mut writer) = {
        let _current = driver.handle().enter();
        triga::pipe()?
    };
    fill(&mut driver, &mut writer)?;
    let (mut one, mut other) = (&writer, &writer);
    let (wakes, waker) = Wakes::new();
    let mut write = one.write(b"!");
    assert!(settle(&mut write, &waker).is_pending());
    assert!(matches!(settle(&mut other.close(), Waker::noop()), Poll::Ready(Ok(()))));
    while wakes.count() == 0 {
        driver.turn(None)?;
    }
    let Poll::Ready(Err(error)) = settle(&mut write, &waker) else {
        panic!("there will never be room");
    };
    assert_eq!(error.kind(), io::ErrorKind::BrokenPipe);
    Ok(())
}

async fn writing_to_a_pipe_without_a_reader_is_an_error() -> Outcome {
    let (reader, mut writer) = triga::pipe()?;
    drop(reader);
    let error = writer.write_all(b"hello?").await.unwrap_err();
    assert_eq!(error.kind(), io::ErrorKind::BrokenPipe);
    // One that waits for room learns it too.
    let (reader, mut writer) = triga::pipe()?;
    let waiting = triga::spawn(async move { writer.write_all(&vec![0; MORE_THAN_ROOM]).await })?;
    triga::task::yield_now().await;
    drop(reader);
    assert_eq!(waiting.await?.unwrap_err().kind(), io::ErrorKind::BrokenPipe);
    Ok(())
}

async fn a_writer_learns_at_once_that_the_reader_is_gone() -> Outcome {
    let (mut reader, mut writer) = triga::pipe()?;
    for byte in 0..3 {
        writer.write_all(&[byte]).await?;
        reader.read_exact(&mut [0]).await?;
    }
    triga::time::sleep(std::time::Duration::from_millis(1)).await?;
    // The driver is not turned from here on.
    drop(reader);
    let error = writer.try_write(b"hello?").unwrap_err();
    assert_eq!(error.kind(), io::ErrorKind::BrokenPipe);
    Ok(())
}

/// Writes until there is no room, and says how many bytes there was room for.
fn fill(driver: &mut Driver, writer: &mut PipeWriter) -> io::Result<usize> {
    let mut count = 0;
    loop {
        let mut write = pin!(writer.write(&[0; 4_096]));
        match write.as_mut().poll(&mut Context::from_waker(Waker::noop())) {
            Poll::Ready(written) => count += written?,
            Poll::Pending if driver.turn(Some(Duration::ZERO))?.ready() > 0 => {}
            Poll::Pending => return Ok(count),
        }
    }
}

async fn a_full_pipe_makes_its_writer_wait() -> Outcome {
    let mut driver = Driver::new()?;
    let (mut reader, mut writer) = {
        let _current = driver.handle().enter();
        triga::pipe()?
    };
    let room = fill(&mut driver, &mut writer)?;
    assert!(room > 0);
    let (wakes, waker) = Wakes::new();
    let mut write = writer.write(b"!");
    assert!(settle(&mut write, &waker).is_pending());
    let mut buffer = vec![0; room];
    let mut read = reader.read_exact(&mut buffer);
    while settle(&mut read, Waker::noop()).is_pending() {
        driver.turn(None)?;
    }
    while wakes.count() == 0 {
        driver.turn(None)?;
    }
    assert!(matches!(settle(&mut write, &waker), Poll::Ready(Ok(1))));
    Ok(())
}

async fn an_empty_pipe_would_block() -> Outcome {
    let (mut reader, writer) = triga::pipe()?;
    let would_block = |result: io::Result<usize>| result.unwrap_err().kind() == io::ErrorKind::WouldBlock;
    assert!(would_block(reader.try_read(&mut [0; 8])));
    (&writer).write_all(b"now").await?;
    let mut buffer = [0; 3];
    reader.read_exact(&mut buffer).await?;
    assert_eq!(&buffer, b"now");
    assert!(would_block(reader.try_read(&mut buffer)));
    Ok(())
}

async fn a_shutdown_ends_the_wait_for_a_pipe() -> Outcome {
    let mut driver = Driver::new()?;
    let _current = driver.handle().enter();
    let (mut reader, _writer) = triga::pipe()?;
    let mut buffer = [0];
    let mut read = reader.read(&mut buffer);
    let (wakes, waker) = Wakes::new();
    assert!(settle(&mut read, &waker).is_pending());
    driver.shutdown();
    assert_eq!(wakes.count(), 1);
    assert!(matches!(settle(&mut read, &waker), Poll::Ready(Err(error)) if is_shut_down(&error)));
    assert!(is_shut_down(&triga::pipe().unwrap_err()));
    Ok(())
}

async fn a_pipe_that_is_dropped_is_deregistered() -> Outcome {
    let handle = Handle::current()?;
    let before = handle.metrics().registrations();
    let pipe = triga::pipe()?;
    assert_eq!(handle.metrics().registrations(), before + 2);
    drop(pipe);
    assert_eq!(handle.metrics().registrations(), before);
    Ok(())
}
