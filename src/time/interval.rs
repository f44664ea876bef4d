//! A wait that comes again and again.

use std::future::{Future, poll_fn};
use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use triga_platform::Instant;

use crate::reactor::budget;
use crate::time::{Sleep, sleep_until};

/// Ticks now, and then once each period.
///
/// # Errors
///
/// `InvalidInput` if the period is zero.
pub fn interval(period: Duration) -> io::Result<Interval> {
    interval_at(Instant::now(), period)
}

/// Ticks at `start`, and then once each period.
///
/// # Errors
///
/// `InvalidInput` if the period is zero.
pub fn interval_at(start: Instant, period: Duration) -> io::Result<Interval> {
    if period.is_zero() {
        return Err(io::Error::new(
            io::ErrorKind::InvalidInput,
            "the period of an interval must be longer than zero",
        ));
    }
    Ok(Interval {
        sleep: sleep_until(start),
        seen: Instant::from_nanos(0),
        period,
        missed_tick: MissedTick::default(),
    })
}

/// What an [`Interval`] does about ticks that were missed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum MissedTick {
    /// Ticks for each of them at once, all in one turn of the driver, until it is where it would be.
    #[default]
    Burst,
    /// Ticks a full period after the late one: the rhythm shifts.
    Delay,
    /// Leaves them out: the next tick is the next one of the old rhythm.
    Skip,
}

/// What [`interval`] returns.
#[derive(Debug)]
pub struct Interval {
    sleep: Sleep,
    /// When the last tick was returned. A tick that was due by then needs no timer.
    seen: Instant,
    period: Duration,
    missed_tick: MissedTick,
}

impl Interval {
    /// Waits for the next tick, and says when it was due.
    ///
    /// Cancel safe: a tick that was not returned is not lost.
    ///
    /// # Errors
    ///
    /// Those of [`sleep`](crate::time::sleep).
    pub async fn tick(&mut self) -> io::Result<Instant> {
        poll_fn(|cx| self.poll_tick(cx)).await
    }

    /// Ready at the next tick.
    ///
    /// # Errors
    ///
    /// As [`tick`](Self::tick).
    pub fn poll_tick(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<Instant>> {
        let due = self.sleep.deadline();
        if due < self.seen {
            ready!(budget::poll_proceed(cx));
        } else {
            ready!(Pin::new(&mut self.sleep).poll(cx))?;
        }
        self.seen = Instant::now();
        self.sleep.reset(self.missed_tick.next(due, self.seen, self.period));
        Poll::Ready(Ok(due))
    }

    /// Sets what is done about missed ticks; at first that is [`MissedTick::Burst`].
    pub fn set_missed_tick(&mut self, missed_tick: MissedTick) {
        self.missed_tick = missed_tick;
    }

    /// The time between two ticks.
    pub fn period(&self) -> Duration {
        self.period
    }
}

impl MissedTick {
    fn next(self, due: Instant, now: Instant, period: Duration) -> Instant {
        let next = due + period;
        if next > now {
            return next;
        }
        match self {
            MissedTick::Burst => next,
            MissedTick::Delay => now + period,
            MissedTick::Skip => {
                let period_nanos = u64::try_from(period.as_nanos()).unwrap_or(u64::MAX);
                let into_period = (now - due).as_nanos() as u64 % period_nanos;
                now + Duration::from_nanos(period_nanos - into_period)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_behaviour_says_when_the_tick_after_a_late_one_comes() {
        let second = Duration::from_secs(1);
        let at = |tenths: u64| Instant::from_nanos(tenths * 100_000_000);
        // Due at 10 s, and it is 13.4 s by now.
        for (behaviour, expected) in [
            (MissedTick::Burst, 110),
            (MissedTick::Delay, 144),
            (MissedTick::Skip, 140),
        ] {
            assert_eq!(behaviour.next(at(100), at(134), second), at(expected), "{behaviour:?}");
            assert_eq!(
                behaviour.next(at(100), at(103), second),
                at(110),
                "{behaviour:?} in time"
            );
        }
    }
}
