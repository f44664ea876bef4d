//! Tasks take turns, and none of them keeps others, timers or sockets waiting.

use std::cell::{Cell, RefCell};
use std::io;
use std::rc::Rc;
use std::time::Duration;

use futures_util::{AsyncReadExt, AsyncWriteExt};
use triga::task::yield_now;
use triga::time::sleep;

use crate::harness::{Outcome, block_on, plain_world, programs, tests};
use crate::numbers::many;
use crate::pattern;
use crate::peer::peer;
use crate::rows::Need;

tests![
    a_thousand_tasks_take_turns(),
    who_yields_comes_after_every_task_that_is_ready(),
    a_task_that_is_always_ready_starves_no_timer(),
    a_task_that_is_always_ready_starves_no_socket(Need::Peer),
    a_socket_that_is_always_ready_starves_no_task(Need::Peer),
    a_timer_that_is_always_due_starves_no_task(),
];

programs![tasks_run_in_the_order_of_their_wakes()];

/// The steps of many tasks that take ten each, in the order in which they were taken.
async fn steps() -> io::Result<Vec<(usize, usize)>> {
    let steps = Rc::new(RefCell::new(Vec::new()));
    let mut tasks = Vec::new();
    for task in 0..many(1_000) {
        let steps = steps.clone();
        tasks.push(triga::spawn(async move {
            for step in 0..10 {
                steps.borrow_mut().push((step, task));
                yield_now().await;
            }
        })?);
    }
    for task in tasks {
        task.await?;
    }
    Ok(steps.take())
}

async fn a_thousand_tasks_take_turns() -> Outcome {
    assert!(
        steps().await?.is_sorted_by_key(|(step, _)| *step),
        "a task took a step before another took the one before"
    );
    Ok(())
}

fn tasks_run_in_the_order_of_their_wakes() -> Outcome {
    let _world = plain_world();
    assert!(block_on(async { Ok(steps().await?) })?.is_sorted());
    Ok(())
}

async fn who_yields_comes_after_every_task_that_is_ready() -> Outcome {
    let steps = Rc::new(Cell::new(0));
    for _ in 0..10 {
        let steps = steps.clone();
        triga::spawn(async move { steps.set(steps.get() + 1) })?.detach();
    }
    yield_now().await;
    assert_eq!(steps.get(), 10);
    Ok(())
}

/// A task that never waits, for as long as this lives.
fn always_ready() -> io::Result<triga::task::JoinHandle<()>> {
    triga::spawn(async {
        loop {
            yield_now().await;
        }
    })
}

async fn a_task_that_is_always_ready_starves_no_timer() -> Outcome {
    let _busy = [always_ready()?, always_ready()?];
    for _ in 0..10 {
        sleep(Duration::from_millis(1)).await?;
    }
    Ok(())
}

async fn a_task_that_is_always_ready_starves_no_socket() -> Outcome {
    let (mut stream, _far) = peer("echo").await?;
    let _busy = [always_ready()?, always_ready()?];
    for round in 0..many(100) as u64 {
        let sent = pattern::bytes(round * 100, 100);
        stream.write_all(&sent).await?;
        let mut received = [0; 100];
        stream.read_exact(&mut received).await?;
        assert_eq!(received[..], sent);
    }
    Ok(())
}

async fn a_socket_that_is_always_ready_starves_no_task() -> Outcome {
    const BYTES: usize = 2_000 * many(10);
    let (mut stream, _far) = peer(&format!("send {BYTES}, receive all")).await?;
    // From here on no read has to wait.
    let mut buffer = vec![0; BYTES];
    while stream.peek(&mut buffer).await? < BYTES {}
    let steps = Rc::new(Cell::new(0));
    let counter = steps.clone();
    let neighbour = triga::spawn(async move {
        loop {
            counter.set(counter.get() + 1);
            yield_now().await;
        }
    })?;
    yield_now().await;
    let before = steps.get();
    for _ in 0..BYTES {
        stream.read_exact(&mut [0]).await?;
    }
    let meanwhile = steps.get() - before;
    drop(neighbour);
    assert!(
        meanwhile >= BYTES / 1_000,
        "the neighbour ran {meanwhile} times in {BYTES} reads"
    );
    Ok(())
}

async fn a_timer_that_is_always_due_starves_no_task() -> Outcome {
    let done = Rc::new(Cell::new(false));
    let inner = done.clone();
    let neighbour = triga::spawn(async move {
        for _ in 0..100 {
            yield_now().await;
        }
        inner.set(true);
    })?;
    while !done.get() {
        sleep(Duration::ZERO).await?;
    }
    neighbour.await?;
    Ok(())
}
