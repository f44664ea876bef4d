//! The far ends of the tests' connections, which follow small scripts: threads on std's blocking sockets, or, in a simulation,
//! a program beside the tests.
//!
//! A script is a list such as `receive 4, send 10, end`. The words are those of [`Step`]. What is sent is
//! [`pattern`](crate::pattern), which goes on from step to step, and what is received must be the same.

#[cfg(triga_platform = "sim")]
mod simulated;
#[cfg(not(triga_platform = "sim"))]
mod threads;

use std::collections::HashMap;
use std::net::SocketAddr;
use std::sync::{Mutex, PoisonError};

#[cfg(triga_platform = "sim")]
pub(crate) use simulated::apart;
#[cfg(triga_platform = "sim")]
use simulated::{Running, report, start};
#[cfg(not(triga_platform = "sim"))]
use threads::{Running, report, start};

/// What connects to a test's listener when asked to.
#[derive(Debug, Default)]
pub(crate) struct FarEnds {
    /// The listener of a guest that has it from the host.
    preopened: Option<SocketAddr>,
    running: Mutex<HashMap<u32, Running>>,
}

impl FarEnds {
    pub(crate) fn new(preopened: Option<SocketAddr>) -> FarEnds {
        FarEnds {
            preopened,
            running: Mutex::default(),
        }
    }

    /// Does what a request says: `connect LISTENER NUMBER COUNT SCRIPT` or `report LISTENER NUMBER`. A listener is an address,
    /// or else `preopened`.
    pub(crate) fn obey(&self, request: &str) -> Result<(), String> {
        let malformed = || format!("a test asks for `{request}`, which means nothing here");
        let (verb, rest) = request.split_once(' ').ok_or_else(malformed)?;
        let (listener, rest) = rest.split_once(' ').ok_or_else(malformed)?;
        let listener = listener.parse().ok().or(self.preopened).ok_or_else(malformed)?;
        match verb {
            "connect" => {
                let mut words = rest.splitn(3, ' ');
                let number = words.next().and_then(|word| word.parse().ok()).ok_or_else(malformed)?;
                let count = words.next().and_then(|word| word.parse().ok()).ok_or_else(malformed)?;
                let script = words.next().and_then(parse).ok_or_else(malformed)?;
                self.running().insert(number, start(listener, count, script));
            }
            "report" => {
                let number = rest.parse().map_err(|_| malformed())?;
                report(listener, self.running().remove(&number).ok_or_else(malformed)?);
            }
            _ => return Err(malformed()),
        }
        Ok(())
    }

    /// Waits until every script is done whose report was not asked for.
    #[cfg(all(unix, not(triga_platform = "sim")))]
    pub(crate) fn finish(&self) {
        let running: Vec<_> = self.running().drain().collect();
        for (_, running) in running {
            // A panic of it would have been its report.
            let _ = running.join();
        }
    }

    fn running(&self) -> std::sync::MutexGuard<'_, HashMap<u32, Running>> {
        self.running.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[derive(Debug, Clone, Copy)]
pub(crate) enum Step {
    /// `send N`
    Send(u64),
    /// `receive N`
    Receive(u64),
    /// `receive all`: up to the end of the stream.
    ReceiveAll,
    /// `echo`: sends what it receives, up to the end of the stream.
    Echo,
    /// `end`: sends no more.
    End,
    /// `urgent`: sends a byte out of band.
    Urgent,
    /// `reset`: goes without a goodbye, when the script is over.
    Reset,
}

fn parse(script: &str) -> Option<Vec<Step>> {
    let step = |step: &str| {
        let (word, rest) = step.split_once(' ').unwrap_or((step, ""));
        Some(match (word, rest) {
            ("send", count) => Step::Send(count.parse().ok()?),
            ("receive", "all") => Step::ReceiveAll,
            ("receive", count) => Step::Receive(count.parse().ok()?),
            ("echo", "") => Step::Echo,
            ("end", "") => Step::End,
            ("urgent", "") => Step::Urgent,
            ("reset", "") => Step::Reset,
            _ => return None,
        })
    };
    script.split(", ").map(step).collect()
}
