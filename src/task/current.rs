//! The executor that runs on this thread.

use std::cell::Cell;
use std::mem::ManuallyDrop;
use std::rc::Rc;

use crate::sync::thread_local;
use crate::task::tasks::Tasks;

thread_local! {
    /// Never dropped, so that it can be used while a thread ends. It holds nothing while no executor runs.
    static CURRENT: ManuallyDrop<Cell<Option<Rc<Tasks>>>> = const { ManuallyDrop::new(Cell::new(None)) };
}

/// Calls a function with the tasks of the executor that runs on this thread, if one does. They are out of the cell meanwhile, so
/// the function calls no foreign code.
#[inline]
pub(crate) fn with<T>(function: impl FnOnce(Option<&Rc<Tasks>>) -> T) -> T {
    CURRENT.with(|current| {
        let tasks = current.take();
        let result = function(tasks.as_ref());
        current.set(tasks);
        result
    })
}

/// Makes an executor the one of this thread, until it is dropped.
#[derive(Debug)]
pub(crate) struct Enter(());

impl Enter {
    /// `None` if the thread runs another one already.
    pub(crate) fn new(tasks: &Rc<Tasks>) -> Option<Enter> {
        with(|running| running.is_none()).then(|| {
            CURRENT.with(|current| current.set(Some(tasks.clone())));
            Enter(())
        })
    }
}

impl Drop for Enter {
    fn drop(&mut self) {
        let tasks = CURRENT.with(|current| current.take());
        drop(tasks);
    }
}
