//! The executor that runs on this thread, and which of its tasks does.
//!
//! An executor turns its driver on its own thread, so a source that one of its tasks reads becomes ready, and a timer fires,
//! between two runs of that task, never during one. Such a task leaves its key with the source or the timer, and nothing of it
//! needs an atomic exchange: no waker is cloned, none is taken, and no flag is contended for.

use std::cell::Cell;
use std::mem::{self, ManuallyDrop};
use std::num::NonZeroU32;
use std::rc::Rc;
use std::task::Waker;

use crate::handle::Shared;
use crate::sync::{Arc, thread_local};
use crate::task::tasks::Tasks;

thread_local! {
    /// Never dropped, so that it can be used while a thread ends; it holds nothing while no executor runs.
    static CURRENT: ManuallyDrop<Cell<Option<Rc<Tasks>>>> = const { ManuallyDrop::new(Cell::new(None)) };
}

/// Looks at the tasks of the executor that runs on this thread. They are out of the cell meanwhile, so no foreign code may run.
#[inline]
fn look<T>(seen: impl FnOnce(Option<&Rc<Tasks>>) -> T) -> T {
    CURRENT.with(|current| {
        let tasks = current.take();
        let result = seen(tasks.as_ref());
        // Nothing is there to drop, which the compiler does not know.
        mem::forget(current.replace(tasks));
        result
    })
}

/// The tasks of the executor that runs on this thread.
pub(crate) fn current() -> Option<Rc<Tasks>> {
    look(|tasks| tasks.cloned())
}

/// Looks at the tasks of the executor that runs on this thread, if it turns this driver.
#[inline]
fn with_tasks_of<T>(driver: &Arc<Shared>, seen: impl FnOnce(&Tasks) -> T) -> Option<T> {
    look(|tasks| Some(seen(tasks.filter(|tasks| tasks.are_of(driver))?)))
}

/// What the task leaves that runs here and polls with this waker, if its executor is the one that turns the driver.
#[inline]
pub(crate) fn running(driver: &Arc<Shared>, waker: &Waker) -> Option<Left> {
    with_tasks_of(driver, |tasks| tasks.running(waker))?.and_then(Left::new)
}

/// Makes a task ready if the executor of this driver runs on this thread, and says whether it does.
pub(crate) fn push(driver: &Arc<Shared>, key: usize) -> bool {
    with_tasks_of(driver, |tasks| tasks.push(key)).is_some()
}

/// The key of a task, as it is left where the task waits: a word that is never 0.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Left(NonZeroU32);

impl Left {
    /// Nothing for nobody, nor for a key that is too large: its task leaves a waker, as that of a foreign executor does.
    #[inline]
    fn new(key: usize) -> Option<Left> {
        u32::try_from(key.wrapping_add(1)).ok().and_then(Left::from_word)
    }

    #[inline]
    pub(crate) fn from_word(word: u32) -> Option<Left> {
        NonZeroU32::new(word).map(Left)
    }

    #[inline]
    pub(crate) fn word(self) -> u32 {
        self.0.get()
    }

    #[inline]
    pub(crate) fn key(self) -> usize {
        self.0.get() as usize - 1
    }
}

/// Makes an executor the one of this thread, until it is dropped.
#[derive(Debug)]
pub(crate) struct Enter(());

impl Enter {
    /// Nothing if the thread runs another one already.
    pub(crate) fn new(tasks: &Rc<Tasks>) -> Option<Enter> {
        look(|running| running.is_none()).then(|| {
            CURRENT.with(|current| current.set(Some(tasks.clone())));
            Enter(())
        })
    }
}

impl Drop for Enter {
    fn drop(&mut self) {
        drop(CURRENT.with(|current| current.take()));
    }
}
