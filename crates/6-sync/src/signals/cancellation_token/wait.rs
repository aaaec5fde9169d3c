//! Waits for a cancellation token, alone or beside a future.
//!
//! The problem: most tasks do not wait for the token alone. They do their work, and stop if the
//! token is cancelled first. `run_until_cancelled` does both, and drops the work in the middle.
//!
//! Invariant: a future that runs until a token is cancelled is not polled after the cancel.
//!
//! Read next: `signals/cancellation_token/guard.rs`.

use std::fmt;
use std::future::{Future, poll_fn};
use std::pin::{Pin, pin};
use std::task::{Context, Poll};

use groundup_combinators::task::Scheduler;
use groundup_combinators::trace::Wait;

use crate::signals::cancellation_token::CancellationToken;
use crate::signals::cancellation_token::tree::TokenNode;
use crate::wait_list::Place;

impl CancellationToken {
    /// Runs a future until it ends, or until the token is cancelled. Then the future is dropped, and
    /// this returns `None`. If both happen in one iteration, the cancel wins.
    ///
    /// # Cancel safety
    ///
    /// If this is dropped or cancelled, so is the future.
    ///
    /// # Panics
    ///
    /// If a task of another loop has waited for this token.
    ///
    /// ```
    /// # mod groundup { pub use groundup_sync::{*, executor::*}; }
    /// use groundup::{CancellationToken, call_later, run_virtual, sleep};
    /// use std::time::Duration;
    ///
    /// run_virtual(async {
    ///     let stop = CancellationToken::new();
    ///     let second = sleep(Duration::from_secs(1));
    ///     assert_eq!(stop.run_until_cancelled(second).await, Some(()));
    ///     let from_timer = stop.clone();
    ///     call_later(Duration::from_secs(2), move || from_timer.cancel());
    ///     let hour = sleep(Duration::from_secs(3600));
    ///     assert_eq!(stop.run_until_cancelled(hour).await, None);
    /// });
    /// ```
    pub async fn run_until_cancelled<F: Future>(&self, future: F) -> Option<F::Output> {
        let (mut cancelled, mut future) = (self.cancelled(), pin!(future));
        poll_fn(|cx| match Pin::new(&mut cancelled).poll(cx) {
            Poll::Ready(()) => Poll::Ready(None),
            Poll::Pending => future.as_mut().poll(cx).map(Some),
        })
        .await
    }
}

/// Waits until a token is cancelled. Made by [`CancellationToken::cancelled`].
#[must_use = "a future does nothing unless it is awaited"]
pub struct CancellationWait<'a> {
    pub(super) node: &'a TokenNode,
    pub(super) place: Place,
}

impl Future for CancellationWait<'_> {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        let this = &mut *self;
        let (node, place) = (this.node, &mut this.place);
        place.assert_not_over("wait for a cancellation token");
        if !node.is_cancelled() {
            let cancel = |name: &str| Wait::Other(format!("the cancel of {name}").into());
            node.home.wait(0, cx, &node.waiters, cancel);
            node.waiters.wait(place, cx, || !node.is_cancelled());
            return Poll::Pending;
        }
        if Scheduler::holds_back(cx) {
            return Poll::Pending;
        }
        node.waiters.leave(place);
        place.end();
        Poll::Ready(())
    }
}

impl Drop for CancellationWait<'_> {
    fn drop(&mut self) {
        let node = self.node;
        node.home.leave(&node.waiters, &mut self.place);
    }
}

impl fmt::Debug for CancellationWait<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("CancellationWait")
            .field(&self.node.home)
            .finish()
    }
}
