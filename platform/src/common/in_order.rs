//! Tasks where their executor alone decides their order.

/// The future of a new task, as it is.
#[inline(always)]
pub fn place<F: Future>(future: F) -> F {
    future
}

/// Tasks that are ready stay in the order in which they were woken.
#[inline(always)]
pub fn order<T>(_tasks: &mut [T]) {}
