//! Gather: run all of them at once, and give results in argument order.
//!
//! The problem: scatter, gather, return is so common that it deserves one call, and
//! the call has to answer four questions. In which order do results come? In argument
//! order (G01). When one child fails? The gather fails at that time, and the others
//! run on (G03, G04). When the gather is cancelled? It cancels all children (G07). When
//! there are no children? The gather is done at once (G02).
//!
//! ```text
//!   children   a ====x          returns: the group counts it, and that is all
//!              b ==========x    the last to end, or the first to fail: a notice, and
//!              c ===x           an iteration later the result promise is fulfilled;
//!                               the waiter steps in the one after that
//! ```
//!
//! The waiter awaits a promise, the *outer*. A cancel of the waiter goes to the awaited
//! promise, the outer, and the outer hands it to the children.
//!
//! | file, above those it uses | has |
//! |---|---|
//! | `gather/try_gather.rs` | the verb for children that return a `Result` |
//! | `gather/outcomes.rs` | failures as results |
//! | `gather.rs` | the gather and its handle |
//! | `gather/result.rs` | the outer promise: it ends once |
//! | `gather/tuple.rs` | the tasks, of several types |
//! | `gather/children.rs` | the tasks, of one type |
//! | `gather/error.rs` | why a gather has no results |
//!
//! Invariants:
//! 1. The children run from the moment the gather is made, in argument order.
//! 2. The waiter is woken once, however many children there are. If all of them
//!    had ended before, it does not suspend (G11).
//! 3. Dropping a gather before its end cancels the children: it owns them. As a member of
//!    something it is what a task is: it runs on when its handle is dropped.
//!
//! Access: `result.rs` alone ends the promise, and `children.rs` alone takes
//! values out of tasks. `as_completed` has the function `outcome` from here.
//!
//! Read next: `gather/children.rs`.

pub(crate) mod children;
pub(crate) mod error;
pub(crate) mod outcomes;
mod result;
pub(crate) mod try_gather;
pub(crate) mod tuple;

use std::fmt;
use std::rc::Rc;
use std::task::{Context, Poll};

use groundup_executor::task::{
    Awaitable, Cancelled, IntoTask, Member, Promise, PromiseError, Scheduler, Task, TaskError,
    TaskRef, Watching,
};

use crate::gather::children::{Admitted, Many, Members, outcome};
use crate::gather::error::Cancellable;
use crate::gather::result::Outer;
use crate::gather::tuple::Tuple;
use crate::members::member;
use crate::running::loop_of;

/// What [`gather`] and its relatives return: a future of all outcomes.
///
/// The children run from the moment it is made; awaiting it only waits.
#[must_use = "futures do nothing unless awaited"]
pub struct Gather<M: Members> {
    outer: Rc<Outer<M>>,
    promise: Promise<()>,
    finished: bool,
    /// It is a member of something, and runs on without a handle, as a task does.
    detached: bool,
}

impl<M: Members> Gather<M> {
    #[track_caller]
    fn new(admitted: Admitted<M>) -> Self {
        let outer = Outer::new(admitted);
        let promise = outer.promise();
        Gather {
            outer,
            promise,
            finished: false,
            detached: false,
        }
    }

    /// A handle by which others may cancel it (G07).
    pub fn handle(&self) -> GatherHandle {
        GatherHandle {
            outer: self.promise.clone(),
        }
    }

    /// Waits for the outer promise; the error is that of a cancel by a handle.
    fn poll_outer(&mut self, cx: &mut Context<'_>) -> Poll<Result<Option<u32>, Cancelled>> {
        assert!(!self.finished, "gather was polled after it had finished");
        self.outer.begin();
        let ended = std::task::ready!(self.promise.poll_output(cx));
        self.finished = true;
        Poll::Ready(match ended {
            // Closed over, it has no value, and its members say why.
            Err(PromiseError::Cancelled(_)) if self.outer.is_orphan() => Ok(None),
            Err(PromiseError::Cancelled(cancelled)) => Err(cancelled),
            _ => Ok(self.outer.failed()),
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
        write!(f, "<Gather of {} running>", self.outer.left())
    }
}

/// Cancels a gather from elsewhere.
///
/// ```
/// use groundup_combinators::{executor::run, gather};
///
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
    outer: Promise<()>,
}

impl GatherHandle {
    /// Cancels all children that have not ended; false if there are none, or the
    /// gather is done (G10).
    pub fn cancel(&self) -> bool {
        self.outer.cancel()
    }

    /// Whether the gather has its outcome.
    pub fn done(&self) -> bool {
        self.outer.done()
    }
}

impl<M: Members> Awaitable for Gather<M>
where
    M::Output: Cancellable,
{
    type Output = M::Output;

    fn poll_output(&mut self, cx: &mut Context<'_>) -> Poll<M::Output> {
        self.poll_outer(cx).map(|ended| match ended {
            Ok(failed) => self.outer.members.output(failed),
            Err(cancelled) => M::Output::cancelled(cancelled),
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
    fn stand_in(mut self, scheduler: &Rc<Scheduler>) -> Task<<Self as Member>::Value> {
        self.detached = true;
        self.outer.begin();
        scheduler.proxy(self)
    }
}

member! {
    [M: Members] Gather<M>, <M::Output as Cancellable>::Value, Gather<M>, M::Output: Cancellable
}

/// The children of [`gather`].
pub type Gathered<T> = Many<T, Result<Vec<T>, TaskError>>;
/// The children of [`gather`] with `return_exceptions`.
pub type Outcomes<T> = Many<T, Vec<Result<T, TaskError>>>;

/// Runs all of them at once; gives their values in argument order (G01), or the
/// first panic or cancel of one of them, at its own time, while the others run on.
///
/// Takes tasks and futures; futures are spawned here and now, in order. With
/// nothing in it, it is done at once. One handle cannot be in it twice; a clone of it
/// can, and the value is then there twice (G09):
///
/// ```compile_fail,E0382
/// use groundup_combinators::executor::{run, spawn};
/// use groundup_combinators::gather;
///
/// run(async {
///     let task = spawn(async { 5 });
///     gather([task, task]).await // and not `[task.clone(), task]`
/// });
/// ```
///
/// ```
/// use groundup_combinators::executor::{EventLoop, sleep};
/// use groundup_combinators::gather;
/// use std::time::Duration;
///
/// let event_loop = EventLoop::builder().virtual_time().build();
/// event_loop.run_until_complete(async {
///     let naps = [3, 1, 2].map(|n| async move { sleep(Duration::from_secs(n)).await; n });
///     assert_eq!(gather(naps).await.unwrap(), [3, 1, 2]);
/// }).unwrap();
/// assert_eq!(event_loop.time(), Duration::from_secs(3));
/// ```
///
/// # Panics
///
/// Outside a running loop, unless there are tasks in it, which know their loop; and for a
/// task that runs in another one.
///
/// # Cancel safety
///
/// A cancel of the awaiting task goes to all children, and comes back when the
/// first of them has ended by it (G07). Dropping cancels them too, and does not wait.
#[track_caller]
pub fn gather<I>(items: I) -> Gather<Gathered<<I::Item as IntoTask>::Output>>
where
    I: IntoIterator,
    I::Item: IntoTask,
{
    let output = |members: Vec<_>| members.into_iter().map(outcome).collect();
    Gather::new(Many::admit(items, "gather", None, output))
}

/// The function behind [`gather!`](crate::gather!).
///
/// ```
/// use groundup_combinators::{executor::run, gather_tuple};
///
/// assert_eq!(run(async { gather_tuple((async { 1 }, async { 'b' })).await }).unwrap(), (1, 'b'));
/// ```
#[track_caller]
pub fn gather_tuple<T: Tuple>(tuple: T) -> Gather<T::Members> {
    let home = Scheduler::current().or_else(|| tuple.home());
    let watching = Watching::quiet(&home.unwrap_or_else(|| loop_of("gather!")));
    let mut before = Vec::new();
    Gather::new(Admitted {
        members: tuple.members(&watching, &mut before),
        watching,
        before,
    })
}

/// [`gather`] for a few tasks or futures of different types; gives a tuple.
///
/// ```
/// use groundup_combinators::{executor::run, gather};
///
/// let both = run(async { gather!(async { 1 }, async { "two" }).await });
/// assert_eq!(both.unwrap(), (1, "two"));
/// ```
#[macro_export]
macro_rules! gather {
    ($($item:expr),+ $(,)?) => { $crate::gather_tuple(($($item,)+)) };
}
