//! CPU time.

use std::io;

use nix::time::{ClockId, clock_getcpuclockid, clock_gettime};
use nix::unistd::Pid;

/// Nanoseconds of CPU time, user and system, of every thread of the process, threads that a runtime hides among them.
pub(crate) fn process() -> io::Result<f64> {
    nanoseconds(ClockId::CLOCK_PROCESS_CPUTIME_ID)
}

/// The same of another process.
pub(crate) fn process_of(pid: Pid) -> io::Result<f64> {
    nanoseconds(clock_getcpuclockid(pid)?)
}

/// That of this process, less the calling thread's own: what a server costs, as its load sees it.
pub(crate) fn other_threads() -> io::Result<f64> {
    let own = nanoseconds(ClockId::CLOCK_THREAD_CPUTIME_ID)?;
    Ok(process()? - own)
}

/// Nanoseconds of CPU time that `work` takes.
pub(crate) fn time(work: impl FnOnce() -> io::Result<()>) -> io::Result<f64> {
    let before = process()?;
    work()?;
    Ok(process()? - before)
}

fn nanoseconds(clock: ClockId) -> io::Result<f64> {
    let time = clock_gettime(clock)?;
    Ok(time.tv_sec() as f64 * 1e9 + time.tv_nsec() as f64)
}
