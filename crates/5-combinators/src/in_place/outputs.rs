//! Outputs: says for each verb which end is enough, and takes outputs.
//!
//! The problem: six verbs hold futures in place, and differ in two answers. Is the end of this
//! future enough? And if all have ended, what is the output? Futures of one type have a `Vec` of
//! outputs, the futures of a tuple have a tuple. So each verb answers once for lists, and once
//! for tuples.
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

use std::future::Future;
use std::ops::ControlFlow;
use std::pin::Pin;
use std::task::Context;

use crate::in_place::list::List;
use crate::in_place::polling::Start;
use crate::in_place::*;

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
    /// Returns the output of the verb if the end of one future, which has just ended, is enough.
    fn enough(self: Pin<&mut Self>, at: usize) -> Option<Self::Output>;
    /// Polls one future. Breaks with the output of the verb if the future has ended and its end is
    /// enough; else tells whether the future has ended.
    // Speed: join.
    #[inline(always)]
    fn poll_to(
        mut self: Pin<&mut Self>,
        at: usize,
        cx: &mut Context<'_>,
    ) -> ControlFlow<Self::Output, bool> {
        let ended = self.as_mut().poll_at(at, cx);
        match ended.then(|| self.enough(at)).flatten() {
            Some(output) => ControlFlow::Break(output),
            None => ControlFlow::Continue(ended),
        }
    }
    /// Returns the output of the verb when all futures have ended, and no end was enough.
    fn all(self: Pin<&mut Self>) -> Option<Self::Output> {
        None
    }
}

impl<F: Future> List<F> {
    fn take_each<T>(self: Pin<&mut Self>, part: fn(F::Output) -> Option<T>) -> Vec<T> {
        let list = self.get_mut();
        let mut outputs = Vec::with_capacity(list.count());
        outputs.extend((0..list.count()).filter_map(|at| part(list.place(at).take())));
        outputs
    }
}

impl<F: Future> Outputs<JOIN> for List<F> {
    type Output = Vec<F::Output>;

    fn enough(self: Pin<&mut Self>, _: usize) -> Option<Self::Output> {
        None
    }

    fn all(self: Pin<&mut Self>) -> Option<Self::Output> {
        Some(self.take_each(Some))
    }
}

impl<T, E, F: Future<Output = Result<T, E>>> Outputs<TRY_JOIN> for List<F> {
    type Output = Result<Vec<T>, E>;

    fn enough(mut self: Pin<&mut Self>, at: usize) -> Option<Self::Output> {
        let failed = self.place(at).take_if(Result::is_err)?;
        failed.err().map(Err)
    }

    fn all(self: Pin<&mut Self>) -> Option<Self::Output> {
        Some(Ok(self.take_each(Result::ok)))
    }
}

impl<F: Future> Outputs<RACE> for List<F> {
    type Output = F::Output;

    fn enough(mut self: Pin<&mut Self>, at: usize) -> Option<F::Output> {
        Some(self.place(at).take())
    }
}

impl<T, E, F: Future<Output = Result<T, E>>> Outputs<RACE_OK> for List<F> {
    type Output = Result<T, Vec<E>>;

    fn enough(mut self: Pin<&mut Self>, at: usize) -> Option<Self::Output> {
        let succeeded = self.place(at).take_if(Result::is_ok)?;
        succeeded.ok().map(Ok)
    }

    fn all(self: Pin<&mut Self>) -> Option<Self::Output> {
        Some(Err(self.take_each(Result::err)))
    }
}

// The name of a place also names the type of its value.
macro_rules! outputs {
    ($places:ident $count:literal: $($name:ident $field:ident $at:literal $nth:ident),+) => {
        impl<$($name: Future),+> Outputs<JOIN> for $places<$($name),+> {
            type Output = ($($name::Output,)+);

            fn enough(self: Pin<&mut Self>, _: usize) -> Option<Self::Output> {
                None
            }

            fn all(self: Pin<&mut Self>) -> Option<Self::Output> {
                let this = self.project();
                Some(($(this.$field.take(),)+))
            }
        }

        #[allow(non_camel_case_types)]
        impl<Error, $($field, $name: Future<Output = Result<$field, Error>>),+> Outputs<TRY_JOIN>
            for $places<$($name),+>
        {
            type Output = Result<($($field,)+), Error>;

            fn enough(self: Pin<&mut Self>, at: usize) -> Option<Self::Output> {
                let this = self.project();
                match at {
                    $($at => this.$field.take_if(Result::is_err)?.err().map(Err),)+
                    _ => None,
                }
            }

            fn all(self: Pin<&mut Self>) -> Option<Self::Output> {
                let this = self.project();
                Some(Ok(($(this.$field.take().ok()?,)+)))
            }
        }

        impl<One, $($name: Future<Output = One>),+> Outputs<RACE> for $places<$($name),+> {
            type Output = One;

            fn enough(self: Pin<&mut Self>, at: usize) -> Option<One> {
                let this = self.project();
                match at {
                    $($at => Some(this.$field.take()),)+
                    _ => None,
                }
            }
        }

        impl<One, Error, $($name: Future<Output = Result<One, Error>>),+> Outputs<RACE_OK>
            for $places<$($name),+>
        {
            type Output = Result<One, Vec<Error>>;

            fn enough(self: Pin<&mut Self>, at: usize) -> Option<Self::Output> {
                let this = self.project();
                match at {
                    $($at => this.$field.take_if(Result::is_ok)?.ok().map(Ok),)+
                    _ => None,
                }
            }

            fn all(self: Pin<&mut Self>) -> Option<Self::Output> {
                let this = self.project();
                let errors = [$(this.$field.take().err()),+];
                Some(Err(errors.into_iter().flatten().collect()))
            }
        }
    };
}

for_tuples!(outputs);
