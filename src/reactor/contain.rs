//! Foreign code whose panic must not reach others: wakers, and the destructors of futures and outputs.

use std::any::Any;
use std::mem;
use std::panic::{AssertUnwindSafe, catch_unwind};

/// Runs foreign code. A panic ends here: the panic hook has reported it.
#[inline]
pub(crate) fn contain(code: impl FnOnce()) {
    if let Err(payload) = catch_unwind(AssertUnwindSafe(code)) {
        discard(payload);
    }
}

/// Drops the payload of a panic. Its destructor is foreign code as well.
#[cold]
fn discard(payload: Box<dyn Any + Send>) {
    if let Err(next) = catch_unwind(AssertUnwindSafe(|| drop(payload))) {
        // It may do so without end: leak it.
        mem::forget(next);
    }
}
