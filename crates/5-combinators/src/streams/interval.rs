//! Interval: a tick every period, and the ticks after a missed one.
//!
//! The problem: a loop around `sleep(period)` drifts, because the time of its work comes on top
//! of each period. An interval computes the time of each tick from the tick before. Then it has
//! to answer a question of its own: if the work takes longer than a period, ticks are missed.
//! `streams/interval/missed_ticks.rs` has the answers, the same three as in tokio.
//!
//! ```text
//!   sleep(p)   tick   work + p   work + p          the times drift by the work
//!   interval   tick   p          2 p               the times are multiples of the period
//! ```
//!
//! Invariants:
//! 1. No tick comes early. A tick that is due at its first poll suspends for one iteration, as
//!    [`sleep_until`] does. So a reader that is always late still lets the other tasks run. (A tick
//!    that was polled, then left, and has come since, is ready at once.)
//! 2. Dropping the future of a tick loses no tick and moves none.
//! 3. All times of an interval are of one loop, the one that polled it first.
//!
//! Read next: `streams/interval/places.rs`.

pub(crate) mod missed_ticks;
mod places;

use std::fmt;
use std::future::{Future, poll_fn};
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll};
use std::time::Duration;

use futures::stream::Stream;
use groundup_executor::task::Scheduler;
use groundup_executor::{Instant, Sleep, sleep_until, time};

use crate::streams::interval::missed_ticks::MissedTickBehavior;

/// Ticks at regular times; [`interval`] and [`interval_at`] make it.
///
/// [`tick`](Interval::tick) awaits the next tick. An interval is also a stream of the times of
/// its ticks, which never ends.
#[must_use = "an interval does nothing unless its ticks are awaited"]
pub struct Interval {
    period: Duration,
    behavior: MissedTickBehavior,
    /// Time of the next tick; `None` if that is the time of the first poll.
    next: Option<Instant>,
    /// Waits for the next tick. It stays when the future of the tick is dropped.
    sleep: Option<Sleep>,
    /// Loop on whose clock the times are, from the first poll on.
    home: Option<Rc<Scheduler>>,
}

/// Makes an interval that ticks at once and then every `period`, counted from the first poll.
///
/// asyncio has no counterpart; its programs sleep until a time. It is tokio's `interval`, which
/// counts from the call and ticks at once, too. A tick that is due still suspends for one
/// iteration. Missed ticks come at once, one after the other, unless a [`MissedTickBehavior`] is set.
///
/// ```
/// # mod groundup { pub use groundup_combinators::{*, executor::*}; }
/// use groundup::{interval, run_virtual, sleep, time};
/// use std::time::Duration;
///
/// run_virtual(async {
///     let mut every_ten = interval(Duration::from_secs(10));
///     for n in 0..4 {
///         let tick = every_ten.tick().await;
///         assert_eq!((tick, time().since_start().as_secs()), (time(), 10 * n));
///         sleep(Duration::from_secs(7)).await; // the work does not shift the next tick
///     }
/// });
/// ```
///
/// A loop of ticks never ends by itself. Beside other work, it ends with a
/// [`select`](crate::select()):
///
/// ```
/// # mod groundup { pub use groundup_combinators::{*, executor::*}; }
/// use groundup::{Selected, interval, run_virtual, select, sleep, time};
/// use std::time::Duration;
///
/// run_virtual(async {
///     let work = sleep(Duration::from_secs(25));
///     let mut lines = Vec::new();
///     let progress = async {
///         let mut every_ten = interval(Duration::from_secs(10));
///         loop {
///             every_ten.tick().await;
///             lines.push(format!("at work for {}", time()));
///         }
///     };
///     let Selected::First(()) = select((work, progress)).await;
///     assert_eq!(lines, ["at work for 0 s", "at work for 10 s", "at work for 20 s"]);
/// });
/// ```
///
/// As a child of a group it would go on for ever, and so would the group.
///
/// # Panics
///
/// If `period` is zero.
///
/// # Cancel safety
///
/// Dropping the future of a tick loses no tick. Dropping the interval unsets its timer.
#[track_caller]
pub fn interval(period: Duration) -> Interval {
    Interval::new(None, period)
}

/// Makes an interval that first ticks at `start`, a time of the loop, and then every `period`.
///
/// If `start` has passed, the first tick is late, and [`MissedTickBehavior`] says what becomes
/// of the ticks that were missed since. It is tokio's `interval_at`.
///
/// ```
/// # mod groundup { pub use groundup_combinators::{*, executor::*}; }
/// use groundup::{interval_at, run_virtual, time};
/// use std::time::Duration;
///
/// run_virtual(async {
///     let hour = Duration::from_secs(3600);
///     let mut bell = interval_at(time() + hour, hour);
///     assert_eq!(bell.tick().await.to_string(), "3600 s");
///     assert_eq!(bell.tick().await.to_string(), "7200 s");
/// });
/// ```
///
/// # Panics
///
/// If `period` is zero.
///
/// # Cancel safety
///
/// As [`interval`].
#[track_caller]
pub fn interval_at(start: Instant, period: Duration) -> Interval {
    Interval::new(Some(start), period)
}

impl Interval {
    #[track_caller]
    fn new(next: Option<Instant>, period: Duration) -> Self {
        assert!(
            !period.is_zero(),
            "the period of an interval is zero, so its ticks would never end: give it at least 1 ns"
        );
        Interval {
            period,
            behavior: MissedTickBehavior::default(),
            next,
            sleep: None,
            home: None,
        }
    }

    /// Awaits the next tick; returns the time for which it was set. If the tick is late, that
    /// time has passed.
    ///
    /// # Panics
    ///
    /// When polled outside a running loop, and in another loop than the first time.
    ///
    /// # Cancel safety
    ///
    /// Dropping the future loses no tick: the next call awaits the same one.
    #[track_caller]
    pub fn tick(&mut self) -> impl Future<Output = Instant> + '_ {
        if Scheduler::any_is_watched() {
            Scheduler::note_await_as(self.key());
        }
        poll_fn(|cx| {
            let polled = self.poll_tick(cx);
            if polled.is_pending() && Scheduler::any_is_watched() {
                places::link(self.key(), self.home.as_deref(), self.next);
            }
            polled
        })
    }

    /// Polls for the next tick, as [`tick`](Interval::tick) does.
    pub fn poll_tick(&mut self, cx: &mut Context<'_>) -> Poll<Instant> {
        self.enter();
        let due = *self.next.get_or_insert_with(time);
        let is_new = self.sleep.is_none();
        let sleep = self.sleep.get_or_insert_with(|| sleep_until(due));
        let polled = Pin::new(sleep).poll(cx);
        if is_new && polled.is_pending() && Scheduler::any_is_watched() {
            places::forget(self.key(), self.home.as_deref(), self.next);
        }
        std::task::ready!(polled);
        self.sleep = None;
        // The sleep has ended, so this step read the clock at `due` or later.
        let now = time();
        self.next = Some(self.behavior.next(due, now, self.period));
        Poll::Ready(due)
    }

    /// Returns the key of a note of the line that awaits a tick: an address.
    fn key(&self) -> u64 {
        std::ptr::from_ref(self).addr() as u64
    }

    /// Makes the running loop the interval's own, or checks that it is.
    fn enter(&mut self) {
        let Some(here) = Scheduler::current() else {
            panic!(
                "no running event loop: interval works only inside one; await its ticks in a task"
            )
        };
        let home = self.home.get_or_insert_with(|| here.clone());
        assert!(
            Rc::ptr_eq(home, &here),
            "this interval began in another event loop, whose times are not those of this one: make \
             a new one in the loop that runs"
        );
    }

    /// Sets the next tick to a period from now.
    ///
    /// ```
    /// # mod groundup { pub use groundup_combinators::{*, executor::*}; }
    /// use groundup::{interval, run_virtual, sleep, time};
    /// use std::time::Duration;
    ///
    /// run_virtual(async {
    ///     let mut idle = interval(Duration::from_secs(10));
    ///     idle.tick().await;
    ///     sleep(Duration::from_secs(9)).await;
    ///     idle.reset(); // there was something to do
    ///     idle.tick().await;
    ///     assert_eq!(time().since_start().as_secs(), 19);
    /// });
    /// ```
    ///
    /// # Panics
    ///
    /// Outside a running loop, and in another loop than the first.
    pub fn reset(&mut self) {
        self.enter();
        self.reset_at(time().saturating_add(self.period));
    }

    /// Sets the next tick to `when`, a time of the loop; the ticks after it count from there.
    pub fn reset_at(&mut self, when: Instant) {
        self.next = Some(when);
        self.sleep = None;
    }

    /// Returns the time between two ticks.
    pub fn period(&self) -> Duration {
        self.period
    }

    /// Returns what becomes of missed ticks.
    pub fn missed_tick_behavior(&self) -> MissedTickBehavior {
        self.behavior
    }

    /// Sets what becomes of missed ticks. Before the first call it is
    /// [`Burst`](MissedTickBehavior::Burst).
    pub fn set_missed_tick_behavior(&mut self, behavior: MissedTickBehavior) {
        self.behavior = behavior;
    }
}

impl Stream for Interval {
    type Item = Instant;

    fn poll_next(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Instant>> {
        self.get_mut().poll_tick(cx).map(Some)
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        (usize::MAX, None)
    }
}

impl fmt::Debug for Interval {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "<Interval of {:?}", self.period)?;
        match self.next {
            None => f.write_str(", not begun>"),
            Some(next) => write!(f, ", next tick at {next}>"),
        }
    }
}
