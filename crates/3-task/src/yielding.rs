//! The bare yield: give everybody else a turn, then go on.
//!
//! The problem: a task that computes for long must let others run. It says so by
//! suspending once without waiting for anything, as a generator yields nothing.
//!
//! Invariant: exactly one iteration passes, and the task goes to the end of the
//! queue (K02, T09).
//!
//! Read next: `observe.rs`, the events of a watched loop.

use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};

/// Suspends once: everybody who is ready runs before this task goes on.
///
/// # Cancel safety
///
/// Dropping it loses nothing. A cancel is delivered here as at any suspension.
///
/// ```
/// # futures::executor::block_on(async {
/// groundup_task::yield_now().await;
/// # });
/// ```
#[inline]
pub fn yield_now() -> YieldNow {
    YieldNow { yielded: false }
}

/// What [`yield_now`] returns.
#[must_use = "futures do nothing unless awaited"]
#[derive(Debug)]
pub struct YieldNow {
    yielded: bool,
}

impl Future for YieldNow {
    type Output = ();

    #[inline]
    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        if self.yielded {
            return Poll::Ready(());
        }
        self.yielded = true;
        cx.waker().wake_by_ref();
        Poll::Pending
    }
}
