//! Sleeping: the first future that waits.
//!
//! The problem: a task wants to go on at a certain time. So the task sets a timer, sets its
//! wait reason, and suspends; the timer wakes the task. No poll is needed in between.
//!
//! ```text
//!   state               next state   the move is made by
//!   Delay, Deadline ──> Armed        the first poll, which sets a timer
//!   Delay, Deadline ──> Yielded      the first poll, if the delay is zero or the time had passed
//!                                    when the loop last read the clock; the task is woken at once
//!   Delay, Deadline ──> ForEver      the first poll, if the time never comes
//!   Armed           ──> Done         a poll after the timer has fired
//!   Yielded         ──> Done         a poll in a later iteration
//!
//!   If the sleep is dropped while it is Armed, its timer is cancelled. ForEver never ends.
//! ```
//!
//! An armed sleep holds the timers of its loop in an `Rc`. It is often dropped outside a run, or in the run of
//! another loop, and its drop cancels the timer all the same. A look for the loop of the thread would
//! cost more than the count of the `Rc`, and would find the wrong loop there.
//!
//! Invariants:
//! 1. A sleep begins when it is first polled, not when it is made.
//! 2. A sleep never ends early. In a task of the loop, a sleep of zero takes exactly one iteration
//!    and no timer, however often it is polled meanwhile.
//! 3. The drop of a sleep cancels its timer, also a timer that has fired and has not woken its
//!    task yet, and no other timer.
//! 4. A sleep has the size of three words.
//!
//! Read next: `event_loop/runs.rs`, a run of a loop. Second reading:
//! `time/sleep/without_timer.rs`.

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll};
use std::time::Duration;

use groundup_task::{Reason, Scheduler};

use crate::driver::nanos;
use crate::instant::Instant;
use crate::iteration::LoopCore;
use crate::timers::{NEVER, TimerId, Timers};

mod without_timer;

/// Suspends for `duration`, counted from the first poll. Zero suspends for one iteration. A
/// duration beyond 584 years, such as `Duration::MAX`, never ends.
///
/// ```
/// # mod groundup { pub use groundup_executor::*; }
/// use std::time::Duration;
///
/// use groundup::{run_virtual, sleep, time};
///
/// run_virtual(async {
///     sleep(Duration::from_secs(3)).await;
///     assert_eq!(time().to_string(), "3 s");
/// });
/// ```
///
/// # Panics
///
/// If the first poll is outside a running loop. If the loop in which the sleep began is closed
/// before the time of the sleep: the next poll panics.
///
/// # Cancel safety
///
/// Dropping the sleep cancels its timer; nothing else is lost.
#[doc(alias = "Timer")]
#[inline]
#[track_caller]
pub fn sleep(duration: Duration) -> Sleep {
    Sleep::unarmed(Unarmed::Delay(nanos(duration)))
}

/// Suspends until `when`, a time of the loop that polls the sleep first. A time that has passed
/// suspends for one iteration, and [`Instant::NEVER`] never comes.
///
/// ```
/// # mod groundup { pub use groundup_executor::*; }
/// use std::time::Duration;
///
/// use groundup::{Instant, block, run_virtual, sleep_until, time};
///
/// run_virtual(async {
///     let second = Duration::from_secs(1);
///     for n in 1..=3 {
///         block(second / 10); // the work of one second does not shift the next
///         sleep_until(Instant::START + n * second).await;
///         assert_eq!(time(), Instant::START + n * second);
///     }
/// });
/// ```
///
/// # Panics
///
/// As [`sleep`].
///
/// # Cancel safety
///
/// Dropping the sleep cancels its timer; nothing else is lost.
#[inline]
#[track_caller]
pub fn sleep_until(when: Instant) -> Sleep {
    Sleep::unarmed(Unarmed::Deadline(when.nanos()))
}

/// The future of [`sleep`] and [`sleep_until`].
///
/// ```
/// # mod groundup { pub use groundup_executor::*; }
/// use std::time::Duration;
///
/// let nap = groundup::sleep(Duration::from_secs(1));
/// assert_eq!(format!("{nap:?}"), "<Sleep not begun>");
/// ```
#[must_use = "futures do nothing unless awaited"]
pub struct Sleep(pub(super) State);

/// State of a sleep. All times are in ns.
///
/// The enum has two levels because the pointer in `Armed` is never null and so tells
/// the two variants apart. One enum of all six states would take a word more.
pub(super) enum State {
    Armed(Armed),
    Unarmed(Unarmed),
}

const _: () = assert!(size_of::<Sleep>() == 24, "a sleep is three words");

/// The timer is set, or it has fired and the sleep was not polled since.
pub(super) struct Armed {
    pub(super) timers: Rc<Timers>,
    pub(super) id: TimerId,
    pub(super) when: u64,
}

#[derive(Clone, Copy)]
pub(super) enum Unarmed {
    /// Not polled yet; the delay counts from the first poll.
    Delay(u64),
    /// Not polled yet; the time is on the clock of the loop that polls it first.
    Deadline(u64),
    /// There was nothing to wait for; the number is the iteration of the first poll.
    Yielded(u64),
    /// The time never comes.
    ForEver,
    Done,
}

/// The end of a sleep that is polled for the first time.
enum Until {
    /// There is nothing to wait for.
    Now,
    At(u64),
    Never,
}

impl Unarmed {
    #[inline]
    fn until(self, timers: &Timers) -> Until {
        match self {
            Unarmed::Delay(NEVER) | Unarmed::Deadline(NEVER) => Until::Never,
            Unarmed::Delay(delay) if delay > 0 => match timers.read_clock().saturating_add(delay) {
                NEVER => Until::Never,
                when => Until::At(when),
            },
            // Speed: timer_set_cancel. If the cached time lags, a time that has passed gets a timer.
            Unarmed::Deadline(when) if when > timers.now() => Until::At(when),
            _ => Until::Now,
        }
    }
}

impl Armed {
    #[inline]
    fn poll(&self, cx: &mut Context<'_>) -> Poll<()> {
        let timers = &self.timers;
        if timers.free_if_over(self.id) {
            if timers.scheduler().is_closed() && self.when > timers.now() {
                never_ends();
            }
            return Poll::Ready(());
        }
        timers.set_waker_again(self.id, cx);
        timers.scheduler().waits_for(cx, Reason::Timer(self.when));
        Poll::Pending
    }
}

#[cold]
fn never_ends() -> ! {
    panic!(
        "the event loop in which this sleep began is closed, so it can never end: make a new one \
         in the loop that runs"
    )
}

impl Sleep {
    /// Makes a sleep that has not begun. If a loop is watched, this notes the place of the call for
    /// reports, and the first poll links the note to the deadline.
    #[inline]
    #[track_caller]
    fn unarmed(unarmed: Unarmed) -> Self {
        if Scheduler::any_is_watched() {
            Scheduler::note_await_among(unarmed.key());
        }
        Sleep(State::Unarmed(unarmed))
    }

    /// Begins a sleep at its first poll: sets the timer, if there is a time to wait for.
    #[inline]
    fn begin(&mut self, unarmed: Unarmed, cx: &mut Context<'_>) -> Poll<()> {
        let timers = LoopCore::with_current("sleep", |inner| inner.timers().clone());
        match unarmed.until(&timers) {
            Until::At(when) => {
                let id = timers.set_waker(when, cx);
                timers.scheduler().waits_for(cx, Reason::Timer(when));
                if Scheduler::any_is_watched() {
                    timers
                        .scheduler()
                        .link_await(unarmed.key(), Reason::Timer(when));
                }
                self.0 = State::Armed(Armed { timers, id, when });
                Poll::Pending
            }
            Until::Now => self.yield_once(cx),
            Until::Never => self.wait_for_ever(unarmed, &timers, cx),
        }
    }
}

impl Future for Sleep {
    type Output = ();

    #[inline]
    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        match self.0 {
            State::Armed(ref armed) => {
                let polled = armed.poll(cx);
                if polled.is_ready() {
                    if Scheduler::holds_back(cx) {
                        return Poll::Pending; // a cancel is on its way, and the caller is woken
                    }
                    self.0 = State::Unarmed(Unarmed::Done);
                }
                polled
            }
            State::Unarmed(unarmed @ (Unarmed::Delay(_) | Unarmed::Deadline(_))) => {
                self.begin(unarmed, cx)
            }
            State::Unarmed(_) => self.poll_begun(cx),
        }
    }
}

impl Drop for Sleep {
    #[inline]
    fn drop(&mut self) {
        let State::Armed(armed) = &self.0 else { return };
        armed.timers.cancel(armed.id);
    }
}

impl fmt::Debug for Sleep {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let state = match &self.0 {
            State::Armed(_) => "armed",
            State::Unarmed(Unarmed::Delay(_) | Unarmed::Deadline(_)) => "not begun",
            State::Unarmed(Unarmed::Yielded(_)) => "yielded",
            State::Unarmed(Unarmed::ForEver) => "for ever",
            State::Unarmed(Unarmed::Done) => "done",
        };
        write!(f, "<Sleep {state}>")
    }
}
