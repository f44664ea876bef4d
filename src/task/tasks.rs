//! The tasks of an executor: their futures, which never leave its thread, and what becomes of them.

use std::any::Any;
use std::cell::{Cell, RefCell};
use std::fmt;
use std::future::Future;
use std::io;
use std::mem;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll, Wake, Waker};

use futures_util::future::{MaybeDone, maybe_done};
use pin_project_lite::pin_project;
use slab::Slab;
use triga_platform::task;

use crate::coop;
use crate::sync::Arc;
use crate::task::join::{JoinHandle, Panicked};
use crate::task::local;
use crate::task::queue::{Queue, Task};

/// A task's future, of whatever type.
pub(crate) trait Job {
    fn run(self: Pin<&mut Self>, key: usize) -> Poll<()>;
    /// Leaves the output in an `Option` of its type.
    fn give_output(self: Pin<&mut Self>, place: &mut dyn Any);
}

pin_project! {
    /// A future that keeps its output, beside the waker that it is polled with: what one run reads lies together.
    #[repr(C)]
    struct Spawned<F: Future> {
        waker: Waker,
        #[pin]
        future: MaybeDone<F>,
    }
}

impl<F> Job for Spawned<F>
where
    F: Future,
    F::Output: 'static,
{
    #[inline]
    fn run(self: Pin<&mut Self>, key: usize) -> Poll<()> {
        let this = self.project();
        local::run(key, this.waker);
        this.future.poll(&mut Context::from_waker(this.waker))
    }

    fn give_output(self: Pin<&mut Self>, place: &mut dyn Any) {
        if let Some(place) = place.downcast_mut() {
            *place = self.project().future.take_output();
        }
    }
}

type BoxJob = Pin<Box<dyn Job>>;

/// All tasks of an executor that are not done, or whose handle somebody has.
pub(crate) struct Tasks {
    queue: Arc<Queue>,
    entries: RefCell<Slab<Entry>>,
    /// The key of the task that runs, unless it was cancelled meanwhile.
    running: Cell<usize>,
    /// [`MAIN`] was among the keys to run.
    main_is_ready: Cell<bool>,
}

/// No task has this key.
pub(crate) const NOBODY: usize = usize::MAX;

/// The main future leaves this key where tasks leave theirs. It is nobody else's: memory ends before there are so many tasks.
pub(crate) const MAIN: usize = u32::MAX as usize - 1;

/// What is read at each run is small and lies side by side; the rest is boxed, where it is needed at all.
struct Entry {
    /// Not here while it runs, and not once it is done.
    job: Option<BoxJob>,
    owner: Owner,
}

/// Who asks for a task's output.
enum Owner {
    Nobody,
    Handle,
    /// A task that awaits the handle.
    Waker(Box<Waker>),
    /// A handle, for a task that is done.
    End(Box<End>),
}

/// How a task ended.
pub(crate) enum End {
    Done(BoxJob),
    Panicked(Box<dyn Any + Send>),
    /// Its executor went before it was done, or its output was taken.
    Gone,
}

impl Tasks {
    pub(crate) fn new(queue: Arc<Queue>) -> Tasks {
        Tasks {
            queue,
            entries: RefCell::default(),
            running: Cell::new(NOBODY),
            main_is_ready: Cell::new(false),
        }
    }

    pub(crate) fn queue(&self) -> &Arc<Queue> {
        &self.queue
    }

    pub(crate) fn spawn<F>(self: &Rc<Self>, future: F) -> JoinHandle<F::Output>
    where
        F: Future + 'static,
        F::Output: 'static,
    {
        let mut entries = self.entries.borrow_mut();
        let entry = entries.vacant_entry();
        let key = entry.key();
        let task = Task::new(key, self.queue.clone());
        entry.insert(Entry {
            job: Some(Box::pin(Spawned {
                waker: Waker::from(task.clone()),
                future: maybe_done(task::place(future)),
            })),
            owner: Owner::Handle,
        });
        drop(entries);
        task.wake();
        JoinHandle::new(self.clone(), key)
    }

    /// Runs each task once, and says whether the main future is to run, too.
    ///
    /// One that panics hands its panic to whoever awaits it. One whose future panics as it is dropped has said so through the
    /// panic hook by the time it comes back here. The others go on.
    pub(crate) fn run(&self, keys: &mut Vec<usize>) -> bool {
        let _batch = local::Batch;
        let mut keys = keys.drain(..);
        while let Err(payload) = catch_unwind(AssertUnwindSafe(|| keys.by_ref().for_each(|key| self.run_one(key)))) {
            self.end(self.running.replace(NOBODY), End::Panicked(payload));
        }
        self.main_is_ready.take()
    }

    /// A key whose task is done, and one that was given to another task since, cost that one a run at most.
    #[inline]
    fn run_one(&self, key: usize) {
        local::begin(key);
        let Some(mut job) = self.take(key) else {
            if key == MAIN {
                self.main_is_ready.set(true);
            }
            return;
        };
        coop::refill();
        self.running.set(key);
        let polled = job.as_mut().run(key);
        let still = self.running.replace(NOBODY);
        match polled {
            Poll::Pending => self.put_back(still, job),
            Poll::Ready(()) => self.end(still, End::Done(job)),
        }
    }

    /// The task's job, unless it is done or cancelled.
    #[inline]
    fn take(&self, key: usize) -> Option<BoxJob> {
        self.entries.borrow_mut().get_mut(key)?.job.take()
    }

    #[inline]
    fn put_back(&self, key: usize, job: BoxJob) {
        if let Some(entry) = self.entries.borrow_mut().get_mut(key) {
            // Nothing is there to drop, which the compiler does not know.
            mem::forget(entry.job.replace(job));
        }
    }

    /// The task is done. What it leaves is kept for its handle, if somebody has it.
    fn end(&self, key: usize, end: End) {
        let mut entries = self.entries.borrow_mut();
        let Some(entry) = entries.get_mut(key) else { return };
        if let Owner::Nobody = entry.owner {
            let entry = entries.remove(key);
            drop(entries);
            drop((entry, end));
            return;
        }
        let owner = mem::replace(&mut entry.owner, Owner::End(Box::new(end)));
        drop(entries);
        if let Owner::Waker(waker) = owner {
            waker.wake();
        }
    }

    pub(crate) fn is_finished(&self, key: usize) -> bool {
        matches!(self.entries.borrow()[key].owner, Owner::End(_))
    }

    /// How the task ended; until it does, whoever asked last is woken when it does.
    pub(crate) fn poll_join(&self, key: usize, cx: &Context<'_>) -> Poll<End> {
        match &mut self.entries.borrow_mut()[key].owner {
            Owner::End(end) => return Poll::Ready(mem::replace(end, End::Gone)),
            Owner::Waker(left) if left.will_wake(cx.waker()) => return Poll::Pending,
            _ => {}
        }
        // Cloning and dropping a waker is foreign code, which may come back here.
        let waker = Owner::Waker(Box::new(cx.waker().clone()));
        let before = mem::replace(&mut self.entries.borrow_mut()[key].owner, waker);
        drop(before);
        Poll::Pending
    }

    /// The handle is gone, and nobody asks for the output.
    pub(crate) fn detach(&self, key: usize) {
        let mut entries = self.entries.borrow_mut();
        let before = mem::replace(&mut entries[key].owner, Owner::Nobody);
        let done = matches!(before, Owner::End(_)).then(|| entries.remove(key));
        drop(entries);
        drop((before, done));
    }

    /// The handle is gone, and so is the task. Its future is dropped here, or, if it is the one that runs, when it returns.
    pub(crate) fn cancel(&self, key: usize) -> Option<End> {
        if self.running.get() == key {
            self.running.set(NOBODY);
        }
        let entry = self.entries.borrow_mut().try_remove(key);
        match entry?.owner {
            Owner::End(end) => Some(*end),
            _ => None,
        }
    }

    /// The executor is gone: every future is dropped, and those who await one learn it.
    pub(crate) fn close(&self) {
        self.queue.close();
        let keys = 0..self.entries.borrow().capacity();
        for key in keys {
            if let Some(job) = self.take(key) {
                drop(job);
                self.end(key, End::Gone);
            }
        }
    }
}

impl End {
    /// The task's output.
    ///
    /// # Errors
    ///
    /// A panic of the task, and `Interrupted` if it was never done.
    pub(crate) fn into_output<T: 'static>(self) -> io::Result<T> {
        let mut output = None;
        match self {
            End::Done(mut job) => job.as_mut().give_output(&mut output),
            End::Panicked(payload) => return Err(io::Error::other(Panicked::new(payload))),
            End::Gone => {}
        }
        output.ok_or_else(|| {
            io::Error::new(
                io::ErrorKind::Interrupted,
                "the task will never be done: its executor is gone",
            )
        })
    }
}

impl fmt::Debug for Tasks {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Tasks")
            .field("queue", &self.queue)
            .finish_non_exhaustive()
    }
}
