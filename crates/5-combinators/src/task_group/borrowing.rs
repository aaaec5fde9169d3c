//! Borrowing groups: children that borrow what lives outside the group.
//!
//! The problem: a child of a [`task_group`](crate::task_group()) is a task. A task may outlive
//! the code that spawns it, so its future must own everything: values are cloned or counted
//! before each spawn. But a group ends with its children. If the group polls them itself, it
//! holds their futures, and the compiler can see that they end before the values that they
//! borrow.
//!
//! ```text
//!   let words = ...;                                  'env begins
//!   borrowing_group(async |group| {                        │
//!       group.spawn(async { count(&words) });   fine       │  a child may borrow what is outside
//!       let local = ...;                                   │
//!       group.spawn(async { count(&local) });   refused    │  the body may end before its children
//!   }).await;                                              │
//!                                                     'env ends
//! ```
//!
//! The children are futures in the task that awaits the group, as those of a `join` are. Each has a
//! waker of its own, so that a wake polls it alone, and a scope, so that a cancel reaches it alone.
//!
//! | | `task_group` | `borrowing_group` |
//! |---|---|---|
//! | a child is | a task | a future in the group's task |
//! | it may borrow | nothing | all that outlives the group |
//! | it runs while the group's task is busy | yes | no |
//! | its error, its panic, its cancel | ends the group, ends the group, is its own | the same three |
//! | its cancel counts, until it has ended, on | its own task | the group's task |
//!
//! | file, above those it uses | has |
//! |---|---|
//! | `borrowing/block.rs` | the block: body, wait for the children, end |
//! | `borrowing/children.rs` | the children that run, and those that wait for their turn |
//! | `borrowing.rs` | the state of a group, and its handle |
//! | `borrowing/child.rs` | the future of one child |
//! | `borrowing/child_handle.rs` | the handle of one child, and its outcome |
//! | `borrowing/control.rs` | how one child is cancelled |
//! | `borrowing/turns.rs` | the children that wait for their turn |
//!
//! Invariants:
//! 1. A child is polled only by the owner of the group, and is dropped before the group returns.
//! 2. The state never holds the future of a child that runs: so no future keeps itself alive.
//! 3. The first failure cancels the other children and the body, as in a `task_group`.
//!
//! Access: only `children.rs` polls a child, and only `block.rs` begins and ends a group.
//!
//! Read next: `task_group/borrowing/turns.rs`.

pub(crate) mod block;
mod child;
pub(crate) mod child_handle;
mod children;
mod control;
mod turns;

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::fmt;
use std::future::IntoFuture;
use std::rc::Rc;

use groundup_executor::task::{CancelScope, EachTold};

use crate::members::child_ended::GroupClosed;
use crate::task_group::borrowing::child::ChildFuture;
use crate::task_group::borrowing::child_handle::BorrowingChild;
use crate::task_group::borrowing::control::{ChildControl, Notices};
use crate::task_group::error::ChildError;

/// A child that was spawned and has not begun.
struct Arrival<'env, E> {
    future: ChildFuture<'env, E>,
    control: Rc<ChildControl>,
}

/// How far a group has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Stage {
    /// The body runs.
    Body,
    /// The body is over; the group waits for its children.
    Exiting,
    Finished,
}

struct BorrowingState<'env, E> {
    /// The scope of the body.
    scope: CancelScope,
    notices: Rc<Notices>,
    arrivals: RefCell<Vec<Arrival<'env, E>>>,
    /// The controls of all children that have not ended, in the order of their spawns.
    controls: RefCell<BTreeMap<u64, Rc<ChildControl>>>,
    spawned: Cell<u64>,
    limit: Cell<usize>,
    errors: RefCell<EachTold<ChildError<E>>>,
    stage: Cell<Stage>,
    /// The children are cancelled: the group takes no new one.
    shuts_down: Cell<bool>,
    /// The group has cancelled its body, and must take that cancel back.
    stopped_body: Cell<bool>,
}

impl<E> BorrowingState<'_, E> {
    fn new() -> Self {
        BorrowingState {
            scope: CancelScope::new(),
            notices: Rc::new(Notices::new()),
            arrivals: RefCell::default(),
            controls: RefCell::default(),
            spawned: Cell::new(0),
            limit: Cell::new(usize::MAX),
            errors: RefCell::default(),
            stage: Cell::new(Stage::Body),
            shuts_down: Cell::new(false),
            stopped_body: Cell::new(false),
        }
    }

    fn alive(&self) -> usize {
        self.controls.borrow().len()
    }

    /// Cancels all children, in the order in which they were spawned, unless that was done
    /// before.
    fn cancel_children(&self) {
        if !self.shuts_down.replace(true) {
            let controls: Vec<_> = self.controls.borrow().values().cloned().collect();
            controls.iter().for_each(|control| _ = control.cancel());
        }
    }

    /// Cancels the body, unless it is over or was cancelled before. A trace sink may drop the group
    /// in the middle of this. Then no block is left to take the cancel back.
    fn cancel_body(&self) {
        if self.stage.get() == Stage::Body && !self.stopped_body.replace(true) {
            self.scope.cancel();
            if self.stage.get() == Stage::Finished {
                self.scope.uncancel();
            }
        }
    }
}

/// Handle to a borrowing group, for its body and its children; see
/// [`borrowing_group`](crate::borrowing_group()). Clone it to pass it to a child.
///
/// `'env` is the time for which everything lives that the children may borrow.
pub struct BorrowingGroup<'env, E> {
    state: Rc<BorrowingState<'env, E>>,
}

impl<E> Clone for BorrowingGroup<'_, E> {
    fn clone(&self) -> Self {
        let state = self.state.clone();
        BorrowingGroup { state }
    }
}

impl<'env, E: 'env> BorrowingGroup<'env, E> {
    /// Adds a child, which takes its first step in the next iteration.
    ///
    /// Its error ends the group. Its value goes to the awaiter of the handle; the handle may
    /// also be dropped. If the group has ended or is being cancelled, the future is dropped, and
    /// the child has ended as [refused](crate::ChildEnded::Refused).
    ///
    /// ```
    /// # mod groundup { pub use groundup_combinators::{executor::*, task::*, *}; }
    /// use groundup::{BorrowingGroup, borrowing_group, run};
    ///
    /// let numbers = vec![3, 4];
    /// let sum = run(borrowing_group(async |group: BorrowingGroup<'_, String>| {
    ///     let inside = group.clone();
    ///     let numbers = &numbers;
    ///     let child = group.spawn(async move {
    ///         let first = inside.spawn(async move { Ok(numbers[0]) });
    ///         Ok(first.await + numbers[1])
    ///     });
    ///     Ok(child.await)
    /// }));
    /// assert_eq!(sum.unwrap(), 7);
    /// ```
    pub fn spawn<F, T>(&self, future: F) -> BorrowingChild<T>
    where
        F: IntoFuture<Output = Result<T, E>>,
        F::IntoFuture: 'env,
        T: 'env,
    {
        self.try_spawn(future)
            .unwrap_or_else(BorrowingChild::refused)
    }

    /// Adds a child, or says why the group takes none.
    ///
    /// # Errors
    ///
    /// [`GroupClosed`] if the group has ended or is being cancelled; the future is then
    /// dropped.
    ///
    /// ```
    /// # mod groundup { pub use groundup_combinators::{executor::*, task::*, *}; }
    /// use groundup::{BorrowingGroup, GroupClosed, borrowing_group, run};
    ///
    /// let group = run(borrowing_group(async |group: BorrowingGroup<'_, ()>| Ok(group))).unwrap();
    /// assert_eq!(group.try_spawn(async { Ok(()) }).unwrap_err(), GroupClosed::Finished);
    /// ```
    pub fn try_spawn<F, T>(&self, future: F) -> Result<BorrowingChild<T>, GroupClosed>
    where
        F: IntoFuture<Output = Result<T, E>>,
        F::IntoFuture: 'env,
        T: 'env,
    {
        let state = &*self.state;
        match state.stage.get() {
            Stage::Finished => return Err(GroupClosed::Finished),
            Stage::Exiting if state.alive() == 0 => return Err(GroupClosed::Finished),
            _ if state.shuts_down.get() => return Err(GroupClosed::ShuttingDown),
            _ => {}
        }
        let number = state.spawned.get();
        state.spawned.set(number + 1);
        let control = Rc::new(ChildControl::new(number, &state.notices));
        let (future, child) = child::new(future.into_future(), &control);
        state.controls.borrow_mut().insert(number, control.clone());
        let arrival = Arrival { future, control };
        state.arrivals.borrow_mut().push(arrival);
        state.notices.woken.wake_owner();
        Ok(child)
    }

    /// Lets at most `limit` children run at once. The others wait, in the order of their spawns;
    /// a child that is cancelled meanwhile ends without a step. Children that run already run on.
    ///
    /// ```
    /// # mod groundup { pub use groundup_combinators::{executor::*, task::*, *}; }
    /// use groundup::{BorrowingGroup, borrowing_group, run_virtual, sleep, time};
    /// use std::time::Duration;
    ///
    /// let pages = ["home", "news", "shop", "blog"];
    /// run_virtual(async {
    ///     let loaded = borrowing_group(async |group: BorrowingGroup<'_, String>| {
    ///         group.set_limit(2);
    ///         for page in &pages {
    ///             group.spawn(async move {
    ///                 sleep(Duration::from_secs(page.len() as u64)).await;
    ///                 Ok(())
    ///             });
    ///         }
    ///         Ok(())
    ///     });
    ///     loaded.await.unwrap();
    ///     assert_eq!(time().since_start(), Duration::from_secs(8)); // two at a time
    /// });
    /// ```
    ///
    /// # Panics
    ///
    /// If `limit` is 0: no child could run.
    pub fn set_limit(&self, limit: usize) {
        assert!(
            limit > 0,
            "a limit of 0 lets no child run: give it at least 1"
        );
        self.state.limit.set(limit);
        self.state.notices.woken.wake_owner();
    }

    /// Cancels the body and all children. If it ends the body, and no child fails, the group
    /// returns [`GroupError::Cancelled`](crate::GroupError::Cancelled), as a
    /// [`task_group`](crate::TaskGroup::cancel) does. A second call, or one after the end, does
    /// nothing.
    pub fn cancel(&self) {
        if self.state.stage.get() != Stage::Finished {
            self.state.cancel_children();
            self.state.cancel_body();
        }
    }

    /// Returns the number of children that have not ended.
    pub fn len(&self) -> usize {
        self.state.alive()
    }

    /// Returns true if all children have ended.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

impl<E> fmt::Debug for BorrowingGroup<'_, E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("BorrowingGroup")
            .field("alive", &self.state.alive())
            .field("stage", &self.state.stage.get())
            .field("shuts_down", &self.state.shuts_down.get())
            .finish()
    }
}
