//! Timeout: end a future that takes too long.
//!
//! The problem: "at most two seconds" should be one word around a future, wherever
//! the future stands. No task is made for it: the future stays where it is, in a
//! region that an alarm can cancel.
//!
//! ```text
//!   timeout(d, future)      future  ======== done -------------> Ok(output)
//!                                   ======!  cleans up ... ends -> Err(Elapsed)
//!                           alarm         ^ after d
//! ```
//!
//! | file, above those it uses | has |
//! |---|---|
//! | `timeout/wait_for.rs` | asyncio's older verb, which takes tasks too |
//! | `timeout.rs` | the future: it enters the region, and leaves it |
//! | `timeout/deadline.rs` | the alarm and the region's scope; the handle that moves them |
//! | `timeout/error.rs` | the time is over; a deadline cannot be moved |
//!
//! Invariants:
//! 1. The future is cancelled first and then awaited: it may clean up (O01), and if it
//!    gives a value all the same, that is the result (O02).
//! 2. A future that is done in time costs no iteration.
//! 3. Dropping the timeout drops the future and takes the alarm back.
//!
//! Access: `Control` in `deadline.rs` alone opens and closes the scope and
//! sets the alarm. The guard on this page calls its `leave` once for each `enter`, also
//! on a drop. `as_completed` has [`Elapsed`] from here, and nothing else.
//!
//! Read next: `timeout/deadline.rs`.

pub(crate) mod deadline;
pub(crate) mod error;
pub(crate) mod wait_for;

use std::fmt;
use std::future::{Future, IntoFuture};
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use groundup_executor::task::{CatchCancel, RaiseCancelled, catch_cancel};
use pin_project_lite::pin_project;

use crate::running::orphan;
use crate::timeout::deadline::{Control, Deadline, Held, When};
use crate::timeout::error::Elapsed;

/// What was entered is left, also when it is dropped.
struct Guard {
    control: Held,
    entered: bool,
    /// Somebody else's cancel, which goes outward: kept until it has been taken. In a box,
    /// because few timeouts meet one.
    raise: Option<Box<RaiseCancelled>>,
}

impl Guard {
    /// True if a cancel that was caught was the deadline's own.
    #[inline]
    fn leave(&mut self) -> bool {
        std::mem::take(&mut self.entered) && self.control.leave()
    }

    /// The timeout is dropped before its end.
    #[cold]
    fn abandon(&mut self) {
        self.leave();
    }

    #[cold]
    fn go_on_raising<R>(&mut self, cx: &mut Context<'_>) -> Poll<R> {
        let raise = self.raise.as_mut();
        let raise = raise.expect("timeout was polled after it had finished");
        Pin::new(&mut **raise).poll(cx).map(|never| match never {})
    }
}

impl Drop for Guard {
    #[inline]
    fn drop(&mut self) {
        if self.entered {
            self.abandon();
        }
    }
}

pin_project! {
    /// What [`timeout`] and [`Deadline::run`](crate::Deadline::run) return.
    #[must_use = "futures do nothing unless awaited"]
    pub struct Timeout<F: Future> {
        // Dropped before the guard: what runs under the deadline is over then.
        #[pin]
        region: Option<CatchCancel<F>>,
        guard: Guard,
    }
}

impl<F: Future> Timeout<F> {
    #[inline(always)]
    fn new(control: Held, future: F) -> Self {
        Timeout {
            region: Some(catch_cancel(future)),
            guard: Guard {
                control,
                entered: false,
                raise: None,
            },
        }
    }
}

impl<F: Future> Future for Timeout<F> {
    type Output = Result<F::Output, Elapsed>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let mut this = self.project();
        let Some(mut region) = this.region.as_mut().as_pin_mut() else {
            return this.guard.go_on_raising(cx);
        };
        if !this.guard.entered {
            region.as_mut().begin_in(this.guard.control.enter());
            this.guard.entered = true;
        }
        let Poll::Ready(caught) = region.poll(cx) else {
            if this.guard.control.is_orphan() {
                orphan("timeout");
            }
            return Poll::Pending;
        };
        this.region.set(None);
        let scope = this.guard.control.scope();
        let own = this.guard.leave();
        match caught {
            Ok(output) => Poll::Ready(Ok(output)),
            Err(cancelled) => match cancelled.beyond(scope, own) {
                None => Poll::Ready(Err(Elapsed)),
                Some(cancelled) => {
                    this.guard.raise = Some(Box::new(cancelled.raise()));
                    this.guard.go_on_raising(cx)
                }
            },
        }
    }
}

impl<F: Future> fmt::Debug for Timeout<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "<Timeout {:?}>", *self.guard.control)
    }
}

impl Deadline {
    /// Runs `future` under this deadline.
    ///
    /// # Panics
    ///
    /// When polled, if something ran under it before (D03): make a new one; and
    /// outside a task of a running loop.
    ///
    /// # Cancel safety
    ///
    /// Dropping it drops `future` and takes the timer back.
    pub fn run<F: IntoFuture>(&self, future: F) -> Timeout<F::IntoFuture> {
        Timeout::new(Held::Shared(self.control.clone()), future.into_future())
    }
}

/// Runs `future`, and gives [`Elapsed`] if it is not done when `delay` has passed,
/// counted from the first poll. The future is then cancelled, and waited for if it
/// cleans up.
///
/// A delay of zero lets the future run to its first suspension (D06).
/// `Duration::MAX` is never. To move the deadline, use a
/// [`Deadline`](crate::Deadline).
///
/// ```
/// use groundup_combinators::executor::{EventLoop, sleep};
/// use groundup_combinators::{Elapsed, timeout};
/// use std::time::Duration;
///
/// let event_loop = EventLoop::builder().virtual_time().build();
/// let slow = timeout(Duration::from_secs(1), sleep(Duration::from_secs(60)));
/// assert_eq!(event_loop.run_until_complete(slow).unwrap(), Err(Elapsed));
/// assert_eq!(event_loop.time(), Duration::from_secs(1));
/// ```
///
/// # Panics
///
/// When polled outside a task of a running loop.
///
/// # Cancel safety
///
/// Dropping it drops `future` and takes the timer back.
#[inline]
pub fn timeout<F: IntoFuture>(delay: Duration, future: F) -> Timeout<F::IntoFuture> {
    let future = future.into_future();
    Timeout::new(Held::Own(Control::new(When::After(delay))), future)
}

/// The same with a time of the loop as the deadline. A time that has passed lets
/// the future run to its first suspension.
///
/// ```
/// use groundup_combinators::executor::{run, sleep, time};
/// use groundup_combinators::timeout_at;
/// use std::time::Duration;
///
/// run(async {
///     let noon = time() + Duration::from_secs(3600);
///     assert_eq!(timeout_at(noon, async { "in time" }).await, Ok("in time"));
/// });
/// ```
///
/// # Panics
///
/// As [`timeout`].
///
/// # Cancel safety
///
/// As [`timeout`].
#[inline]
pub fn timeout_at<F: IntoFuture>(when: Duration, future: F) -> Timeout<F::IntoFuture> {
    let future = future.into_future();
    Timeout::new(Held::Own(Control::new(When::At(when))), future)
}
