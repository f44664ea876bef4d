//! Timers.

use std::future::{Future, pending, poll_fn};
use std::io;
use std::pin::{Pin, pin};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll, Waker};
use std::thread;
use std::time::Duration;

use triga::time::{
    Instant, Interval, MissedTick, Sleep, interval, interval_at, sleep, sleep_until, timeout, timeout_at,
};
use triga::{Capability, Driver, Handle, spawn};

use crate::harness::{Outcome, programs, tests};
use crate::numbers::{many, numbers};
use crate::rows::Need;
use crate::wakes::{OnWake, Wakes, poll, settle};

tests![
    no_sleep_ends_before_its_deadline(),
    sleeps_end_in_the_order_of_their_deadlines(),
    a_driver_with_timers_sleeps_from_one_to_the_next(),
    a_deadline_that_is_past_is_due_at_once(),
    a_deadline_that_never_comes_hinders_no_other(),
    a_wait_of_months_does_not_end_by_itself(Need::Has(Capability::RemoteWake)),
    a_sleep_that_is_dropped_wakes_no_task(),
    a_sleep_may_be_given_another_deadline(),
    a_sleep_that_has_fired_keeps_its_driver(),
    a_sleep_says_again_that_its_driver_was_shut_down(),
    a_sleep_wakes_the_task_that_polled_it_last(),
    a_sleep_that_changes_hands_wakes_who_has_it(),
    a_hundred_thousand_timers_are_set_and_taken_back(),
    a_timer_that_another_thread_sets_shortens_the_wait(Need::Has(Capability::RemoteWake)),
    timers_are_set_and_taken_back_from_four_threads(Need::Has(Capability::RemoteWake)),
    a_timeout_gives_the_output_of_what_is_done_in_time(),
    a_timeout_ends_what_takes_longer(),
    an_interval_ticks_at_once_and_then_once_a_period(),
    an_interval_that_bursts_makes_up_for_missed_ticks(),
    an_interval_that_delays_shifts_its_rhythm(),
    an_interval_that_skips_keeps_its_rhythm(),
    a_tick_that_is_not_waited_for_to_its_end_is_not_lost(),
    an_interval_keeps_its_driver(),
    ticks_that_were_missed_take_one_turn(),
    an_interval_needs_a_period(),
];

programs![
    a_sleep_without_a_driver_is_an_error(),
    timers_of_a_peak_give_their_memory_back(),
];

async fn no_sleep_ends_before_its_deadline() -> Outcome {
    let mut numbers = numbers(1);
    let start = Instant::now();
    let sleeps: Vec<_> = (0..many(500))
        .map(|_| {
            let deadline = start + Duration::from_nanos(numbers() % 30_000_000);
            triga::spawn(async move {
                sleep_until(deadline).await?;
                let now = Instant::now();
                assert!(now >= deadline, "{:?} early", deadline - now);
                io::Result::Ok(())
            })
        })
        .collect::<io::Result<_>>()?;
    for sleep in sleeps {
        sleep.await??;
    }
    Ok(())
}

async fn sleeps_end_in_the_order_of_their_deadlines() -> Outcome {
    const COUNT: usize = many(1_000);
    let mut driver = Driver::new()?;
    let mut numbers = numbers(2);
    let start = Instant::now();
    let order: Arc<Mutex<Vec<Instant>>> = Arc::default();
    let mut sleeps = Vec::new();
    for nth in 0..COUNT as u64 {
        // All differ; many fall into one turn.
        let deadline = start + Duration::from_nanos(numbers() % 20_000 * 1_000 + nth);
        let order = order.clone();
        let waker = OnWake::waker(move || order.lock().unwrap().push(deadline));
        let mut sleep = driver.handle().sleep_until(deadline);
        assert!(poll(&mut sleep, &waker).is_pending());
        sleeps.push(sleep);
    }
    let mut fired = 0;
    while fired < COUNT {
        fired += driver.turn(None)?.timers();
    }
    let order = order.lock().unwrap();
    assert_eq!(order.len(), COUNT);
    assert!(order.is_sorted());
    Ok(())
}

async fn a_driver_with_timers_sleeps_from_one_to_the_next() -> Outcome {
    let mut driver = Driver::new()?;
    let start = Instant::now();
    let deadlines = [10, 20, 30, 40].map(|millis| start + Duration::from_millis(millis));
    let mut sleeps = deadlines.map(|deadline| driver.handle().sleep_until(deadline));
    for sleep in &mut sleeps {
        assert!(poll(sleep, Waker::noop()).is_pending());
    }
    let mut fired = 0;
    while fired < deadlines.len() {
        let timers = driver.turn(None)?.timers();
        assert!(timers > 0, "a turn ended although no timer was due");
        fired += timers;
        assert!(Instant::now() >= deadlines[fired - 1]);
    }
    Ok(())
}

async fn a_deadline_that_is_past_is_due_at_once() -> Outcome {
    sleep(Duration::ZERO).await?;
    sleep_until(Instant::from_nanos(0)).await?;
    let mut driver = Driver::new()?;
    let mut sleep = driver.handle().sleep_until(Instant::from_nanos(0));
    assert!(poll(&mut sleep, Waker::noop()).is_pending());
    assert_eq!(driver.turn(None)?.timers(), 1);
    assert!(poll(&mut sleep, Waker::noop()).is_ready());
    Ok(())
}

async fn a_deadline_that_never_comes_hinders_no_other() -> Outcome {
    let mut driver = Driver::new()?;
    let mut never = driver.handle().sleep_until(Instant::now() + Duration::MAX);
    assert_eq!(never.deadline(), Instant::FAR_FUTURE);
    assert!(poll(&mut never, Waker::noop()).is_pending());
    driver.turn(Some(Duration::from_millis(1)))?;
    let mut soon = driver.handle().sleep_until(Instant::now() + Duration::from_millis(1));
    assert!(poll(&mut soon, Waker::noop()).is_pending());
    assert_eq!(driver.turn(None)?.timers(), 1);
    assert!(poll(&mut soon, Waker::noop()).is_ready());
    assert!(poll(&mut never, Waker::noop()).is_pending());
    // It is the only one now: the wait is for it, and ends for another reason.
    driver.handle().unpark()?;
    assert_eq!(driver.turn(None)?.timers(), 0);
    Ok(())
}

async fn a_wait_of_months_does_not_end_by_itself() -> Outcome {
    let mut driver = Driver::new()?;
    // Systems count milliseconds in words of 31 or 32 bits, and seconds in words of 32.
    let milliseconds = [1 << 31, (1 << 32) - 1, 1 << 32, (1 << 32) + 1, 3 << 32, 1_000 << 32];
    for wait in milliseconds.map(Duration::from_millis) {
        let mut sleep = driver.handle().sleep_until(Instant::now() + wait);
        for (timer, timeout) in [(false, Some(wait)), (true, None)] {
            if timer {
                assert!(poll(&mut sleep, Waker::noop()).is_pending());
            }
            let is_woken = Arc::new(AtomicBool::new(false));
            let waking = thread::spawn({
                let (handle, is_woken) = (driver.handle().clone(), is_woken.clone());
                move || {
                    // A wait that is over at once is over before this.
                    (0..1_000).for_each(|_| thread::yield_now());
                    is_woken.store(true, Ordering::SeqCst);
                    handle.unpark()
                }
            });
            driver.turn(timeout)?;
            assert!(is_woken.load(Ordering::SeqCst), "a wait of {wait:?} ended at once");
            waking.join().unwrap()?;
        }
    }
    Ok(())
}

async fn a_sleep_that_is_dropped_wakes_no_task() -> Outcome {
    let mut driver = Driver::new()?;
    let (wakes, waker) = Wakes::new();
    for _ in 0..100 {
        let mut sleep = driver.handle().sleep_until(Instant::now());
        assert!(poll(&mut sleep, &waker).is_pending());
    }
    assert_eq!(driver.next_deadline(), None);
    assert_eq!(driver.turn(Some(Duration::ZERO))?.timers(), 0);
    assert_eq!(wakes.count(), 0);
    Ok(())
}

async fn a_sleep_may_be_given_another_deadline() -> Outcome {
    let mut driver = Driver::new()?;
    let (wakes, waker) = Wakes::new();
    let hour = Instant::now() + Duration::from_secs(3600);
    let mut sleep = driver.handle().sleep_until(hour);
    assert!(poll(&mut sleep, &waker).is_pending());

    let soon = Instant::now() + Duration::from_millis(1);
    sleep.reset(soon);
    assert_eq!(sleep.deadline(), soon);
    assert!(poll(&mut sleep, &waker).is_pending());
    assert_eq!(driver.next_deadline(), Some(soon));
    assert_eq!(driver.turn(None)?.timers(), 1);
    assert!(Instant::now() >= soon);
    assert_eq!(wakes.count(), 1);

    // It has fired, and is put off before anybody has asked.
    sleep.reset(hour);
    assert!(poll(&mut sleep, &waker).is_pending());
    assert_eq!(driver.turn(Some(Duration::ZERO))?.timers(), 0);
    sleep.reset(Instant::now());
    assert!(poll(&mut sleep, &waker).is_pending());
    assert_eq!(driver.turn(None)?.timers(), 1);
    assert!(poll(&mut sleep, &waker).is_ready());
    Ok(())
}

async fn a_sleep_that_has_fired_keeps_its_driver() -> Outcome {
    let mut driver = Driver::new()?;
    let mut sleep = driver.handle().sleep_until(Instant::from_nanos(0));
    for _ in 0..3 {
        assert!(poll(&mut sleep, Waker::noop()).is_pending());
        assert_eq!(driver.turn(None)?.timers(), 1);
        let Poll::Ready(slept) = poll(&mut sleep, Waker::noop()) else {
            panic!("it has fired");
        };
        slept?;
        sleep.reset(Instant::now());
    }
    Ok(())
}

async fn a_sleep_says_again_that_its_driver_was_shut_down() -> Outcome {
    let mut driver = Driver::new()?;
    let mut set = driver.handle().sleep_until(Instant::FAR_FUTURE);
    let mut unset = driver.handle().sleep_until(Instant::FAR_FUTURE);
    assert!(poll(&mut set, Waker::noop()).is_pending());
    driver.shutdown();
    for sleep in [&mut set, &mut unset] {
        for _ in 0..3 {
            let Poll::Ready(Err(error)) = poll(sleep, Waker::noop()) else {
                panic!("nothing ends this sleep");
            };
            assert!(triga::is_shut_down(&error));
            // It is right for a timer as well.
            assert!(error.to_string().contains("set timers"), "{error}");
            sleep.reset(Instant::now());
        }
    }
    Ok(())
}

async fn a_sleep_wakes_the_task_that_polled_it_last() -> Outcome {
    let mut driver = Driver::new()?;
    let (first, second) = (Wakes::new(), Wakes::new());
    let mut sleep = driver.handle().sleep_until(Instant::now());
    assert!(poll(&mut sleep, &first.1).is_pending());
    assert!(poll(&mut sleep, &second.1).is_pending());
    assert_eq!(driver.turn(None)?.timers(), 1);
    assert_eq!((first.0.count(), second.0.count()), (0, 1));
    Ok(())
}

/// From the main future to a task, from there to another one, and from that one, which then ends, to the main future.
async fn a_sleep_that_changes_hands_wakes_who_has_it() -> Outcome {
    async fn polled(duration: Duration) -> Sleep {
        let mut sleep = sleep(duration);
        let is_pending = poll_fn(|cx| Poll::Ready(Pin::new(&mut sleep).poll(cx).is_pending())).await;
        assert!(is_pending);
        sleep
    }
    let brief = Duration::from_millis(5);
    let begun = polled(brief).await;
    spawn(begun)?.await??;
    let begun = spawn(polled(brief))?.await?;
    spawn(begun)?.await??;
    let begun = spawn(polled(brief))?.await?;
    begun.await?;
    Ok(())
}

async fn a_hundred_thousand_timers_are_set_and_taken_back() -> Outcome {
    let mut driver = Driver::new()?;
    let mut numbers = numbers(3);
    let hour = Instant::now() + Duration::from_secs(3600);
    let mut sleeps: Vec<_> = (0..many(100_000))
        .map(|_| {
            let mut sleep = driver
                .handle()
                .sleep_until(hour + Duration::from_nanos(numbers() % 1_000_000_000));
            assert!(poll(&mut sleep, Waker::noop()).is_pending());
            sleep
        })
        .collect();
    let earliest = |sleeps: &[Sleep]| sleeps.iter().map(Sleep::deadline).min();
    assert_eq!(driver.next_deadline(), earliest(&sleeps));
    // In an order that has nothing to do with the deadlines, down to the last few.
    while sleeps.len() > 10 {
        let nth = numbers() as usize % sleeps.len();
        drop(sleeps.swap_remove(nth));
    }
    assert_eq!(driver.next_deadline(), earliest(&sleeps));
    let mut now = driver.handle().sleep_until(Instant::now());
    assert!(poll(&mut now, Waker::noop()).is_pending());
    assert_eq!(driver.turn(None)?.timers(), 1);
    drop(sleeps);
    assert_eq!(driver.next_deadline(), None);
    Ok(())
}

async fn a_timer_that_another_thread_sets_shortens_the_wait() -> Outcome {
    const COUNT: usize = many(1_000);
    let mut driver = Driver::new()?;
    let handle = driver.handle().clone();
    let mut hour = handle.sleep_until(Instant::now() + Duration::from_secs(3600));
    assert!(poll(&mut hour, Waker::noop()).is_pending());
    let other = thread::spawn(move || {
        for _ in 0..COUNT {
            futures_executor::block_on(handle.sleep_until(Instant::now()))?;
        }
        io::Result::Ok(())
    });
    let mut fired = 0;
    while fired < COUNT {
        fired += driver.turn(None)?.timers();
    }
    other.join().unwrap()?;
    Ok(())
}

async fn timers_are_set_and_taken_back_from_four_threads() -> Outcome {
    let mut driver = Driver::new()?;
    let threads: Vec<_> = (0..4)
        .map(|seed| {
            let handle = driver.handle().clone();
            thread::spawn(move || {
                let mut numbers = numbers(seed + 1);
                for round in 0..many(5_000) {
                    let deadline = Instant::now() + Duration::from_nanos(numbers() % 100_000);
                    let mut sleep = handle.sleep_until(deadline);
                    if round % 10 == 0 {
                        futures_executor::block_on(sleep)?;
                        assert!(Instant::now() >= deadline);
                    } else {
                        let _ = poll(&mut sleep, Waker::noop());
                    }
                }
                handle.unpark()
            })
        })
        .collect();
    while !threads.iter().all(thread::JoinHandle::is_finished) {
        // A thread that ends between the look and the turn has no more to say.
        driver.turn(Some(Duration::from_millis(10)))?;
    }
    for thread in threads {
        thread.join().unwrap()?;
    }
    assert_eq!(driver.next_deadline(), None);
    Ok(())
}

async fn a_timeout_gives_the_output_of_what_is_done_in_time() -> Outcome {
    assert_eq!(timeout(Duration::from_secs(3600), async { 7 }).await?, 7);
    let slept = timeout(Duration::from_secs(3600), sleep(Duration::from_millis(1))).await?;
    slept?;
    // What is ready at once is never late.
    assert_eq!(timeout(Duration::ZERO, async { 7 }).await?, 7);
    assert_eq!(timeout_at(Instant::from_nanos(0), async { 7 }).await?, 7);
    Ok(())
}

async fn a_timeout_ends_what_takes_longer() -> Outcome {
    let held = Arc::new(());
    let kept = held.clone();
    let start = Instant::now();
    let forever = async move {
        pending::<()>().await;
        drop(kept);
    };
    let error = timeout(Duration::from_millis(5), forever).await.unwrap_err();
    assert_eq!(error.kind(), io::ErrorKind::TimedOut);
    assert!(error.to_string().contains("timeout"), "{error}");
    assert!(start.elapsed() >= Duration::from_millis(5));
    assert_eq!(Arc::strong_count(&held), 1, "what was too late should be gone");
    Ok(())
}

const PERIOD: Duration = Duration::from_millis(4);

async fn an_interval_ticks_at_once_and_then_once_a_period() -> Outcome {
    let start = Instant::now();
    let mut interval = interval(PERIOD)?;
    assert_eq!(interval.period(), PERIOD);
    let first = interval.tick().await?;
    assert!(first >= start && first <= Instant::now());
    for nth in 1..5 {
        let due = interval.tick().await?;
        assert_eq!(due, first + PERIOD * nth);
        assert!(Instant::now() >= due);
    }
    Ok(())
}

/// An interval whose first tick is three and a half periods late, and when it was due.
fn late(missed_tick: MissedTick) -> io::Result<(Interval, Instant)> {
    let lateness = PERIOD * 3 + PERIOD / 2;
    // The clock may have begun with the program.
    let mut now = Instant::now();
    while now.as_nanos() < lateness.as_nanos() as u64 {
        now = Instant::now();
    }
    let start = Instant::from_nanos(now.as_nanos() - lateness.as_nanos() as u64);
    let mut interval = interval_at(start, PERIOD)?;
    interval.set_missed_tick(missed_tick);
    Ok((interval, start))
}

async fn an_interval_that_bursts_makes_up_for_missed_ticks() -> Outcome {
    let (mut interval, start) = late(MissedTick::Burst)?;
    for nth in 0..6 {
        assert_eq!(interval.tick().await?, start + PERIOD * nth);
    }
    Ok(())
}

async fn an_interval_that_delays_shifts_its_rhythm() -> Outcome {
    let (mut interval, start) = late(MissedTick::Delay)?;
    let before = Instant::now();
    assert_eq!(interval.tick().await?, start);
    let after = Instant::now();
    let next = interval.tick().await?;
    assert!(
        before + PERIOD <= next && next <= after + PERIOD,
        "the rhythm begins anew with the late tick"
    );
    Ok(())
}

async fn an_interval_that_skips_keeps_its_rhythm() -> Outcome {
    let (mut interval, start) = late(MissedTick::Skip)?;
    let before = Instant::now();
    assert_eq!(interval.tick().await?, start);
    let after = Instant::now();
    let next = interval.tick().await?;
    assert!(before < next && next <= after + PERIOD, "what was missed is left out");
    assert_eq!((next - start).as_nanos() % PERIOD.as_nanos(), 0);
    Ok(())
}

async fn a_tick_that_is_not_waited_for_to_its_end_is_not_lost() -> Outcome {
    let start = Instant::now() + PERIOD;
    let mut interval = interval_at(start, PERIOD)?;
    for _ in 0..3 {
        assert!(settle(&mut pin!(interval.tick()), Waker::noop()).is_pending());
    }
    assert_eq!(interval.tick().await?, start);
    Ok(())
}

async fn an_interval_keeps_its_driver() -> Outcome {
    let mut driver = Driver::new()?;
    let mut ticks = interval(PERIOD)?;
    let mut tick = || ticks.poll_tick(&mut Context::from_waker(Waker::noop()));
    {
        let _current = driver.handle().enter();
        assert!(tick().is_pending());
    }
    // From here on the handle of this driver is not the current one.
    for _ in 0..3 {
        while tick()?.is_pending() {
            assert!(driver.turn(None)?.timers() > 0, "its timer is set with this driver");
        }
    }
    Ok(())
}

async fn ticks_that_were_missed_take_one_turn() -> Outcome {
    let mut driver = Driver::new()?;
    let _current = driver.handle().enter();
    let (mut ticks, start) = late(MissedTick::Burst)?;
    let mut tick = || ticks.poll_tick(&mut Context::from_waker(Waker::noop()));
    assert!(tick().is_pending());
    assert_eq!(driver.turn(None)?.timers(), 1);
    for nth in 0..4 {
        let Poll::Ready(due) = tick() else {
            panic!("the tick {nth} was missed");
        };
        assert_eq!(due?, start + PERIOD * nth);
    }
    Ok(())
}

async fn an_interval_needs_a_period() -> Outcome {
    let error = interval(Duration::ZERO).unwrap_err();
    assert_eq!(error.kind(), io::ErrorKind::InvalidInput);
    assert!(error.to_string().contains("longer than zero"), "{error}");
    Ok(())
}

fn a_sleep_without_a_driver_is_an_error() -> Outcome {
    assert_eq!(Handle::current().unwrap_err().kind(), io::ErrorKind::NotConnected);
    let driver = Driver::new()?;
    let mut slept = sleep(Duration::ZERO);
    let Poll::Ready(Err(error)) = poll(&mut slept, Waker::noop()) else {
        panic!("no driver can end this sleep");
    };
    assert_eq!(error.kind(), io::ErrorKind::NotConnected);
    // It can be had with a handle.
    assert!(poll(&mut driver.handle().sleep_until(Instant::now()), Waker::noop()).is_pending());
    Ok(())
}

fn timers_of_a_peak_give_their_memory_back() -> Outcome {
    const TIMERS: usize = many(100_000);
    let mut driver = Driver::new()?;
    let mut numbers = numbers(5);
    let hour = Instant::now() + Duration::from_secs(3600);
    let mut later = || hour + Duration::from_nanos(numbers() % 1_000_000_000);
    let mut peak = || {
        let set = |sleep: &mut Sleep| assert!(poll(sleep, Waker::noop()).is_pending());
        let mut sleeps: Vec<_> = (0..TIMERS)
            .map(|_| {
                let mut sleep = driver.handle().sleep_until(later());
                set(&mut sleep);
                sleep
            })
            .collect();
        // Each is put off some times, all over the place.
        for step in 0..4 * TIMERS {
            let sleep = &mut sleeps[step * 7_919 % TIMERS];
            sleep.reset(later());
            set(sleep);
        }
        // Some fire, and the others are taken back.
        for sleep in sleeps.iter_mut().step_by(3) {
            sleep.reset(Instant::from_nanos(0));
            set(sleep);
        }
        assert_eq!(driver.turn(None)?.timers(), TIMERS.div_ceil(3));
        drop(sleeps);
        assert_eq!(driver.next_deadline(), None);
        driver.turn(Some(Duration::ZERO))?;
        Outcome::Ok(())
    };
    let mut outcome = Ok(());
    let heap = allocation_counter::measure(|| outcome = peak());
    outcome?;
    // A page or two of each list, and a few bytes for each page that there was.
    let kept = heap.bytes_current;
    assert!(kept <= 64 * 1024 + TIMERS as i64, "{kept} bytes are kept");
    Ok(())
}
