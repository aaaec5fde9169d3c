//! Verb: says for each verb in place which output is enough.
//!
//! The problem: six verbs hold futures in place, and differ in two answers. Is this output enough?
//! And if all futures have ended, what is the output of the verb? Each verb gives its answers for
//! one output, whether its futures are in a list or in a tuple.
//!
//! | verb | an end is enough | after the last end |
//! |---|---|---|
//! | `join` | never | all outputs |
//! | `try_join` | if it is an `Err` | all values |
//! | `race`, `select`, `select_biased` | always | |
//! | `race_ok` | if it is an `Ok` | all errors |
//!
//! `select` has its answer in its own file: the output says which future it is of. `select_biased` has
//! the same answer, and a future of its own (`select/biased.rs`), so it has no number here.
//!
//! Invariant: each output is either enough or a part of the output after the last end.
//!
//! Read next: `in_place/outputs.rs`.

use std::convert::Infallible;
use std::ops::ControlFlow;

use crate::in_place::polling::Start;

/// Names a verb by its number, as a parameter of a type.
pub struct InPlace<const VERB: usize>;

pub(super) const JOIN: usize = 0;
pub(super) const TRY_JOIN: usize = 1;
pub(super) const RACE: usize = 2;
pub(super) const RACE_OK: usize = 3;
pub(super) const SELECT: usize = 4;

/// Names of the verbs, for messages.
pub(super) const NAMES: [&str; 5] = ["join", "try_join", "race", "race_ok", "select"];

/// Says how a verb counts the futures that have ended.
pub trait Counting {
    /// The count.
    type Ended: Ended;
}

/// Counts the futures of a verb that have ended, and whose output was not enough.
pub trait Ended: Default {
    /// Counts one.
    fn add_one(&mut self);
    /// Returns their number.
    fn number(&self) -> usize;
}

impl Ended for u32 {
    #[inline(always)]
    fn add_one(&mut self) {
        *self += 1;
    }

    #[inline(always)]
    fn number(&self) -> usize {
        *self as usize
    }
}

/// The count of a verb that ends with the first of its futures.
// Speed: select2_ready. A counter would be one more thing to store and to move.
#[derive(Default)]
pub struct NotCounted;

impl Ended for NotCounted {
    #[inline(always)]
    fn add_one(&mut self) {}

    #[inline(always)]
    fn number(&self) -> usize {
        0
    }
}

macro_rules! counts {
    ($($verb:ident $ended:ty;)*) => {
        $(impl Counting for InPlace<$verb> {
            type Ended = $ended;
        })*
    };
}

counts! {
    JOIN u32; TRY_JOIN u32; RACE u32; RACE_OK u32; SELECT NotCounted;
}

/// Returns which future of a verb is polled first.
pub(super) const fn start_of(verb: usize) -> Start {
    match verb {
        RACE | RACE_OK => Start::Chosen,
        SELECT => Start::Counted,
        _ => Start::First,
    }
}

/// A verb that judges the output of one future: an `Enough` ends the verb, and a part of the verb's
/// output stays in its place until all futures have ended.
pub trait Judge<Output, Enough> {
    /// Part of the output of the verb.
    type Part;
    /// Breaks if an output is enough.
    fn judge(output: Output) -> ControlFlow<Enough, Output>;
    /// Returns the part; `None` if the output is enough.
    fn part(output: Output) -> Option<Self::Part>;
}

impl<T> Judge<T, Infallible> for InPlace<JOIN> {
    type Part = T;

    #[inline(always)]
    fn judge(output: T) -> ControlFlow<Infallible, T> {
        ControlFlow::Continue(output)
    }

    fn part(output: T) -> Option<T> {
        Some(output)
    }
}

impl<T, E> Judge<Result<T, E>, E> for InPlace<TRY_JOIN> {
    type Part = T;

    #[inline(always)]
    fn judge(output: Result<T, E>) -> ControlFlow<E, Result<T, E>> {
        match output {
            Err(error) => ControlFlow::Break(error),
            value => ControlFlow::Continue(value),
        }
    }

    fn part(output: Result<T, E>) -> Option<T> {
        output.ok()
    }
}

impl<T> Judge<T, T> for InPlace<RACE> {
    type Part = Infallible;

    #[inline(always)]
    fn judge(output: T) -> ControlFlow<T, T> {
        ControlFlow::Break(output)
    }

    fn part(_: T) -> Option<Infallible> {
        None
    }
}

impl<T, E> Judge<Result<T, E>, T> for InPlace<RACE_OK> {
    type Part = E;

    #[inline(always)]
    fn judge(output: Result<T, E>) -> ControlFlow<T, Result<T, E>> {
        match output {
            Ok(value) => ControlFlow::Break(value),
            error => ControlFlow::Continue(error),
        }
    }

    fn part(output: Result<T, E>) -> Option<E> {
        output.err()
    }
}
