//! Connections that end on one side first, or without a goodbye.

use std::io::{self, ErrorKind};

use futures_util::{AsyncReadExt, AsyncWriteExt};
use triga::os::sim::{self, World};

use crate::support::{connection, on_each_seed};

#[test]
#[cfg_attr(miri, ignore = "Miri takes too long for it")]
fn a_connection_that_one_side_has_ended_goes_on_the_other_way() {
    on_each_seed(&World::new(), async || {
        let (mut near, mut far) = connection().await?;
        let asked = triga::spawn(async move {
            near.write_all(b"everything").await?;
            near.close().await?;
            let error = near.write(b"more").await.unwrap_err();
            assert_eq!(error.kind(), ErrorKind::BrokenPipe);
            let mut answer = Vec::new();
            near.read_to_end(&mut answer).await?;
            io::Result::Ok(answer)
        })?;
        let mut request = String::new();
        far.read_to_string(&mut request).await?;
        assert_eq!(request, "everything");
        // More than one side keeps for the other.
        far.write_all(&[7; 200_000]).await?;
        far.close().await?;
        assert!(asked.await?? == [7; 200_000]);
        Ok(())
    });
}

#[test]
fn what_was_sent_before_a_reset_still_arrives() {
    on_each_seed(&World::new(), async || {
        let (mut near, mut far) = connection().await?;
        near.write_all(b"last words").await?;
        sim::reset(near)?;
        let mut words = [0; 10];
        far.read_exact(&mut words).await?;
        assert_eq!(&words, b"last words");
        let error = far.read(&mut words).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::ConnectionReset);
        let error = far.write(b"hello?").await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::BrokenPipe);
        Ok(())
    });
}
