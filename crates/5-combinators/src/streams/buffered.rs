//! Buffered: a stream of futures, so many of them at once.
//!
//! The problem: a stream gives addresses, each is to be fetched, ten at a time.
//! The usual adaptors poll the ten where they stand, in their reader's task, so
//! all ten stand still while the reader is busy with a page, time out, and are
//! fetched again. Here the ten are tasks, see `in_flight.rs`.
//!
//! ```text
//!   source    f1 f2 f3 f4 ...
//!   limit 2   f1 =====>|  f3 ==>|        running + unread <= 2
//!             f2 ==>|     f4 =====>|
//!   buffered           r1 r2 ...         in the source's order
//!   unordered      r2  r1 ...            in that of the ends
//! ```
//!
//! Invariants:
//! 1. Calls that run and results that nobody has read are together at most as many
//!    as the limit: a slow reader holds up the source, and nothing else.
//! 2. Each result is that of a task: a panic of one is an item, and no more.
//! 3. Nothing runs before the first poll; dropping it cancels what runs.
//!
//! Read next: `read_ahead.rs`.

use std::fmt;
use std::future::{Future, poll_fn};
use std::pin::Pin;
use std::task::{Context, Poll};

use futures::stream::Stream;
use groundup_executor::task::{IntoTask, TaskError};

use crate::running::loop_of;
use crate::streams::in_flight::{Flight, Order, Room};

enum Stage<S, T: 'static> {
    Lazy(S),
    InFlight(Flight<T>),
    Over,
}

/// What [`buffered`] and [`buffer_unordered`] return: a `Stream` of results.
#[must_use = "streams do nothing unless polled"]
pub struct Buffered<S, T: 'static> {
    stage: Stage<S, T>,
    order: Order,
    limit: usize,
}

// The source is moved into a task, and never pinned in here.
impl<S, T> Unpin for Buffered<S, T> {}

#[track_caller]
fn new<S>(source: S, limit: usize, order: Order) -> Buffered<S, <S::Item as IntoTask>::Output>
where
    S: Stream,
    S::Item: IntoTask,
{
    assert!(
        limit > 0,
        "a buffer of 0 would never run anything: give it at least 1"
    );
    Buffered {
        stage: Stage::Lazy(source),
        order,
        limit,
    }
}

/// Runs the futures that `source` gives, each in a task, at most `limit` at once;
/// gives their results in the source's order.
///
/// Work in flight goes on while the reader is busy. A result that nobody has read
/// takes up room as a running one does.
///
/// ```
/// use futures::stream::{StreamExt, iter};
/// use groundup_combinators::buffered;
/// use groundup_combinators::executor::{EventLoop, sleep};
/// use std::time::Duration;
///
/// let event_loop = EventLoop::builder().virtual_time().build();
/// let results = event_loop.run_until_complete(async {
///     let naps = iter([3, 1, 2]).map(async |seconds| {
///         sleep(Duration::from_secs(seconds)).await;
///         seconds
///     });
///     buffered(naps, 2).map(Result::unwrap).collect::<Vec<_>>().await
/// });
/// assert_eq!(results.unwrap(), [3, 1, 2]);
/// assert_eq!(event_loop.time(), Duration::from_secs(5));
/// ```
///
/// # Panics
///
/// If `limit` is 0; when first polled outside a running loop. A panic of the source
/// goes on in the reader, and so does that about a task that runs in another loop.
///
/// # Cancel safety
///
/// A cancel of the reader takes no result away and cancels nothing. Dropping it
/// cancels what runs.
#[track_caller]
pub fn buffered<S>(source: S, limit: usize) -> Buffered<S, <S::Item as IntoTask>::Output>
where
    S: Stream,
    S::Item: IntoTask,
{
    new(source, limit, Order::Source)
}

/// As [`buffered`], with results in the order in which they come.
///
/// ```
/// use futures::stream::{StreamExt, iter};
/// use groundup_combinators::buffer_unordered;
/// use groundup_combinators::executor::{EventLoop, sleep};
/// use std::time::Duration;
///
/// let event_loop = EventLoop::builder().virtual_time().build();
/// let results = event_loop.run_until_complete(async {
///     let naps = iter([3, 1, 2]).map(async |seconds| {
///         sleep(Duration::from_secs(seconds)).await;
///         seconds
///     });
///     buffer_unordered(naps, 2).map(Result::unwrap).collect::<Vec<_>>().await
/// });
/// assert_eq!(results.unwrap(), [1, 3, 2]);
/// ```
///
/// # Panics
///
/// As [`buffered`].
///
/// # Cancel safety
///
/// As [`buffered`].
#[track_caller]
pub fn buffer_unordered<S>(source: S, limit: usize) -> Buffered<S, <S::Item as IntoTask>::Output>
where
    S: Stream,
    S::Item: IntoTask,
{
    new(source, limit, Order::Ends)
}

impl<S, T> Buffered<S, T>
where
    S: Stream + 'static,
    S::Item: IntoTask<Output = T>,
{
    /// The next result; `None` when the source has ended and all were read.
    #[expect(
        clippy::should_implement_trait,
        reason = "it is the `next` of a stream, which is awaited"
    )]
    pub fn next(&mut self) -> impl Future<Output = Option<Result<T, TaskError>>> + '_ {
        poll_fn(|cx| Pin::new(&mut *self).poll_next(cx))
    }

    fn start(&mut self) {
        if !matches!(self.stage, Stage::Lazy(_)) {
            return;
        }
        let scheduler = loop_of("buffered");
        if let Stage::Lazy(source) = std::mem::replace(&mut self.stage, Stage::Over) {
            let room = Room {
                limit: self.limit,
                unread: true,
            };
            self.stage = Stage::InFlight(Flight::new(&scheduler, source, self.order, room));
        }
    }
}

impl<S, T> Stream for Buffered<S, T>
where
    S: Stream + 'static,
    S::Item: IntoTask<Output = T>,
{
    type Item = Result<T, TaskError>;

    fn poll_next(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let this = self.get_mut();
        this.start();
        let Stage::InFlight(flight) = &mut this.stage else {
            return Poll::Ready(None);
        };
        let polled = flight.poll_next(cx);
        if let Poll::Ready(None) = polled {
            this.stage = Stage::Over;
        }
        polled
    }
}

impl<S, T> fmt::Debug for Buffered<S, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.stage {
            Stage::Lazy(_) => write!(f, "<Buffered, {} at once, not begun>", self.limit),
            Stage::InFlight(_) => write!(f, "<Buffered, {} at once>", self.limit),
            Stage::Over => f.write_str("<Buffered, over>"),
        }
    }
}
