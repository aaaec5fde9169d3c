//! Block of a task group: runs the body and waits for all children.
//!
//! The problem: a block that cannot end before its children has to wait for them in every case:
//! after its body has returned, has failed, or was cancelled once or several times. At the end
//! it must return the value or the errors, or let a cancel go on outward.
//!
//! ```text
//!   the body, in a region ── a value ────────────────┐
//!          │                                         v         no child is alive
//!          └── an error, ──> cancel the ──> wait, in a region ──────────────────> the end:
//!              a cancel      children             │                              value, errors
//!                               ^                 │                              or cancel
//!                               └── a cancel ─────┘
//! ```
//!
//! Invariants:
//! 1. When [`task_group`] returns, no child of it is alive.
//! 2. A cancel by the group itself is taken back: the task's count of cancels (`cancelling`) is as
//!    before.
//! 3. A cancel from outside goes on outward. If children failed, the group returns the errors
//!    first, and the cancel comes at the task's next suspension.
//! 4. If the body has returned a value and a child has failed, the value is dropped, and the group
//!    returns the errors, also if this drop panics.
//! 5. If the block is dropped before its end, the panics that it holds are reported, and its errors
//!    are dropped.
//!
//! Read next: floor 6, `groundup-sync`. Second reading: `task_group/end.rs`.

use std::future::Future;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll};

use groundup_executor::task::{EachTold, RaiseCancelled, Reason};

use crate::running::{orphan, own_task};
use crate::task_group::end::{BodyEnd, GroupEnd};
use crate::task_group::error::GroupError;
use crate::task_group::{GroupStage, GroupState, TaskGroup};

/// Waits until no child is alive.
struct AllEnded<'a, E> {
    state: &'a GroupState<E>,
}

impl<E: 'static> Future for AllEnded<'_, E> {
    type Output = ();

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        if self.state.alive.get() == 0 {
            return Poll::Ready(());
        }
        if self.state.scheduler.is_closed() {
            orphan("task group");
        }
        self.state.waiter.keep(cx, || self.state.scheduler.clone());
        self.state.scheduler.waits_for(cx, Reason::Several);
        Poll::Pending
    }
}

/// Ends a group that is dropped before its end, by a panic or by a drop of its future.
struct BlockGuard<E: 'static> {
    state: Rc<GroupState<E>>,
}

impl<E: 'static> Drop for BlockGuard<E> {
    fn drop(&mut self) {
        let state = &self.state;
        if state.stage.replace(GroupStage::Finished) == GroupStage::Finished {
            return;
        }
        state.cancel_children();
        state.take_own_cancel_back();
        let children = state.children.take();
        drop(children);
        let group = state.group.take();
        drop(group);
        // No code gets these errors any more. The list is taken out first, since an error may hold
        // a handle of the group.
        for error in state.errors.take() {
            error.give_up(&state.scheduler, None);
        }
    }
}

/// Runs `body` with a group, and returns its value or all errors: asyncio's `TaskGroup`.
///
/// ```text
/// task_group(body).await  ->  Ok(value of the body)
///                             | Err(GroupError::Children(errors)) | Err(GroupError::Cancelled)
/// ```
///
/// The group returns when the body and all children have ended, also the children that other
/// children have spawned. A child is a task, so it owns its values. If the children borrow, or if only a
/// limited number of them may run at one time, use a [`borrowing_group`](crate::borrowing_group()).
/// To call one function for many items with such a limit, use [`async_map`](crate::async_map()).
///
/// The first error, of a child or of the body, cancels the body and all other children, which may
/// clean up. Then the group returns all errors. Inside the group, the output of
/// [`child.await`](crate::Child) is the child's value, not a `Result`: if the child has no value, the
/// await is cancelled. So a `?` in the body passes on the program's own errors only.
///
/// ```
/// # mod groundup { pub use groundup_combinators::{executor::*, task::*, *}; }
/// use groundup::{ChildError, TaskGroup, run_virtual, sleep, task_group, time};
/// use std::time::Duration;
///
/// run_virtual(async {
///     let ended = task_group(async |group: TaskGroup<&str>| {
///         group.spawn(async {
///             sleep(Duration::from_secs(60)).await;
///             Ok(())
///         });
///         group.spawn(async {
///             sleep(Duration::from_secs(1)).await;
///             Err::<(), _>("no")
///         });
///         Ok(())
///     });
///     let error = ended.await.unwrap_err();
///     assert!(matches!(error.errors(), [ChildError::Failed("no")]));
///     assert_eq!(time().since_start(), Duration::from_secs(1));
/// });
/// ```
///
/// # Errors
///
/// [`GroupError::Children`] with every error: first the errors of the children, in the order of their
/// ends, and then the error of the body. (A [`Chooser`](groundup_executor::trace::Chooser) may change the order of
/// ends in one iteration.)
/// [`GroupError::Cancelled`] if the group's own [`cancel`](TaskGroup::cancel) ended the body, and no
/// child failed.
///
/// # Panics
///
/// When awaited outside a task. A panic of the body goes on at once: the children are cancelled
/// and not waited for, since code cannot await while it unwinds.
///
/// # Cancel safety
///
/// A cancel of the awaiting task cancels the body and the children, waits for them, and then
/// goes on outward. If a child failed meanwhile, the group returns the errors first, and the
/// cancel comes at the task's next suspension. Dropping the future cancels the children and does
/// not wait. Errors that the group has by then are dropped with it; panics are reported.
#[doc(alias("TaskGroup", "nursery", "open_nursery"))]
pub async fn task_group<B, F, R, E>(body: B) -> Result<R, GroupError<E>>
where
    B: FnOnce(TaskGroup<E>) -> F,
    F: Future<Output = Result<R, E>>,
    E: 'static,
{
    let state = GroupState::<E>::enter();
    let guard = BlockGuard {
        state: state.clone(),
    };
    own_task("task_group");
    let group = TaskGroup {
        state: state.clone(),
    };
    let ended = state.scope.catch_all(body(group)).await;
    state.stage.set(GroupStage::Exiting);
    let (body, mut caught) = match ended {
        Ok(result) => (BodyEnd::returned(result), None),
        Err(cancelled) => (BodyEnd::Cancelled, Some(cancelled.hold())),
    };
    if !body.is_value() {
        state.cancel_children();
    }
    if state.alive.get() > 0 {
        all_ended(&state, &mut caught).await;
    }
    let own = state.take_own_cancel_back();
    state.stage.set(GroupStage::Finished);
    let group = state.group.take();
    drop((group, guard));
    let end = GroupEnd {
        body,
        errors: EachTold::from(state.errors.take()),
        caught,
        own,
    };
    end.settle(&state.scope).await
}

/// Waits until all children have ended. The wait may be cancelled several times: from outside, and
/// by the group's own children. Each time the children are cancelled, and `caught` takes the cancel.
async fn all_ended<E: 'static>(state: &GroupState<E>, caught: &mut Option<RaiseCancelled>) {
    while state.alive.get() > 0 {
        let Err(cancelled) = state.scope.catch_all(AllEnded { state }).await else {
            return;
        };
        match caught {
            None => *caught = Some(cancelled.hold()),
            Some(held) => held.merge(cancelled),
        }
        state.cancel_children();
    }
}
