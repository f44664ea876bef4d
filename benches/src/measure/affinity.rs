//! One CPU for everything. A load that ran elsewhere would add the cost of waking another CPU to the server's; and with one CPU
//! a wave of messages is there as a whole when the server looks, so that counts repeat.

use std::io;

use nix::sched::{CpuSet, sched_getaffinity, sched_setaffinity};
use nix::unistd::Pid;

/// Keeps the calling thread, and every thread and process it starts, on one CPU: the last of those that it may use.
pub(crate) fn pin() -> io::Result<()> {
    const THIS_THREAD: Pid = Pid::from_raw(0);
    let allowed = sched_getaffinity(THIS_THREAD)?;
    let last = (0..CpuSet::count()).rev().find(|&cpu| allowed.is_set(cpu) == Ok(true));
    let mut one = CpuSet::new();
    one.set(last.ok_or_else(|| io::Error::other("the system names no CPU that this thread may use"))?)?;
    Ok(sched_setaffinity(THIS_THREAD, &one)?)
}
