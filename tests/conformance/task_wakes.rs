//! What wakes tasks of triga's executor: sources, combinators, other tasks and other threads.

use std::cell::{Cell, RefCell};
use std::future::poll_fn;
use std::io::{self, Read, Write};
use std::pin::Pin;
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Poll, Waker};
use std::thread;

use futures_util::stream::FuturesUnordered;
use futures_util::task::AtomicWaker;
use futures_util::{AsyncRead, AsyncReadExt, AsyncWriteExt, StreamExt};
use triga::net::TcpStream;
use triga::task::{Executor, yield_now};
use triga::{Capability, Direction, Driver, Interest, Registration};

use crate::harness::{Outcome, programs, tests};
use crate::numbers::many;
use crate::pattern;
use crate::peer::{crowd, peer, source};
use crate::rows::Need;

tests![
    a_wake_of_a_task_that_is_done_runs_no_other(),
    a_task_in_the_place_of_one_that_was_cancelled_as_it_was_woken_is_woken_too(),
    a_task_reads_through_the_wakers_of_a_combinator(Need::Peer),
    a_task_that_its_source_and_another_task_wake_hears_of_both(Need::Peer),
    a_task_reads_a_source_of_a_driver_on_another_thread(Need::Has(Capability::RemoteWake), Need::Peer),
    a_task_is_woken_from_other_threads(Need::Has(Capability::RemoteWake)),
];

programs![a_waker_outlives_its_task_and_its_executor()];

/// Sends bytes through a stream that sends them back.
async fn round_trips(stream: TcpStream) -> io::Result<()> {
    for round in 0..10 {
        let sent = pattern::bytes(round * 64, 64);
        (&stream).write_all(&sent).await?;
        let mut received = [0; 64];
        (&stream).read_exact(&mut received).await?;
        assert_eq!(received[..], sent);
    }
    Ok(())
}

async fn a_wake_of_a_task_that_is_done_runs_no_other() -> Outcome {
    let polls = Rc::new(Cell::new(0));
    let counter = polls.clone();
    let next = triga::spawn(async move {
        triga::spawn(poll_fn(|cx| {
            cx.waker().wake_by_ref();
            Poll::Ready(())
        }))?
        .await?;
        // It takes the place of the one before, which is in the queue once more.
        triga::spawn(poll_fn(move |_| {
            counter.set(counter.get() + 1);
            Poll::<()>::Pending
        }))
    })?
    .await??;
    for _ in 0..3 {
        yield_now().await;
    }
    assert_eq!(polls.get(), 1);
    drop(next);
    Ok(())
}

async fn a_task_in_the_place_of_one_that_was_cancelled_as_it_was_woken_is_woken_too() -> Outcome {
    let left = Rc::new(RefCell::new(None::<Waker>));
    let place = left.clone();
    let task = triga::spawn(poll_fn(move |cx| {
        place.replace(Some(cx.waker().clone()));
        Poll::<()>::Pending
    }))?;
    yield_now().await;
    left.take().unwrap().wake();
    assert_eq!(task.cancel(), None);
    // Its wake is taken, and dropped.
    yield_now().await;
    let steps = triga::spawn(async {
        yield_now().await;
        yield_now().await;
        3
    })?;
    assert_eq!(steps.await?, 3);
    Ok(())
}

async fn a_task_reads_through_the_wakers_of_a_combinator() -> Outcome {
    let (streams, _far) = crowd(2, "echo").await?;
    let mut all: FuturesUnordered<_> = streams.into_iter().map(round_trips).collect();
    triga::spawn(async move {
        while let Some(outcome) = all.next().await {
            outcome?;
        }
        io::Result::Ok(())
    })?
    .await??;
    Ok(())
}

async fn a_task_that_its_source_and_another_task_wake_hears_of_both() -> Outcome {
    /// What a task hears from the other: of how many rounds, and its waker while it waits for more.
    type Heard = RefCell<(usize, Option<Waker>)>;
    const ROUNDS: usize = 100;
    let [(one, _far), (other, _other_far)] = [peer("echo").await?, peer("echo").await?];
    let heard: Rc<[Heard; 2]> = Rc::default();
    let mut tasks = Vec::new();
    for (index, mut stream) in [one, other].into_iter().enumerate() {
        let heard = heard.clone();
        tasks.push(triga::spawn(async move {
            for round in 1..=ROUNDS {
                let sent = pattern::bytes(round as u64 - 1, 1);
                stream.write_all(&sent).await?;
                let mut byte = [0];
                let mut has_read = false;
                poll_fn(|cx| {
                    if !has_read && Pin::new(&mut stream).poll_read(cx, &mut byte)?.is_ready() {
                        has_read = true;
                        let (told, waker) = &mut *heard[1 - index].borrow_mut();
                        *told += 1;
                        waker.take().into_iter().for_each(Waker::wake);
                    }
                    let (told, waker) = &mut *heard[index].borrow_mut();
                    if has_read && *told >= round {
                        return Poll::Ready(io::Result::Ok(()));
                    }
                    *waker = Some(cx.waker().clone());
                    Poll::Pending
                })
                .await?;
                assert_eq!(byte[..], sent);
            }
            io::Result::Ok(())
        })?);
    }
    for task in tasks {
        task.await??;
    }
    Ok(())
}

async fn a_task_reads_a_source_of_a_driver_on_another_thread() -> Outcome {
    let mut driver = Driver::new()?;
    let handle = driver.handle().clone();
    let is_over = Arc::new(AtomicBool::new(false));
    let over = is_over.clone();
    let other = thread::spawn(move || {
        while !over.load(Ordering::SeqCst) {
            driver.turn(None)?;
        }
        io::Result::Ok(())
    });
    let (mut source, _far) = source("echo").await?;
    let registration = Registration::new(&handle, &mut source, Interest::READABLE | Interest::WRITABLE)?;
    triga::spawn(async move {
        for round in 0..10 {
            let sent = pattern::bytes(round, 1);
            poll_fn(|cx| registration.poll_io(cx, Direction::Write, || source.write_all(&sent))).await?;
            let mut received = [0];
            poll_fn(|cx| registration.poll_io(cx, Direction::Read, || source.read_exact(&mut received))).await?;
            assert_eq!(received[..], sent);
        }
        io::Result::Ok(())
    })?
    .await??;
    is_over.store(true, Ordering::SeqCst);
    handle.unpark()?;
    other.join().unwrap()?;
    Ok(())
}

async fn a_task_is_woken_from_other_threads() -> Outcome {
    #[derive(Default)]
    struct Signal {
        is_set: AtomicBool,
        waker: AtomicWaker,
    }
    let signal = Arc::new(Signal::default());
    let asked = Arc::new(Signal::default());
    let (there, back) = (signal.clone(), asked.clone());
    let other = thread::spawn(move || {
        for round in 0..many(10_000) {
            while !back.is_set.swap(false, Ordering::SeqCst) {
                thread::yield_now();
            }
            // The task may be about to wait, waiting, or its driver asleep.
            (0..round % 1_000).for_each(|_| std::hint::spin_loop());
            there.is_set.store(true, Ordering::SeqCst);
            there.waker.wake();
        }
    });
    let task = triga::spawn(async move {
        for _ in 0..many(10_000) {
            asked.is_set.store(true, Ordering::SeqCst);
            poll_fn(|cx| {
                signal.waker.register(cx.waker());
                if signal.is_set.swap(false, Ordering::SeqCst) {
                    Poll::Ready(())
                } else {
                    Poll::Pending
                }
            })
            .await;
        }
    })?;
    task.await?;
    other.join().unwrap();
    Ok(())
}

fn a_waker_outlives_its_task_and_its_executor() -> Outcome {
    let mut executor = Executor::new()?;
    let kept = Rc::new(RefCell::new(None));
    let place = kept.clone();
    let task = executor.spawn(poll_fn(move |cx| {
        place.replace(Some(cx.waker().clone()));
        Poll::<()>::Pending
    }));
    executor.block_on(yield_now())?;
    let waker = kept.take().expect("the task ran");
    drop(executor);
    waker.wake_by_ref();
    drop(task);
    waker.wake();
    Ok(())
}
