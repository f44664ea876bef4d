//! The executor: tasks that are woken from other threads while it runs, while it begins to wait, and while it waits.

use std::cell::RefCell;
use std::future::poll_fn;
use std::io;
use std::rc::Rc;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};

use loom::sync::atomic::AtomicUsize;
use loom::sync::atomic::Ordering::Relaxed;
use loom::thread;
use triga::task::{Executor, yield_now};
use triga::{Interest, Ready};

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
fn a_task_that_is_woken_while_its_executor_is_dropped_is_freed() {
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

/// A reader whose executor turns the driver, and which therefore leaves its key alone, is woken by an event that another thread
/// makes; and so is a wait of another thread for the same source, before it, beside it or after it.
#[test]
fn a_reader_of_the_drivers_own_executor_is_woken_beside_others() {
    check(3, || {
        let mut executor = Executor::new().unwrap();
        let (registration, poster) = register(executor.handle()).unwrap();
        let registration = Arc::new(registration);
        let (elsewhere, note) = (registration.clone(), Arc::new(Note::default()));
        let other = thread::spawn(move || {
            poster.post(Ready::READABLE);
            let mut wait = listed(elsewhere);
            (note.poll(|cx| wait.as_mut().poll(cx)).is_ready(), wait, note)
        });
        let reading = executor.spawn(to_read(registration));
        assert!(
            executor
                .block_on(reading)
                .unwrap()
                .unwrap()
                .unwrap()
                .ready()
                .is_readable()
        );
        let (is_ready, _wait, note) = other.join().unwrap();
        assert!(is_ready || note.is_woken());
    });
}

/// A registration that a task of the driver's executor waits for may be dropped by another thread while an event comes, and its
/// place goes to the next source: the task that reads that one is woken for it.
#[test]
fn a_reader_is_woken_in_the_place_of_one_that_another_thread_drops() {
    check(3, || {
        let mut executor = Executor::new().unwrap();
        let (registration, poster) = register(executor.handle()).unwrap();
        let handle = executor.handle().clone();
        let _other = register(&handle).unwrap();
        let registration = Arc::new(registration);
        let dropping = registration.clone();
        let mut first = to_read(registration);
        let reading = executor.spawn(async move {
            // Stores the key, and drops the source.
            let _ = poll_fn(|cx| Poll::Ready(first.as_mut().poll(cx))).await;
            drop(first);
            // The driver turns, which may deliver the event and then release the place.
            for _ in 0..2 {
                handle.sleep_until(DUE).await.unwrap();
            }
            let (registration, poster) = register(&handle).unwrap();
            let not_yet = registration.try_io(Interest::READABLE, || Ok(()));
            assert_eq!(not_yet.unwrap_err().kind(), io::ErrorKind::WouldBlock);
            poster.post(Ready::READABLE);
            to_read(Arc::new(registration)).await.unwrap()
        });
        let other = thread::spawn(move || {
            poster.post(Ready::READABLE);
            drop(dropping);
        });
        assert!(executor.block_on(reading).unwrap().unwrap().ready().is_readable());
        other.join().unwrap();
    });
}
