//! Local sockets of Windows.

use std::io;

use futures_util::{AsyncReadExt, AsyncWriteExt};
use triga::os::windows::net::{UnixListener, UnixStream};

use crate::harness::Outcome;
use crate::pattern::{self, Checked};
use crate::temporary::Temporary;

pub(super) async fn bytes_go_both_ways_through_a_local_socket() -> Outcome {
    const COUNT: usize = 300_000;
    let path = Temporary::new("local");
    let listener = UnixListener::bind(&path.0)?;
    for _ in 0..10 {
        let near = UnixStream::connect(&path.0).await?;
        let far = listener.accept().await?;
        let echoing = triga::spawn(async move { futures_util::io::copy(&far, &mut &far).await })?;
        let (mut reader, mut writer) = (&near, &near);
        let write = async {
            writer.write_all(&pattern::bytes(0, COUNT)).await?;
            writer.close().await
        };
        let read = async {
            let (mut checked, mut buffer) = (Checked::default(), [0; 3_333]);
            loop {
                match reader.read(&mut buffer).await? {
                    0 => return io::Result::Ok(checked.count()),
                    count => checked.check(&buffer[..count])?,
                }
            }
        };
        // The far side closes when it is dropped.
        let (read, ()) = futures_util::future::try_join(read, write).await?;
        assert_eq!(read, COUNT as u64);
        assert_eq!(echoing.await??, COUNT as u64);
    }
    Ok(())
}

pub(super) async fn local_sockets_that_cannot_be_are_errors() -> Outcome {
    let path = Temporary::new("local-errors");
    let listener = UnixListener::bind(&path.0)?;
    let error = UnixListener::bind(&path.0).unwrap_err();
    assert_eq!(error.kind(), io::ErrorKind::AddrInUse);
    drop(listener);
    let error = UnixStream::connect(&path.0).await.unwrap_err();
    assert_eq!(error.kind(), io::ErrorKind::ConnectionRefused);
    Ok(())
}

pub(super) async fn paths_that_no_local_socket_can_have_are_invalid() -> Outcome {
    let long = "n".repeat(108);
    for path in ["", "zero\0", &long] {
        let error = UnixListener::bind(path).unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::InvalidInput, "{path}");
        let error = UnixStream::connect(path).await.unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::InvalidInput, "{path}");
    }
    Ok(())
}
