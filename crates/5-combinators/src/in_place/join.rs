//! Join: await several futures at once, where they are.
//!
//! The problem: two requests should be on their way at the same time, and the
//! code goes on when both are answered. No task is needed for that: one task can
//! hold both futures and poll each when it has something to do. That needs no
//! loop either, so it works under any executor, and the futures may borrow.
//!
//! ```text
//!   join(a, b)      a ======>|          try_join     a ======>|
//!                   b ============>|                 b ===x   |
//!                                  (a, b)                 Err  (a is dropped)
//! ```
//!
//! What it costs is company: all of them run in this task, so a panic of one is a
//! panic of all, and only one of them runs at a time even where threads could
//! help. [`gather`](crate::gather()) makes tasks instead.
//!
//! Invariants:
//! 1. Outputs come in argument order, whatever the order of the ends.
//! 2. A future that is done is dropped at once and not polled again.
//! 3. `try_join` drops the others before its error is seen.
//!
//! Read next: `race.rs`.

use std::fmt;
use std::future::Future;
use std::ops::ControlFlow;
use std::pin::Pin;
use std::task::{Context, Poll};

use pin_project_lite::pin_project;

use crate::in_place::outputs::{Together, TryTogether};
use crate::in_place::polling::Turns;
use crate::in_place::{IntoPlaces, Places};

pin_project! {
    /// What [`join`] returns.
    #[must_use = "futures do nothing unless awaited"]
    pub struct JoinAll<P> {
        #[pin]
        places: P,
        turns: Turns,
        // How many have not ended; `None` after the end.
        left: Option<usize>,
    }
}

/// Awaits all of them at once, where they are; gives all outputs, in argument
/// order.
///
/// Takes an iterator of futures, which gives a `Vec`, or a tuple of two to eight,
/// which gives a tuple. With an empty iterator it is done at once. It makes no
/// task and needs no loop; the futures may borrow.
///
/// ```
/// use groundup_combinators::join;
///
/// futures::executor::block_on(async {
///     let greeting = String::from("hello");
///     assert_eq!(join((async { greeting.len() }, async { 'x' })).await, (5, 'x'));
///     assert_eq!(join((0..3).map(async |n| n * n)).await, [0, 1, 4]);
/// });
/// ```
///
/// # Panics
///
/// When one of the futures panics, and when it is polled after it had finished.
///
/// # Cancel safety
///
/// Dropping it drops the futures; a [`Task`](crate::task::Task) among them is
/// detached. A cancel of the awaiting task is delivered in one of them: in the
/// first, in argument order, that has a `catch_cancel`. If none has, all are
/// dropped. If that one catches it for good, the others are not told, and a
/// [`timeout`](crate::timeout()) around the join waits for them. To tell all of them, make
/// them tasks: `timeout(limit, gather((a, b)))`, or a [`task_group`](crate::task_group()).
pub fn join<Kind, I: IntoPlaces<Kind>>(futures: I) -> JoinAll<I::Places>
where
    I::Places: Together,
{
    let places = futures.into_places();
    let count = places.count();
    JoinAll {
        places,
        turns: Turns::in_order(count),
        left: Some(count),
    }
}

impl<P: Together> Future for JoinAll<P> {
    type Output = P::All;

    #[inline]
    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<P::All> {
        let mut this = self.project();
        let left = this
            .left
            .as_mut()
            .expect("join was polled after it had finished");
        let ended = |_: Pin<&mut P>, _| -> ControlFlow<()> {
            *left -= 1;
            ControlFlow::Continue(())
        };
        let _ = this.turns.take(this.places.as_mut(), cx, ended);
        if *this.left != Some(0) {
            return Poll::Pending;
        }
        *this.left = None;
        Poll::Ready(this.places.take_all())
    }
}

pin_project! {
    /// What [`try_join`] returns.
    #[must_use = "futures do nothing unless awaited"]
    pub struct TryJoinAll<P> {
        #[pin]
        places: P,
        turns: Turns,
        left: Option<usize>,
    }
}

/// As [`join`], for futures that give a `Result`: all values, or the first error,
/// at its own time, and then the others are dropped.
///
/// ```
/// use groundup_combinators::try_join;
///
/// futures::executor::block_on(async {
///     let both = try_join((async { Ok::<_, &str>(5) }, async { Ok('x') }));
///     assert_eq!(both.await, Ok((5, 'x')));
///     let never = std::future::pending::<Result<u32, &str>>();
///     assert_eq!(try_join((never, async { Err::<u32, _>("no") })).await, Err("no"));
/// });
/// ```
///
/// # Errors
///
/// The first error; of several in one poll, the first in argument order.
///
/// # Panics
///
/// As [`join`].
///
/// # Cancel safety
///
/// As [`join`].
pub fn try_join<Kind, I: IntoPlaces<Kind>>(futures: I) -> TryJoinAll<I::Places>
where
    I::Places: TryTogether,
{
    let places = futures.into_places();
    let count = places.count();
    TryJoinAll {
        places,
        turns: Turns::in_order(count),
        left: Some(count),
    }
}

impl<P: TryTogether> Future for TryJoinAll<P> {
    type Output = Result<P::Values, P::Error>;

    #[inline]
    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let mut this = self.project();
        let left = this
            .left
            .as_mut()
            .expect("try_join was polled after it had finished");
        let ended = |places: Pin<&mut P>, at| {
            *left -= 1;
            match places.take_error(at) {
                Some(error) => ControlFlow::Break(error),
                None => ControlFlow::Continue(()),
            }
        };
        let output = match this.turns.take(this.places.as_mut(), cx, ended) {
            ControlFlow::Break(error) => Err(error),
            ControlFlow::Continue(()) if *this.left == Some(0) => {
                Ok(this.places.as_mut().take_values())
            }
            ControlFlow::Continue(()) => return Poll::Pending,
        };
        *this.left = None;
        this.places.clear();
        Poll::Ready(output)
    }
}

impl<P> fmt::Debug for JoinAll<P> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "<Join, {} to come>", self.left.unwrap_or(0))
    }
}

impl<P> fmt::Debug for TryJoinAll<P> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "<TryJoin, {} to come>", self.left.unwrap_or(0))
    }
}
