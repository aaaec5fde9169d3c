//! Sleeping: the first thing that waits.
//!
//! The problem: a task wants to go on at a certain time. It sets a timer, says so
//! in its wait reason, and suspends; the timer wakes it. Nothing polls in between.
//!
//! ```text
//!   Fresh --first poll--> Armed --fired--> Done
//!     |                     |
//!     | zero                +--dropped--> the timer is taken back
//!     v
//!   Yielded --next poll--> Done
//! ```
//!
//! Invariants:
//! 1. A sleep begins when it is first polled, not when it is made.
//! 2. It never ends early (T04), and a sleep of zero takes exactly one iteration
//!    and no timer (T09).
//! 3. Dropping it takes its timer back (T10), also one that has fired and has not
//!    woken its task yet: that one alone.
//!
//! Read next: `alarm.rs`.

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll};
use std::time::Duration;

use groundup_task::Reason;

use crate::driver::nanos;
use crate::iteration::Inner;
use crate::timers::{NEVER, TimerId, Timers};

/// The number of a timer in a sleep that has none.
const FRESH_DELAY: u32 = u32::MAX;
const FRESH_DEADLINE: u32 = u32::MAX - 1;
const YIELDED: u32 = u32::MAX - 2;
const FOR_EVER: u32 = u32::MAX - 3;

/// Suspends for `duration`, counted from the first poll. Zero suspends for one
/// iteration (T09). `Duration::MAX`, like anything beyond 584 years, is for ever.
///
/// ```
/// use std::time::Duration;
///
/// use groundup_executor::{EventLoop, sleep, time};
///
/// let event_loop = EventLoop::builder().virtual_time().build();
/// let now = event_loop.run_until_complete(async {
///     sleep(Duration::from_secs(3)).await;
///     time()
/// });
/// assert_eq!(now.unwrap(), Duration::from_secs(3));
/// ```
///
/// # Panics
///
/// When it is polled first outside a running loop, or again after the loop in
/// which it began was closed.
///
/// # Cancel safety
///
/// Dropping it takes the timer back; nothing else is lost.
#[inline]
pub fn sleep(duration: Duration) -> Sleep {
    Sleep {
        when: nanos(duration),
        timers: None,
        number: FRESH_DELAY,
        generation: 0,
    }
}

/// Suspends until `time`, counted from the loop's beginning
/// ([`time`](crate::time())). A time that has passed suspends for one iteration.
///
/// ```
/// use std::time::Duration;
///
/// use groundup_executor::{EventLoop, block, sleep_until, time};
///
/// let event_loop = EventLoop::builder().virtual_time().build();
/// event_loop.run_until_complete(async {
///     let second = Duration::from_secs(1);
///     for n in 1..=3 {
///         block(second / 10); // the work of one second does not shift the next
///         sleep_until(n * second).await;
///         assert_eq!(time(), n * second);
///     }
/// }).unwrap();
/// ```
///
/// # Panics
///
/// As [`sleep`].
///
/// # Cancel safety
///
/// Dropping it takes the timer back; nothing else is lost.
#[inline]
pub fn sleep_until(time: Duration) -> Sleep {
    Sleep {
        when: nanos(time),
        timers: None,
        number: FRESH_DEADLINE,
        generation: 0,
    }
}

/// Lets `duration` pass while nobody else runs: what a blocking call does. On the
/// virtual clock it moves the time. For demonstrations and tests; a program that
/// must block belongs in a thread.
///
/// # Panics
///
/// Outside a running loop.
///
/// ```
/// use std::time::Duration;
///
/// use groundup_executor::{EventLoop, block, call_later, sleep, time};
///
/// let event_loop = EventLoop::builder().virtual_time().build();
/// event_loop.run_until_complete(async {
///     call_later(Duration::from_secs(1), || assert_eq!(time(), Duration::from_secs(5)));
///     block(Duration::from_secs(5)); // and the timer is late
///     sleep(Duration::from_secs(1)).await;
/// }).unwrap();
/// ```
pub fn block(duration: Duration) {
    Inner::current("block").block(duration);
}

/// What [`sleep`] and [`sleep_until`] return.
///
/// ```
/// use std::time::Duration;
///
/// let nap = groundup_executor::sleep(Duration::from_secs(1));
/// assert_eq!(format!("{nap:?}"), "<Sleep not begun>");
/// ```
#[must_use = "futures do nothing unless awaited"]
pub struct Sleep {
    /// Before the first poll the delay or the deadline, then the deadline, in ns.
    when: u64,
    timers: Option<Rc<Timers>>,
    number: u32,
    generation: u32,
}

impl Sleep {
    fn id(&self) -> TimerId {
        TimerId {
            number: self.number,
            generation: self.generation,
        }
    }

    /// The first poll: sets the timer, or yields if there is nothing to wait for.
    #[inline]
    fn begin(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        let found = Inner::try_current(|inner| inner.timers().clone());
        let timers = found.unwrap_or_else(|| Inner::current("sleep").timers().clone());
        if self.number == FRESH_DELAY && self.when != 0 && self.when != NEVER {
            self.when = timers.look().saturating_add(self.when);
        } else if self.number == FRESH_DEADLINE && self.when <= timers.look() {
            self.when = 0;
        }
        if self.when == 0 {
            self.number = YIELDED;
            cx.waker().wake_by_ref();
            return Poll::Pending;
        }
        if self.when == NEVER {
            timers.scheduler().waits_for(cx, Reason::Timer(NEVER));
            self.number = FOR_EVER;
            return Poll::Pending;
        }
        let id = timers.set_waker(self.when, cx);
        timers.scheduler().waits_for(cx, Reason::Timer(self.when));
        (self.number, self.generation) = (id.number, id.generation);
        self.timers = Some(timers);
        Poll::Pending
    }
}

impl Future for Sleep {
    type Output = ();

    #[inline]
    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        let Some(timers) = &self.timers else {
            return match self.number {
                YIELDED => Poll::Ready(()),
                FOR_EVER => Poll::Pending,
                _ => self.begin(cx),
            };
        };
        if timers.is_over(self.id()) {
            assert!(
                !timers.scheduler().is_closed() || self.when <= timers.now(),
                "the event loop in which this sleep began is closed, so it can never end: make a \
                 new one in the loop that runs"
            );
            self.timers = None;
            self.number = YIELDED;
            return Poll::Ready(());
        }
        timers.renew(self.id(), cx);
        timers.scheduler().waits_for(cx, Reason::Timer(self.when));
        Poll::Pending
    }
}

impl Drop for Sleep {
    #[inline]
    fn drop(&mut self) {
        let Some(timers) = &self.timers else { return };
        timers.cancel(self.id());
    }
}

impl fmt::Debug for Sleep {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let state = match self.number {
            FRESH_DELAY | FRESH_DEADLINE => "not begun",
            FOR_EVER => "for ever",
            _ if self.timers.is_some() => "armed",
            _ => "done",
        };
        write!(f, "<Sleep {state}>")
    }
}
