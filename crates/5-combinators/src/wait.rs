//! Wait: look at many tasks, and take back those that are done.
//!
//! The problem: `gather` decides everything. A program that decides for itself, that
//! adds work while other work runs, or looks every 0.2 seconds, needs the raw tool:
//! which tasks are done, which are not. It cancels no task and raises no error (W03).
//!
//! asyncio's version registers with every task anew each time it is called, so the
//! natural loop, `while pending: wait(pending, FIRST_COMPLETED)`, costs the square
//! of their number. Here the pending tasks come back as a [`WaitSet`], which stays
//! registered.
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
//! | file, above those it uses | has |
//! |---|---|
//! | `wait.rs` | the verbs and their futures |
//! | `wait/round.rs` | one wait: its timer, and whether it has begun |
//! | `wait/set.rs` | the set: tasks come in and go out |
//! | `wait/state.rs` | which ends count, and when the waiter is released |
//! | `wait/members.rs` | the places of the tasks, and how far each has come |
//!
//! Invariants:
//! 1. `done` has every task that had ended when the waiter resumed, in the order
//!    given, and not only the one that woke it (W05, W12).
//! 2. It suspends once, also if everything was done at entry (W10).
//! 3. A timeout ends the waiting and touches no task (W07).
//!
//! Access: `state.rs` alone counts ends and releases the waiter. `set.rs`
//! and `state.rs` write the table of members, and `members.rs` alone writes the bits of a
//! mark. No other folder sees any of it.
//!
//! Read next: `wait/round.rs`.

pub(crate) mod members;
mod round;
pub(crate) mod set;
pub(crate) mod state;

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use groundup_executor::task::{IntoTask, Task};

use crate::wait::round::Round;
use crate::wait::set::WaitSet;
use crate::wait::state::ReturnWhen;

/// What [`wait`] takes: a list of tasks or futures, or a set that came back.
pub trait Waitable {
    /// What each task gives.
    type Output: 'static;
    /// The set.
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
        self.into_iter().collect()
    }
}

impl<T: 'static> Waitable for WaitSet<T> {
    type Output = T;

    fn into_set(self) -> WaitSet<T> {
        self
    }
}

/// What [`wait`] returns. Gives the tasks that are done, in the order given, and
/// the set of those that are not.
#[must_use = "futures do nothing unless awaited"]
pub struct Wait<T: 'static> {
    set: Option<WaitSet<T>>,
    round: Round<T>,
}

/// What [`WaitSet::wait`] returns. Gives the tasks that are done; the others stay
/// in the set.
#[must_use = "futures do nothing unless awaited"]
pub struct SetWait<'a, T: 'static> {
    set: &'a mut WaitSet<T>,
    round: Round<T>,
}

/// Waits for tasks and futures until what `when` says has come about; gives those
/// that are done and those that are not. Cancels nobody, raises nothing (W03).
///
/// What is not done comes back as a [`WaitSet`]: wait for it again, add to it.
///
/// ```
/// use groundup_combinators::executor::{EventLoop, sleep, spawn};
/// use groundup_combinators::{ReturnWhen, wait};
/// use std::time::Duration;
///
/// let event_loop = EventLoop::builder().virtual_time().build();
/// event_loop.run_until_complete(async {
///     let tasks = [3, 1, 1].map(|n| spawn(sleep(Duration::from_secs(n))));
///     let (done, pending) = wait(tasks, ReturnWhen::FirstCompleted).await;
///     assert_eq!((done.len(), pending.len()), (2, 1));
///     let soon = wait(pending, ReturnWhen::AllCompleted).timeout(Duration::from_secs(1));
///     let (done, pending) = soon.await;
///     assert_eq!((done.len(), pending.len()), (0, 1));
/// }).unwrap();
/// assert_eq!(event_loop.time(), Duration::from_secs(2));
/// ```
///
/// # Panics
///
/// When polled, if there is nothing to wait for (W01): it would wait for ever. With
/// items in it, outside a running loop, unless there are tasks among them, which know
/// their loop; and for a task that runs in another one.
///
/// # Cancel safety
///
/// A cancel leaves the tasks running (W09). Their handles are in here: to keep
/// them, use [`WaitSet::wait`].
#[track_caller]
pub fn wait<W: Waitable>(items: W, when: ReturnWhen) -> Wait<W::Output> {
    Wait {
        set: Some(items.into_set()),
        round: Round::new(when),
    }
}

impl<T: 'static> WaitSet<T> {
    /// Waits until what `when` says has come about, and takes out what is done, in
    /// the order in which it came into the set.
    ///
    /// # Panics
    ///
    /// If the set is empty when this is polled (W01): it would wait for ever.
    ///
    /// # Cancel safety
    ///
    /// A cancel, or dropping it, leaves the set as it is; nothing is cancelled
    /// (W09).
    pub fn wait(&mut self, when: ReturnWhen) -> SetWait<'_, T> {
        SetWait {
            set: self,
            round: Round::new(when),
        }
    }
}

impl<T: 'static> Wait<T> {
    /// Returns after `delay` at the latest, counted from the first poll, without an
    /// error (W07). Zero lets what is ready step (W08); `Duration::MAX` is never.
    pub fn timeout(mut self, delay: Duration) -> Self {
        self.round.timeout = Some(delay);
        self
    }
}

impl<T: 'static, E: 'static> Wait<Result<T, E>> {
    /// Lets an `Err` count as an exception for [`ReturnWhen::FirstException`].
    pub fn errors_count(mut self) -> Self {
        self.round.failed = Result::is_err;
        self
    }
}

impl<T: 'static> SetWait<'_, T> {
    /// Returns after `delay` at the latest, counted from the first poll, without an
    /// error (W07). Zero lets what is ready step (W08); `Duration::MAX` is never.
    pub fn timeout(mut self, delay: Duration) -> Self {
        self.round.timeout = Some(delay);
        self
    }
}

impl<T: 'static, E: 'static> SetWait<'_, Result<T, E>> {
    /// Lets an `Err` count as an exception for [`ReturnWhen::FirstException`].
    pub fn errors_count(mut self) -> Self {
        self.round.failed = Result::is_err;
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
            .expect("wait was polled after it had finished");
        match this.round.poll(set, cx) {
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
            self.round.end(set);
        }
    }
}

impl<T: 'static> Future for SetWait<'_, T> {
    type Output = Vec<Task<T>>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let this = self.get_mut();
        match this.round.poll(this.set, cx) {
            Poll::Pending => Poll::Pending,
            Poll::Ready(()) => Poll::Ready(this.set.take_done()),
        }
    }
}

impl<T: 'static> Drop for SetWait<'_, T> {
    fn drop(&mut self) {
        self.round.end(self.set);
    }
}

impl<T: 'static> fmt::Debug for Wait<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "<Wait {:?} for {:?}>", self.round.when, self.set)
    }
}

impl<T: 'static> fmt::Debug for SetWait<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "<Wait {:?} for {:?}>", self.round.when, self.set)
    }
}
