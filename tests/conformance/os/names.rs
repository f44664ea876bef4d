//! Names, where threads look them up.

use std::fs;
use std::io;

use futures_util::future::join_all;
use nix::unistd::{Uid, geteuid, setuid};
use triga::net::lookup;
use triga::task::yield_now;

use crate::harness::Outcome;
use crate::program::command;

/// How many threads of this process look a name up, or did and are about to end, where the system tells.
fn lookup_threads() -> usize {
    let names = fs::read_dir("/proc/self/task").into_iter().flatten().flatten();
    let names = names.filter_map(|task| fs::read_to_string(task.path().join("comm")).ok());
    names.filter(|name| name.trim() == "triga-lookup").count()
}

pub(super) async fn many_names_at_once_take_a_few_threads() -> Outcome {
    // Those of other tests may still be ending.
    while lookup_threads() > 0 {
        yield_now().await;
    }
    let looking = triga::spawn(join_all((0..300).map(|port| lookup("localhost", port))))?;
    while !looking.is_finished() {
        let threads = lookup_threads();
        // Four at a time look names up. One that found nothing to do may be ending while another begins.
        assert!(threads <= 20, "{threads} threads");
        yield_now().await;
    }
    for (port, addresses) in (0..).zip(looking.await?) {
        assert!(addresses?.all(|address| address.ip().is_loopback() && address.port() == port));
    }
    Ok(())
}

pub(super) async fn a_name_without_a_thread_is_an_error_of_its_own_on_linux() -> Outcome {
    if cfg!(any(target_os = "linux", target_os = "android")) {
        let status = command(&["look up without threads"]).status()?;
        assert!(status.success(), "{status}");
    }
    Ok(())
}

/// Looks names up with no thread to be had, and then with some.
pub(crate) async fn without_threads() -> Outcome {
    if geteuid().is_root() {
        // The limit is not for root.
        setuid(Uid::from_raw(65_534))?;
    }
    allow_threads(false)?;
    for result in join_all((0..10).map(|port| lookup("localhost", port))).await {
        let error = result.err().expect("there is no thread for it");
        assert_eq!(error.kind(), io::ErrorKind::ResourceBusy, "{error}");
        assert!(error.to_string().contains("thread"), "{error}");
    }
    allow_threads(true)?;
    assert!(lookup("localhost", 7).await?.next().is_some());
    Ok(())
}

#[cfg(any(target_os = "linux", target_os = "android"))]
fn allow_threads(are_allowed: bool) -> nix::Result<()> {
    use nix::sys::resource::{Resource, getrlimit, setrlimit};

    let (_, hard) = getrlimit(Resource::RLIMIT_NPROC)?;
    setrlimit(Resource::RLIMIT_NPROC, if are_allowed { hard } else { 0 }, hard)
}

#[cfg(not(any(target_os = "linux", target_os = "android")))]
fn allow_threads(_: bool) -> nix::Result<()> {
    unreachable!("nothing else counts threads as processes")
}
