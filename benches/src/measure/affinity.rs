//! One CPU for everything. A load that ran elsewhere would add the cost of waking another CPU to the server's; and with one CPU
//! a wave of messages is there as a whole when the server looks, so that counts repeat.

use std::io;

use nix::errno::Errno;
use nix::libc;
use nix::sched::{CpuSet, sched_getaffinity, sched_setaffinity};
use nix::unistd::Pid;

const THIS_THREAD: Pid = Pid::from_raw(0);

/// Keeps the calling thread, and every thread and process it starts, on one CPU: the last of those that it may use. None of them
/// takes it from another in the middle of its work.
pub(crate) fn pin() -> io::Result<()> {
    let allowed = sched_getaffinity(THIS_THREAD)?;
    let last = (0..CpuSet::count()).rev().find(|&cpu| allowed.is_set(cpu) == Ok(true));
    let mut one = CpuSet::new();
    one.set(last.ok_or_else(|| io::Error::other("the system names no CPU that this thread may use"))?)?;
    sched_setaffinity(THIS_THREAD, &one)?;
    be_patient()
}

/// The first answer of a wave wakes the load, which then takes the CPU from the server as often as the scheduler likes, and each
/// switch counts as the server's. A thread of the policy for batches waits for its turn (sched(7)).
fn be_patient() -> io::Result<()> {
    let no_priority = libc::sched_param { sched_priority: 0 };
    // SAFETY: the parameters outlive the call, which only reads them.
    Errno::result(unsafe { libc::sched_setscheduler(THIS_THREAD.as_raw(), libc::SCHED_BATCH, &no_priority) })?;
    Ok(())
}
