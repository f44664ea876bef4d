//! Fifos: pipes with a name, whose writers come and go.

use std::fs::{self, File, Permissions};
use std::io::{self, Read, Write};
use std::os::fd::AsFd;
use std::os::unix::fs::PermissionsExt;
use std::process::{Command, Stdio};
use std::time::Duration;

use futures_util::{AsyncReadExt, AsyncWriteExt};
use nix::sys::stat::Mode;
use nix::unistd::mkfifo;
use triga::os::unix::FifoOptions;
use triga::{Driver, Handle, PipeReader, PipeWriter};

use super::unix::{Exhausted, Unprivileged};
use crate::harness::Outcome;
use crate::temporary::Temporary;

fn fifo() -> Outcome<Temporary> {
    let fifo = Temporary::new("fifo");
    mkfifo(&fifo.0, Mode::S_IRUSR | Mode::S_IWUSR)?;
    Ok(fifo)
}

/// A shell that writes a word into the fifo, and then does something else.
fn writer(fifo: &Temporary, word: &str, then: &str) -> io::Result<std::process::Child> {
    Command::new("sh")
        .args(["-c", &format!("exec >\"$0\"; printf {word}; {then}")])
        .arg(&fifo.0)
        .spawn()
}

pub(super) async fn a_fifo_ends_when_its_writer_dies_and_goes_on_with_the_next() -> Outcome {
    let fifo = fifo()?;
    let mut reader = FifoOptions::new().open_reader(&fifo.0)?;
    for word in ["first", "second", "third"] {
        let mut writer = writer(&fifo, word, "kill -s KILL $$")?;
        let mut text = String::new();
        // A fifo without writers is at its end, until one comes.
        while text.len() < word.len() {
            reader.read_to_string(&mut text).await?;
            triga::task::yield_now().await;
        }
        assert_eq!(text, word);
        writer.wait()?;
        assert_eq!(reader.read(&mut [0]).await?, 0);
    }
    Ok(())
}

pub(super) async fn a_fifo_that_is_open_at_both_ends_has_no_end() -> Outcome {
    let fifo = fifo()?;
    let mut reader = FifoOptions::new().both_ends(true).open_reader(&fifo.0)?;
    for word in ["first", "second"] {
        let mut writer = writer(&fifo, word, "true")?;
        let mut bytes = vec![0; word.len()];
        reader.read_exact(&mut bytes).await?;
        assert_eq!(bytes, word.as_bytes());
        writer.wait()?;
    }
    let error = reader.try_read(&mut [0]).unwrap_err();
    assert_eq!(error.kind(), io::ErrorKind::WouldBlock);
    Ok(())
}

pub(super) async fn a_fifo_without_a_reader_is_opened_later() -> Outcome {
    let fifo = fifo()?;
    let error = FifoOptions::new().open_writer(&fifo.0).unwrap_err();
    assert_eq!(error.kind(), io::ErrorKind::NotConnected);
    assert!(error.to_string().contains("open for reading"), "{error}");
    let mut reader = FifoOptions::new().open_reader(&fifo.0)?;
    let mut writer = FifoOptions::new().open_writer(&fifo.0)?;
    writer.write_all(b"there").await?;
    drop(writer);
    let mut text = String::new();
    reader.read_to_string(&mut text).await?;
    assert_eq!(text, "there");
    Ok(())
}

pub(super) async fn what_is_no_fifo_is_refused() -> Outcome {
    let registered = Handle::current()?.metrics().registrations();
    let fifos = FifoOptions::new();
    let error = fifos.open_reader("/dev/null").unwrap_err();
    assert_eq!(error.kind(), io::ErrorKind::InvalidInput);
    assert!(error.to_string().contains("mkfifo"), "{error}");
    let error = fifos.open_writer("/there/is/no/such/fifo").unwrap_err();
    assert_eq!(error.kind(), io::ErrorKind::NotFound);
    assert_eq!(Handle::current()?.metrics().registrations(), registered);
    Ok(())
}

pub(super) async fn an_end_of_a_pipe_becomes_the_stream_of_a_child() -> Outcome {
    let (mut reader, writer) = triga::pipe()?;
    let mut command = Command::new("sh");
    command
        .args(["-c", "cat; cat"])
        .stdin(Stdio::null())
        .stdout(writer.into_blocking_fd()?);
    let (input, mut words) = triga::pipe()?;
    command.stdin(input.into_blocking_fd()?);
    let mut child = command.spawn()?;
    // It holds the ends that are the child's.
    drop(command);
    words.write_all(b"through a child").await?;
    drop(words);
    let mut text = String::new();
    reader.read_to_string(&mut text).await?;
    assert_eq!(text, "through a child");
    assert!(child.wait()?.success());
    // A descriptor becomes the end of a pipe.
    let (reader, writer) = triga::pipe()?;
    let handle = Handle::current()?;
    let mut reader = PipeReader::from_fd(&handle, reader.into_blocking_fd()?)?;
    let mut writer = PipeWriter::from_fd(&handle, writer.into_blocking_fd()?)?;
    let reading = triga::spawn(async move {
        let mut bytes = [0; 3];
        reader.read_exact(&mut bytes).await.map(|()| bytes)
    })?;
    triga::task::yield_now().await;
    writer.write_all(b"and").await?;
    assert_eq!(&reading.await??, b"and");
    Ok(())
}

pub(super) async fn a_writer_that_is_closed_leaves_its_duplicate_alone() -> Outcome {
    let handle = Handle::current()?;
    let (mut reader, mut writer) = triga::pipe()?;
    writer.write_all(b"one, ").await?;
    let duplicate = writer.as_fd().try_clone_to_owned()?;
    writer.close().await?;
    // What was borrowed before is still open, and can do nothing.
    assert!(writer.as_fd().try_clone_to_owned().is_ok());
    let mut duplicate = PipeWriter::from_fd(&handle, duplicate)?;
    duplicate.write_all(b"two").await?;
    duplicate.close().await?;
    let mut text = String::new();
    reader.read_to_string(&mut text).await?;
    assert_eq!(text, "one, two");
    Ok(())
}

pub(super) async fn a_writer_that_is_closed_wakes_its_driver_no_more() -> Outcome {
    let mut driver = Driver::new()?;
    let (reader, writer) = nix::unistd::pipe()?;
    let (mut reader, mut duplicate) = (File::from(reader), File::from(writer.try_clone()?));
    let mut writer = PipeWriter::from_fd(driver.handle(), writer)?;
    writer.close().await?;
    while driver.turn(Some(Duration::ZERO))?.ready() > 0 {}
    // It is non-blocking, as the writer was.
    let mut room = 0;
    while let Ok(count) = duplicate.write(&[0; 4_096]) {
        room += count;
    }
    reader.read_exact(&mut vec![0; room])?;
    assert_eq!(driver.turn(Some(Duration::ZERO))?.ready(), 0);
    Ok(())
}

pub(super) async fn a_writer_is_closed_when_there_are_descriptors_for_it() -> Outcome {
    let (mut reader, mut writer) = triga::pipe()?;
    let exhausted = Exhausted::new()?;
    let closed = writer.close().await;
    drop(exhausted);
    assert_eq!(
        closed.unwrap_err().raw_os_error(),
        Some(nix::errno::Errno::EMFILE as i32)
    );
    // It is none the worse.
    writer.write_all(b"still here").await?;
    writer.close().await?;
    let mut text = String::new();
    reader.read_to_string(&mut text).await?;
    assert_eq!(text, "still here");
    Ok(())
}

pub(super) async fn a_fifo_that_may_not_be_opened_is_permission_denied() -> Outcome {
    let fifo = fifo()?;
    fs::set_permissions(&fifo.0, Permissions::from_mode(0o000))?;
    let opened = {
        let _unprivileged = Unprivileged::new()?;
        FifoOptions::new().open_reader(&fifo.0)
    };
    assert_eq!(opened.unwrap_err().kind(), io::ErrorKind::PermissionDenied);
    Ok(())
}
