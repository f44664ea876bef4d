//! Tasks take turns, and none of them keeps others, timers or sockets waiting.

use std::cell::{Cell, RefCell};
use std::future::poll_fn;
use std::io;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use futures_util::{AsyncRead, AsyncReadExt, AsyncWriteExt};
use triga::task::{JoinHandle, yield_now};
use triga::time::{Instant, Sleep, interval, sleep, sleep_until};
use triga::{Capability, Driver, PipeReader, PipeWriter};

use crate::harness::{Outcome, block_on, plain_world, programs, tests};
use crate::numbers::many;
use crate::pattern;
use crate::peer::peer;
use crate::rows::Need;
use crate::wakes::poll;

tests![
    a_thousand_tasks_take_turns(),
    who_yields_comes_after_every_task_that_is_ready(),
    a_task_that_is_always_ready_starves_no_timer(),
    a_task_that_is_always_ready_starves_no_socket(Need::Peer),
    a_socket_that_is_always_ready_starves_no_task(Need::Peer),
    a_timer_that_is_always_due_starves_no_task(),
    many_timers_that_are_always_due_starve_no_task(),
    many_tasks_that_are_always_ready_starve_no_timer(),
    many_tasks_that_are_always_ready_starve_no_source(Need::Has(Capability::Pipes)),
    a_flush_that_is_always_ready_starves_no_task(Need::Peer),
    an_interval_that_is_always_late_starves_no_task(),
    a_task_that_is_given_timer_after_timer_lets_others_run(),
];

programs![
    tasks_run_in_the_order_of_their_wakes(),
    many_timers_wake_a_task_once_in_a_turn(),
    many_sources_wake_a_task_once_in_a_turn(Need::Has(Capability::Pipes)),
    a_timer_and_another_task_wake_a_task_once_in_a_turn(),
];

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
fn always_ready() -> io::Result<JoinHandle<()>> {
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

/// Tasks that never wait, and how often they were polled.
type Busy = (Vec<JoinHandle<()>>, Rc<Cell<usize>>);

fn many_always_ready() -> io::Result<Busy> {
    let polls = Rc::new(Cell::new(0));
    let tasks = (0..many(10_000)).map(|_| {
        let polls = polls.clone();
        triga::spawn(async move {
            loop {
                polls.set(polls.get() + 1);
                yield_now().await;
            }
        })
    });
    Ok((tasks.collect::<io::Result<_>>()?, polls))
}

/// How many polls come at most between something that is due and its task: the driver is turned after 64, and the task runs
/// among the next 64.
const POLLS_BEFORE: usize = 2 * 64;

async fn many_tasks_that_are_always_ready_starve_no_timer() -> Outcome {
    let (_busy, polls) = many_always_ready()?;
    sleep(Duration::ZERO).await?;
    for _ in 0..many(100) {
        let before = polls.get();
        sleep(Duration::ZERO).await?;
        let meanwhile = polls.get() - before;
        assert!(
            meanwhile <= POLLS_BEFORE,
            "{meanwhile} polls of others before a timer that was due"
        );
    }
    Ok(())
}

async fn many_tasks_that_are_always_ready_starve_no_source() -> Outcome {
    let (mut reader, mut writer) = triga::pipe()?;
    let (_busy, polls) = many_always_ready()?;
    let reading = triga::spawn({
        let polls = polls.clone();
        async move {
            let mut worst = 0;
            for _ in 0..many(100) {
                let mut written_at = [0; 8];
                reader.read_exact(&mut written_at).await?;
                worst = worst.max(polls.get() - u64::from_ne_bytes(written_at) as usize);
            }
            io::Result::Ok(worst)
        }
    })?;
    // It begins to wait.
    yield_now().await;
    for _ in 0..many(100) {
        sleep(Duration::ZERO).await?;
        writer.write_all(&(polls.get() as u64).to_ne_bytes()).await?;
    }
    let worst = reading.await??;
    // In a simulation an event may be late by some turns.
    let bound = if cfg!(triga_platform = "sim") {
        many(10_000)
    } else {
        POLLS_BEFORE
    };
    assert!(worst <= bound, "{worst} polls of others before a source that was ready");
    Ok(())
}

/// More of them than are polled from one turn to the next.
async fn many_timers_that_are_always_due_starve_no_task() -> Outcome {
    let mut due = Vec::new();
    for _ in 0..200 {
        due.push(triga::spawn(async {
            loop {
                sleep(Duration::ZERO).await?;
                if false {
                    return io::Result::Ok(());
                }
            }
        })?);
    }
    let neighbours: Vec<_> = (0..10)
        .map(|_| {
            triga::spawn(async {
                for _ in 0..10 {
                    yield_now().await;
                }
            })
        })
        .collect::<io::Result<_>>()?;
    for neighbour in neighbours {
        neighbour.await?;
    }
    Ok(())
}

/// Does something again and again until a task beside it has run ten times.
async fn until_a_neighbour_has_run(mut again: impl AsyncFnMut() -> Outcome) -> Outcome {
    let done = Rc::new(Cell::new(false));
    let inner = done.clone();
    let neighbour = triga::spawn(async move {
        for _ in 0..10 {
            yield_now().await;
        }
        inner.set(true);
    })?;
    while !done.get() {
        again().await?;
    }
    neighbour.await?;
    Ok(())
}

async fn a_flush_that_is_always_ready_starves_no_task() -> Outcome {
    let (mut stream, _far) = peer("receive all").await?;
    until_a_neighbour_has_run(async || Ok(stream.flush().await?)).await
}

async fn an_interval_that_is_always_late_starves_no_task() -> Outcome {
    let mut ticks = interval(Duration::from_nanos(1))?;
    until_a_neighbour_has_run(async || Ok(ticks.tick().await.map(drop)?)).await
}

async fn a_task_that_is_given_timer_after_timer_lets_others_run() -> Outcome {
    const TIMERS: usize = 1_000;
    let mut driver = Driver::new()?;
    let mut sleeps: Vec<_> = (0..TIMERS)
        .map(|_| driver.handle().sleep_until(Instant::from_nanos(0)))
        .collect();
    for sleep in &mut sleeps {
        assert!(poll(sleep, Waker::noop()).is_pending());
    }
    assert_eq!(driver.turn(None)?.timers(), TIMERS);
    let mut rounds = 0;
    while !sleeps.is_empty() {
        let before = sleeps.len();
        sleeps.retain_mut(|sleep| poll(sleep, Waker::noop()).is_pending());
        assert!((1..=TIMERS / 100).contains(&sleeps.len()) || rounds > 0 && sleeps.len() < before);
        rounds += 1;
    }
    Ok(())
}

/// Polls what waits until nothing does, and then for a little longer, and counts the polls. Those of the last wait are two.
async fn polls_of<W>(mut waiting: Vec<W>, mut poll: impl FnMut(&mut W, &mut Context<'_>) -> Poll<()>) -> usize {
    let mut polls = 0;
    let mut last = None;
    poll_fn(|cx| {
        polls += 1;
        waiting.retain_mut(|wait| poll(wait, cx).is_pending());
        if !waiting.is_empty() {
            return Poll::Pending;
        }
        let last = last.get_or_insert_with(|| sleep(Duration::from_millis(1)));
        poll_sleep(last, cx)
    })
    .await;
    polls
}

fn poll_sleep(sleep: &mut Sleep, cx: &mut Context<'_>) -> Poll<()> {
    Pin::new(sleep).poll(cx).map(Result::unwrap)
}

fn poll_byte(reader: &mut PipeReader, cx: &mut Context<'_>) -> Poll<()> {
    Pin::new(reader)
        .poll_read(cx, &mut [0])
        .map(|count| assert_eq!(count.unwrap(), 1))
}

fn many_timers_wake_a_task_once_in_a_turn() -> Outcome {
    let _world = plain_world();
    block_on(async {
        let sleeps = || {
            let now = Instant::now();
            Vec::from_iter((0..many(1_000)).map(|_| sleep_until(now)))
        };
        // One poll sets them, one finds nearly all of them due, and one those that the budget has left.
        let polls = polls_of(sleeps(), poll_sleep).await;
        assert!(polls <= 5, "{polls} polls of the main future");
        let polls = triga::spawn(polls_of(sleeps(), poll_sleep))?.await?;
        assert!(polls <= 5, "{polls} polls of a task");
        Ok(())
    })
}

/// Pipes of which it is known that they can be written to.
async fn pipes(count: usize) -> io::Result<(Vec<PipeReader>, Vec<PipeWriter>)> {
    let (mut readers, mut writers) = (Vec::new(), Vec::new());
    for _ in 0..count {
        let (mut reader, mut writer) = triga::pipe()?;
        writer.write_all(&[0]).await?;
        reader.read_exact(&mut [0]).await?;
        readers.push(reader);
        writers.push(writer);
    }
    Ok((readers, writers))
}

fn many_sources_wake_a_task_once_in_a_turn() -> Outcome {
    let _world = plain_world();
    block_on(async {
        let (readers, mut writers) = pipes(50).await?;
        let reading = triga::spawn(polls_of(readers, poll_byte))?;
        yield_now().await;
        for writer in &mut writers {
            writer.write_all(&[0]).await?;
        }
        let polls = reading.await?;
        // A turn may begin while they are written to.
        assert!(polls <= 7, "{polls} polls for 50 sources");
        Ok(())
    })
}

fn a_timer_and_another_task_wake_a_task_once_in_a_turn() -> Outcome {
    let _world = plain_world();
    block_on(async {
        let past = Instant::from_nanos(0);
        let waker = Rc::new(RefCell::new(None::<Waker>));
        let polls = Rc::new(Cell::new(0));
        let kept = waker.clone();
        // Its timer is the first of the turn, so it runs when the other one is about to.
        let waking = triga::spawn(async move {
            sleep_until(past).await?;
            kept.take().expect("the other task ran").wake();
            io::Result::Ok(())
        })?;
        let counter = polls.clone();
        let mut timer = sleep_until(past);
        let _woken = triga::spawn(poll_fn(move |cx| {
            counter.set(counter.get() + 1);
            waker.replace(Some(cx.waker().clone()));
            let _ = Pin::new(&mut timer).poll(cx);
            Poll::<()>::Pending
        }))?;
        waking.await??;
        for _ in 0..3 {
            sleep(Duration::ZERO).await?;
        }
        assert_eq!(polls.get(), 2);
        Ok(())
    })
}
