//! Outputs: says for each verb which end is enough, and takes outputs.
//!
//! The problem: six verbs hold futures in place, and differ in two answers. Is this output enough?
//! And if all futures have ended, what is the output of the verb? A verb answers the first question
//! for one output ([`Judged`]). Futures of one type have a `Vec` of outputs, and the futures of a
//! tuple have a tuple: [`EachPlace`] asks place by place, in a list or in pairs. So a verb gives
//! each answer once ([`Outputs`]).
//!
//! | verb | an end is enough | after the last end |
//! |---|---|---|
//! | `join` | never | all outputs |
//! | `try_join` | if it is an `Err` | all values |
//! | `race`, `select`, `select_biased` | always | |
//! | `race_ok` | if it is an `Ok` | all errors |
//!
//! Invariants:
//! 1. Outputs stand in argument order.
//! 2. An output that is not enough stays in its place until all futures have ended.
//!
//! Read next: `in_place/first_or_all.rs`.

use std::convert::Infallible;
use std::future::Future;
use std::ops::ControlFlow;
use std::pin::Pin;
use std::task::Context;

use crate::in_place::Places;
use crate::in_place::list::List;
use crate::in_place::place::Place;
use crate::in_place::polling::Start;
use crate::members::pairs::{Alike, Collect, End, Pair};

/// Names a verb by its number, as a parameter of a type.
pub struct InPlace<const VERB: usize>;

pub(super) const JOIN: usize = 0;
pub(super) const TRY_JOIN: usize = 1;
pub(super) const RACE: usize = 2;
pub(super) const RACE_OK: usize = 3;
pub(super) const SELECT: usize = 4;
pub(super) const SELECT_BIASED: usize = 5;

/// Names of the verbs, for messages.
pub(super) const NAMES: [&str; 6] = [
    "join",
    "try_join",
    "race",
    "race_ok",
    "select",
    "select_biased",
];

/// Returns which future of a verb is polled first.
pub(super) const fn start_of(verb: usize) -> Start {
    match verb {
        RACE | RACE_OK => Start::Chosen,
        SELECT => Start::Counted,
        _ => Start::First,
    }
}

#[diagnostic::on_unimplemented(
    message = "the outputs of these futures do not fit together",
    label = "not the outputs that this function takes",
    note = "`race` takes outputs of one type; `try_join` takes `Result`s with one type of error, and \
            `race_ok` takes `Result`s of one type",
    note = "`select` takes a tuple of futures with any outputs, and `join` takes any futures"
)]
/// Places in which the futures of a verb stand.
pub trait Outputs<const VERB: usize>: Places {
    /// Output of the verb.
    type Output;
    /// Polls one future. Breaks with the output of the verb if the future has ended and its end is
    /// enough; else tells whether the future has ended.
    fn poll_to(
        self: Pin<&mut Self>,
        at: usize,
        cx: &mut Context<'_>,
    ) -> ControlFlow<Self::Output, bool>;
    /// Returns the output of the verb when all futures have ended, and no end was enough.
    fn all(self: Pin<&mut Self>) -> Option<Self::Output> {
        None
    }
}

#[diagnostic::on_unimplemented(
    message = "the outputs of these futures do not fit together",
    label = "`{Self}` does not fit the outputs before it",
    note = "`race` takes outputs of one type; `try_join` takes `Result`s with one type of error, and \
            `race_ok` takes `Result`s of one type",
    note = "`select` takes a tuple of futures with any outputs, and `join` takes any futures"
)]
/// The output of one future, as a verb sees it: an `Enough` ends the verb, and a part stays in its
/// place until all futures have ended.
pub trait Judged<const VERB: usize, Enough>: Sized {
    /// Part of the output of the verb.
    type Part;
    /// Breaks if this output is enough.
    fn judge(self) -> ControlFlow<Enough, Self>;
    /// Returns the part; `None` if the output is enough.
    fn part(self) -> Option<Self::Part>;
}

impl<T> Judged<JOIN, Infallible> for T {
    type Part = T;

    #[inline(always)]
    fn judge(self) -> ControlFlow<Infallible, T> {
        ControlFlow::Continue(self)
    }

    fn part(self) -> Option<T> {
        Some(self)
    }
}

impl<T, E> Judged<TRY_JOIN, E> for Result<T, E> {
    type Part = T;

    #[inline(always)]
    fn judge(self) -> ControlFlow<E, Self> {
        match self {
            Err(error) => ControlFlow::Break(error),
            value => ControlFlow::Continue(value),
        }
    }

    fn part(self) -> Option<T> {
        self.ok()
    }
}

impl<T> Judged<RACE, T> for T {
    type Part = Infallible;

    #[inline(always)]
    fn judge(self) -> ControlFlow<T, T> {
        ControlFlow::Break(self)
    }

    fn part(self) -> Option<Infallible> {
        None
    }
}

impl<T, E> Judged<RACE_OK, T> for Result<T, E> {
    type Part = E;

    #[inline(always)]
    fn judge(self) -> ControlFlow<T, Self> {
        match self {
            Ok(value) => ControlFlow::Break(value),
            error => ControlFlow::Continue(error),
        }
    }

    fn part(self) -> Option<E> {
        self.err()
    }
}

/// Places of a list or of a tuple, for a verb that an `Enough` ends.
pub trait EachPlace<const VERB: usize, Enough>: Places {
    /// All parts, in a `Vec` or in pairs.
    type Parts;
    /// Polls one future. Breaks if its output is enough, or else keeps the output; tells whether the
    /// future has ended.
    fn poll_judged(
        self: Pin<&mut Self>,
        at: usize,
        cx: &mut Context<'_>,
    ) -> ControlFlow<Enough, bool>;
    /// Takes all parts, when all futures have ended and no output was enough.
    fn take_parts(self: Pin<&mut Self>) -> Option<Self::Parts>;
}

impl<const VERB: usize, Enough, F> EachPlace<VERB, Enough> for List<F>
where
    F: Future<Output: Judged<VERB, Enough>>,
{
    type Parts = Vec<<F::Output as Judged<VERB, Enough>>::Part>;

    #[inline(always)] // Speed: join.
    fn poll_judged(
        mut self: Pin<&mut Self>,
        at: usize,
        cx: &mut Context<'_>,
    ) -> ControlFlow<Enough, bool> {
        self.place(at).poll(cx, Judged::judge)
    }

    fn take_parts(self: Pin<&mut Self>) -> Option<Self::Parts> {
        let list = self.get_mut();
        let mut parts = Vec::with_capacity(list.count());
        parts.extend((0..list.count()).filter_map(|at| list.place(at).take().part()));
        Some(parts)
    }
}

impl<const VERB: usize, Enough> EachPlace<VERB, Enough> for End {
    type Parts = End;

    #[inline(always)]
    fn poll_judged(self: Pin<&mut Self>, _: usize, _: &mut Context<'_>) -> ControlFlow<Enough, bool> {
        ControlFlow::Continue(false)
    }

    fn take_parts(self: Pin<&mut Self>) -> Option<End> {
        Some(End)
    }
}

impl<const VERB: usize, Enough, F, T> EachPlace<VERB, Enough> for Pair<Place<F>, T>
where
    F: Future<Output: Judged<VERB, Enough>>,
    T: EachPlace<VERB, Enough>,
{
    type Parts = Pair<<F::Output as Judged<VERB, Enough>>::Part, T::Parts>;

    #[inline(always)]
    fn poll_judged(
        self: Pin<&mut Self>,
        at: usize,
        cx: &mut Context<'_>,
    ) -> ControlFlow<Enough, bool> {
        match at {
            0 => self.project().head.poll(cx, Judged::judge),
            _ => self.project().tail.poll_judged(at - 1, cx),
        }
    }

    fn take_parts(self: Pin<&mut Self>) -> Option<Self::Parts> {
        let this = self.project();
        let head = this.head.take().part()?;
        let tail = this.tail.take_parts()?;
        Some(Pair { head, tail })
    }
}

impl<P: EachPlace<JOIN, Infallible, Parts: Collect>> Outputs<JOIN> for P {
    type Output = <P::Parts as Collect>::Output;

    #[inline(always)]
    fn poll_to(
        self: Pin<&mut Self>,
        at: usize,
        cx: &mut Context<'_>,
    ) -> ControlFlow<Self::Output, bool> {
        self.poll_judged(at, cx).map_break(|never| match never {})
    }

    fn all(self: Pin<&mut Self>) -> Option<Self::Output> {
        self.take_parts().map(Collect::collect)
    }
}

impl<T, E, P> Outputs<TRY_JOIN> for P
where
    P: Places<First = Result<T, E>> + EachPlace<TRY_JOIN, E, Parts: Collect>,
{
    type Output = Result<<P::Parts as Collect>::Output, E>;

    #[inline(always)]
    fn poll_to(
        self: Pin<&mut Self>,
        at: usize,
        cx: &mut Context<'_>,
    ) -> ControlFlow<Self::Output, bool> {
        self.poll_judged(at, cx).map_break(Err)
    }

    fn all(self: Pin<&mut Self>) -> Option<Self::Output> {
        self.take_parts().map(|parts| Ok(parts.collect()))
    }
}

impl<P: Places + EachPlace<RACE, <P as Places>::First>> Outputs<RACE> for P {
    type Output = <P as Places>::First;

    #[inline(always)]
    fn poll_to(
        self: Pin<&mut Self>,
        at: usize,
        cx: &mut Context<'_>,
    ) -> ControlFlow<Self::Output, bool> {
        self.poll_judged(at, cx)
    }
}

impl<T, E, P> Outputs<RACE_OK> for P
where
    P: Places<First = Result<T, E>> + EachPlace<RACE_OK, T, Parts: Alike<E>>,
{
    type Output = Result<T, Vec<E>>;

    #[inline(always)]
    fn poll_to(
        self: Pin<&mut Self>,
        at: usize,
        cx: &mut Context<'_>,
    ) -> ControlFlow<Self::Output, bool> {
        self.poll_judged(at, cx).map_break(Ok)
    }

    fn all(self: Pin<&mut Self>) -> Option<Self::Output> {
        self.take_parts().map(|parts| Err(parts.into_vec()))
    }
}
