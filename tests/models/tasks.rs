//! The executor: tasks that are woken from other threads while it runs, while it begins to wait, and while it waits.

use std::cell::RefCell;
use std::future::poll_fn;
use std::rc::Rc;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};

use loom::sync::atomic::AtomicUsize;
use loom::sync::atomic::Ordering::Relaxed;
use loom::thread;
use triga::task::{Executor, yield_now};

use crate::support::*;

/// Has other threads do work at the first poll, each of which wakes the task for it; done when it sees the work of all.
/// It is not polled unless it was woken, so what it does not see then is lost.
async fn work_of_others(threads: usize) {
    let done = Arc::new(AtomicUsize::new(0));
    let mut working = None;
    poll_fn(|cx: &mut Context<'_>| {
        working.get_or_insert_with(|| {
            let work = |waker: Waker, done: Arc<AtomicUsize>| {
                move || {
                    done.fetch_add(1, Relaxed);
                    waker.wake();
                }
            };
            Vec::from_iter((0..threads).map(|_| thread::spawn(work(cx.waker().clone(), done.clone()))))
        });
        if done.load(Relaxed) == threads {
            Poll::Ready(())
        } else {
            Poll::Pending
        }
    })
    .await;
    join(working.into_iter().flatten());
}

/// The main future runs after each wake from another thread, and sees what was done before it.
#[test]
fn the_main_future_runs_after_a_wake_from_another_thread() {
    check(3, || Executor::new().unwrap().block_on(work_of_others(1)).unwrap());
    check(2, || Executor::new().unwrap().block_on(work_of_others(2)).unwrap());
}

/// A task runs after each wake from another thread, also if that comes while it runs, and sees what was done before it.
#[test]
fn a_task_runs_after_a_wake_from_another_thread() {
    let run = |threads| {
        let mut executor = Executor::new().unwrap();
        let task = executor.spawn(work_of_others(threads));
        executor.block_on(task).unwrap().unwrap();
    };
    check(3, move || run(1));
    check(2, move || run(2));
}

/// A task that another thread wakes while its executor goes is let go all the same.
#[test]
fn a_task_that_is_woken_while_its_executor_goes_is_let_go() {
    check(3, || {
        let mut executor = Executor::new().unwrap();
        let waking = Rc::new(RefCell::new(Vec::new()));
        let owned = waking.clone();
        let never = poll_fn(move |cx| {
            let waker = cx.waker().clone();
            owned.borrow_mut().push(thread::spawn(move || waker.wake()));
            Poll::<()>::Pending
        });
        executor.spawn(never).detach();
        executor.block_on(yield_now()).unwrap();
        drop(executor);
        join(Rc::into_inner(waking).unwrap().into_inner());
    });
}
