//! Outputs: polls the futures of a verb, and takes their outputs.
//!
//! The problem: a verb judges one output at a time (`verb.rs`), but futures of one type have a `Vec`
//! of outputs, and the futures of a tuple have a tuple. [`EachPlace`] asks place by place, in a list
//! or in pairs. So each verb makes its output once, for lists and for tuples ([`Outputs`]).
//!
//! ```text
//!   poll_judged(2)   Pair ──> Pair ──> Pair ──> End        the place 2 of the first pair is the
//!                     0        1        2 polled           place 1 of its tail
//!   take_parts       (a,      (b,      (c, End)))          join: a tuple of all three
//! ```
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
use crate::in_place::verb::{InPlace, JOIN, Judge, RACE, RACE_OK, TRY_JOIN};
use crate::members::pairs::{Alike, Collect, End, Pair};

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

/// Places of a list or of a tuple, for a verb that an `Enough` ends.
pub trait EachPlace<Verb, Enough>: Places {
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

impl<F: Future, Verb: Judge<F::Output, Enough>, Enough> EachPlace<Verb, Enough> for List<F> {
    type Parts = Vec<Verb::Part>;

    #[inline(always)] // Speed: join.
    fn poll_judged(
        mut self: Pin<&mut Self>,
        at: usize,
        cx: &mut Context<'_>,
    ) -> ControlFlow<Enough, bool> {
        self.place(at).poll(cx, Verb::judge)
    }

    fn take_parts(self: Pin<&mut Self>) -> Option<Self::Parts> {
        let list = self.get_mut();
        let mut parts = Vec::with_capacity(list.count());
        parts.extend((0..list.count()).filter_map(|at| Verb::part(list.place(at).take())));
        Some(parts)
    }
}

impl<Verb, Enough> EachPlace<Verb, Enough> for End {
    type Parts = End;

    #[inline(always)]
    fn poll_judged(
        self: Pin<&mut Self>,
        _: usize,
        _: &mut Context<'_>,
    ) -> ControlFlow<Enough, bool> {
        ControlFlow::Continue(false)
    }

    fn take_parts(self: Pin<&mut Self>) -> Option<End> {
        Some(End)
    }
}

impl<F, T, Verb, Enough> EachPlace<Verb, Enough> for Pair<Place<F>, T>
where
    F: Future,
    T: EachPlace<Verb, Enough>,
    Verb: Judge<F::Output, Enough>,
{
    type Parts = Pair<Verb::Part, T::Parts>;

    #[inline(always)]
    fn poll_judged(
        self: Pin<&mut Self>,
        at: usize,
        cx: &mut Context<'_>,
    ) -> ControlFlow<Enough, bool> {
        let this = self.project();
        match at {
            0 => this.head.poll(cx, Verb::judge),
            _ => this.tail.poll_judged(at - 1, cx),
        }
    }

    fn take_parts(self: Pin<&mut Self>) -> Option<Self::Parts> {
        let this = self.project();
        let head = Verb::part(this.head.take())?;
        let tail = this.tail.take_parts()?;
        Some(Pair { head, tail })
    }
}

impl<P: EachPlace<InPlace<JOIN>, Infallible, Parts: Collect>> Outputs<JOIN> for P {
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
    P: Places<First = Result<T, E>> + EachPlace<InPlace<TRY_JOIN>, E, Parts: Collect>,
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

impl<P: Places + EachPlace<InPlace<RACE>, <P as Places>::First>> Outputs<RACE> for P {
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
    P: Places<First = Result<T, E>> + EachPlace<InPlace<RACE_OK>, T, Parts: Alike<E>>,
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
