//! Task groups: children that cannot outlive the block that spawned them.
//!
//! The problem: a task that was spawned and forgotten fails where nobody looks,
//! or runs when nobody wants it any more. In a group, the block ends when all its
//! children have ended; the first failure stops the others and the block itself;
//! and every error is told, in the order in which they happened.
//!
//! ```text
//!   body  ======+ . . . . . . . . . . +--> Ok(value) or Err(all errors)
//!   a     =========x  fails           |
//!   b     ============!  cancelled, cleans up, ends
//!                  ^ the first failure cancels b and the body
//! ```
//!
//! Invariants:
//! 1. When [`task_group`] returns, no child of it is alive (P01).
//! 2. The body is cancelled by the first failure, and that cancel is taken back:
//!    the task's count is what it was (P02).
//! 3. Errors stand in completion order, the body's own at the end (P03, P04).
//! 4. A child that was cancelled alone is not an error (P05).
//! 5. Dropped before its end, the group cancels its children.
//!
//! Read next: `table.rs`.

use std::cell::{Cell, RefCell};
use std::error::Error;
use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll, Waker};

use groundup_executor::task::{
    CancelScope, Cancelled, Ending, Panic, Reason, Scheduler, Task, TaskError, TaskRef, Watcher,
    Watching,
};

use crate::running::{loop_of, own_task};

/// What one child of a group, or its body, failed with.
#[derive(Debug)]
#[non_exhaustive]
pub enum ChildError<E> {
    /// It returned this error.
    Failed(E),
    /// It panicked.
    Panicked(Panic),
}

impl<E: fmt::Display> fmt::Display for ChildError<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            ChildError::Failed(error) => error.fmt(f),
            ChildError::Panicked(panic) => write!(f, "panicked: {}", panic.message()),
        }
    }
}

/// The errors of a group, in completion order, the body's own at the end (P03).
#[derive(Debug)]
pub struct GroupError<E> {
    /// At least one, unless the group's own `cancel` ended the body (P11).
    pub errors: Vec<ChildError<E>>,
}

impl<E: fmt::Display> fmt::Display for GroupError<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.errors.is_empty() {
            return f.write_str("the task group was cancelled by its own cancel()");
        }
        write!(
            f,
            "unhandled errors in a task group ({}): ",
            self.errors.len()
        )?;
        for (at, error) in self.errors.iter().enumerate() {
            let comma = if at == 0 { "" } else { "; " };
            write!(f, "{comma}{error}")?;
        }
        Ok(())
    }
}

impl<E: fmt::Debug + fmt::Display> Error for GroupError<E> {}

/// Why a group took no new child (P08).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum GroupClosed {
    /// It has ended.
    Finished,
    /// It is being cancelled.
    ShuttingDown,
}

impl fmt::Display for GroupClosed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            GroupClosed::Finished => {
                "TaskGroup is finished: spawn its children from inside its body or from its children"
            }
            GroupClosed::ShuttingDown => {
                "TaskGroup is shutting down: it takes no new children once one has failed or it was cancelled"
            }
        })
    }
}

impl Error for GroupClosed {}

/// Why awaiting a child gave no value. The error itself is with the group.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ChildEnded {
    /// It failed; the group has the error.
    Failed,
    /// It was cancelled.
    Cancelled,
}

impl fmt::Display for ChildEnded {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            ChildEnded::Failed => "the child failed; its error is in the group's",
            ChildEnded::Cancelled => "the child was cancelled",
        })
    }
}

impl Error for ChildEnded {}

/// A child with its type taken off, as the group sees it.
trait AnyChild<E> {
    fn task(&self) -> TaskRef;
    /// Takes the outcome, if nobody has; the error, if it failed.
    fn settle(&self) -> Option<ChildError<E>>;
}

/// The same child, as whoever awaits it sees it.
trait ValueOf<T> {
    /// The value or why there is none, if the child has ended; once.
    fn value(&self) -> Option<Result<T, ChildEnded>>;
}

/// A child between the group and its awaiter: the first of them to look at its
/// outcome takes it apart, and leaves the other's part for the other.
struct Running<T, E> {
    task: RefCell<Task<Result<T, E>>>,
    value: Cell<Option<Result<T, ChildEnded>>>,
    error: Cell<Option<ChildError<E>>>,
    settled: Cell<bool>,
}

impl<T: 'static, E: 'static> Running<T, E> {
    fn take_apart(&self) {
        let mut task = self.task.borrow_mut();
        if self.settled.get() || !task.done() {
            return;
        }
        self.settled.set(true);
        // The handle stays: by it the task tells the group of its end.
        let (value, error) = match task.take_and_stay() {
            Some(Ok(Ok(value))) => (Ok(value), None),
            Some(Ok(Err(error))) => (Err(ChildEnded::Failed), Some(ChildError::Failed(error))),
            Some(Err(TaskError::Panicked(panic))) => {
                (Err(ChildEnded::Failed), Some(ChildError::Panicked(panic)))
            }
            _ => (Err(ChildEnded::Cancelled), None),
        };
        self.value.set(Some(value));
        self.error.set(error);
    }
}

impl<T: 'static, E: 'static> AnyChild<E> for Running<T, E> {
    fn task(&self) -> TaskRef {
        self.task.borrow().task_ref()
    }

    fn settle(&self) -> Option<ChildError<E>> {
        self.take_apart();
        self.error.take()
    }
}

impl<T: 'static, E: 'static> ValueOf<T> for Running<T, E> {
    fn value(&self) -> Option<Result<T, ChildEnded>> {
        self.take_apart();
        self.value.take()
    }
}

struct State<E> {
    scheduler: Rc<Scheduler>,
    scope: CancelScope,
    children: RefCell<Vec<Option<Rc<dyn AnyChild<E>>>>>,
    vacant: RefCell<Vec<u32>>,
    alive: Cell<usize>,
    errors: RefCell<Vec<ChildError<E>>>,
    aborting: Cell<bool>,
    /// The group has cancelled its own parent, and must take that back.
    parent_cancelled: Cell<bool>,
    /// Somebody called `cancel`.
    cancel_called: Cell<bool>,
    /// The body is over; the group waits for its children.
    exiting: Cell<bool>,
    finished: Cell<bool>,
    /// Waits for the last child.
    waker: RefCell<Option<Waker>>,
    watching: RefCell<Option<Watching>>,
}

impl<E: 'static> Watcher for State<E> {
    fn child_done(&self, member: u32, _: Ending) {
        let child = self
            .children
            .borrow_mut()
            .get_mut(member as usize)
            .and_then(Option::take);
        let Some(child) = child else { return };
        self.vacant.borrow_mut().push(member);
        self.alive.set(self.alive.get() - 1);
        if self.alive.get() == 0 {
            let waker = self.waker.take();
            if let Some(waker) = waker {
                waker.wake();
            }
        }
        let error = child.settle();
        drop(child);
        let Some(error) = error else { return };
        self.errors.borrow_mut().push(error);
        if !self.aborting.get() && !self.parent_cancelled.get() {
            self.abort();
            self.cancel_parent();
        }
    }
}

impl<E> State<E> {
    /// Cancels all children that run.
    fn abort(&self) {
        self.aborting.set(true);
        for child in self.children.borrow().iter().flatten() {
            child.task().cancel();
        }
    }

    fn cancel_parent(&self) {
        self.parent_cancelled.set(true);
        self.scope.cancel();
    }
}

/// The handle to a group, for its body and its children.
pub struct TaskGroup<E> {
    state: Rc<State<E>>,
}

impl<E> Clone for TaskGroup<E> {
    fn clone(&self) -> Self {
        TaskGroup {
            state: self.state.clone(),
        }
    }
}

impl<E: 'static> TaskGroup<E> {
    /// Spawns a child. Its error ends the group; its value goes to whoever awaits
    /// the handle, which may as well be dropped.
    ///
    /// # Errors
    ///
    /// [`GroupClosed`] if the group has ended or is being cancelled; the future is
    /// then dropped (P08).
    #[track_caller]
    pub fn spawn<F, T>(&self, future: F) -> Result<Child<T>, GroupClosed>
    where
        F: Future<Output = Result<T, E>> + 'static,
        T: 'static,
    {
        let state = &self.state;
        if state.finished.get() {
            return Err(GroupClosed::Finished);
        }
        if state.exiting.get() && state.alive.get() == 0 {
            return Err(GroupClosed::Finished);
        }
        if state.aborting.get() {
            return Err(GroupClosed::ShuttingDown);
        }
        let task = state.scheduler.spawn(future);
        let vacant = state.vacant.borrow_mut().pop();
        let member = vacant.unwrap_or_else(|| {
            state.children.borrow_mut().push(None);
            state.children.borrow().len() as u32 - 1
        });
        if let Some(watching) = &*state.watching.borrow() {
            watching.add(&task, member);
        }
        let task_ref = task.task_ref();
        let running = Rc::new(Running {
            task: RefCell::new(task),
            value: Cell::new(None),
            error: Cell::new(None),
            settled: Cell::new(false),
        });
        state.children.borrow_mut()[member as usize] = Some(running.clone());
        state.alive.set(state.alive.get() + 1);
        Ok(Child {
            task: task_ref,
            running,
        })
    }

    /// Cancels the body and all children. The group then ends without an error of
    /// its own (P11).
    pub fn cancel(&self) {
        let state = &self.state;
        if state.finished.get() || state.cancel_called.replace(true) {
            return;
        }
        if !state.aborting.get() {
            state.abort();
        }
        if !state.parent_cancelled.get() {
            state.cancel_parent();
        }
    }

    /// How many children are alive.
    pub fn len(&self) -> usize {
        self.state.alive.get()
    }

    /// Whether no child is alive.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

impl<E> fmt::Debug for TaskGroup<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TaskGroup")
            .field("alive", &self.state.alive.get())
            .field("aborting", &self.state.aborting.get())
            .field("finished", &self.state.finished.get())
            .finish()
    }
}

/// A child of a group: await it for its value.
///
/// Dropping it changes nothing: the child belongs to the group.
pub struct Child<T> {
    task: TaskRef,
    running: Rc<dyn ValueOf<T>>,
}

impl<T> Child<T> {
    /// The child's task: to cancel or to name.
    pub fn as_task_ref(&self) -> &TaskRef {
        &self.task
    }
}

impl<T> Future for Child<T> {
    type Output = Result<T, ChildEnded>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        match self.running.value() {
            Some(value) => Poll::Ready(value),
            None if self.task.done() => Poll::Ready(Err(ChildEnded::Cancelled)),
            None => self
                .task
                .poll_ended(cx)
                .map(|()| Err(ChildEnded::Cancelled)),
        }
    }
}

impl<T> fmt::Debug for Child<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.task.fmt(f)
    }
}

/// Waits until no child is alive.
struct AllEnded<'a, E> {
    state: &'a State<E>,
    /// It has suspended: only a wake ends the wait, as in asyncio.
    waited: bool,
}

impl<E> Future for AllEnded<'_, E> {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        if self.state.alive.get() == 0 {
            return Poll::Ready(());
        }
        self.waited = true;
        self.state.waker.replace(Some(cx.waker().clone()));
        self.state.scheduler.waits_for(cx, Reason::Several);
        Poll::Pending
    }
}

/// A group that is dropped before its end, by a panic or a drop of its future.
struct Guard<E: 'static> {
    state: Rc<State<E>>,
    task: TaskRef,
}

impl<E: 'static> Drop for Guard<E> {
    fn drop(&mut self) {
        let state = &self.state;
        if state.finished.replace(true) {
            return;
        }
        if !state.aborting.get() {
            state.abort();
        }
        if state.parent_cancelled.get() {
            state.scope.uncancel();
        }
        let children = state.children.take();
        drop(children);
        let watching = state.watching.take();
        drop(watching);
    }
}

/// Runs `body` with a group, and returns when it and all children it has spawned,
/// and all those have spawned, have ended (P01).
///
/// The first error, of a child or of the body, cancels the rest, which may clean
/// up; then all errors are given.
///
/// # Errors
///
/// [`GroupError`] with every error, in the order in which they happened; with none
/// in it if the body was ended by the group's own [`cancel`](TaskGroup::cancel).
///
/// # Panics
///
/// When awaited outside a task.
///
/// # Cancel safety
///
/// A cancel of the awaiting task cancels body and children, waits for them, and
/// then goes on outward, unless a child failed meanwhile (P06). Dropping it cancels
/// the children and does not wait.
pub async fn task_group<B, F, R, E>(body: B) -> Result<R, GroupError<E>>
where
    B: FnOnce(TaskGroup<E>) -> F,
    F: Future<Output = Result<R, E>>,
    E: 'static,
{
    let ended = run(body).await?;
    ended.ok_or(GroupError { errors: Vec::new() })
}

/// As [`task_group`], for a group whose [`cancel`](TaskGroup::cancel) is called:
/// `None` if the body was cancelled by it.
///
/// # Errors
///
/// As [`task_group`].
pub async fn cancellable_group<B, F, R, E>(body: B) -> Result<Option<R>, GroupError<E>>
where
    B: FnOnce(TaskGroup<E>) -> F,
    F: Future<Output = Result<R, E>>,
    E: 'static,
{
    run(body).await
}

async fn run<B, F, R, E>(body: B) -> Result<Option<R>, GroupError<E>>
where
    B: FnOnce(TaskGroup<E>) -> F,
    F: Future<Output = Result<R, E>>,
    E: 'static,
{
    let state = enter::<E>();
    let guard = Guard {
        state: state.clone(),
        task: own_task("task_group"),
    };
    let group = TaskGroup {
        state: state.clone(),
    };
    let ended = state.scope.catch(body(group)).await;
    state.exiting.set(true);
    let (value, body_error, mut outward) = match ended {
        Ok(Ok(value)) => (Some(value), None, None),
        Ok(Err(error)) => (None, Some(error), None),
        Err(cancelled) => (None, None, Some(cancelled)),
    };
    if value.is_none() && !state.aborting.get() {
        state.abort();
    }
    // The wait may be cancelled several times: from outside, and by our own children.
    while state.alive.get() > 0 {
        let all = AllEnded {
            state: &state,
            waited: false,
        };
        if let Err(cancelled) = state.scope.catch(all).await
            && !state.aborting.get()
        {
            outward = Some(cancelled);
            state.abort();
        }
    }
    leave(guard, value, body_error, outward).await
}

fn enter<E: 'static>() -> Rc<State<E>> {
    let scheduler = loop_of("task_group");
    let state = Rc::new(State {
        scheduler: scheduler.clone(),
        scope: CancelScope::new(),
        children: RefCell::default(),
        vacant: RefCell::default(),
        alive: Cell::new(0),
        errors: RefCell::default(),
        aborting: Cell::new(false),
        parent_cancelled: Cell::new(false),
        cancel_called: Cell::new(false),
        exiting: Cell::new(false),
        finished: Cell::new(false),
        waker: RefCell::default(),
        watching: RefCell::default(),
    });
    let watching = Watching::new(&scheduler, state.clone());
    state.watching.replace(Some(watching));
    state
}

/// All have ended: what is told, and whether a cancel goes on outward.
async fn leave<R, E: 'static>(
    guard: Guard<E>,
    value: Option<R>,
    body_error: Option<E>,
    outward: Option<Cancelled>,
) -> Result<Option<R>, GroupError<E>> {
    let state = guard.state.clone();
    let task = guard.task.clone();
    let mut outward = outward;
    if state.parent_cancelled.get() && state.scope.uncancel() == 0 {
        outward = None;
    }
    state.finished.set(true);
    let watching = state.watching.take();
    drop(watching);
    let mut errors = state.errors.take();
    if errors.is_empty()
        && let Some(cancelled) = outward
    {
        cancelled.raise().await;
    }
    errors.extend(body_error.map(ChildError::Failed));
    if errors.is_empty() {
        return Ok(value);
    }
    if state.scope.cancelling() > 0 {
        // Cancelled from outside as well: that one is delivered after us.
        task.uncancel();
        task.cancel();
    }
    Err(GroupError { errors })
}
