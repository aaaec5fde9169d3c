//! Gather: runs children at once, returns results in argument order.
//!
//! The problem: many programs spawn several tasks, wait for all of them and collect their results.
//! `gather` does all this in one call, with the results in argument order. If a child fails, the gather
//! fails without waiting for the other children, which run on. If the gather is cancelled, it cancels
//! all children. If there are no children, it is done at once.
//!
//! ```text
//!   children   a ====x          returns a value: the group counts the end, and posts no notice
//!              b ==========x    last to end, or first to fail: the group posts a notice
//!
//!   notice ── 1 iteration ──> the result promise ends ── 1 iteration ──> the waiter steps
//! ```
//!
//! (An end after which no entry is ready posts a notice all the same, so that the loop does not park
//! where asyncio's does not: `children.rs`.) The waiter awaits a promise, the *result promise*. A cancel
//! of the waiter goes to the awaited promise, and the result promise passes it to the children.
//!
//! | file, from top to bottom: it uses only files beneath it | has |
//! |---|---|
//! | `gather/try_gather.rs` | the function for children that return a `Result` |
//! | `gather/outcomes.rs` | failures as results |
//! | `gather.rs` | the gather and its handle |
//! | `gather/result.rs` | the result promise: it ends once |
//! | `gather/tuple.rs` | the tasks, of several types |
//! | `gather/children.rs` | the tasks, of one type |
//! | `gather/error.rs` | the errors of a gather, and its output when it was cancelled |
//!
//! Invariants:
//! 1. The children run from the moment the gather is made, in argument order.
//! 2. The waiter is woken once. If all children had ended before, the gather does not suspend.
//! 3. Dropping a gather before its end cancels the children: it owns them. A gather that is a
//!    member of another combinator behaves like a task: it runs on when its handle is dropped.
//!
//! Access: only `result.rs` ends the promise, and only `children.rs` takes values out of tasks.
//! `as_completed` uses the function `outcome` of this folder.
//!
//! Read next: `gather/children.rs`.

pub(crate) mod children;
pub(crate) mod error;
pub(crate) mod outcomes;
mod result;
pub(crate) mod try_gather;
mod tuple;

use std::fmt;
use std::rc::Rc;
use std::task::{Context, Poll};

use groundup_executor::task::{
    Awaitable, Cancelled, IntoTask, Member, Promise, PromiseError, Scheduler, Task, TaskError,
    TaskRef,
};

use crate::gather::children::{Admitted, IntoMembers, Many, Members, outcome, values};
use crate::gather::error::Cancellable;
use crate::gather::result::ResultPromise;
use crate::in_place::Listed;
use crate::members::member;

/// Awaits the outcomes of several children; [`gather`] and its relatives return it.
///
/// The children run from the moment the gather is made, before any code awaits it.
#[must_use = "futures do nothing unless awaited"]
pub struct Gather<M: Members> {
    result: Rc<ResultPromise<M>>,
    promise: Promise<()>,
    finished: bool,
    /// The gather is a member of another combinator, and runs on without a handle, as a task
    /// does.
    detached: bool,
}

/// How the result promise of a gather has ended.
enum GatherEnd {
    /// All children have ended, and no failure is the result.
    All,
    /// The failure of this child is the result.
    Failed(u32),
    /// A cancel has ended the gather.
    Cancelled(Cancelled),
}

impl<M: Members> Gather<M> {
    #[track_caller]
    fn new(admitted: Admitted<M>) -> Self {
        let result = ResultPromise::new(admitted);
        let promise = result.promise();
        Gather {
            result,
            promise,
            finished: false,
            detached: false,
        }
    }

    /// Returns a handle with which other code can cancel the gather.
    pub fn handle(&self) -> GatherHandle {
        GatherHandle {
            promise: self.promise.clone(),
        }
    }

    /// Waits for the end of the result promise.
    fn poll_end(&mut self, cx: &mut Context<'_>) -> Poll<GatherEnd> {
        let finished = "gather was polled after it had finished: await it once";
        assert!(!self.finished, "{finished}");
        self.result.begin();
        let ended = std::task::ready!(self.promise.poll_output(cx));
        self.finished = true;
        Poll::Ready(match ended {
            // A close cancels the promise: the outcome of a child without an end is `TaskError::Closed`.
            Err(PromiseError::Cancelled(_)) if self.result.is_orphan() => GatherEnd::All,
            Err(PromiseError::Cancelled(cancelled)) => GatherEnd::Cancelled(cancelled),
            _ => self
                .result
                .failed()
                .map_or(GatherEnd::All, GatherEnd::Failed),
        })
    }
}

impl<M: Members> Drop for Gather<M> {
    fn drop(&mut self) {
        let closing = self.promise.original().scheduler().is_closed();
        if !self.detached && !closing && !self.promise.done() {
            self.promise.cancel();
        }
    }
}

impl<M: Members> fmt::Debug for Gather<M> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "<Gather of {} running>", self.result.running())
    }
}

/// Cancels a [`Gather`] from other code.
///
/// ```
/// # mod groundup { pub use groundup_combinators::{*, executor::*}; }
/// use groundup::{gather, run};
/// run(async {
///     let gathering = gather([std::future::pending::<()>()]);
///     let handle = gathering.handle();
///     assert!(handle.cancel());
///     assert!(gathering.await.unwrap_err().is_cancelled());
///     assert!(handle.done() && !handle.cancel());
/// });
/// ```
#[derive(Clone, Debug)]
pub struct GatherHandle {
    promise: Promise<()>,
}

impl GatherHandle {
    /// Cancels all children that have not ended.
    ///
    /// Returns false if there is no such child, or if the gather is done.
    pub fn cancel(&self) -> bool {
        self.promise.cancel()
    }

    /// Returns true if the gather has its outcome.
    pub fn done(&self) -> bool {
        self.promise.done()
    }
}

impl<M: Members> Awaitable for Gather<M>
where
    M::Output: Cancellable,
{
    type Output = M::Output;

    fn poll_output(&mut self, cx: &mut Context<'_>) -> Poll<M::Output> {
        self.poll_end(cx).map(|end| match end {
            GatherEnd::All => self.result.members.output(),
            GatherEnd::Failed(member) => self.result.members.failed_output(member),
            GatherEnd::Cancelled(cancelled) => M::Output::cancelled(cancelled),
        })
    }
}

impl<M: Members> Member for Gather<M>
where
    M::Output: Cancellable,
{
    type Value = <M::Output as Cancellable>::Value;

    fn original(&self) -> &TaskRef {
        self.promise.original()
    }

    fn outcome(output: M::Output) -> Result<Self::Value, TaskError> {
        output.into_outcome()
    }

    fn output(outcome: Result<Self::Value, TaskError>) -> Result<M::Output, TaskError> {
        Ok(M::Output::from_outcome(outcome))
    }
}

impl<M: Members> Gather<M>
where
    M::Output: Cancellable,
{
    fn own_loop(&self) -> &Rc<Scheduler> {
        self.promise.original().scheduler()
    }

    #[track_caller]
    fn into_proxy(mut self, scheduler: &Rc<Scheduler>) -> Task<<Self as Member>::Value> {
        self.detached = true;
        self.result.begin();
        scheduler.proxy(self)
    }
}

// A gather can be awaited, and be a member of every combinator: `members.rs` has the macro.
member! {
    [M: Members] Gather<M>, <M::Output as Cancellable>::Value, Gather<M>, M::Output: Cancellable
}

/// The type of the children of a [`gather`]; a program does not name it.
pub type Gathered<T> = Many<T, Result<Vec<T>, TaskError>>;
/// The type of the children of a [`gather`] with `return_exceptions`; a program does not name it.
pub type Outcomes<T> = Many<T, Vec<Result<T, TaskError>>>;

/// Runs tasks and futures at once and returns their values in argument order.
///
/// ```text
/// gather((a, b)).await     ->  Ok((value of a, value of b)) | Err(TaskError)
/// gather([a, b, c]).await  ->  Ok(Vec of the values) | Err(TaskError)
/// ```
///
/// `gather` takes an iterator of one type, or a tuple of 1 to 12 of any types.
///
/// If a child panics or is cancelled, the gather returns that error without waiting for the other
/// children, which run on. An `Err` that a child returns is a value, and ends nothing. To end at an
/// `Err`, use [`try_gather`](crate::try_gather()) or a [`task_group`](crate::task_group()).
///
/// Futures are spawned in the call, in argument order. A gather of nothing is done at once. A handle
/// cannot be given two times, but a handle and its clone can: the result has the value two times.
///
/// ```compile_fail,E0382
/// # mod groundup { pub use groundup_combinators::{*, executor::*}; }
/// use groundup::{gather, run, spawn};
/// run(async {
///     let task = spawn(async { 5 });
///     gather([task, task]).await // and not `[task.clone(), task]`
/// });
/// ```
///
/// ```
/// # mod groundup { pub use groundup_combinators::{*, executor::*}; }
/// use groundup::{gather, run_virtual, sleep, time};
/// use std::time::Duration;
///
/// run_virtual(async {
///     let naps = [3, 1, 2].map(|n| async move { sleep(Duration::from_secs(n)).await; n });
///     assert_eq!(gather(naps).await.unwrap(), [3, 1, 2]);
///     assert_eq!(time().since_start(), Duration::from_secs(3));
///     assert_eq!(gather((async { 1 }, async { "two" })).await.unwrap(), (1, "two"));
/// });
/// ```
///
/// A child is a task and owns all that it uses. For futures that borrow, use [`join`](crate::join()).
///
/// # Panics
///
/// If no loop runs and no item is a task (a task knows its loop). If a task is of another loop.
///
/// # Cancel safety
///
/// A cancel of the awaiting task goes to all children. The gather ends as soon as one child has
/// ended by the cancel (as cancelled) or has panicked (with that panic). Other children may still be
/// cleaning up. If every child returns a value, the gather ends as cancelled when all have ended.
/// Dropping the gather cancels the children too, and does not wait for them.
#[doc(alias = "join_all")]
#[track_caller]
pub fn gather<Kind, I: IntoMembers<Kind>>(items: I) -> Gather<I::Members> {
    Gather::new(items.admit())
}

#[diagnostic::do_not_recommend]
impl<I> IntoMembers<Listed> for I
where
    I: IntoIterator,
    I::Item: IntoTask,
{
    type Members = Gathered<<I::Item as IntoTask>::Output>;

    #[inline]
    fn admit(self) -> Admitted<Self::Members> {
        let output = |members: Vec<_>| values(members.into_iter().map(outcome));
        Many::admit(self, "gather", None, output)
    }
}
