//! Tasks: triga's own executor.

use std::cell::{Cell, RefCell};
use std::future::{pending, poll_fn};
use std::io;
use std::panic::resume_unwind;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll};
use std::time::Duration;

use triga::Driver;
use triga::task::{Cancelled, Executor, Panicked, yield_now};
use triga::time::sleep;

use crate::harness::{Outcome, programs, tests};
use crate::numbers::many;
use crate::rows::Need;
use crate::wakers::quietly;

tests![
    a_task_gives_its_output_to_the_task_that_awaits_it(),
    tasks_share_what_no_other_thread_may_see(),
    a_dropped_handle_cancels_its_task(),
    a_cancelled_task_is_gone_when_the_cancel_is_over(),
    a_task_that_cancels_itself_goes_when_it_returns(),
    a_detached_task_goes_on(),
    a_panic_of_a_task_comes_to_the_task_that_awaits_it(Need::Unwinding),
    a_panic_of_a_detached_task_stops_no_other(Need::Unwinding),
    a_future_that_panics_as_its_task_is_cancelled_stops_no_other(Need::Unwinding),
    a_future_that_panics_as_its_task_ends_stops_no_other(Need::Unwinding),
    what_a_panic_leaves_may_panic_too(Need::Unwinding),
    a_handle_gives_its_output_once(),
    a_block_on_inside_another_is_refused(),
];

programs![
    a_task_outside_of_block_on_is_refused(),
    a_block_on_returns_the_output_of_its_future(),
    tasks_that_are_left_are_dropped_in_the_end(),
    tasks_stay_from_one_block_on_to_the_next(),
    an_executor_takes_a_driver_that_is_there(),
    a_task_whose_executor_went_says_so(),
    futures_that_panic_as_their_executor_is_dropped_stop_no_other(Need::Unwinding),
    tasks_of_a_peak_give_their_memory_back(),
    a_panic_of_the_main_future_leaves_the_thread_usable(Need::Unwinding),
];

/// Says when it is dropped.
struct Dropped(Rc<Cell<bool>>);

impl Dropped {
    fn new() -> (Dropped, Rc<Cell<bool>>) {
        let dropped = Rc::new(Cell::new(false));
        (Dropped(dropped.clone()), dropped)
    }
}

impl Drop for Dropped {
    fn drop(&mut self) {
        self.0.set(true);
    }
}

async fn a_task_gives_its_output_to_the_task_that_awaits_it() -> Outcome {
    let at_once = triga::spawn(async { 1 })?;
    let later = triga::spawn(async {
        sleep(Duration::from_millis(1)).await?;
        io::Result::Ok(2)
    })?;
    assert!(!later.is_finished());
    assert_eq!(later.await??, 2);
    assert!(at_once.is_finished());
    assert_eq!(at_once.await?, 1);
    Ok(())
}

async fn tasks_share_what_no_other_thread_may_see() -> Outcome {
    let shared = Rc::new(RefCell::new(Vec::new()));
    let mut tasks = Vec::new();
    for number in 0..10 {
        let shared = shared.clone();
        tasks.push(triga::spawn(async move {
            yield_now().await;
            shared.borrow_mut().push(number);
        })?);
    }
    for task in tasks {
        task.await?;
    }
    shared.borrow_mut().sort_unstable();
    assert_eq!(*shared.borrow(), (0..10).collect::<Vec<_>>());
    Ok(())
}

async fn a_dropped_handle_cancels_its_task() -> Outcome {
    let (guard, dropped) = Dropped::new();
    let task = triga::spawn(async move {
        pending::<()>().await;
        drop(guard);
    })?;
    yield_now().await;
    assert!(!dropped.get());
    drop(task);
    while !dropped.get() {
        yield_now().await;
    }
    Ok(())
}

async fn a_cancelled_task_is_gone_when_the_cancel_is_over() -> Outcome {
    let (guard, dropped) = Dropped::new();
    let task = triga::spawn(async move {
        pending::<()>().await;
        drop(guard);
    })?;
    assert_eq!(task.cancel(), None);
    assert!(dropped.get());
    let task = triga::spawn(async { 7 })?;
    while !task.is_finished() {
        yield_now().await;
    }
    assert_eq!(task.cancel(), Some(7), "it was done before");
    Ok(())
}

async fn a_task_that_cancels_itself_goes_when_it_returns() -> Outcome {
    let (guard, dropped) = Dropped::new();
    let own = Rc::new(RefCell::new(None));
    let (handle, gone) = (own.clone(), dropped.clone());
    let task = triga::spawn(async move {
        let _guard = guard;
        drop(handle.take());
        assert!(!gone.get(), "its future was dropped while it ran");
        // What it spawns now may take its place.
        triga::spawn(async {})?.detach();
        pending::<io::Result<()>>().await
    })?;
    own.replace(Some(task));
    yield_now().await;
    assert!(dropped.get());
    Ok(())
}

async fn a_detached_task_goes_on() -> Outcome {
    let done = Rc::new(Cell::new(false));
    let inner = done.clone();
    triga::spawn(async move {
        sleep(Duration::from_millis(1)).await?;
        inner.set(true);
        io::Result::Ok(())
    })?
    .detach();
    while !done.get() {
        sleep(Duration::from_millis(1)).await?;
    }
    Ok(())
}

async fn a_panic_of_a_task_comes_to_the_task_that_awaits_it() -> Outcome {
    let task = triga::spawn(async {
        yield_now().await;
        quietly(|| panic!("as it should"))
    })?;
    let error = task.await.map(|()| "done").unwrap_err();
    assert_eq!(error.to_string(), "the task panicked: as it should");
    let inner = error.into_inner().expect("the error is triga's own");
    let payload = inner.downcast::<Panicked>().expect("it bears the panic").into_payload();
    assert_eq!(payload.downcast_ref::<&str>(), Some(&"as it should"));
    Ok(())
}

async fn a_panic_of_a_detached_task_stops_no_other() -> Outcome {
    let done = triga::spawn(async {
        for _ in 0..10 {
            yield_now().await;
        }
    })?;
    triga::spawn(async { quietly(|| panic!("as it should")) })?.detach();
    done.await?;
    Ok(())
}

/// What a loop would try again for, in vain.
const TRY_AGAIN: [io::ErrorKind; 2] = [io::ErrorKind::WouldBlock, io::ErrorKind::Interrupted];

/// A future that panics when it is dropped, and does something else before.
struct PanicsInTheEnd<F>(F);

impl<F: FnMut() -> Poll<()> + Unpin> Future for PanicsInTheEnd<F> {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, _cx: &mut Context<'_>) -> Poll<()> {
        (self.0)()
    }
}

impl<F> Drop for PanicsInTheEnd<F> {
    fn drop(&mut self) {
        // Past the hook, which a thread that panics cannot set.
        resume_unwind(Box::new("as it should"));
    }
}

async fn a_future_that_panics_as_its_task_is_cancelled_stops_no_other() -> Outcome {
    let never = || PanicsInTheEnd(|| Poll::Pending);
    for _ in 0..3 {
        assert_eq!(triga::spawn(never())?.cancel(), None, "it did not run");
        let task = triga::spawn(never())?;
        yield_now().await;
        drop(task);
        // By itself, while it runs.
        let own = Rc::new(RefCell::new(None));
        let handle = own.clone();
        let task = triga::spawn(PanicsInTheEnd(move || {
            drop(handle.take());
            Poll::Pending
        }))?;
        own.replace(Some(task));
        yield_now().await;
    }
    assert_eq!(triga::spawn(async { 7 })?.await?, 7);
    Ok(())
}

async fn a_future_that_panics_as_its_task_ends_stops_no_other() -> Outcome {
    triga::spawn(PanicsInTheEnd(|| Poll::Ready(())))?.detach();
    let done = triga::spawn(PanicsInTheEnd(|| Poll::Ready(())))?;
    // The first panic is what is told.
    let panicked = triga::spawn(PanicsInTheEnd(|| quietly(|| panic!("out of luck"))))?;
    let other = triga::spawn(async {
        yield_now().await;
        7
    })?;
    assert_eq!(done.await.unwrap_err().to_string(), "the task panicked: as it should");
    assert_eq!(
        panicked.await.unwrap_err().to_string(),
        "the task panicked: out of luck"
    );
    assert_eq!(other.await?, 7);
    Ok(())
}

async fn what_a_panic_leaves_may_panic_too() -> Outcome {
    struct Payload;
    impl Drop for Payload {
        fn drop(&mut self) {
            resume_unwind(Box::new("as it should"));
        }
    }
    let panics = || async { resume_unwind(Box::new(Payload)) };
    triga::spawn(panics())?.detach();
    yield_now().await;
    let task = triga::spawn(panics())?;
    yield_now().await;
    assert!(task.is_finished());
    assert_eq!(task.cancel(), None);
    let task = triga::spawn(panics())?;
    yield_now().await;
    drop(task);
    // An output may, too.
    let task = triga::spawn(async { Payload })?;
    yield_now().await;
    drop(task);
    triga::spawn(async { Payload })?.detach();
    yield_now().await;
    Ok(())
}

async fn a_handle_gives_its_output_once() -> Outcome {
    let mut task = triga::spawn(async { 7 })?;
    assert_eq!((&mut task).await?, 7);
    let mut panicked = triga::spawn(async { quietly(|| panic!("as it should")) })?;
    if cfg!(panic = "unwind") {
        assert_eq!(
            (&mut panicked).await.unwrap_err().to_string(),
            "the task panicked: as it should"
        );
    }
    for error in [
        (&mut task).await.map(drop).unwrap_err(),
        (&mut task).await.map(drop).unwrap_err(),
    ] {
        assert!(!TRY_AGAIN.contains(&error.kind()));
        assert!(error.to_string().contains("gives it once"), "{error}");
    }
    assert_eq!(task.cancel(), None);
    Ok(())
}

async fn a_block_on_inside_another_is_refused() -> Outcome {
    let error = triga::block_on(async {}).unwrap_err();
    assert_eq!(error.kind(), io::ErrorKind::Deadlock);
    assert!(error.to_string().contains("await the future instead"), "{error}");
    // The outer one is as it was.
    triga::spawn(async {})?.await?;
    sleep(Duration::ZERO).await?;
    Ok(())
}

fn a_task_outside_of_block_on_is_refused() -> Outcome {
    let error = triga::spawn(async {}).unwrap_err();
    assert_eq!(error.kind(), io::ErrorKind::NotConnected);
    assert!(error.to_string().contains("block_on"), "{error}");
    Ok(())
}

fn a_block_on_returns_the_output_of_its_future() -> Outcome {
    let local = String::from("borrowed");
    assert_eq!(triga::block_on(async { local.len() })?, 8);
    assert_eq!(triga::block_on(async { local.len() })?, 8, "one after another is fine");
    Ok(())
}

fn tasks_that_are_left_are_dropped_in_the_end() -> Outcome {
    let guards: Vec<_> = (0..4).map(|_| Dropped::new()).collect();
    let dropped: Vec<_> = guards.iter().map(|(_, dropped)| dropped.clone()).collect();
    let mut guards = guards.into_iter().map(|(guard, _)| guard);
    let mut next = || guards.next().expect("there are four");
    let (waiting, sleeping, ready, unstarted) = (next(), next(), next(), next());
    triga::block_on(async {
        triga::spawn(async move {
            pending::<()>().await;
            drop(waiting);
        })?
        .detach();
        triga::spawn(async move {
            sleep(Duration::from_secs(3600)).await?;
            drop(sleeping);
            io::Result::Ok(())
        })?
        .detach();
        triga::spawn(async move {
            loop {
                let _held = &ready;
                yield_now().await;
            }
        })?
        .detach();
        yield_now().await;
        let unstarted = triga::spawn(async move { drop(unstarted) })?;
        unstarted.detach();
        io::Result::Ok(())
    })??;
    assert!(dropped.iter().all(|dropped| dropped.get()));
    Ok(())
}

fn tasks_stay_from_one_block_on_to_the_next() -> Outcome {
    let mut executor = Executor::new()?;
    let steps = Rc::new(Cell::new(0));
    let counter = steps.clone();
    let task = executor.spawn(async move {
        for _ in 0..10 {
            counter.set(counter.get() + 1);
            yield_now().await;
        }
        counter.get()
    });
    assert_eq!(steps.get(), 0);
    executor.block_on(yield_now())?;
    let first = steps.get();
    assert!(first >= 1);
    assert_eq!(executor.block_on(task)??, 10);
    Ok(())
}

fn an_executor_takes_a_driver_that_is_there() -> Outcome {
    let driver = Driver::new()?;
    let handle = driver.handle().clone();
    let mut sleep = handle.sleep_until(triga::time::Instant::now());
    let mut executor = Executor::with_driver(driver);
    executor.block_on(&mut sleep)??;
    drop(executor);
    let error = executor_less(&handle).unwrap_err();
    assert!(triga::is_shut_down(&error));
    Ok(())
}

fn executor_less(handle: &triga::Handle) -> io::Result<()> {
    match crate::wakes::poll(
        &mut handle.sleep_until(triga::time::Instant::now()),
        std::task::Waker::noop(),
    ) {
        Poll::Ready(result) => result,
        Poll::Pending => Ok(()),
    }
}

fn a_task_whose_executor_went_says_so() -> Outcome {
    let executor = Executor::new()?;
    let task = executor.spawn(pending::<()>());
    drop(executor);
    let error = triga::block_on(task)?.unwrap_err();
    assert!(
        error.get_ref().is_some_and(|inner| inner.is::<Cancelled>()),
        "{error:?}"
    );
    assert!(!TRY_AGAIN.contains(&error.kind()));
    assert!(error.to_string().contains("executor is gone"), "{error}");
    Ok(())
}

fn a_panic_of_the_main_future_leaves_the_thread_usable() -> Outcome {
    let panicked = quietly(|| std::panic::catch_unwind(|| triga::block_on(async { panic!("as it should") })));
    assert!(panicked.is_err());
    assert_eq!(triga::spawn(async {}).unwrap_err().kind(), io::ErrorKind::NotConnected);
    triga::block_on(sleep(Duration::ZERO))??;
    Ok(())
}

fn futures_that_panic_as_their_executor_is_dropped_stop_no_other() -> Outcome {
    // At the end of `block_on`, whose result is kept.
    let (guard, dropped) = Dropped::new();
    let result = triga::block_on(async {
        for _ in 0..3 {
            triga::spawn(PanicsInTheEnd(|| Poll::Pending))?.detach();
        }
        triga::spawn(async move {
            pending::<()>().await;
            drop(guard);
        })?
        .detach();
        yield_now().await;
        io::Result::Ok(42)
    });
    assert_eq!(result??, 42);
    assert!(dropped.get(), "the task behind them");

    // Under a panic of the main future.
    let panicked = quietly(|| {
        std::panic::catch_unwind(|| {
            triga::block_on(async {
                triga::spawn(PanicsInTheEnd(|| Poll::Pending)).unwrap().detach();
                panic!("out of luck")
            })
        })
    });
    let payload = panicked.map(drop).unwrap_err();
    assert_eq!(payload.downcast_ref(), Some(&"out of luck"));

    // While a task of another executor awaits one of them.
    let executor = RefCell::new(Some(Executor::new()?));
    let task = executor
        .borrow()
        .as_ref()
        .map(|executor| executor.spawn(PanicsInTheEnd(|| Poll::Pending)));
    let task = task.expect("it is there");
    let error = triga::block_on(async {
        let awaiting = triga::spawn(task)?;
        yield_now().await;
        drop(executor.take());
        awaiting.await?
    })?
    .unwrap_err();
    assert!(
        error.get_ref().is_some_and(|inner| inner.is::<Cancelled>()),
        "{error:?}"
    );
    Ok(())
}

fn tasks_of_a_peak_give_their_memory_back() -> Outcome {
    let mut executor = Executor::new()?;
    executor.block_on(yield_now())?;
    let mut outcome = Ok(());
    let heap = allocation_counter::measure(|| outcome = peak(&mut executor));
    outcome?;
    assert!(heap.bytes_max > 64 * TASKS as u64);
    // Some of a list that was needed, a page of tasks, and a word for each page that there was.
    let kept = heap.bytes_current;
    assert!(kept <= 64 * 1024 + TASKS as i64, "{kept} bytes are kept");
    Ok(())
}

const TASKS: usize = many(100_000);

/// Many tasks at once, which wait, are woken, and end in an order that is not that of their beginning.
fn peak(executor: &mut Executor) -> Outcome {
    let wakers = Rc::new(RefCell::new(Vec::new()));
    let tasks: Vec<_> = (0..TASKS)
        .map(|nth| {
            let wakers = wakers.clone();
            let mut polls = 0;
            executor.spawn(poll_fn(move |cx| {
                polls += 1;
                if polls == 1 {
                    wakers.borrow_mut().push((nth * 7 % TASKS, cx.waker().clone()));
                    return Poll::Pending;
                }
                Poll::Ready(())
            }))
        })
        .collect();
    executor.block_on(async {
        while wakers.borrow().len() < TASKS {
            yield_now().await;
        }
        let mut wakers = wakers.take();
        wakers.sort_by_key(|(order, _)| *order);
        wakers.into_iter().for_each(|(_, waker)| waker.wake());
        for task in tasks {
            task.await?;
        }
        Ok(())
    })?
}
