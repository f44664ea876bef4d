//! What else a host has: standard streams and signals.

use std::io;
use std::time::Duration;

use futures_util::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, StreamExt};
use triga::io::{stderr, stdin, stdout};
use triga::os::sim::{self, World};
use triga::signal::{ctrl_c, terminate};
use triga::time::sleep;

use crate::support::on_each_seed;

#[test]
fn what_is_typed_is_read_and_what_is_written_is_taken() {
    on_each_seed(&World::new(), async || {
        let host = sim::host("far");
        let program = host.spawn(async {
            let mut lines = futures_util::io::BufReader::new(stdin()?).lines();
            let mut count = 0;
            while let Some(line) = lines.next().await {
                stdout()?.write_all(line?.to_uppercase().as_bytes()).await?;
                count += 1;
            }
            stderr()?.write_all(b"no more lines").await?;
            io::Result::Ok(count)
        })?;
        for bytes in ["once ", "upon\na", " time"] {
            host.type_in(bytes.as_bytes());
            sleep(Duration::from_secs(1)).await?;
            assert!(!program.is_finished());
        }
        assert_eq!(host.take_output(), b"ONCE UPON");
        host.end_input();
        assert_eq!(program.await??, 2);
        assert_eq!(host.take_output(), b"A TIME");
        assert_eq!(host.take_errors(), b"no more lines");
        assert_eq!(sim::host("other").take_output(), b"");
        Ok(())
    });
}

#[test]
fn an_input_on_which_nothing_was_typed_is_at_its_end() {
    on_each_seed(&World::new(), async || {
        let mut all = Vec::new();
        stdin()?.read_to_end(&mut all).await?;
        assert_eq!(all, b"");
        Ok(())
    });
}

#[test]
fn a_signal_is_its_hosts_and_of_its_kind() {
    on_each_seed(&World::new(), async || {
        let (near, far) = (sim::host("near"), sim::host("far"));
        assert!(!near.interrupt(), "no listener yet");
        let listener = near.spawn(async {
            let (ctrl_c, terminate) = (ctrl_c()?, terminate()?);
            for _ in 0..3 {
                ctrl_c.recv().await?;
            }
            terminate.recv().await
        })?;
        sleep(Duration::from_secs(1)).await?;
        assert!(!far.interrupt() && !far.terminate());
        for _ in 0..3 {
            assert!(!listener.is_finished());
            assert!(near.interrupt());
        }
        sleep(Duration::from_secs(1)).await?;
        assert!(!listener.is_finished(), "it was not asked to end");
        assert!(near.terminate());
        listener.await??;
        assert!(!near.terminate(), "the listener is gone");
        Ok(())
    });
}

#[test]
fn an_output_that_is_held_stops_its_writers_and_no_others() {
    on_each_seed(&World::new(), async || {
        let host = sim::host("far");
        host.hold_output();
        let writer = host.spawn(async { stdout()?.write_all(b"held").await })?;
        host.spawn(async { stderr()?.write_all(b"not held").await })?.await??;
        assert_eq!(host.take_errors(), b"not held");
        sim::host("other")
            .spawn(async { stdout()?.write_all(b"neither").await })?
            .await??;
        sleep(Duration::from_secs(60)).await?;
        assert!(!writer.is_finished());
        assert_eq!(host.take_output(), b"");
        host.release_output();
        writer.await??;
        assert_eq!(host.take_output(), b"held");
        Ok(())
    });
}

#[test]
fn an_input_that_has_ended_before_it_is_read_is_read_to_its_end() {
    on_each_seed(&World::new(), async || {
        let host = sim::host("far");
        host.type_in(b"all of it");
        host.end_input();
        let reader = host.spawn(async {
            // Larger than what there is.
            let (mut stdin, mut all, mut buffer) = (stdin()?, Vec::<u8>::new(), [0; 64]);
            while let count @ 1.. = stdin.read(&mut buffer).await? {
                all.extend(&buffer[..count]);
            }
            io::Result::Ok(all)
        })?;
        assert_eq!(reader.await??, b"all of it");
        Ok(())
    });
}

#[test]
fn a_full_terminal_stops_its_writers_and_nothing_else() {
    on_each_seed(&World::new(), async || {
        let host = sim::host("far");
        host.spawn(async { stdout()?.write_all(b"before ").await })?.await??;
        host.stop_terminal(3);
        let writer = host.spawn(async { stdout()?.write_all(b"during ").await })?;
        let other = host.spawn(async { stderr()?.write_all(b"no room").await })?;
        let timer = host.spawn(async {
            for _ in 0..60 {
                sleep(Duration::from_secs(1)).await?;
            }
            io::Result::Ok(())
        })?;
        sim::host("other")
            .spawn(async { stdout()?.write_all(b"shown").await })?
            .await??;
        timer.await??;
        assert!(!writer.is_finished() && !other.is_finished());
        assert_eq!(host.take_output(), b"before ");
        assert_eq!(host.take_errors(), b"");
        assert_eq!(sim::host("other").take_output(), b"shown");
        host.resume_terminal();
        writer.await??;
        other.await??;
        assert_eq!(host.take_output(), b"during ");
        assert_eq!(host.take_errors(), b"no room");
        Ok(())
    });
}

#[test]
fn a_stopped_terminal_shows_what_it_has_taken_when_it_goes_on() {
    on_each_seed(&World::new(), async || {
        let host = sim::host("far");
        host.stop_terminal(64);
        host.spawn(async {
            stdout()?.write_all(b"taken").await?;
            stderr()?.write_all(b"too").await
        })?
        .await??;
        assert_eq!(host.take_output(), b"");
        assert_eq!(host.take_errors(), b"");
        host.resume_terminal();
        assert_eq!(host.take_output(), b"taken");
        assert_eq!(host.take_errors(), b"too");
        Ok(())
    });
}

#[test]
fn a_reader_waits_on_after_a_child_has_taken_the_input() {
    on_each_seed(&World::new(), async || {
        let host = sim::host("far");
        host.type_in(b"");
        let reader = host.spawn(async {
            let mut line = String::new();
            futures_util::io::BufReader::new(stdin()?).read_line(&mut line).await?;
            io::Result::Ok(line)
        })?;
        for _ in 0..3 {
            sleep(Duration::from_secs(1)).await?;
            host.type_in(b"for the child\n");
            assert_eq!(host.take_input(64), b"for the child\n");
        }
        sleep(Duration::from_secs(1)).await?;
        assert!(!reader.is_finished());
        host.type_in(b"child, parent\n");
        assert_eq!(host.take_input(7), b"child, ");
        assert_eq!(reader.await??, "parent\n");
        Ok(())
    });
}

#[test]
fn each_byte_of_a_shared_input_is_read_by_one_reader() {
    const COUNT: usize = 100;
    on_each_seed(&World::new(), async || {
        let host = sim::host("far");
        host.type_in(b"");
        let reader = host.spawn(async {
            let mut all = Vec::new();
            stdin()?.read_to_end(&mut all).await?;
            io::Result::Ok(all)
        })?;
        let child = host.spawn(async move {
            let mut all = Vec::new();
            for number in 0..COUNT as u8 {
                host.type_in(&[number]);
                // It is woken in the turn that wakes the reader, and the seed decides who runs first.
                sleep(Duration::from_nanos(1)).await?;
                all.append(&mut host.take_input(1));
            }
            io::Result::Ok(all)
        })?;
        let of_child = child.await??;
        host.end_input();
        let read = reader.await??;
        assert!(read.is_sorted() && of_child.is_sorted());
        let mut all = [read, of_child].concat();
        all.sort_unstable();
        assert!(all.into_iter().eq(0..COUNT as u8));
        Ok(())
    });
}
