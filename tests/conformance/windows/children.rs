//! Children, as many as no thread of the system waits for alone.

use std::process::Stdio;

use triga::Handle;
use triga::process::spawn;

use crate::harness::Outcome;
use crate::program::command;

pub(super) async fn two_hundred_children_at_once_are_waited_for() -> Outcome {
    let registered = Handle::current()?.metrics().registrations();
    let mut inputs = Vec::new();
    let mut waits = Vec::new();
    for _ in 0..200 {
        // They end when their input does, so that all are there at once.
        let mut child = spawn(command(&["echo", "64"]).stdin(Stdio::piped()).stdout(Stdio::null()))?;
        inputs.push(child.stdin.take());
        waits.push(triga::spawn(async move { child.wait().await })?);
    }
    assert!(waits.iter().all(|wait| !wait.is_finished()));
    drop(inputs);
    for wait in waits {
        assert!(wait.await??.success());
    }
    assert_eq!(Handle::current()?.metrics().registrations(), registered);
    Ok(())
}
