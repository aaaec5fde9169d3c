//! A sleep that may be sent to another thread.
//!
//! The problem: a library that is written for loops on many threads demands a sleep that is
//! `Send + Sync`, though it never sends it. A [`Sleep`] holds the timers of its loop, so it is
//! neither. This one holds numbers in their place: the address of the loop, and the number of the
//! timer.
//!
//! ```text
//!   a poll   in the loop of the sleep ──> numbers become a Sleep ── poll ──> numbers again
//!            elsewhere ─────────────────> panics, and says why
//!   a drop   in the loop of the sleep ──> the timer is cancelled
//!            elsewhere ── a message ───> the loop cancels the timer
//! ```
//!
//! Invariants:
//! 1. Each poll has the effect of a poll of a [`Sleep`].
//! 2. After its drop no timer is left, as soon as its loop has run.
//!
//! Read next: `time/block.rs`.

use std::fmt;
use std::future::Future;
use std::mem;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll};
use std::time::Duration;

use groundup_task::Address;

use super::sleep::{Armed, Sleep, State, Unarmed};
use crate::driver::nanos;
use crate::iteration::LoopCore;
use crate::timers::{TimerId, Timers};

/// Suspends for `duration`, counted from the first poll, as [`sleep`](crate::sleep()) does. The
/// future is `Send + Sync`, for libraries that demand it, and costs a little more.
///
/// ```
/// # mod groundup { pub use groundup_executor::*; pub mod lowlevel { pub use super::*; } }
/// use std::time::Duration;
///
/// use groundup::lowlevel::sleep_ticket;
/// use groundup::{run_virtual, time};
///
/// fn goes_anywhere<T: Send + Sync>(value: T) -> T {
///     value
/// }
///
/// run_virtual(async {
///     goes_anywhere(sleep_ticket(Duration::from_secs(3))).await;
///     assert_eq!(time().to_string(), "3 s");
/// });
/// ```
///
/// # Panics
///
/// If it is polled outside a running loop, or in another loop than the one of its first poll.
///
/// # Cancel safety
///
/// Dropping it cancels its timer, on any thread.
pub fn sleep_ticket(duration: Duration) -> SleepTicket {
    SleepTicket(Numbers::Unarmed(Unarmed::Delay(nanos(duration))))
}

/// The future of [`sleep_ticket`].
#[must_use = "futures do nothing unless awaited"]
pub struct SleepTicket(Numbers);

/// The state of a [`Sleep`], in numbers.
enum Numbers {
    Armed {
        home: Address,
        id: TimerId,
        when: u64,
    },
    Unarmed(Unarmed),
}

/// Returns the timers of the running loop, if it has this address.
fn timers_of(home: Address) -> Option<Rc<Timers>> {
    let here = |inner: &Rc<LoopCore>| {
        (inner.scheduler().address() == home).then(|| inner.timers().clone())
    };
    LoopCore::try_current(here).flatten()
}

#[cold]
#[track_caller]
fn not_here() -> ! {
    panic!(
        "this sleep began in another event loop, or no loop runs here: await it in the loop that \
         polled it first"
    )
}

impl SleepTicket {
    /// Begins again, as a new [`sleep_ticket`] of this duration, without another allocation of what
    /// holds it.
    ///
    /// ```
    /// # mod groundup { pub use groundup_executor::*; pub mod lowlevel { pub use super::*; } }
    /// use std::future::Future;
    /// use std::pin::pin;
    /// use std::task::Poll;
    /// use std::time::Duration;
    ///
    /// use groundup::lowlevel::sleep_ticket;
    /// use groundup::{run_virtual, time};
    ///
    /// run_virtual(async {
    ///     let mut nap = pin!(sleep_ticket(Duration::from_secs(1)));
    ///     let begun = std::future::poll_fn(|cx| Poll::Ready(nap.as_mut().poll(cx))).await;
    ///     assert!(begun.is_pending());
    ///     nap.reset(Duration::from_secs(5));
    ///     nap.await;
    ///     assert_eq!(time().to_string(), "5 s");
    /// });
    /// ```
    pub fn reset(&mut self, duration: Duration) {
        *self = sleep_ticket(duration);
    }

    /// Makes a sleep of the numbers, which hold nothing meanwhile.
    #[track_caller]
    fn take(&mut self) -> Sleep {
        match mem::replace(&mut self.0, Numbers::Unarmed(Unarmed::Done)) {
            Numbers::Unarmed(unarmed) => Sleep(State::Unarmed(unarmed)),
            Numbers::Armed { home, id, when } => {
                let Some(timers) = timers_of(home) else {
                    self.0 = Numbers::Armed { home, id, when };
                    not_here();
                };
                Sleep(State::Armed(Armed { timers, id, when }))
            }
        }
    }

    /// Keeps the numbers of a sleep in its place.
    fn put(&mut self, mut sleep: Sleep) {
        self.0 = match mem::replace(&mut sleep.0, State::Unarmed(Unarmed::Done)) {
            State::Unarmed(unarmed) => Numbers::Unarmed(unarmed),
            State::Armed(Armed { timers, id, when }) => {
                let home = timers.scheduler().address();
                Numbers::Armed { home, id, when }
            }
        };
    }
}

impl Future for SleepTicket {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        // If this poll panics, the sleep is dropped with it, and cancels its timer.
        let mut sleep = self.take();
        let polled = Pin::new(&mut sleep).poll(cx);
        self.put(sleep);
        polled
    }
}

impl Drop for SleepTicket {
    fn drop(&mut self) {
        let Numbers::Armed { home, id, .. } = self.0 else {
            return;
        };
        match timers_of(home) {
            // Outside the borrow of the running loop: it may drop the waker of another executor.
            Some(timers) => _ = timers.cancel(id),
            None => cancel_elsewhere(home, id),
        }
    }
}

/// Has the loop of a sleep cancel its timer. It is refused if the loop is closed: then no timer is
/// left.
#[cold]
fn cancel_elsewhere(home: Address, id: TimerId) {
    let cancel = move || {
        if let Some(timers) = timers_of(home) {
            timers.cancel(id);
        }
    };
    drop(home.call_soon(Box::new(cancel)));
}

impl fmt::Debug for SleepTicket {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self.0 {
            Numbers::Armed { .. } => "<SleepTicket armed>",
            Numbers::Unarmed(Unarmed::Done) => "<SleepTicket done>",
            Numbers::Unarmed(_) => "<SleepTicket not armed>",
        })
    }
}
