//! Gather: run all of them at once, and give all results in argument order.
//!
//! The problem: scatter, gather, return is so common that it deserves one call,
//! and yet four questions have to be answered. In which order do results come? In
//! that of the arguments (G01). When one fails? It is told at its own time, and
//! the others run on (G03, G04). When the whole is cancelled? All are (G07). When
//! there is nothing to gather? Done at once (G02).
//!
//! ```text
//!   children   a ====x          ends: a relay, an iteration later settle(a)
//!              b ==========x    the last settle, or the first failure,
//!              c ===x           fulfils the outer promise; its waiter steps
//! ```
//!
//! The waiter awaits a promise, the *outer*. A cancel of the waiter goes to what
//! it awaits, the outer, and the outer hands it to the children.
//!
//! Invariants:
//! 1. The waiter is woken once, however many children there are.
//! 2. Each child's outcome is taken as soon as it is told, so a finished child
//!    holds no slot, and no failure is left to be reported as unseen.
//! 3. Dropping a gather before its end cancels the children: it owns them.
//!
//! Read next: `wait.rs`.

use std::cell::{Cell, RefCell};
use std::error::Error;
use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::rc::{Rc, Weak};
use std::task::{Context, Poll};

use groundup_executor::task::{
    Cancelled, Ending, IntoTask, Promise, PromiseError, Scheduler, Task, TaskError, Watcher,
    Watching,
};

/// The children of one gather, with their types.
pub trait Members: 'static {
    /// What all of them give together.
    type Output;
    /// Takes the outcome of a child that has ended; true if it counts as failed.
    fn settle(&self, member: u32) -> bool;
    /// Cancels all that have not ended; true if there were any.
    fn cancel(&self, reason: Option<&Rc<str>>) -> bool;
    /// Has all of them watched, and gives their number.
    fn watch(&self, watching: &Watching) -> usize;
    /// What they give, when all have succeeded or one has failed.
    fn output(&self, failed: Option<u32>) -> Self::Output;
}

enum Member<T> {
    Running(Task<T>),
    Ended(Result<T, TaskError>),
    Taken,
}

impl<T: 'static> Member<T> {
    fn settle(&mut self) -> Option<&Result<T, TaskError>> {
        if let Member::Running(task) = self {
            *self = Member::Ended(task.take_result()?);
        }
        match self {
            Member::Ended(result) => Some(result),
            _ => None,
        }
    }

    fn cancel(&self, reason: Option<&Rc<str>>) -> bool {
        match (self, reason) {
            (Member::Running(task), None) => task.cancel(),
            (Member::Running(task), Some(reason)) => task.cancel_with(reason.clone()),
            _ => false,
        }
    }

    fn take(&mut self) -> Result<T, TaskError> {
        match std::mem::replace(self, Member::Taken) {
            Member::Ended(result) => result,
            _ => Err(TaskError::Closed),
        }
    }
}

/// Children of one type, as they come from an iterator.
pub struct Many<T, O> {
    members: RefCell<Vec<Member<T>>>,
    failed: fn(&Result<T, TaskError>) -> bool,
    output: fn(&mut dyn Iterator<Item = Result<T, TaskError>>) -> O,
}

impl<T: 'static, O: 'static> Members for Many<T, O> {
    type Output = O;

    fn settle(&self, member: u32) -> bool {
        let mut members = self.members.borrow_mut();
        let result = members.get_mut(member as usize).and_then(Member::settle);
        result.is_some_and(self.failed)
    }

    fn cancel(&self, reason: Option<&Rc<str>>) -> bool {
        let members = self.members.borrow();
        members
            .iter()
            .fold(false, |any, member| member.cancel(reason) | any)
    }

    fn watch(&self, watching: &Watching) -> usize {
        let members = self.members.borrow();
        for (number, member) in (0..).zip(members.iter()) {
            if let Member::Running(task) = member {
                watching.add(task, number);
            }
        }
        members.len()
    }

    fn output(&self, failed: Option<u32>) -> O {
        let mut members = self.members.borrow_mut();
        match failed {
            Some(member) => (self.output)(
                &mut members
                    .get_mut(member as usize)
                    .map(Member::take)
                    .into_iter(),
            ),
            None => (self.output)(&mut members.iter_mut().map(Member::take)),
        }
    }
}

struct State<M> {
    members: M,
    left: Cell<usize>,
    outer: Promise<()>,
    /// Failures are results like others.
    collect: Cell<bool>,
    failed: Cell<Option<u32>>,
    cancel_requested: Cell<bool>,
    watching: RefCell<Option<Watching>>,
}

impl<M: Members> Watcher for State<M> {
    fn child_done(&self, member: u32, ending: Ending) {
        let failed = self.members.settle(member);
        self.left.set(self.left.get() - 1);
        if !self.outer.done() {
            if failed && !self.collect.get() {
                self.fail(member, ending);
            } else if self.left.get() == 0 {
                self.finish();
            }
        }
        if self.left.get() == 0 {
            let watching = self.watching.take();
            drop(watching);
        }
    }
}

impl<M: Members> State<M> {
    /// The first failure ends the outer at once; the others run on (G03, G04).
    fn fail(&self, member: u32, ending: Ending) {
        self.failed.set(Some(member));
        if ending == Ending::Cancelled && self.cancel_requested.get() {
            self.outer.finish_cancelled(None);
        } else {
            let _ = self.outer.set_result(());
        }
    }

    fn finish(&self) {
        if self.cancel_requested.get() {
            // It was asked to stop: even if all children went on to their ends (G08).
            self.outer.finish_cancelled(None);
        } else {
            let _ = self.outer.set_result(());
        }
    }

    fn cancel(&self, reason: Option<&Rc<str>>) -> bool {
        let any = self.members.cancel(reason);
        if any {
            self.cancel_requested.set(true);
        }
        any
    }
}

/// What [`gather`] and its relatives return: a future of all outcomes.
///
/// The children run from the moment it is made; awaiting it only waits.
#[must_use = "futures do nothing unless awaited"]
pub struct Gather<M: Members> {
    state: Rc<State<M>>,
    outer: Promise<()>,
    empty: bool,
}

impl<M: Members> Gather<M> {
    fn new(scheduler: &Rc<Scheduler>, members: M) -> Self {
        let outer = scheduler.promise();
        let state = Rc::new(State {
            members,
            left: Cell::new(0),
            outer: outer.clone(),
            collect: Cell::new(false),
            failed: Cell::new(None),
            cancel_requested: Cell::new(false),
            watching: RefCell::new(None),
        });
        let watching = Watching::new(scheduler, state.clone());
        let children = state.members.watch(&watching);
        state.left.set(children);
        if children > 0 {
            state.watching.replace(Some(watching));
        }
        let hook: Weak<State<M>> = Rc::downgrade(&state);
        outer.on_cancel(move |reason| hook.upgrade().is_some_and(|state| state.cancel(reason)));
        Gather {
            state,
            outer,
            empty: children == 0,
        }
    }

    /// A handle by which others may cancel it (G07).
    pub fn handle(&self) -> GatherHandle {
        GatherHandle {
            outer: self.outer.clone(),
        }
    }

    /// Waits for the outer promise; the error is that of a cancel by a handle.
    fn poll_outer(&mut self, cx: &mut Context<'_>) -> Poll<Result<Option<u32>, Cancelled>> {
        if self.empty {
            return Poll::Ready(Ok(None));
        }
        match Pin::new(&mut self.outer).poll(cx) {
            Poll::Pending => Poll::Pending,
            Poll::Ready(Err(PromiseError::Cancelled(cancelled))) => Poll::Ready(Err(cancelled)),
            Poll::Ready(_) => Poll::Ready(Ok(self.state.failed.get())),
        }
    }
}

impl<M: Members> Drop for Gather<M> {
    fn drop(&mut self) {
        if !self.outer.done() {
            self.state.cancel(None);
        }
    }
}

impl<M: Members> fmt::Debug for Gather<M> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "<Gather of {} running>", self.state.left.get())
    }
}

/// Cancels a gather from elsewhere.
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

/// A gather whose output is `Result<_, TaskError>`-like: it can say "cancelled".
pub trait Cancellable {
    /// The output of a gather that was cancelled through its handle.
    fn cancelled(cancelled: Cancelled) -> Self;
}

impl<T> Cancellable for Result<T, TaskError> {
    fn cancelled(cancelled: Cancelled) -> Self {
        Err(TaskError::Cancelled(cancelled))
    }
}

impl<T, E> Cancellable for Result<T, GatherError<E>> {
    fn cancelled(cancelled: Cancelled) -> Self {
        Err(GatherError::Task(TaskError::Cancelled(cancelled)))
    }
}

impl<M: Members + Unpin> Future for Gather<M>
where
    M::Output: Cancellable,
{
    type Output = M::Output;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<M::Output> {
        let this = self.get_mut();
        this.poll_outer(cx).map(|ended| match ended {
            Ok(failed) => this.state.members.output(failed),
            Err(cancelled) => M::Output::cancelled(cancelled),
        })
    }
}

/// Why a `try_gather` gave no results.
#[derive(Debug)]
#[non_exhaustive]
pub enum GatherError<E> {
    /// A child returned this error.
    Failed(E),
    /// A child panicked or was cancelled.
    Task(TaskError),
}

impl<E: fmt::Display> fmt::Display for GatherError<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            GatherError::Failed(error) => error.fmt(f),
            GatherError::Task(error) => error.fmt(f),
        }
    }
}

impl<E: Error> Error for GatherError<E> {}

/// The children of [`gather`].
pub type Gathered<T> = Many<T, Result<Vec<T>, TaskError>>;
/// The children of [`gather`] with `return_exceptions`.
pub type Outcomes<T> = Many<T, Vec<Result<T, TaskError>>>;
/// The children of [`try_gather`].
pub type TryGathered<T, E> = Many<Result<T, E>, Result<Vec<T>, GatherError<E>>>;

#[track_caller]
pub(crate) fn loop_of(what: &str) -> Rc<Scheduler> {
    match Scheduler::current() {
        Some(scheduler) => scheduler,
        None => panic!(
            "no running event loop: {what} makes tasks, which only a loop can run; call it inside one \
             (under another executor use join, race or the streams of this crate)"
        ),
    }
}

#[track_caller]
fn tasks<I>(items: I, scheduler: &Rc<Scheduler>) -> Vec<Member<<I::Item as IntoTask>::Output>>
where
    I: IntoIterator,
    I::Item: IntoTask,
{
    items
        .into_iter()
        .map(|item| Member::Running(item.into_task(scheduler)))
        .collect()
}

/// Runs all of them at once; gives their values in argument order (G01), or the
/// first panic or cancel of one of them, at its own time, while the others run on.
///
/// Takes tasks and futures; futures are spawned here and now, in order. With
/// nothing in it, it is done at once.
///
/// # Panics
///
/// Outside a running loop.
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
    let scheduler = loop_of("gather");
    let members = Many {
        members: RefCell::new(tasks(items, &scheduler)),
        failed: Result::is_err,
        output: |results| results.collect(),
    };
    Gather::new(&scheduler, members)
}

impl<T: 'static> Gather<Gathered<T>> {
    /// Failures and cancels become items of the list, and all children are waited
    /// for (G05).
    pub fn return_exceptions(self) -> GatherOutcomes<T> {
        self.state.collect.set(true);
        GatherOutcomes { gather: self }
    }
}

/// What [`Gather::return_exceptions`] returns.
#[must_use = "futures do nothing unless awaited"]
#[derive(Debug)]
pub struct GatherOutcomes<T: 'static> {
    gather: Gather<Gathered<T>>,
}

impl<T: 'static> Future for GatherOutcomes<T> {
    type Output = Vec<Result<T, TaskError>>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let gather = &mut self.get_mut().gather;
        gather.poll_outer(cx).map(|_| {
            let mut members = gather.state.members.members.borrow_mut();
            members.iter_mut().map(Member::take).collect()
        })
    }
}

/// As [`gather`], for children that give a `Result`: the values of all, or the
/// first error, at its own time, while the others run on (G03, G04).
///
/// # Panics
///
/// Outside a running loop.
///
/// # Cancel safety
///
/// As [`gather`].
#[track_caller]
pub fn try_gather<I, T, E>(items: I) -> Gather<TryGathered<T, E>>
where
    I: IntoIterator,
    I::Item: IntoTask<Output = Result<T, E>>,
    T: 'static,
    E: 'static,
{
    let scheduler = loop_of("try_gather");
    let members = Many {
        members: RefCell::new(tasks(items, &scheduler)),
        failed: |result| !matches!(result, Ok(Ok(_))),
        output: |results| {
            results
                .map(|result| match result {
                    Ok(Ok(value)) => Ok(value),
                    Ok(Err(error)) => Err(GatherError::Failed(error)),
                    Err(error) => Err(GatherError::Task(error)),
                })
                .collect()
        },
    };
    Gather::new(&scheduler, members)
}

/// Children of different types, for [`gather!`](crate::gather!).
pub trait Tuple {
    /// Their places.
    type Members: Members;
    /// Makes tasks of them.
    #[track_caller]
    fn members(self, scheduler: &Rc<Scheduler>) -> Self::Members;
}

/// The function behind [`gather!`](crate::gather!).
#[track_caller]
pub fn gather_tuple<T: Tuple>(tuple: T) -> Gather<T::Members> {
    let scheduler = loop_of("gather!");
    let members = tuple.members(&scheduler);
    Gather::new(&scheduler, members)
}

/// [`gather`] for a few tasks or futures of different types; gives a tuple.
#[macro_export]
macro_rules! gather {
    ($($item:expr),+ $(,)?) => { $crate::gather_tuple(($($item,)+)) };
}

macro_rules! tuples {
    ($($places:ident: $($name:ident $at:tt),+;)+) => {$(
        /// The places of a tuple's children.
        pub struct $places<$($name: 'static),+>($(RefCell<Member<$name>>),+);

        impl<$($name: 'static),+> Members for $places<$($name),+> {
            type Output = Result<($($name,)+), TaskError>;

            fn settle(&self, member: u32) -> bool {
                match member {
                    $($at => self.$at.borrow_mut().settle().is_some_and(|result| result.is_err()),)+
                    _ => false,
                }
            }

            fn cancel(&self, reason: Option<&Rc<str>>) -> bool {
                [$(self.$at.borrow().cancel(reason)),+].contains(&true)
            }

            fn watch(&self, watching: &Watching) -> usize {
                $(if let Member::Running(task) = &*self.$at.borrow() {
                    watching.add(task, $at);
                })+
                [$($at),+].len()
            }

            fn output(&self, failed: Option<u32>) -> Self::Output {
                $(if failed == Some($at) && let Err(error) = self.$at.borrow_mut().take() {
                    return Err(error);
                })+
                Ok(($(self.$at.borrow_mut().take()?,)+))
            }
        }

        impl<$($name: IntoTask),+> Tuple for ($($name,)+) {
            type Members = $places<$($name::Output),+>;

            fn members(self, scheduler: &Rc<Scheduler>) -> Self::Members {
                $places($(RefCell::new(Member::Running(self.$at.into_task(scheduler)))),+)
            }
        }
    )+};
}

tuples! {
    Places1: A 0;
    Places2: A 0, B 1;
    Places3: A 0, B 1, C 2;
    Places4: A 0, B 1, C 2, D 3;
    Places5: A 0, B 1, C 2, D 3, E 4;
    Places6: A 0, B 1, C 2, D 3, E 4, F 5;
    Places7: A 0, B 1, C 2, D 3, E 4, F 5, G 6;
    Places8: A 0, B 1, C 2, D 3, E 4, F 5, G 6, H 7;
}
