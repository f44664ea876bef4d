//! How many descriptors there may be.

use std::io;

use nix::sys::resource::{Resource, getrlimit, setrlimit};

/// Raises the limit as far as the system lets an ordinary process, and says how far that is.
pub(crate) fn raise() -> io::Result<usize> {
    let (_, hard) = getrlimit(Resource::RLIMIT_NOFILE)?;
    setrlimit(Resource::RLIMIT_NOFILE, hard, hard)?;
    Ok(usize::try_from(hard).unwrap_or(usize::MAX))
}

/// `wanted`, or less if the limit, with some kept back for everything else, does not allow it. Less is said aloud.
pub(crate) fn at_most(wanted: usize, limit: usize, what: &str) -> usize {
    const KEPT_BACK: usize = 500;
    let possible = limit.saturating_sub(KEPT_BACK);
    if wanted > possible {
        println!(
            "note: {possible} {what} instead of {wanted}, for the limit of open descriptors is {limit} (`ulimit -Hn`)"
        );
    }
    wanted.min(possible)
}
