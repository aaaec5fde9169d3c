//! Block of a borrowing group: polls body and children, and waits.
//!
//! The problem: the body and the children are futures of one task, and a cancel of that task
//! must go where a [`task_group`](crate::task_group()) sends it: to the body while the body runs,
//! and to the wait for the children after that. So the body is polled first, and is a region.
//! When it is over, an empty region takes its place.
//!
//! ```text
//!   each poll   body, or the empty region ──> the children that were woken
//!               │ takes the task's cancel     │ each takes the cancels of its own scope
//! ```
//!
//! Invariants:
//! 1. When [`borrowing_group`] returns, or is dropped, all futures of its children are dropped.
//! 2. A cancel by the group itself is taken back: the task's count of cancels (`cancelling`) is as
//!    before.
//! 3. A cancel from outside goes on outward. If children failed, the group returns the errors
//!    first, and the cancel comes at the task's next suspension.
//! 4. If the group is dropped before its end, the panics that it holds are reported, and its errors
//!    are dropped.
//!
//! Read next: `in_place.rs`.

use std::future::{Future, pending, poll_fn};
use std::pin::pin;
use std::rc::Rc;
use std::sync::Arc;
use std::task::{Context, Poll};

use groundup_executor::task::{Exit, Group, Listener, Reason, ReasonEntry, Scheduler, drop_told};
use groundup_executor::trace::Wait;

use crate::members::woken::WokenList;
use crate::running::{loop_of, orphan, own_task};
use crate::task_group::borrowing::children::LentChildren;
use crate::task_group::borrowing::control::ChildPlace;
use crate::task_group::borrowing::{BorrowingGroup, BorrowingState, Stage};
use crate::task_group::end::{BodyEnd, GroupEnd};
use crate::task_group::error::GroupError;

/// Wakes a group whose loop is closed, so that its awaiter, in another executor, learns of it.
struct WokenByClose(Arc<WokenList<ChildPlace>>);

impl Listener for WokenByClose {
    fn on_end(&self, _: u32, _: Exit) {}

    fn loop_closed(&self) {
        self.0.wake_owner();
    }
}

/// Ends a group, also one that is dropped before its end.
struct BorrowingGuard<'env, E> {
    scheduler: Rc<Scheduler>,
    state: Rc<BorrowingState<'env, E>>,
}

impl<E> Drop for BorrowingGuard<'_, E> {
    fn drop(&mut self) {
        let state = &self.state;
        if state.stage.replace(Stage::Finished) == Stage::Finished {
            return;
        }
        // The children that run were dropped before; these hold handles of the group.
        let arrivals = state.arrivals.take().into_iter();
        arrivals.for_each(|arrival| drop_told(arrival.future));
        let controls = state.controls.take();
        controls.values().for_each(|control| control.end());
        if state.stopped_body.get() {
            state.scope.uncancel();
        }
        // No code gets them any more. One may hold a handle of the group.
        for error in state.errors.take().into_vec() {
            error.give_up(&self.scheduler, None);
        }
    }
}

/// Runs `body` with a group whose children may borrow from outside the group; returns the value of
/// the body, or all errors, when the body and all children have ended.
///
/// The children are futures in the awaiting task: they are polled beside the body, one step each
/// per iteration, and never while the task is busy elsewhere. The first error, of a child or of the
/// body, cancels the others, which may clean up. A panic of a child is an error of the group, and
/// does not end the task.
///
/// ```
/// # mod groundup { pub use groundup_combinators::{executor::*, task::*, *}; }
/// use groundup::{BorrowingGroup, borrowing_group, run_virtual, sleep};
/// use std::cell::RefCell;
/// use std::time::Duration;
///
/// let (pages, loaded) = (["home", "news"], RefCell::new(Vec::new()));
/// let load = async |page: &str| {
///     sleep(Duration::from_secs(1)).await;
///     loaded.borrow_mut().push(page.to_string()); // borrowed, not counted
///     Ok(())
/// };
/// let ended = run_virtual(borrowing_group(async |group: BorrowingGroup<'_, String>| {
///     for page in &pages {
///         group.spawn(load(page));
///     }
///     Ok(())
/// }));
/// ended.unwrap();
/// assert_eq!(loaded.into_inner(), ["home", "news"]);
/// ```
///
/// A child cannot borrow a local variable of the body, also not that of a loop, since the body may
/// end before the child. Move it into the child by `async move`, or make it before the group.
///
/// ```compile_fail
/// # mod groundup { pub use groundup_combinators::{executor::*, task::*, *}; }
/// use groundup::{BorrowingGroup, borrowing_group};
///
/// async fn refused() {
///     let _ = borrowing_group(async |group: BorrowingGroup<'_, ()>| {
///         let local = String::from("of the body");
///         group.spawn(async { Ok(local.len()) });
///         Ok(())
///     })
///     .await;
/// }
/// ```
///
/// # What a child is
///
/// A child is a part of the group's task:
///
/// - [`current_task`](groundup_executor::current_task) in a child is the task of the group.
/// - A cancel of a child counts in the [`cancelling`](groundup_executor::task::TaskRef::cancelling) of
///   that task until the child has ended. So do not call
///   [`uncancel`](groundup_executor::task::TaskRef::uncancel) in the body or in a child: it could take
///   the child's cancel back. Catch cancels of the task around the group. To count the cancels of each
///   child by itself, use a [`task_group`](crate::task_group()).
/// - The body is polled at each event of a child. So a body should not poll many futures itself, for
///   example by `futures::join!`: spawn them as children.
///
/// # Groups in children of groups
///
/// A group may stand in a child of another. A step of a future inside n such groups is n polls, as in n
/// joins, and each child takes its first step in an iteration of its own. So the beginning of a nest of n
/// levels is n(n + 1)/2 polls of its children: 55 for 10 levels, and about 500,000 for 1,000. All these
/// polls stand on one stack. In a debug build a level takes about 10 kB of it, so that a stack of 8 MB
/// holds about 800 levels. A [`task_group`](crate::task_group()) has neither limit: its child is a task,
/// which the loop polls by itself.
///
/// # Errors
///
/// [`GroupError::Children`] with every error: those of the children in the order of their ends, and
/// then that of the body.
/// [`GroupError::Cancelled`] if the group's own [`cancel`](BorrowingGroup::cancel) ended the body,
/// and no child failed.
///
/// # Panics
///
/// When awaited outside a task. A panic of the body goes on at once, and the children are dropped.
///
/// # Cancel safety
///
/// A cancel of the awaiting task goes to the body, and cancels the children. The group waits for
/// them, and the cancel then goes on outward. If a child failed meanwhile, the group returns the
/// errors first, and the cancel comes at the task's next suspension. A task that a child awaits
/// runs on when the child is cancelled. Dropping the future drops the body and the children. Errors
/// that the group has by then are dropped with it; panics are reported.
#[doc(alias("scope", "nursery"))]
pub async fn borrowing_group<'env, B, F, R, E>(body: B) -> Result<R, GroupError<E>>
where
    B: FnOnce(BorrowingGroup<'env, E>) -> F,
    F: Future<Output = Result<R, E>>,
    E: 'env,
{
    let scheduler = loop_of("borrowing_group");
    own_task("borrowing_group");
    let state = Rc::new(BorrowingState::new());
    let guard = BorrowingGuard {
        scheduler: scheduler.clone(),
        state: state.clone(),
    };
    let _woken_by_close = Group::new(
        &scheduler,
        Rc::new(WokenByClose(state.notices.woken.clone())),
    );
    let mut children = LentChildren::new(&state);
    let group = BorrowingGroup {
        state: state.clone(),
    };
    let ended = {
        let mut body = pin!(state.scope.catch_all(body(group)));
        poll_fn(|cx| {
            children.begin(cx);
            let polled = body.as_mut().poll(cx);
            if polled.is_ready() {
                state.stage.set(Stage::Exiting);
            }
            children.step(cx);
            pending_here(&state, polled)
        })
        .await
    };
    let body = match ended {
        Ok(result) => BodyEnd::returned(result),
        Err(cancelled) => {
            children.hold(cancelled);
            BodyEnd::Cancelled
        }
    };
    if let BodyEnd::Error(_) = body {
        state.cancel_children();
    }
    if state.alive() > 0 {
        all_ended(&scheduler, &state, &mut children).await;
    }
    let own = state.stopped_body.get() && state.scope.uncancel() == 0;
    state.stage.set(Stage::Finished);
    let caught = children.outward.take();
    drop((children, guard));
    let end = GroupEnd {
        body,
        errors: state.errors.take(),
        caught,
        own,
    };
    end.settle(&state.scope).await
}

/// Waits until all children have ended. The wait may be cancelled several times.
async fn all_ended<'env, E>(
    scheduler: &Rc<Scheduler>,
    state: &Rc<BorrowingState<'env, E>>,
    children: &mut LentChildren<'env, E>,
) {
    let reason = ReasonEntry::for_futures(scheduler, what_is_awaited(None));
    let mut stuck_before = None;
    // The children were polled already in the iteration in which the body has ended.
    let mut polled = true;
    while state.alive() > 0 {
        let mut wait = pin!(state.scope.catch_all(pending::<()>()));
        let caught = poll_fn(|cx: &mut Context<'_>| {
            if let Poll::Ready(Err(cancelled)) = wait.as_mut().poll(cx) {
                return Poll::Ready(Some(cancelled));
            }
            if !std::mem::take(&mut polled) {
                children.begin(cx);
                children.step(cx);
            }
            if state.alive() == 0 {
                return Poll::Ready(None);
            }
            let stuck = children.awaited_by_each_other();
            if std::mem::replace(&mut stuck_before, stuck) != stuck {
                reason.set(what_is_awaited(stuck));
            }
            scheduler.waits_for(cx, Reason::Entry(&reason));
            pending_here(state, Poll::Pending)
        });
        if let Some(cancelled) = caught.await {
            children.hold(cancelled);
        }
    }
}

/// Says what a group waits for when its body is over. `stuck` is the number of the children that
/// wait for their turn, if those that run await others of the group.
fn what_is_awaited(stuck: Option<usize>) -> Wait {
    let more = match stuck {
        None => String::new(),
        Some(0) => ": all of them await others of the group".into(),
        Some(waiting) => format!(
            ": those that run await others of the group, and {waiting} may not begin under its limit"
        ),
    };
    Wait::Other(format!("the children of a borrowing group{more}").into())
}

/// Panics if the group is pending, and its loop is closed.
fn pending_here<T, E>(state: &BorrowingState<'_, E>, polled: Poll<T>) -> Poll<T> {
    if polled.is_pending() && state.scope.is_orphan() {
        orphan("borrowing group");
    }
    polled
}
