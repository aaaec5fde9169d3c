//! As completed: results in the order in which they come.
//!
//! The problem: awaiting tasks in list order makes the quick ones wait for the slow
//! one at the head. `as_completed` gives each result when it is there, and names the
//! argument it belongs to.
//!
//! ```text
//!   child ends ------> an iteration later its number joins the queue; the reader wakes
//!   reader steps ----> takes the first of the queue, or waits
//!   timer fires -----> each member that is not in the queue becomes an `Elapsed`
//! ```
//!
//! Invariants:
//! 1. Results come in completion order, ties in the order of their ends (A01).
//! 2. All members run from the moment it is made (A02), in argument order (A03).
//! 3. A failure is one item; the others come all the same (A04).
//! 4. After a timeout each remaining item is [`Elapsed`], and the members run on
//!    (A05).
//!
//! Access: the tasks, the queue and the timer are private to
//! `as_completed/queue.rs`. This page polls the queue and numbers the results.
//!
//! Read next: `as_completed/queue.rs`.

mod queue;

use std::fmt;
use std::future::{Future, poll_fn};
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll};
use std::time::Duration;

use futures::stream::Stream;
use groundup_executor::task::{IntoTask, Task, TaskError};

use crate::as_completed::queue::Completions;
use crate::running::loop_of;
use crate::timeout::error::Elapsed;

/// One result, and whose it is: an item of [`AsCompleted`].
#[derive(Debug)]
#[non_exhaustive]
pub struct Completed<T> {
    /// Which of the arguments, from 0.
    pub index: usize,
    /// What it gave.
    pub result: Result<T, TaskError>,
}

/// The results of all, in the order in which they come. Read it with
/// [`next`](AsCompleted::next), or as a `Stream`.
///
/// Dropping it lets the members run on.
pub struct AsCompleted<T: 'static> {
    state: Rc<Completions<T>>,
}

/// Gives the results of tasks and futures as they come, and says of each which of
/// the arguments it was.
///
/// Futures are spawned here and now, in order. With nothing in it, it ends at once.
///
/// ```
/// use groundup_combinators::as_completed;
/// use groundup_combinators::executor::{EventLoop, sleep};
/// use std::time::Duration;
///
/// let event_loop = EventLoop::builder().virtual_time().build();
/// let order = event_loop.run_until_complete(async {
///     let mut results = as_completed([3, 1, 2].map(|n| sleep(Duration::from_secs(n))));
///     let mut order = Vec::new();
///     while let Some(completed) = results.next().await {
///         order.push(completed.index);
///     }
///     order
/// });
/// assert_eq!(order.unwrap(), [1, 2, 0]);
/// ```
///
/// # Panics
///
/// Outside a running loop, and for a task that runs in another one.
///
/// # Cancel safety
///
/// A cancel of the reader takes no result away and cancels no member: the next
/// read gives what is next. A member that nobody can read any more runs on.
#[track_caller]
pub fn as_completed<I>(items: I) -> AsCompleted<<I::Item as IntoTask>::Output>
where
    I: IntoIterator,
    I::Item: IntoTask,
{
    AsCompleted {
        state: Completions::new(&loop_of("as_completed"), items),
    }
}

impl<T: 'static> AsCompleted<T> {
    /// The next result; `None` after the last.
    #[expect(
        clippy::should_implement_trait,
        reason = "it is the `next` of a stream, which is awaited"
    )]
    pub fn next(&mut self) -> impl Future<Output = Option<Completed<T>>> + '_ {
        poll_fn(|cx| Pin::new(&mut *self).poll_next(cx))
    }

    /// The result of a member that was next in the queue.
    #[inline]
    fn take(&self, member: u32) -> Completed<T> {
        Completed {
            index: member as usize,
            result: self.state.take(member),
        }
    }

    /// How many results are still to come.
    pub fn left(&self) -> usize {
        self.state.unread()
    }

    /// Gives up what is not there when `delay` has passed, counted from now: each
    /// remaining item is [`Elapsed`], and the members run on (A05). `Duration::MAX`
    /// is never.
    ///
    /// ```
    /// use groundup_combinators::as_completed;
    /// use groundup_combinators::executor::{EventLoop, sleep};
    /// use std::time::Duration;
    ///
    /// let event_loop = EventLoop::builder().virtual_time().build();
    /// event_loop.run_until_complete(async {
    ///     let naps = [1, 3].map(|n| sleep(Duration::from_secs(n)));
    ///     let mut results = as_completed(naps).timeout(Duration::from_secs(2));
    ///     assert_eq!(results.next().await.unwrap().unwrap().index, 0);
    ///     assert!(results.next().await.unwrap().is_err());
    ///     assert!(results.next().await.is_none());
    /// }).unwrap();
    /// ```
    #[must_use]
    pub fn timeout(self, delay: Duration) -> AsCompletedTimeout<T> {
        self.state.give_up_after(delay);
        AsCompletedTimeout { inner: self }
    }
}

impl<T: 'static> Stream for AsCompleted<T> {
    type Item = Completed<T>;

    #[inline]
    fn poll_next(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Completed<T>>> {
        // Without a timer nothing is given up.
        let next = std::task::ready!(self.state.poll(cx)).and_then(Result::ok);
        Poll::Ready(next.map(|member| self.take(member)))
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        (self.left(), Some(self.left()))
    }
}

impl<T: 'static> Drop for AsCompleted<T> {
    fn drop(&mut self) {
        self.state.leave();
    }
}

impl<T> fmt::Debug for AsCompleted<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "<AsCompleted, {} to come>", self.state.unread())
    }
}

/// What [`AsCompleted::timeout`] returns.
#[derive(Debug)]
pub struct AsCompletedTimeout<T: 'static> {
    inner: AsCompleted<T>,
}

impl<T: 'static> AsCompletedTimeout<T> {
    /// The next result, or [`Elapsed`] for each that was given up; `None` after the
    /// last.
    #[expect(
        clippy::should_implement_trait,
        reason = "it is the `next` of a stream, which is awaited"
    )]
    pub fn next(&mut self) -> impl Future<Output = Option<Result<Completed<T>, Elapsed>>> + '_ {
        poll_fn(|cx| Pin::new(&mut *self).poll_next(cx))
    }

    /// The tasks that were given up, with their indices; they run on.
    pub fn into_tasks(self) -> Vec<(usize, Task<T>)> {
        self.inner.state.take_tasks()
    }
}

impl<T: 'static> Stream for AsCompletedTimeout<T> {
    type Item = Result<Completed<T>, Elapsed>;

    fn poll_next(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let inner = &self.inner;
        let next = std::task::ready!(inner.state.poll(cx));
        Poll::Ready(next.map(|next| next.map(|member| inner.take(member))))
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        (self.inner.left(), Some(self.inner.left()))
    }
}
