//! Unordered: the outputs of many futures in one task, as they end.
//!
//! The problem: a program asks a hundred servers and handles each answer when it comes. With a
//! hundred tasks, [`as_completed`](crate::as_completed()) does it. If the questions need no tasks, or
//! borrow, one task can hold them all, poll those that were woken, and take one output at a time.
//!
//! ```text
//!   woken: 4 2 7 ──poll 4──> pending ──poll 2──> its output is the next item
//!                                                 7 waits for the next call
//!   woken: -     ──> the stream suspends
//! ```
//!
//! | | [`as_completed`](crate::as_completed()) | `unordered` |
//! |---|---|---|
//! | a member is | a task | a future in place, which may borrow |
//! | a panic of one | is its result | goes on to the reader, who may read the others |
//! | dropped early | the members run on | the futures are dropped |
//!
//! Invariants:
//! 1. Each output is returned once, as soon as its future has ended and the stream is polled.
//! 2. A future is polled once for a wake, and those that were woken together in the order of their
//!    wakes; under a chooser, the chooser picks the first of them.
//! 3. A future that is done, or has panicked, is dropped at once. If the stream is dropped, so are all
//!    others.
//!
//! Read next: `streams.rs`.

use std::fmt;
use std::future::{Future, IntoFuture, poll_fn};
use std::ops::ControlFlow;
use std::pin::Pin;
use std::task::{Context, Poll};

use futures::stream::Stream;

use crate::in_place::batch::PollOne;
use crate::in_place::list::List;
use crate::in_place::wakers::PlaceWakers;
use crate::in_place::{IntoPlaces, Listed, Places};

/// Stream of the outputs of futures in place, each with the index of its future, as they end.
/// [`unordered`] returns it.
#[must_use = "futures do nothing unless awaited"]
pub struct Unordered<F: Future> {
    places: List<F>,
    wakers: PlaceWakers,
    left: usize,
}

/// Polls a list of futures in place, and returns their outputs as they end.
///
/// ```text
/// unordered([a, b, c]).next().await  ->  Some((index, output)) | None, after the last
/// ```
///
/// `unordered` takes an iterator of futures of one type. It makes no task and needs no loop; the
/// futures may borrow. In a task of a loop, a future costs no allocation of its own. A stream of no
/// futures ends at once.
///
/// ```
/// # mod groundup { pub use groundup_combinators::{*, executor::*}; }
/// use groundup::{run_virtual, sleep, unordered};
/// use std::time::Duration;
///
/// let order = run_virtual(async {
///     let mut naps = unordered([3, 1, 2].map(|n| sleep(Duration::from_secs(n))));
///     let mut order = Vec::new();
///     while let Some((index, ())) = naps.next().await {
///         order.push(index);
///     }
///     order
/// });
/// assert_eq!(order, [1, 2, 0]);
/// ```
///
/// # Panics
///
/// The stream panics when one of the futures panics. If the panic is caught, the stream goes on with the
/// others.
///
/// # Cancel safety
///
/// Dropping a call of `next` loses nothing. Dropping the stream drops the futures; a
/// [`Task`](crate::task::Task) among them is detached. A cancel of the awaiting task is delivered in
/// one of the futures: in the first, in argument order, that has a `catch_cancel`, as in a
/// [`join`](crate::join()). If none has one, the task ends.
#[doc(alias("FuturesUnordered", "select_all"))]
#[track_caller]
pub fn unordered<I>(futures: I) -> Unordered<<I::Item as IntoFuture>::IntoFuture>
where
    I: IntoIterator<Item: IntoFuture>,
{
    let places = IntoPlaces::<Listed>::into_places(futures);
    Unordered {
        wakers: PlaceWakers::new(places.count()),
        left: places.count(),
        places,
    }
}

impl<F: Future> Unordered<F> {
    /// Returns the next output with the index of its future; `None` after the last.
    #[expect(
        clippy::should_implement_trait,
        reason = "it is the `next` of a stream, which is awaited"
    )]
    pub fn next(&mut self) -> impl Future<Output = Option<(usize, F::Output)>> + '_ {
        poll_fn(|cx| Pin::new(&mut *self).poll_next(cx))
    }

    /// Returns the number of outputs still to come.
    pub fn left(&self) -> usize {
        self.left
    }
}

impl<F: Future> Stream for Unordered<F> {
    type Item = (usize, F::Output);

    fn poll_next(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let Unordered {
            places,
            wakers,
            left,
        } = self.get_mut();
        if *left == 0 {
            return Poll::Ready(None);
        }
        match wakers.poll_next(&mut Item(places, left), cx) {
            None => Poll::Pending,
            item => Poll::Ready(item),
        }
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        (self.left, Some(self.left))
    }
}

/// Polls one of the places; each end is enough. Counts the futures that are left.
struct Item<'a, F: Future>(&'a mut List<F>, &'a mut usize);

/// Empties a place whose poll panics.
struct EmptyIfUnwound<'a, F: Future>(Item<'a, F>, usize);

impl<F: Future> Drop for EmptyIfUnwound<'_, F> {
    #[cold]
    fn drop(&mut self) {
        let EmptyIfUnwound(Item(places, left), at) = self;
        places.place(*at).clear();
        **left -= 1;
    }
}

impl<F: Future> PollOne for Item<'_, F> {
    type Enough = (usize, F::Output);

    fn is_open(&self, at: usize) -> bool {
        self.0.is_open(at)
    }

    #[inline(always)]
    fn poll_one(&mut self, at: usize, cx: &mut Context<'_>) -> ControlFlow<Self::Enough, bool> {
        let guard = EmptyIfUnwound(Item(self.0, self.1), at);
        let polled = guard.0.0.place(at).poll(cx, ControlFlow::Break);
        std::mem::forget(guard);
        if polled.is_break() {
            *self.1 -= 1;
        }
        polled.map_break(|output| (at, output))
    }
}

impl<F: Future> fmt::Debug for Unordered<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "<Unordered, {} to come>", self.left)
    }
}
