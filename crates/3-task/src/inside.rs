//! Futures and handles for the code of a running task.
//!
//! The problem: a task can await more than tasks and promises: a *bare yield*, which only lets
//! other tasks run, a region, or a raised cancel. Floor 5 builds from scopes, groups, wait
//! reasons and values that can stand for a task. All of these work on the running task. Most
//! own an entry of a table beneath, and remove the entry when they are dropped:
//!
//! ```text
//!   future or handle       owns                              part beneath
//!   CatchCancel            marks of the running step         cancels
//!   RaiseCancelled         a cancel, until it is taken       cancels
//!   CancelScope            an entry of the table of scopes   cancels
//!   Group, Admission       an entry of the table of groups   groups
//!   ListedFutures          a list of woken futures           wait
//!   Several                the wait reasons of a step        wait
//!   UnpolledFutures        the mark of hidden waits          cancels
//!   RootTask               the slot of the main future       core
//!   ReasonEntry            an entry of the table of reasons  core
//! ```
//!
//! The smallest future is on this page: [`yield_now`]. A task that computes for a long time
//! awaits it now and then. The task suspends once, as a generator does at a `yield`, and stays
//! ready.
//!
//! Invariants:
//! 1. A future or handle that is dropped leaves nothing behind in a table.
//! 2. Under another executor none of these reaches a task of ours; each page describes what
//!    happens there instead.
//! 3. A bare yield takes exactly one iteration, and the task goes to the end of the queue.
//!
//! Access: these pages change the running task's slot through the slot's methods, and a part
//! through the part's methods.
//!
//! Read next: `inside/catch_cancel.rs`.

use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};

use crate::cancel::gate::is_shut;

pub(crate) mod abandon;
pub(crate) mod cancel_scope;
pub(crate) mod catch_cancel;
pub(crate) mod futures;
pub(crate) mod group;
pub(crate) mod member;
pub(crate) mod raise;
pub(crate) mod reason;
pub(crate) mod root_task;
pub(crate) mod several;
pub(crate) mod stored_waker;
pub(crate) mod unpolled;

/// Suspends the task once: all other ready tasks run before it goes on.
///
/// # Cancel safety
///
/// Dropping it loses nothing. A cancel is delivered here as at any suspension.
///
/// ```
/// # mod groundup { include!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/doc/facade.inc")); }
/// use groundup::{run, spawn, yield_now};
///
/// run(async {
///     let task = spawn(async {});
///     yield_now().await;
///     assert!(task.done(), "it was ready, so it has run");
/// });
/// ```
#[doc(alias = "checkpoint")]
#[inline]
pub fn yield_now() -> YieldNow {
    YieldNow { yielded: false }
}

/// The future of [`yield_now`].
#[must_use = "futures do nothing unless awaited"]
#[derive(Debug)]
pub struct YieldNow {
    yielded: bool,
}

impl Future for YieldNow {
    type Output = ();

    #[inline]
    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        // Speed: yield_many. A yield that is held back takes the path of the first poll.
        if self.yielded && !is_shut() {
            return Poll::Ready(());
        }
        self.yielded = true;
        cx.waker().wake_by_ref();
        Poll::Pending
    }
}
