//! Wait: waits for tasks and returns those that are done.
//!
//! The problem: `gather` makes every decision for its caller. Some programs decide for
//! themselves: they add work while other work runs, or look every 0.2 seconds. They need a
//! simpler tool, which says which tasks are done and which are not. `wait` cancels no task and
//! raises no error.
//!
//! asyncio's `wait` registers with every task again at each call. So the natural loop,
//! `while pending: wait(pending, FIRST_COMPLETED)`, costs the square of the number of tasks.
//! Here the pending tasks come back as a [`WaitSet`], which stays registered.
//!
//! ```text
//!   a ======================>        pending   a, in a set
//!   b =======x                       done      b and c: both have ended by now
//!   c ==========x
//!            ^       ^     ^
//!            |       |     the waiter steps
//!            |       the set's state counts the end, and releases the waiter
//!            the first end: with FirstCompleted it is enough
//! ```
//!
//! | file (it uses files below it) | has |
//! |---|---|
//! | `wait.rs` | the verbs and their futures |
//! | `wait/one_wait.rs` | one wait: its timer, and whether it has begun |
//! | `wait/set.rs` | the set: tasks come in and go out |
//! | `wait/state.rs` | the state of the set: counts ends and releases the waiter |
//! | `wait/failures.rs` | which members have failed, and who has seen it |
//! | `wait/members.rs` | the places of the tasks, and the stage of each |
//!
//! Invariants:
//! 1. `done` has every task that had ended when the waiter resumed, and not only the one that
//!    woke it, in the order given.
//! 2. A wait suspends once, also if every task was done before.
//! 3. A timeout ends the wait and touches no task.
//!
//! Access: only `state.rs` counts ends and releases the waiter. `set.rs` and `state.rs` write
//! the table of members, and only `members.rs` writes the bits of a member's word. No other folder
//! sees any of it.
//!
//! Read next: `wait/one_wait.rs`.

mod failures;
pub(crate) mod members;
mod one_wait;
pub(crate) mod set;
pub(crate) mod state;

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use groundup_executor::task::{IntoTask, Task};

use crate::wait::one_wait::OneWait;
use crate::wait::set::WaitSet;
use crate::wait::state::ReturnWhen;

/// Converts into a [`WaitSet`]: a list of tasks or futures, or a set that came back.
pub trait Waitable {
    /// Type of the value that each task returns.
    type Output: 'static;
    /// Converts the items into a set.
    #[track_caller]
    fn into_set(self) -> WaitSet<Self::Output>;
}

impl<I> Waitable for I
where
    I: IntoIterator,
    I::Item: IntoTask,
{
    type Output = <I::Item as IntoTask>::Output;

    fn into_set(self) -> WaitSet<Self::Output> {
        WaitSet::from_iter(self) // `collect` would be the place of the spawns
    }
}

impl<T: 'static> Waitable for WaitSet<T> {
    type Output = T;

    fn into_set(self) -> WaitSet<T> {
        self
    }
}

/// Future that [`wait`] returns.
///
/// Its output is the done tasks, in the order given, and the set of the others.
#[must_use = "futures do nothing unless awaited"]
pub struct Wait<T: 'static> {
    set: Option<WaitSet<T>>,
    one_wait: OneWait<T>,
}

/// Future that [`WaitSet::wait`] returns.
///
/// Its output is the done tasks; the others stay in the set.
#[must_use = "futures do nothing unless awaited"]
pub struct SetWait<'a, T: 'static> {
    set: &'a mut WaitSet<T>,
    one_wait: OneWait<T>,
}

/// Waits for tasks and futures as `when` says; returns the done ones and a set of the others.
///
/// ```text
/// wait(tasks, when).await  ->  (done: Vec<Task<T>>, pending: WaitSet<T>)
/// ```
///
/// It cancels no task and raises no error. The pending tasks come back as a [`WaitSet`]: wait
/// for it again, or add to it. Awaiting a done task does not suspend.
///
/// `wait` takes a list only, of one type: an array, a `Vec` or an iterator of tasks or futures, or a
/// set that came back. Futures of several types that return one type are spawned first, since their
/// tasks are of one type. If they return several types, let them return one enum. For the first of a
/// few, use [`select`](crate::select()).
///
/// ```
/// # mod groundup { pub use groundup_combinators::{*, executor::*}; }
/// use groundup::{ReturnWhen, run_virtual, sleep, spawn, time, wait};
/// use std::time::Duration;
///
/// run_virtual(async {
///     let tasks = [3, 1, 1].map(|n| spawn(sleep(Duration::from_secs(n))));
///     let (done, pending) = wait(tasks, ReturnWhen::FirstCompleted).await;
///     assert_eq!((done.len(), pending.len()), (2, 1));
///     let soon = wait(pending, ReturnWhen::AllCompleted).timeout(Duration::from_secs(1));
///     let (done, pending) = soon.await;
///     assert_eq!((done.len(), pending.len()), (0, 1));
///     assert_eq!(time().since_start(), Duration::from_secs(2));
/// });
/// ```
///
/// # Panics
///
/// When polled with nothing to wait for: it would wait for ever. Outside a running loop, if
/// there are items and none of them is a task (a task knows its loop). For a task of another
/// loop.
///
/// # Cancel safety
///
/// A cancel leaves the tasks running. The future owns their handles: to keep them, use
/// [`WaitSet::wait`].
#[track_caller]
pub fn wait<W: Waitable>(items: W, when: ReturnWhen) -> Wait<W::Output> {
    Wait {
        set: Some(items.into_set()),
        one_wait: OneWait::new(when),
    }
}

impl<T: 'static> WaitSet<T> {
    /// Waits as `when` says and takes the done tasks out, in the order in which they came in.
    ///
    /// ```text
    /// set.wait(when).await  ->  Vec<Task<T>>, of which no await suspends
    /// ```
    ///
    /// # Panics
    ///
    /// If the set is empty when the future is polled: it would wait for ever.
    ///
    /// # Cancel safety
    ///
    /// A cancel, or a drop of the future, leaves the set as it is. No task is cancelled.
    pub fn wait(&mut self, when: ReturnWhen) -> SetWait<'_, T> {
        SetWait {
            set: self,
            one_wait: OneWait::new(when),
        }
    }
}

impl<T: 'static> Wait<T> {
    /// Ends the wait after `delay` at the latest, without an error.
    ///
    /// The delay counts from the first poll. With a delay of zero the ready tasks step first;
    /// `Duration::MAX` means no limit.
    pub fn timeout(mut self, delay: Duration) -> Self {
        self.one_wait.timeout = Some(delay);
        self
    }
}

impl<T: 'static, E: 'static> Wait<Result<T, E>> {
    /// Counts a returned `Err` as an exception for [`ReturnWhen::FirstException`].
    pub fn errors_count(mut self) -> Self {
        self.one_wait.failed = Result::is_err;
        self
    }
}

impl<T: 'static> SetWait<'_, T> {
    /// Ends the wait after `delay` at the latest, without an error.
    ///
    /// The delay counts from the first poll. With a delay of zero the ready tasks step first;
    /// `Duration::MAX` means no limit.
    pub fn timeout(mut self, delay: Duration) -> Self {
        self.one_wait.timeout = Some(delay);
        self
    }
}

impl<T: 'static, E: 'static> SetWait<'_, Result<T, E>> {
    /// Counts a returned `Err` as an exception for [`ReturnWhen::FirstException`].
    pub fn errors_count(mut self) -> Self {
        self.one_wait.failed = Result::is_err;
        self
    }
}

impl<T: 'static> Future for Wait<T> {
    type Output = (Vec<Task<T>>, WaitSet<T>);

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let this = self.get_mut();
        let set = this
            .set
            .as_ref()
            .expect("wait was polled after it had finished: await it once");
        match this.one_wait.poll(set, cx) {
            Poll::Pending => Poll::Pending,
            Poll::Ready(()) => {
                let mut set = this.set.take().expect("it was there a moment ago");
                Poll::Ready((set.take_done(), set))
            }
        }
    }
}

impl<T: 'static> Drop for Wait<T> {
    fn drop(&mut self) {
        if let Some(set) = &self.set {
            self.one_wait.end(set);
        }
    }
}

impl<T: 'static> Future for SetWait<'_, T> {
    type Output = Vec<Task<T>>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let this = self.get_mut();
        match this.one_wait.poll(this.set, cx) {
            Poll::Pending => Poll::Pending,
            Poll::Ready(()) => Poll::Ready(this.set.take_done()),
        }
    }
}

impl<T: 'static> Drop for SetWait<'_, T> {
    fn drop(&mut self) {
        self.one_wait.end(self.set);
    }
}

impl<T: 'static> fmt::Debug for Wait<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.set {
            Some(set) => write!(f, "<Wait {:?} for {set:?}>", self.one_wait.when),
            None => f.write_str("<Wait, over>"),
        }
    }
}

impl<T: 'static> fmt::Debug for SetWait<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "<Wait {:?} for {:?}>", self.one_wait.when, self.set)
    }
}
