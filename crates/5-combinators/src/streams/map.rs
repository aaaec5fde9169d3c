//! Async map: one function, many items, results in argument order.
//!
//! The problem: a program calls a function for each of many items, all at once, and wants the
//! results in order. It must spawn, wait and collect, each time with the same lines. That
//! should be one call, and the call should read like `map`.
//!
//! ```text
//!   async_map(f, [x, y, z])     nothing happens yet
//!         | first poll
//!         v
//!   three tasks, in order; in its first step each calls f with its item
//!         |
//!         v
//!   f(x)'s result, f(y)'s, f(z)'s, each as soon as it and all before it are there
//! ```
//!
//! The function may be asynchronous or plain. A plain function runs inside its task and blocks
//! the loop while it runs, so the calls after it begin later. Rust cannot find out whether a
//! function returned a future, so a plain function is marked: with [`plain`](crate::plain()) if
//! it always returns a value, with [`MaybeAsync`](crate::MaybeAsync) if it sometimes returns a
//! future.
//!
//! Invariants:
//! 1. Before the first poll no task is spawned, and no item is taken. Then all are, or, with a
//!    limit, as many as the limit allows.
//! 2. The function is called in the task, not in the reader. A panic ends the item of that task
//!    and no other.
//! 3. Dropping the map cancels the calls that have not ended: their results can no longer be
//!    read.
//!
//! Read next: `streams/iterables.rs`, the items it takes.

use std::collections::VecDeque;
use std::fmt;
use std::future::{Future, IntoFuture};
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll};

use futures::stream::{Stream, iter};
use groundup_executor::task::{EachTold, Reason, Scheduler, Task, TaskError, Told};

use crate::running::loop_of;
use crate::streams::in_flight::InFlight;
use crate::streams::iterables::{Iterables, calls};
use crate::streams::origin::{Named, NextItem, Origin};
use crate::streams::{Order, Room};

/// Stage of an async map.
///
/// `Lazy` becomes `Spawned` or `Limited` at the first poll, and both become `Over` at the end.
pub(super) enum MapStage<F, I, T: 'static> {
    /// Not polled yet.
    Lazy { function: F, items: I },
    /// All calls are tasks.
    Spawned(VecDeque<Task<T>>, Option<Named>),
    /// A limited number of calls are tasks.
    Limited(InFlight<T>),
    /// All results were read, or the rest was cancelled.
    Over,
}

/// Stream of results in argument order, which [`async_map`] returns.
#[must_use = "streams do nothing unless polled"]
pub struct AsyncMap<F, I, T: 'static> {
    pub(super) stage: MapStage<F, I, T>,
    limit: usize,
    origin: Origin,
}

// The function and the items are moved into tasks and never pinned in here.
impl<F, I, T> Unpin for AsyncMap<F, I, T> {}

/// Calls an async function with each of the items, all at once, each call in a task; returns
/// the results in argument order.
///
/// `async_map` takes an iterator, or a tuple of up to 12 iterators, which are zipped: the
/// function then takes a tuple, and the map ends with the shortest iterator. Before the first
/// poll no task is spawned; then all are. Read the map with [`next`](AsyncMap::next), with
/// [`collect_vec`](AsyncMap::collect_vec), as a `Stream`, or from outside the loop with
/// [`run_on`](AsyncMap::run_on).
/// Each result is the outcome of a task: `Err` if the call panicked or was cancelled. An `Err` that a
/// call returns is a value, and ends no other call. Where the first one is to end the others, they are
/// children of a [`borrowing_group`](crate::borrowing_group()), which has a `set_limit`, too.
///
/// ```
/// # mod groundup { pub use groundup_combinators::{*, executor::*}; }
/// use groundup::{async_map, run_virtual, sleep, time};
/// use std::time::Duration;
///
/// async fn later((seconds, name): (u64, &str)) -> &str {
///     sleep(Duration::from_secs(seconds)).await;
///     name
/// }
///
/// run_virtual(async {
///     let results = async_map(later, ([3, 1, 2], ["a", "b", "c"])).collect_vec().await;
///     assert_eq!(results.unwrap(), ["a", "b", "c"]);
///     assert_eq!(time().since_start(), Duration::from_secs(3));
/// });
/// ```
///
/// # Panics
///
/// When first polled outside a running loop.
///
/// # Cancel safety
///
/// A cancel of the reader takes no result away and cancels no call. Dropping the map cancels the
/// calls that have not ended.
#[doc(alias = "for_each_concurrent")]
#[track_caller]
pub fn async_map<Kind, F, I, R>(function: F, items: I) -> AsyncMap<F, I::Iter, R::Output>
where
    I: Iterables<Kind>,
    F: FnMut(I::Item) -> R,
    R: IntoFuture,
{
    AsyncMap {
        stage: MapStage::Lazy {
            function,
            items: items.zipped(),
        },
        limit: usize::MAX,
        origin: Origin::here("async_map"),
    }
}

impl<F, I, R> AsyncMap<F, I, R::Output>
where
    F: FnMut(I::Item) -> R + 'static,
    I: Iterator + 'static,
    I::Item: 'static,
    R: IntoFuture + 'static,
    R::IntoFuture: 'static,
    R::Output: 'static,
{
    /// Limits the number of calls that run at once; each end makes room for the next call.
    ///
    /// Results are kept until they are read, however many there are. For a source without end
    /// use [`buffered`](crate::buffered()), which waits for its reader.
    ///
    /// # Panics
    ///
    /// If `limit` is 0, and after the first poll.
    #[track_caller]
    pub fn limit(mut self, limit: usize) -> Self {
        assert!(
            limit > 0,
            "async_map with a limit of 0 would never run anything: give it at least 1"
        );
        assert!(
            matches!(self.stage, MapStage::Lazy { .. }),
            "async_map runs already: set its limit before the first poll"
        );
        self.limit = limit;
        self
    }

    /// Spawns the calls, at the first poll.
    pub(super) fn start(&mut self, scheduler: &Rc<Scheduler>) {
        let MapStage::Lazy { function, items } = std::mem::replace(&mut self.stage, MapStage::Over)
        else {
            unreachable!("it is started once");
        };
        let calls = calls(function, items);
        self.stage = if self.limit == usize::MAX {
            let spawn = |call| scheduler.clone().spawn_at(call, self.origin.place);
            MapStage::Spawned(calls.map(spawn).collect(), None)
        } else {
            let (source, rules) = (iter(calls), (Order::Source, Room::new(self.limit, false)));
            MapStage::Limited(InFlight::new(scheduler, source, rules, self.origin))
        };
    }

    fn poll_result(&mut self, cx: &mut Context<'_>) -> Poll<Option<Result<R::Output, TaskError>>> {
        if let MapStage::Lazy { .. } = self.stage {
            self.start(&loop_of("async_map"));
        }
        let result = match &mut self.stage {
            MapStage::Limited(flight) => flight.poll_next(cx),
            MapStage::Spawned(tasks, named) => {
                let polled = match tasks.front_mut() {
                    None => Poll::Ready(None),
                    Some(mut task) => Pin::new(&mut task).poll(cx).map(Some),
                };
                if let Some(task) = tasks.front() {
                    let tickets = || tasks.iter().map(|task| task.ticket()).collect();
                    let new = || Named::new(task.scheduler(), self.origin, tickets());
                    named.get_or_insert_with(new).polled(cx, &polled);
                }
                polled
            }
            _ => Poll::Ready(None),
        };
        match &result {
            Poll::Ready(None) => self.stage = MapStage::Over,
            Poll::Ready(Some(_)) => {
                if let MapStage::Spawned(tasks, _) = &mut self.stage {
                    tasks.pop_front();
                }
            }
            // A cancel of the reader stays with the reader: it does not go to the awaited call.
            Poll::Pending => {
                if let Some(scheduler) = Scheduler::current() {
                    scheduler.waits_for(cx, Reason::Several);
                }
            }
        }
        result
    }

    /// Returns the next result; `None` after the last.
    #[expect(
        clippy::should_implement_trait,
        reason = "it is the `next` of a stream, which is awaited"
    )]
    pub fn next(&mut self) -> impl Future<Output = Option<Result<R::Output, TaskError>>> + '_ {
        let given_up = |map: &Self| match &map.stage {
            MapStage::Spawned(_, named) => named.iter().for_each(Named::given_up),
            MapStage::Limited(flight) => flight.given_up(),
            MapStage::Lazy { .. } | MapStage::Over => {}
        };
        NextItem::of(self, Self::poll_result, given_up)
    }

    /// Returns all values, or the first failure in argument order; a failure cancels the calls
    /// that have not ended. An `Err` that a call returns is a value, and no failure.
    ///
    /// # Errors
    ///
    /// The [`TaskError`] of the first call, in argument order, that panicked or was
    /// cancelled.
    ///
    /// # Cancel safety
    ///
    /// Dropping it cancels the calls that have not ended; the values of the other calls are
    /// lost. To keep them, read one by one with [`next`](AsyncMap::next).
    pub async fn collect_vec(mut self) -> Result<Vec<R::Output>, TaskError> {
        let mut values = EachTold::default();
        while let Some(result) = self.next().await {
            values.push(result?);
        }
        Ok(values.into_vec())
    }
}

impl<F, I, R, T> Stream for AsyncMap<F, I, T>
where
    F: FnMut(I::Item) -> R + 'static,
    I: Iterator + 'static,
    I::Item: 'static,
    R: IntoFuture<Output = T> + 'static,
    R::IntoFuture: 'static,
{
    type Item = Result<T, TaskError>;

    fn poll_next(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.get_mut().poll_result(cx)
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        match &self.stage {
            MapStage::Lazy { items, .. } => items.size_hint(),
            MapStage::Spawned(tasks, _) => (tasks.len(), Some(tasks.len())),
            MapStage::Limited(_) => (0, None),
            MapStage::Over => (0, Some(0)),
        }
    }
}

impl<F, I, T> AsyncMap<F, I, T> {
    /// Cancels the calls that have not ended.
    pub(super) fn cancel(&mut self) {
        match std::mem::replace(&mut self.stage, MapStage::Over) {
            MapStage::Spawned(tasks, _) => tasks.iter().for_each(|task| _ = task.cancel()),
            MapStage::Lazy { function, items } => drop((Told::new(function), Told::new(items))),
            MapStage::Limited(_) | MapStage::Over => {}
        }
    }
}

impl<F, I, T> Drop for AsyncMap<F, I, T> {
    fn drop(&mut self) {
        self.cancel();
    }
}

impl<F, I, T> fmt::Debug for AsyncMap<F, I, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.stage {
            MapStage::Lazy { .. } => f.write_str("<AsyncMap, not begun>"),
            MapStage::Spawned(tasks, _) => write!(f, "<AsyncMap, {} to come>", tasks.len()),
            MapStage::Limited(_) => write!(f, "<AsyncMap, {} at once>", self.limit),
            MapStage::Over => f.write_str("<AsyncMap, over>"),
        }
    }
}
