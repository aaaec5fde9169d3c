//! Buffered: runs the futures of a stream, a limited number at once.
//!
//! The problem: a stream returns addresses, and each is to be fetched, ten at a time. The usual
//! adaptors poll the ten fetches in place, in the task of their reader. So all ten stop while
//! the reader is busy with a page; they time out and are fetched again. Here the ten are tasks,
//! see `in_flight.rs`.
//!
//! ```text
//!   source    f1 f2 f3 f4 ...
//!   limit 2   f1 =====>|  f3 ==>|        running + unread <= 2
//!             f2 ==>|     f4 =====>|
//!   buffered           r1 r2 ...         in the order of the source
//!   unordered      r2  r1 ...            in the order of the ends
//! ```
//!
//! Invariants:
//! 1. Running calls and unread results together are at most `limit`: a slow reader holds up the
//!    source, and nothing else.
//! 2. Each result is the outcome of a task: a panic of one call is one item.
//! 3. Nothing runs before the first poll. Dropping the stream cancels the running calls.
//!
//! Read next: `streams/read_ahead.rs`.

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};

use futures::stream::Stream;
use groundup_executor::task::{IntoTask, TaskError};

use crate::running::loop_of;
use crate::streams::in_flight::InFlight;
use crate::streams::origin::{NextItem, Origin};
use crate::streams::{Order, Room};

enum BufferedStage<S, T: 'static> {
    Lazy(S),
    InFlight(InFlight<T>),
    Over,
}

/// Stream of results, which [`buffered`] and [`buffer_unordered`] return.
#[must_use = "streams do nothing unless polled"]
pub struct Buffered<S, T: 'static> {
    stage: BufferedStage<S, T>,
    order: Order,
    limit: usize,
    origin: Origin,
}

// The source is moved into a task and never pinned here.
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
        stage: BufferedStage::Lazy(source),
        order,
        limit,
        origin: Origin::here(match order {
            Order::Source => "buffered",
            Order::Ends => "buffer_unordered",
        }),
    }
}

/// Runs the futures of `source` in tasks, at most `limit` at once; returns their results in the
/// source's order.
///
/// Calls in flight go on while the reader is busy. An unread result takes up room as a running
/// call does. To call one function for the items of an iterator, use
/// [`async_map`](crate::async_map()) with a limit. The example needs the crate `futures`, whose
/// default features may be off.
///
/// ```
/// # mod groundup { pub use groundup_combinators::{*, executor::*}; }
/// use futures::stream::{StreamExt, iter};
/// use groundup::{buffered, run_virtual, sleep, time};
/// use std::time::Duration;
///
/// run_virtual(async {
///     let naps = iter([3, 1, 2]).map(async |seconds| {
///         sleep(Duration::from_secs(seconds)).await;
///         seconds
///     });
///     let results: Vec<_> = buffered(naps, 2).map(Result::unwrap).collect().await;
///     assert_eq!(results, [3, 1, 2]);
///     assert_eq!(time().since_start(), Duration::from_secs(5));
/// });
/// ```
///
/// # Panics
///
/// If `limit` is 0; when first polled outside a running loop. A panic of the source goes on in
/// the reader, and so does the panic about a task of another loop.
///
/// # Cancel safety
///
/// A cancel of the reader takes no result away and cancels nothing. Dropping the stream cancels
/// the running calls.
#[track_caller]
#[doc(alias = "FuturesOrdered")]
pub fn buffered<S>(source: S, limit: usize) -> Buffered<S, <S::Item as IntoTask>::Output>
where
    S: Stream,
    S::Item: IntoTask,
{
    new(source, limit, Order::Source)
}

/// Runs the futures of `source` as [`buffered`] does; returns results in the order in which
/// they come. The example needs the crate `futures`, as there.
///
/// ```
/// # mod groundup { pub use groundup_combinators::{*, executor::*}; }
/// use futures::stream::{StreamExt, iter};
/// use groundup::{buffer_unordered, run_virtual, sleep};
/// use std::time::Duration;
///
/// let results: Vec<_> = run_virtual(async {
///     let naps = iter([3, 1, 2]).map(async |seconds| {
///         sleep(Duration::from_secs(seconds)).await;
///         seconds
///     });
///     buffer_unordered(naps, 2).map(Result::unwrap).collect().await
/// });
/// assert_eq!(results, [1, 3, 2]);
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
    /// Returns the next result; `None` when the source has ended and all results were read.
    #[expect(
        clippy::should_implement_trait,
        reason = "it is the `next` of a stream, which is awaited"
    )]
    pub fn next(&mut self) -> impl Future<Output = Option<Result<T, TaskError>>> + '_ {
        let given_up = |it: &Self| match &it.stage {
            BufferedStage::InFlight(flight) => flight.given_up(),
            BufferedStage::Lazy(_) | BufferedStage::Over => {}
        };
        NextItem::of(self, |it, cx| Pin::new(it).poll_next(cx), given_up)
    }

    fn start(&mut self) {
        if !matches!(self.stage, BufferedStage::Lazy(_)) {
            return;
        }
        let scheduler = loop_of("buffered");
        if let BufferedStage::Lazy(source) = std::mem::replace(&mut self.stage, BufferedStage::Over)
        {
            let room = Room::new(self.limit, true);
            self.stage = BufferedStage::InFlight(InFlight::new(
                &scheduler,
                source,
                (self.order, room),
                self.origin,
            ));
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
        let BufferedStage::InFlight(flight) = &mut this.stage else {
            return Poll::Ready(None);
        };
        let polled = flight.poll_next(cx);
        if let Poll::Ready(None) = polled {
            this.stage = BufferedStage::Over;
        }
        polled
    }
}

impl<S, T> fmt::Debug for Buffered<S, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.stage {
            BufferedStage::Lazy(_) => write!(f, "<Buffered, {} at once, not begun>", self.limit),
            BufferedStage::InFlight(_) => write!(f, "<Buffered, {} at once>", self.limit),
            BufferedStage::Over => f.write_str("<Buffered, over>"),
        }
    }
}
