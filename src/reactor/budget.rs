//! The cooperative budget: a source that is always ready lets others run all the same.
//!
//! Each readiness that a task is given costs one: of a source, of a flush, of a timer. When the budget of its thread is spent,
//! the task is woken again and gets `Pending`, which sends it to the end of its executor's queue, and the budget is full again.
//! That works under every executor, since none has to do anything for it.
//!
//! triga's own executor fills the budget for each task, and a turn of a driver fills that of its thread. Other executors do not
//! say when a task begins. There the budget is shared by the tasks of a thread: now and then a task gets `Pending` that has
//! had less than its share. It is woken at once, and loses its place in the queue. The waker does not identify the task: one
//! that polls its parts with wakers of their own, as `FuturesUnordered` does, would never spend its budget.

use std::cell::Cell;
use std::task::{Context, Poll};

use crate::sync::thread_local;

const BUDGET: u8 = 128;

thread_local! {
    static LEFT: Cell<u8> = const { Cell::new(BUDGET) };
}

/// Takes one from the budget, or lets others run.
#[inline]
pub(crate) fn poll_proceed(cx: &Context<'_>) -> Poll<()> {
    let left = LEFT.with(Cell::get);
    LEFT.with(|budget| budget.set(left.checked_sub(1).unwrap_or(BUDGET)));
    if left == 0 {
        cx.waker().wake_by_ref();
        return Poll::Pending;
    }
    Poll::Ready(())
}

/// A task begins, or a driver was turned.
#[inline]
pub(crate) fn refill() {
    LEFT.with(|budget| budget.set(BUDGET));
}
