//! A wait for a moment.

use std::future::Future;
use std::io;
use std::mem;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use triga_platform::{Capability, Instant, SUPPORT};

use crate::reactor::Handle;
use crate::reactor::budget;
use crate::reactor::timers::Key;
use crate::reactor::timers::Sleeper;

/// Waits until so much time has passed from now.
///
/// ```
/// use std::time::Duration;
/// use triga::time::{Instant, sleep};
///
/// triga::block_on(async {
///     let start = Instant::now();
///     sleep(Duration::from_millis(5)).await?;
///     assert!(start.elapsed() >= Duration::from_millis(5));
///     std::io::Result::Ok(())
/// })
/// # .unwrap().unwrap();
/// ```
pub fn sleep(duration: Duration) -> Sleep {
    sleep_until(Instant::now() + duration)
}

/// Waits until the clock shows `deadline`.
pub fn sleep_until(deadline: Instant) -> Sleep {
    Sleep {
        deadline,
        timer: Timer::New(None),
    }
}

/// What [`sleep`] and [`sleep_until`] return: ready at its deadline or after, never before.
///
/// The timer is set at the first poll, with the handle that is current then, or the one whose
/// [`sleep_until`](Handle::sleep_until) made it. Dropping it takes the timer back.
///
/// # Errors
///
/// [`ShutDown`](crate::ShutDown) after a shutdown; `NotConnected` if the thread has no current handle at the first poll;
/// `Unsupported` where there is no clock.
#[derive(Debug)]
#[must_use = "a future does nothing unless it is awaited"]
pub struct Sleep {
    deadline: Instant,
    timer: Timer,
}

#[derive(Debug)]
enum Timer {
    /// Without a handle, the one that is current at the first poll is used.
    New(Option<Handle>),
    Set(Handle, Key),
    /// It has fired. Another deadline is waited for with the same driver.
    Done(Handle),
}

impl Sleep {
    /// The moment it waits for.
    pub fn deadline(&self) -> Instant {
        self.deadline
    }

    /// Waits for another moment instead, from the next poll on, with the same driver. It may have ended already.
    pub fn reset(&mut self, deadline: Instant) {
        self.timer = match mem::replace(&mut self.timer, Timer::New(None)) {
            Timer::New(handle) => Timer::New(handle),
            Timer::Set(handle, key) => {
                handle.shared.timers.cancel(key);
                Timer::New(Some(handle))
            }
            Timer::Done(handle) => Timer::New(Some(handle)),
        };
        self.deadline = deadline;
    }
}

impl Handle {
    /// Waits until the clock shows `deadline`, by this handle's driver.
    ///
    /// It is what [`sleep_until`] does, for threads that have not entered a handle.
    pub fn sleep_until(&self, deadline: Instant) -> Sleep {
        Sleep {
            deadline,
            timer: Timer::New(Some(self.clone())),
        }
    }
}

impl Future for Sleep {
    type Output = io::Result<()>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let this = &mut *self;
        match &mut this.timer {
            Timer::New(handle) => {
                SUPPORT.require(Capability::Timers)?;
                let handle = handle.take().map_or_else(Handle::current, Ok)?;
                let shared = &handle.shared;
                let sleeper = Sleeper::new(shared, cx);
                match shared.timers.insert(this.deadline, sleeper, &shared.parking) {
                    Ok(key) => {
                        this.timer = Timer::Set(handle, key);
                        Poll::Pending
                    }
                    Err(shut_down) => {
                        this.timer = Timer::New(Some(handle));
                        Poll::Ready(Err(shut_down.into()))
                    }
                }
            }
            Timer::Set(handle, key) => {
                let result = ready!(handle.shared.timers.poll(*key, Sleeper::new(&handle.shared, cx)));
                // The timer stays fired until the task may go on.
                ready!(budget::poll_proceed(cx));
                if let Timer::Set(handle, _) = mem::replace(&mut this.timer, Timer::New(None)) {
                    this.timer = match result {
                        Ok(()) => Timer::Done(handle),
                        Err(_) => Timer::New(Some(handle)),
                    };
                }
                Poll::Ready(result.map_err(io::Error::from))
            }
            Timer::Done(_) => {
                ready!(budget::poll_proceed(cx));
                Poll::Ready(Ok(()))
            }
        }
    }
}

impl Drop for Sleep {
    fn drop(&mut self) {
        if let Timer::Set(handle, key) = &self.timer {
            handle.shared.timers.cancel(*key);
        }
    }
}
