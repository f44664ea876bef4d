//! The module `task`: where tasks run, and in which order. The simulator has its own. Every other platform takes
//! `common/in_order.rs`, which leaves tasks as they are.
//!
//! ```text
//! pub fn place<F: Future>(future: F) -> impl Future<Output = F::Output>;
//! pub fn order<T>(tasks: &mut [T]);
//! ```
//!
//! * `place` is called once for each task, on the thread that spawns it. The executor runs the future that it returns.
//! * `order` is called for each batch of tasks that are ready, before the first of them runs.
