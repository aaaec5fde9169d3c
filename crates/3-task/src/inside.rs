//! Inside a task: the futures and traits that a running task uses.
//!
//! The problem: what a task awaits on this floor (a bare yield, a region, a raised
//! cancel) and what floor 5 builds from (scopes, groups, reasons, things that stand for
//! a task) work on the running task. They are handles of another kind: each owns an
//! entry of a table beneath, and gives it back when it is dropped.
//!
//! ```text
//!   future or handle       owns                              part beneath
//!   CatchCancel            marks of the running step         cancels
//!   RaiseCancelled         a cancel, until it is taken       cancels
//!   CancelScope            an entry of the table of scopes   cancels
//!   ReasonEntry            an entry of the table of reasons  waits
//!   Watching, Seat         an entry of the table of groups   groups
//! ```
//!
//! The plainest is here: a task that computes for long suspends once without waiting
//! for anything, as a generator yields nothing.
//!
//! Invariants:
//! 1. What is dropped leaves nothing behind in a table.
//! 2. Under another executor nothing of this reaches a task of ours; each page says
//!    what happens there instead.
//! 3. A bare yield takes exactly one iteration, and the task goes to the end of the
//!    queue (K02, T09).
//!
//! Who may touch what: these pages change the running task's slot by its verbs, and a
//! part by its methods.
//!
//! Read next: `inside/catch_cancel.rs`.

use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};

use crate::cancel::gate::is_shut;

pub(crate) mod abandon;
pub(crate) mod cancel_scope;
pub(crate) mod catch_cancel;
pub(crate) mod group;
pub(crate) mod member;
pub(crate) mod raise;
pub(crate) mod reason;

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
        // Speed: yield_many. What is held back goes the way of the first poll.
        if self.yielded && !is_shut() {
            return Poll::Ready(());
        }
        self.yielded = true;
        cx.waker().wake_by_ref();
        Poll::Pending
    }
}
