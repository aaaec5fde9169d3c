//! Race: awaits the first future to finish and abandons the others.
//!
//! The problem: a program asks two servers, takes the answer that comes first, and abandons the
//! other request. asyncio has no call for it. Its users write `wait(FIRST_COMPLETED)` and a
//! loop that cancels the pending tasks, and forget the loop. Here the race itself abandons the
//! losers.
//!
//! ```text
//!   race       a ====/ dropped           race_ok    a ===x           not this one
//!              b ==>| b's output                    b =======>| Ok   the first success
//! ```
//!
//! How a loser is abandoned depends on the racer. A future is dropped. A
//! [`Task`](crate::task::Task) is cancelled and may clean up; the race does not wait for that.
//! A borrowed racer, `&mut task` or a pinned `&mut future`, stays with its owner.
//!
//! Invariants:
//! 1. The losers are abandoned before the winner's output is returned.
//! 2. If several racers are found done in one poll, the first in argument order wins; under
//!    a chooser, the chooser may have another one polled first.
//!
//! Read next: `select.rs`.

use std::fmt;
use std::future::Future;
use std::ops::ControlFlow;
use std::pin::Pin;
use std::task::{Context, Poll};

use groundup_executor::task::Abandon;
use pin_project_lite::pin_project;

use crate::in_place::outputs::Alike;
use crate::in_place::polling::Polling;
use crate::in_place::*;

/// Converts into racers: an iterator of one type, or a tuple of two to eight. [`race`]
/// takes it. The compiler infers `Kind`.
pub trait IntoRace<Kind> {
    /// Type of the places.
    type Places: Places;
    /// Puts the racers into places. Polls none of them.
    fn into_contenders(self) -> Self::Places;
}

impl<I> IntoRace<Listed> for I
where
    I: IntoIterator,
    I::Item: Abandon,
{
    type Places = List<<I::Item as Abandon>::Future>;

    fn into_contenders(self) -> Self::Places {
        self.into_iter().map(Abandon::into_contender).collect()
    }
}

macro_rules! racers {
    ($($places:ident $count:literal: $($name:ident $field:ident $at:literal),+;)+) => {$(
        impl<$($name: Abandon),+> IntoRace<Tupled> for ($($name,)+) {
            type Places = $places<$($name::Future),+>;

            fn into_contenders(self) -> Self::Places {
                let ($($field,)+) = self;
                $places { $($field: Place::Open { future: $field.into_contender() }),+ }
            }
        }
    )+};
}

for_tuples!(racers);

pin_project! {
    /// Future that [`race`] returns.
    #[must_use = "futures do nothing unless awaited"]
    pub struct Race<P> {
        #[pin]
        places: P,
        turns: Polling,
        finished: bool,
    }
}

/// Awaits the first racer to finish; returns its output and abandons the others.
///
/// An abandoned future is dropped, an abandoned task is cancelled.
///
/// A failure counts as a finish; [`race_ok`] waits for a success. `race` takes an iterator of
/// futures or tasks, or a tuple of two to eight with the same output. It makes no task and
/// needs no loop; the futures may borrow.
///
/// ```
/// use groundup_combinators::race;
/// use std::future::{pending, ready};
///
/// futures::executor::block_on(async {
///     assert_eq!(race((pending(), ready(2), ready(3))).await, 2);
///     assert_eq!(race([ready(4), ready(5)]).await, 4);
/// });
/// ```
///
/// # Panics
///
/// If there are no racers: such a race would never end. When one of the futures panics, and
/// when the race is polled after its end.
///
/// # Cancel safety
///
/// Dropping the race abandons all racers. A cancel of the awaiting task is delivered in one
/// of the futures: in the first, in argument order, that has a `catch_cancel`. If none has one,
/// all are abandoned.
#[track_caller]
pub fn race<Kind, I: IntoRace<Kind>>(racers: I) -> Race<I::Places>
where
    I::Places: Alike,
{
    let places = racers.into_contenders();
    let count = places.count();
    assert!(
        count > 0,
        "race has no contenders, so nobody could ever win; look whether there are any first"
    );
    Race {
        places,
        turns: Polling::free(count),
        finished: false,
    }
}

impl<P: Alike> Future for Race<P> {
    type Output = P::One;

    #[inline]
    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<P::One> {
        let mut this = self.project();
        assert!(!*this.finished, "race was polled after it had finished");
        let ended = |places: Pin<&mut P>, at| ControlFlow::Break(places.take_at(at));
        match this.turns.take(this.places.as_mut(), cx, ended) {
            ControlFlow::Continue(()) => Poll::Pending,
            ControlFlow::Break(output) => {
                *this.finished = true;
                this.places.clear();
                Poll::Ready(output)
            }
        }
    }
}

pin_project! {
    /// Future that [`race_ok`] returns.
    #[must_use = "futures do nothing unless awaited"]
    pub struct RaceOk<P, E> {
        #[pin]
        places: P,
        turns: Polling,
        // The errors so far, each at the number of its racer; `None` after the end.
        errors: Option<Vec<Option<E>>>,
        left: usize,
    }
}

/// Awaits the first racer to succeed; returns its value and abandons the others.
///
/// If all fail, returns all errors in argument order.
///
/// Takes the same arguments as [`race`], with outputs `Result<T, E>`. A task counts as failed
/// when it is cancelled or panics. A value that a task *returns* counts as a success, also an
/// `Err`. If such an `Err` should not win, turn it into an error in a future around the task.
///
/// ```
/// use groundup_combinators::race_ok;
/// use std::future::ready;
///
/// futures::executor::block_on(async {
///     assert_eq!(race_ok([ready(Err("one")), ready(Ok(2))]).await, Ok(2));
///     let none = race_ok([ready(Err::<(), _>("one")), ready(Err("two"))]);
///     assert_eq!(none.await, Err(vec!["one", "two"]));
/// });
/// ```
///
/// # Errors
///
/// All errors, in argument order; an empty list if there are no racers.
///
/// # Panics
///
/// When one of the futures panics, and when the race is polled after its end.
///
/// # Cancel safety
///
/// As [`race`].
pub fn race_ok<Kind, T, E, I>(racers: I) -> RaceOk<I::Places, E>
where
    I: IntoRace<Kind>,
    I::Places: Alike<One = Result<T, E>>,
{
    let places = racers.into_contenders();
    let count = places.count();
    RaceOk {
        places,
        turns: Polling::free(count),
        errors: Some(std::iter::repeat_with(|| None).take(count).collect()),
        left: count,
    }
}

impl<T, E, P: Alike<One = Result<T, E>>> Future for RaceOk<P, E> {
    type Output = Result<T, Vec<E>>;

    #[inline]
    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let mut this = self.project();
        let errors = this
            .errors
            .as_mut()
            .expect("race_ok was polled after it had finished");
        let left = this.left;
        let ended = |places: Pin<&mut P>, at| match places.take_at(at) {
            Ok(value) => ControlFlow::Break(value),
            Err(error) => {
                errors[at] = Some(error);
                *left -= 1;
                ControlFlow::Continue(())
            }
        };
        let output = match this.turns.take(this.places.as_mut(), cx, ended) {
            ControlFlow::Break(value) => Ok(value),
            ControlFlow::Continue(()) if *left == 0 => {
                Err(this.errors.take().into_iter().flatten().flatten().collect())
            }
            ControlFlow::Continue(()) => return Poll::Pending,
        };
        *this.errors = None;
        this.places.clear();
        Poll::Ready(output)
    }
}

impl<P: Places> fmt::Debug for Race<P> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "<Race of {}>", self.places.count())
    }
}

impl<P, E> fmt::Debug for RaceOk<P, E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "<RaceOk, {} to come>", self.left)
    }
}
