//! As completed: returns results in the order in which they come.
//!
//! The problem: if a loop awaits tasks in list order, a slow task delays the results of the
//! quick ones behind it. `as_completed` returns each result when it is there, with the index of
//! its argument.
//!
//! ```text
//!   child ends ------> an iteration later its number joins the queue; the reader wakes
//!   reader steps ----> takes the first of the queue, or waits
//!   timer fires -----> each member that is not in the queue becomes an `Elapsed`
//! ```
//!
//! Invariants:
//! 1. Results come in completion order; members that end in one iteration keep the order of
//!    their ends.
//! 2. All members are spawned when the `AsCompleted` is made, in argument order.
//! 3. A failure is one item, and ends none of the other items.
//! 4. After a timeout each remaining item is [`Elapsed`], and the members run on.
//!
//! | file (it uses files below it) | has |
//! |---|---|
//! | `as_completed.rs` | the verb, and the results as a stream |
//! | `as_completed/items.rs` | the results as futures that can be held |
//! | `as_completed/queue.rs` | the queue, its timer and its readers |
//! | `as_completed/line.rs` | readers that wait |
//! | `as_completed/completed.rs` | one result |
//!
//! Access: the tasks, the queue and the timer are private to `as_completed/queue.rs`. The other
//! pages read through a `Reader`.
//!
//! Read next: `as_completed/queue.rs`.

pub(crate) mod completed;
pub(crate) mod items;
mod line;
mod queue;
mod reader;

use std::fmt;
use std::future::{Future, poll_fn};
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use futures::stream::Stream;
use groundup_executor::task::{IntoTask, Task};

use crate::as_completed::completed::Completed;
use crate::as_completed::items::{CompletedItems, NextCompleted};
use crate::as_completed::line::Position;
use crate::as_completed::queue::Completions;
use crate::as_completed::reader::Reader;
use crate::running::loop_of;
use crate::timeout::error::Elapsed;

/// Stream of results in the order in which they come.
///
/// Read it with [`next`](AsCompleted::next), or as a `Stream`. Or iterate over its items:
/// futures that can be stored, and awaited in any order or side by side:
///
/// ```
/// # mod groundup { pub use groundup_combinators::{*, executor::*}; }
/// use groundup::{as_completed, join, run_virtual, sleep};
/// use std::time::Duration;
///
/// run_virtual(async {
///     let naps = [3, 1, 2].map(|n| sleep(Duration::from_secs(n)));
///     let mut items = as_completed(naps).into_iter();
///     let (one, two) = (items.next().unwrap(), items.next().unwrap());
///     let (second, first) = join((two, one)).await;
///     assert_eq!((first.index, second.index), (2, 1), "who awaits first is told first");
///     for item in items {
///         assert_eq!(item.await.index, 0);
///     }
/// });
/// ```
///
/// Dropping it lets the members run on.
pub struct AsCompleted<T: 'static> {
    reader: Reader<T>,
    place: Position,
}

/// Returns the results of tasks and futures as they come, each with its argument's index.
///
/// ```text
/// as_completed(tasks).next().await  ->  Some(Completed { index, result }) | None, after the last
/// ```
///
/// Futures are spawned in the call, in argument order. With no arguments, the stream ends at
/// once. `as_completed` takes a list only, of one type: an array, a `Vec` or an iterator of tasks or
/// futures. Futures of several types that return one type are spawned first, since their tasks are of
/// one type. If they return several types, let them return one enum.
///
/// ```
/// # mod groundup { pub use groundup_combinators::{*, executor::*}; }
/// use groundup::{as_completed, run_virtual, sleep};
/// use std::time::Duration;
///
/// let order = run_virtual(async {
///     let mut results = as_completed([3, 1, 2].map(|n| sleep(Duration::from_secs(n))));
///     let mut order = Vec::new();
///     while let Some(completed) = results.next().await {
///         order.push(completed.index);
///     }
///     order
/// });
/// assert_eq!(order, [1, 2, 0]);
/// ```
///
/// # Panics
///
/// Outside a running loop, and for a task of another loop.
///
/// # Cancel safety
///
/// A cancel of the reader takes no result away and cancels no member: the next read returns the
/// next result. A member whose result can no longer be read runs on.
#[doc(alias = "FuturesUnordered")]
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
    /// Returns the next result; `None` after the last.
    #[expect(
        clippy::should_implement_trait,
        reason = "it is the `next` of a stream, which is awaited"
    )]
    pub fn next(&mut self) -> impl Future<Output = Option<Completed<T>>> + '_ {
        poll_fn(|cx| Pin::new(&mut *self).poll_next(cx))
    }

    /// Returns the number of results still to come.
    pub fn left(&self) -> usize {
        self.reader.unread()
    }

    /// Stops waiting when `delay` has passed, counted from now.
    ///
    /// Each remaining item is then [`Elapsed`], and the members run on. `Duration::MAX` means
    /// no limit.
    ///
    /// ```
    /// # mod groundup { pub use groundup_combinators::{*, executor::*}; }
    /// use groundup::{Elapsed, as_completed, run_virtual, sleep};
    /// use std::time::Duration;
    ///
    /// run_virtual(async {
    ///     let naps = [1, 3].map(|n| sleep(Duration::from_secs(n)));
    ///     let mut results = as_completed(naps).timeout(Duration::from_secs(2));
    ///     assert!(matches!(results.next().await, Some(Ok(first)) if first.index == 0));
    ///     assert!(matches!(results.next().await, Some(Err(Elapsed))));
    ///     assert!(results.next().await.is_none());
    /// });
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
        // Without a timer no item is `Elapsed`.
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

    /// Returns a future for each result that was not read.
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

/// Stream of results with a time limit, which [`AsCompleted::timeout`] returns.
#[derive(Debug)]
pub struct AsCompletedTimeout<T: 'static> {
    inner: AsCompleted<T>,
}

impl<T: 'static> AsCompletedTimeout<T> {
    /// Returns the next result, or [`Elapsed`] for each member that was not done in time;
    /// `None` after the last.
    #[expect(
        clippy::should_implement_trait,
        reason = "it is the `next` of a stream, which is awaited"
    )]
    pub fn next(&mut self) -> impl Future<Output = Option<Result<Completed<T>, Elapsed>>> + '_ {
        poll_fn(|cx| Pin::new(&mut *self).poll_next(cx))
    }

    /// Returns the tasks whose results were not read, with their indices; they run on.
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

    /// Returns a future for each result that was not read, or was not there in time.
    fn into_iter(self) -> Self::IntoIter {
        let AsCompleted { reader, mut place } = self.inner;
        reader.give_up(&mut place);
        CompletedItems::new(reader, |completed| completed)
    }
}
