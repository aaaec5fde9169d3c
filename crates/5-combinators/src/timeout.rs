//! Timeout: cancels a future that takes too long.
//!
//! The problem: "at most two seconds" should be one call around a future, wherever the program
//! awaits it. The call makes no task: the future stays where it is, in a region that an alarm
//! can cancel.
//!
//! ```text
//!   timeout(d, future)      future  ======== done -------------> Ok(output)
//!                                   ======!  cleans up ... ends -> Err(Elapsed)
//!                           alarm         ^ after d
//! ```
//!
//! | file (it uses files below it) | has |
//! |---|---|
//! | `timeout/wait_for.rs` | asyncio's older verb, which takes tasks too |
//! | `timeout.rs` | the future: it enters the region, and leaves it |
//! | `timeout/deadline.rs` | the alarm and the region's scope; the handle that moves them |
//! | `timeout/error.rs` | the errors: the time is over, a deadline cannot be moved |
//!
//! Invariants:
//! 1. The future is cancelled first and then awaited, so it may clean up. If it returns a value
//!    all the same, that value is the result.
//! 2. A future that is done in time costs no iteration.
//! 3. Dropping the timeout drops the future and unsets the alarm.
//!
//! Access: only `Control` in `deadline.rs` opens and closes the scope and sets the alarm. The
//! guard on this page calls its `leave` once for each `enter`, also on a drop. `as_completed`
//! uses [`Elapsed`] of this folder, and nothing else.
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

use groundup_executor::Instant;
use groundup_executor::task::{CatchCancel, RaiseCancelled, catch_cancel};
use pin_project_lite::pin_project;

use crate::running::orphan;
use crate::timeout::deadline::{AnyControl, Control, Deadline, When};
use crate::timeout::error::Elapsed;

/// Leaves the control that was entered, also when the timeout is dropped.
struct TimeoutGuard {
    control: AnyControl,
    entered: bool,
    /// A cancel that is not the deadline's own, on its way outward: kept until the task has
    /// taken it. Boxed, because few timeouts meet one.
    raise: Option<Box<RaiseCancelled>>,
}

impl TimeoutGuard {
    /// Leaves the control; returns true if a caught cancel was the deadline's own.
    #[inline]
    fn leave(&mut self) -> bool {
        std::mem::take(&mut self.entered) && self.control.leave()
    }

    /// Leaves a timeout that is dropped before its end.
    #[cold]
    fn abandon(&mut self) {
        self.leave();
    }

    #[cold]
    fn go_on_raising<R>(&mut self, cx: &mut Context<'_>) -> Poll<R> {
        let raise = self.raise.as_mut();
        let raise = raise.expect("timeout was polled after it had finished: await it once");
        Pin::new(&mut **raise).poll(cx).map(|never| match never {})
    }
}

impl Drop for TimeoutGuard {
    #[inline]
    fn drop(&mut self) {
        if self.entered {
            self.abandon();
        }
    }
}

pin_project! {
    /// Future that [`timeout`] and [`Deadline::run`](crate::Deadline::run) return.
    #[must_use = "futures do nothing unless awaited"]
    pub struct Timeout<F: Future> {
        // Dropped before the guard, so that the future under the deadline is gone by then.
        #[pin]
        region: Option<CatchCancel<F>>,
        guard: TimeoutGuard,
    }
}

impl<F: Future> Timeout<F> {
    #[inline(always)]
    fn new(control: AnyControl, future: F) -> Self {
        Timeout {
            region: Some(catch_cancel(future)),
            guard: TimeoutGuard {
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
    /// Runs `future`; returns its output, or [`Elapsed`] if this deadline passes first. See
    /// [`timeout`].
    ///
    /// # Panics
    ///
    /// When polled, if a future has run under this deadline before: make a new one. When polled
    /// outside a task of a running loop.
    ///
    /// # Cancel safety
    ///
    /// Dropping it drops `future` and unsets the alarm.
    #[track_caller]
    pub fn run<F: IntoFuture>(&self, future: F) -> Timeout<F::IntoFuture> {
        Timeout::new(
            AnyControl::Shared(self.control.clone()),
            future.into_future(),
        )
    }
}

/// Runs `future`; returns its output, or [`Elapsed`] if `delay` passes first.
///
/// ```text
/// timeout(delay, future).await  ->  Ok(output) | Err(Elapsed)
/// timeout(delay, task).await    ->  Ok(Ok(value)) | Ok(Err(TaskError)) | Err(Elapsed)
/// ```
///
/// The delay counts from the first poll. When it has passed, the future or task is cancelled, and
/// the timeout waits while it cleans up, for as long as that takes. If it catches the cancel and
/// returns a value, the timeout returns that value. With a delay of zero the future runs to its
/// first suspension. A future that is done just when the delay passes is too late.
/// `Duration::MAX` means no limit. To move the deadline, use a [`Deadline`](crate::Deadline).
///
/// ```
/// # mod groundup { pub use groundup_combinators::{*, executor::*}; }
/// use groundup::{Elapsed, run_virtual, sleep, time, timeout};
/// use std::time::Duration;
///
/// run_virtual(async {
///     let slow = sleep(Duration::from_secs(60));
///     assert_eq!(timeout(Duration::from_secs(1), slow).await, Err(Elapsed));
///     assert_eq!(time().since_start(), Duration::from_secs(1));
/// });
/// ```
///
/// # Panics
///
/// When polled outside a task of a running loop.
///
/// # Cancel safety
///
/// Dropping it drops `future` and unsets the alarm.
#[doc(alias("fail_after", "move_on_after"))]
#[inline]
#[track_caller]
pub fn timeout<F: IntoFuture>(delay: Duration, future: F) -> Timeout<F::IntoFuture> {
    let future = future.into_future();
    Timeout::new(AnyControl::Own(Control::new(When::After(delay))), future)
}

/// Runs `future`; returns its output, or [`Elapsed`] if the loop's time `when` passes first. See
/// [`timeout`].
///
/// One instant can be the end of many futures, one after the other or side by side. If `when` has
/// passed, the future runs to its first suspension.
///
/// ```
/// # mod groundup { pub use groundup_combinators::{*, executor::*}; }
/// use groundup::{run, sleep, time, timeout_at};
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
#[track_caller]
pub fn timeout_at<F: IntoFuture>(when: Instant, future: F) -> Timeout<F::IntoFuture> {
    let future = future.into_future();
    Timeout::new(AnyControl::Own(Control::new(When::At(when))), future)
}

/// Adds [`timeout`] and [`timeout_at`] to futures, as methods.
///
/// Everything that can be awaited has them, also a task. It is the method of tokio's and of
/// async-std's `FutureExt`; its name says what it adds, since most programs that import a
/// `FutureExt` mean the one of the crate `futures`.
///
/// ```
/// # mod groundup { pub use groundup_combinators::{*, executor::*}; }
/// use groundup::{Elapsed, TimeoutExt, run_virtual, sleep, spawn, time};
/// use std::time::Duration;
///
/// run_virtual(async {
///     let second = Duration::from_secs(1);
///     assert_eq!(sleep(60 * second).timeout(second).await, Err(Elapsed));
///     let task = spawn(async { 5 });
///     assert!(matches!(task.timeout_at(time() + second).await, Ok(Ok(5))));
/// });
/// ```
pub trait TimeoutExt: IntoFuture + Sized {
    /// Runs the future; returns its output, or [`Elapsed`] if `delay` passes first. See
    /// [`timeout`], also for panics and cancel safety.
    #[inline]
    #[track_caller]
    fn timeout(self, delay: Duration) -> Timeout<Self::IntoFuture> {
        timeout(delay, self)
    }

    /// Runs the future; returns its output, or [`Elapsed`] if the loop's time `when` passes first.
    /// See [`timeout_at`], also for panics and cancel safety.
    #[inline]
    #[track_caller]
    fn timeout_at(self, when: Instant) -> Timeout<Self::IntoFuture> {
        timeout_at(when, self)
    }
}

impl<F: IntoFuture> TimeoutExt for F {}
