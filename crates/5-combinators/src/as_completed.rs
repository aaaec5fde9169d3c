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
//! | file, above those it uses | has |
//! |---|---|
//! | `as_completed.rs` | the verb, and the results as a stream |
//! | `as_completed/items.rs` | the results as futures that can be held |
//! | `as_completed/queue.rs` | the queue, its timer and its readers |
//! | `as_completed/line.rs` | readers that wait |
//! | `as_completed/completed.rs` | one result |
//!
//! Access: the tasks, the queue and the timer are private to
//! `as_completed/queue.rs`. The other pages read through a `Reader`.
//!
//! Read next: `as_completed/queue.rs`.

pub(crate) mod completed;
pub(crate) mod items;
mod line;
mod queue;

use std::fmt;
use std::future::{Future, poll_fn};
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use futures::stream::Stream;
use groundup_executor::task::{IntoTask, Task};

use crate::as_completed::completed::Completed;
use crate::as_completed::items::{CompletedItems, NextCompleted};
use crate::as_completed::line::Place;
use crate::as_completed::queue::{Completions, Reader};
use crate::running::loop_of;
use crate::timeout::error::Elapsed;

/// The results of all, in the order in which they come. Read it with
/// [`next`](AsCompleted::next), or as a `Stream`, or take the items to come, which can
/// be held, and awaited in any order or side by side:
///
/// ```
/// use groundup_combinators::executor::{EventLoop, sleep};
/// use groundup_combinators::{as_completed, join};
/// use std::time::Duration;
///
/// let event_loop = EventLoop::builder().virtual_time().build();
/// event_loop.run_until_complete(async {
///     let naps = [3, 1, 2].map(|n| sleep(Duration::from_secs(n)));
///     let mut items = as_completed(naps).into_iter();
///     let (one, two) = (items.next().unwrap(), items.next().unwrap());
///     let (second, first) = join((two, one)).await;
///     assert_eq!((first.index, second.index), (2, 1), "who awaits first is told first");
///     for item in items {
///         assert_eq!(item.await.index, 0);
///     }
/// }).unwrap();
/// ```
///
/// Dropping it lets the members run on.
pub struct AsCompleted<T: 'static> {
    reader: Reader<T>,
    place: Place,
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
        reader: Completions::reader(&loop_of("as_completed"), items),
        place: 0,
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

    /// How many results are still to come.
    pub fn left(&self) -> usize {
        self.reader.unread()
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
        self.reader.give_up_after(delay);
        AsCompletedTimeout { inner: self }
    }
}

impl<T: 'static> Stream for AsCompleted<T> {
    type Item = Completed<T>;

    #[inline]
    fn poll_next(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Completed<T>>> {
        let AsCompleted { reader, place } = self.get_mut();
        // Without a timer nothing is given up.
        let next = std::task::ready!(reader.poll(cx, place)).and_then(Result::ok);
        Poll::Ready(next.map(|member| reader.take(member)))
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        (self.left(), Some(self.left()))
    }
}

impl<T: 'static> IntoIterator for AsCompleted<T> {
    type Item = NextCompleted<T>;
    type IntoIter = CompletedItems<T>;

    /// A future for each result that was not read.
    fn into_iter(mut self) -> CompletedItems<T> {
        self.reader.give_up(&mut self.place);
        CompletedItems::new(self.reader, |completed| match completed {
            Ok(completed) => completed,
            Err(Elapsed) => unreachable!("without a timer nothing is given up"),
        })
    }
}

impl<T> fmt::Debug for AsCompleted<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "<AsCompleted, {} to come>", self.reader.unread())
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
        self.inner.reader.take_tasks()
    }
}

impl<T: 'static> Stream for AsCompletedTimeout<T> {
    type Item = Result<Completed<T>, Elapsed>;

    fn poll_next(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let AsCompleted { reader, place } = &mut self.get_mut().inner;
        let next = std::task::ready!(reader.poll(cx, place));
        Poll::Ready(next.map(|next| next.map(|member| reader.take(member))))
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        (self.inner.left(), Some(self.inner.left()))
    }
}

impl<T: 'static> IntoIterator for AsCompletedTimeout<T> {
    type Item = NextCompleted<T, Result<Completed<T>, Elapsed>>;
    type IntoIter = CompletedItems<T, Result<Completed<T>, Elapsed>>;

    /// A future for each result that was not read, or was given up.
    fn into_iter(self) -> Self::IntoIter {
        let AsCompleted { reader, mut place } = self.inner;
        reader.give_up(&mut place);
        CompletedItems::new(reader, |completed| completed)
    }
}
