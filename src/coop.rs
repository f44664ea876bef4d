//! The cooperative budget: a source that is always ready lets others run all the same.
//!
//! Each readiness that a task is given costs one. When the budget of its thread is spent, the task is woken again and told to
//! wait, which sends it to the end of its executor's queue, and the budget is full again. That works under every executor,
//! since none has to do anything for it; triga's own fills the budget for each task.

use std::cell::Cell;
use std::task::{Context, Poll};

use triga_platform::{Capability, SUPPORT};

use crate::sync::thread_local;

const BUDGET: u8 = 128;

thread_local! {
    static LEFT: Cell<u8> = const { Cell::new(BUDGET) };
}

/// Takes one from the budget, or lets others run.
#[inline]
pub(crate) fn poll_proceed(cx: &Context<'_>) -> Poll<()> {
    if SUPPORT.has(Capability::Threads) {
        proceed(cx)
    } else {
        proceed_by_call(cx)
    }
}

/// A program for one thread is one whose size counts.
#[inline(never)]
fn proceed_by_call(cx: &Context<'_>) -> Poll<()> {
    proceed(cx)
}

#[inline(always)]
fn proceed(cx: &Context<'_>) -> Poll<()> {
    let left = LEFT.with(Cell::get);
    LEFT.with(|budget| budget.set(left.checked_sub(1).unwrap_or(BUDGET)));
    if left == 0 {
        cx.waker().wake_by_ref();
        return Poll::Pending;
    }
    Poll::Ready(())
}

/// A task begins.
#[inline]
pub(crate) fn refill() {
    LEFT.with(|budget| budget.set(BUDGET));
}
