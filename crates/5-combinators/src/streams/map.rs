//! Async map: one function, many items, results in argument order.
//!
//! The problem: "do this for each of these, at once, and give me the results in
//! order" needs spawning, waiting and collecting, every time the same lines. It
//! should be one call, and it should read like `map`.
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
//! The function may be asynchronous or plain. A plain one runs inside its task and
//! blocks the loop while it runs: the calls after it begin later. Rust cannot be
//! asked whether a function gave a future, so a plain one is marked: [`plain`](crate::plain())
//! for a function, [`MaybeAsync`](crate::MaybeAsync) for one that gives sometimes this, sometimes that.
//!
//! Invariants:
//! 1. Nothing is scheduled, and nothing is taken from the items, before the first
//!    poll. Then everything is scheduled at once, or, with a limit, as much as it
//!    allows.
//! 2. The function is called in the task, not in the reader. A panic ends that
//!    item, and no other.
//! 3. Dropping it cancels what has not ended: nobody could read it any more.
//!
//! Read next: `iterables.rs`, the items it takes.

use std::cell::RefCell;
use std::collections::VecDeque;
use std::fmt;
use std::future::{Future, IntoFuture, poll_fn};
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll};

use futures::stream::{Stream, iter};
use groundup_executor::task::{Reason, Scheduler, Task, TaskError};

use crate::running::loop_of;
use crate::streams::in_flight::{Flight, Order, Room};
use crate::streams::iterables::Iterables;

/// How far it is.
///
/// `Lazy` becomes `Spawned` or `Limited` at the first poll, and each `Over` in the end.
pub(super) enum Stage<F, I, T: 'static> {
    /// Nothing has been polled.
    Lazy { function: F, items: I },
    /// All are tasks.
    Spawned(VecDeque<Task<T>>),
    /// So many at once are tasks.
    Limited(Flight<T>),
    /// It is over.
    Over,
}

/// What [`async_map`] returns: a `Stream` of results in argument order.
#[must_use = "streams do nothing unless polled"]
pub struct AsyncMap<F, I, T: 'static> {
    pub(super) stage: Stage<F, I, T>,
    limit: usize,
}

// The function and the items are moved into tasks and never pinned in here.
impl<F, I, T> Unpin for AsyncMap<F, I, T> {}

/// Calls an async function with each of the items, all at once, each in a task of
/// its own; gives the results in argument order.
///
/// Takes an iterator, or a tuple of up to four, which are zipped: the function then
/// takes a tuple, and the shortest iterator ends it. Nothing is scheduled before the
/// first poll; then everything is. Read it with [`next`](AsyncMap::next), with
/// [`collect_vec`](AsyncMap::collect_vec), as a `Stream`, or from outside the loop
/// with [`run_on`](AsyncMap::run_on).
///
/// Each result is that of a task: `Err` if the call panicked or was cancelled.
///
/// ```
/// use groundup_combinators::async_map;
/// use groundup_combinators::executor::{EventLoop, sleep};
/// use std::time::Duration;
///
/// async fn later((seconds, name): (u64, &str)) -> &str {
///     sleep(Duration::from_secs(seconds)).await;
///     name
/// }
///
/// let event_loop = EventLoop::builder().virtual_time().build();
/// let results = async_map(later, ([3, 1, 2], ["a", "b", "c"])).collect_vec();
/// let results = event_loop.run_until_complete(results).unwrap().unwrap();
/// assert_eq!(results, ["a", "b", "c"]);
/// assert_eq!(event_loop.time(), Duration::from_secs(3));
/// ```
///
/// # Panics
///
/// When first polled outside a running loop.
///
/// # Cancel safety
///
/// A cancel of the reader takes no result away and cancels no call: the next read
/// gives what is next. Dropping it cancels the calls that have not ended.
pub fn async_map<Kind, F, I, R>(function: F, items: I) -> AsyncMap<F, I::Iter, R::Output>
where
    I: Iterables<Kind>,
    F: FnMut(I::Item) -> R,
    R: IntoFuture,
{
    AsyncMap {
        stage: Stage::Lazy {
            function,
            items: items.zipped(),
        },
        limit: usize::MAX,
    }
}

/// The futures of all calls; each calls the function when it is first polled.
fn calls<F, I, R>(function: F, items: I) -> impl Iterator<Item = impl Future<Output = R::Output>>
where
    I: Iterator,
    F: FnMut(I::Item) -> R,
    R: IntoFuture,
{
    let function = Rc::new(RefCell::new(function));
    items.map(move |item| {
        let function = function.clone();
        async move {
            let called = (function.borrow_mut())(item);
            called.await
        }
    })
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
    /// Has at most `limit` calls run at once; each that ends makes room for the
    /// next. Results are kept until they are read, however many: for a source
    /// without end use [`buffered`](crate::buffered()), which waits for its reader.
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
            matches!(self.stage, Stage::Lazy { .. }),
            "async_map runs already: set its limit before the first poll"
        );
        self.limit = limit;
        self
    }

    /// The first poll: everything is scheduled.
    pub(super) fn start(&mut self, scheduler: &Rc<Scheduler>) {
        let Stage::Lazy { function, items } = std::mem::replace(&mut self.stage, Stage::Over)
        else {
            unreachable!("it is started once");
        };
        let calls = calls(function, items);
        self.stage = if self.limit == usize::MAX {
            Stage::Spawned(calls.map(|call| scheduler.spawn(call)).collect())
        } else {
            let room = Room {
                limit: self.limit,
                unread: false,
            };
            Stage::Limited(Flight::new(scheduler, iter(calls), Order::Source, room))
        };
    }

    fn poll_result(&mut self, cx: &mut Context<'_>) -> Poll<Option<Result<R::Output, TaskError>>> {
        if let Stage::Lazy { .. } = self.stage {
            self.start(&loop_of("async_map"));
        }
        let result = match &mut self.stage {
            Stage::Limited(flight) => flight.poll_next(cx),
            Stage::Spawned(tasks) => match tasks.front_mut() {
                None => Poll::Ready(None),
                Some(mut task) => Pin::new(&mut task).poll(cx).map(Some),
            },
            _ => Poll::Ready(None),
        };
        match &result {
            Poll::Ready(None) => self.stage = Stage::Over,
            Poll::Ready(Some(_)) => {
                if let Stage::Spawned(tasks) = &mut self.stage {
                    tasks.pop_front();
                }
            }
            // A cancel of the reader is for the reader, not for the one it waits for.
            Poll::Pending => {
                Scheduler::try_current(|scheduler| scheduler.waits_for(cx, Reason::Several));
            }
        }
        result
    }

    /// The next result; `None` after the last.
    #[expect(
        clippy::should_implement_trait,
        reason = "it is the `next` of a stream, which is awaited"
    )]
    pub fn next(&mut self) -> impl Future<Output = Option<Result<R::Output, TaskError>>> + '_ {
        poll_fn(|cx| self.poll_result(cx))
    }

    /// All values, or the first failure in argument order; the calls that have not
    /// ended by then are cancelled.
    ///
    /// # Errors
    ///
    /// The [`TaskError`] of the first call, in argument order, that panicked or was
    /// cancelled.
    ///
    /// # Cancel safety
    ///
    /// Dropping it cancels the calls that have not ended; the values of those that
    /// have are lost. To keep them, read one by one with [`next`](AsyncMap::next).
    pub async fn collect_vec(mut self) -> Result<Vec<R::Output>, TaskError> {
        let mut values = Vec::new();
        while let Some(result) = self.next().await {
            values.push(result?);
        }
        Ok(values)
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
            Stage::Lazy { items, .. } => items.size_hint(),
            Stage::Spawned(tasks) => (tasks.len(), Some(tasks.len())),
            Stage::Limited(_) => (0, None),
            Stage::Over => (0, Some(0)),
        }
    }
}

impl<F, I, T> AsyncMap<F, I, T> {
    /// Cancels what has not ended.
    pub(super) fn cancel(&mut self) {
        let stage = std::mem::replace(&mut self.stage, Stage::Over);
        if let Stage::Spawned(tasks) = &stage {
            for task in tasks {
                task.cancel();
            }
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
            Stage::Lazy { .. } => f.write_str("<AsyncMap, not begun>"),
            Stage::Spawned(tasks) => write!(f, "<AsyncMap, {} to come>", tasks.len()),
            Stage::Limited(_) => write!(f, "<AsyncMap, {} at once>", self.limit),
            Stage::Over => f.write_str("<AsyncMap, over>"),
        }
    }
}
