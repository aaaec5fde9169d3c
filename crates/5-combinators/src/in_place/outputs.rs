//! Outputs: takes the outputs of several futures, as list or tuple.
//!
//! The problem: futures of one type have a `Vec` as their output, the futures of a tuple have a
//! tuple, and `try_join` returns the values without their `Result`s. Three verbs should not
//! need to know the case.
//!
//! Invariants:
//! 1. Outputs stand in argument order.
//! 2. Outputs are taken when all futures have ended; an error is taken when it is there.
//!
//! Read next: `join.rs`.

use std::future::Future;
use std::pin::Pin;

use crate::in_place::*;

/// Places whose futures all have the same output type.
pub trait Alike: Places {
    /// The output type.
    type One;
    /// Takes the output of a future that has ended.
    fn take_at(self: Pin<&mut Self>, at: usize) -> Self::One;
}

impl<F: Future> Alike for List<F> {
    type One = F::Output;

    fn take_at(mut self: Pin<&mut Self>, at: usize) -> F::Output {
        self.places[at].as_mut().take()
    }
}

macro_rules! alike {
    ($($places:ident $count:literal: $($name:ident $field:ident $at:literal),+;)+) => {$(
        impl<One, $($name: Future<Output = One>),+> Alike for $places<$($name),+> {
            type One = One;

            fn take_at(self: Pin<&mut Self>, at: usize) -> One {
                let this = self.project();
                match at {
                    $($at => this.$field.take(),)+
                    _ => unreachable!("a tuple of {} has no place {at}", $count),
                }
            }
        }
    )+};
}

for_tuples!(alike);

/// Places whose outputs can be taken together.
pub trait Together: Places {
    /// All outputs: a `Vec`, or a tuple.
    type All;
    /// Takes the outputs; all futures have ended.
    fn take_all(self: Pin<&mut Self>) -> Self::All;
}

/// Places whose futures all return a `Result`, with errors of one type.
pub trait TryTogether: Places {
    /// All values: a `Vec`, or a tuple.
    type Values;
    /// Type of the error.
    type Error;
    /// Takes the error of a future that has ended, if it failed.
    fn take_error(self: Pin<&mut Self>, at: usize) -> Option<Self::Error>;
    /// Takes the values; all futures have ended, and none has failed.
    fn take_values(self: Pin<&mut Self>) -> Self::Values;
}

impl<F: Future> Together for List<F> {
    type All = Vec<F::Output>;

    fn take_all(mut self: Pin<&mut Self>) -> Self::All {
        let mut places = std::mem::take(&mut self.places);
        places
            .iter_mut()
            .map(|place| place.as_mut().take())
            .collect()
    }
}

impl<F, T, E> TryTogether for List<F>
where
    F: Future<Output = Result<T, E>>,
{
    type Values = Vec<T>;
    type Error = E;

    fn take_error(mut self: Pin<&mut Self>, at: usize) -> Option<E> {
        let place = &mut self.places[at];
        match place.as_mut().output() {
            Some(Err(_)) => place.as_mut().take().err(),
            _ => None,
        }
    }

    fn take_values(mut self: Pin<&mut Self>) -> Vec<T> {
        let mut places = std::mem::take(&mut self.places);
        let values = places.iter_mut().map(|place| place.as_mut().take().ok());
        values.map(|value| value.expect(NONE_FAILED)).collect()
    }
}

const NONE_FAILED: &str = "an error ends try_join before the values are taken";

macro_rules! together {
    ($($places:ident $count:literal: $($name:ident $field:ident $at:literal),+;)+) => {$(
        impl<$($name: Future),+> Together for $places<$($name),+> {
            type All = ($($name::Output,)+);

            fn take_all(self: Pin<&mut Self>) -> Self::All {
                let this = self.project();
                ($(this.$field.take(),)+)
            }
        }
    )+};
}

for_tuples!(together);

/// Names the types in a `Result`, as a trait.
pub trait Fallible {
    /// Type of the value.
    type Value;
    /// Type of the error.
    type Error;
    /// Returns the result itself.
    fn result(self) -> Result<Self::Value, Self::Error>;
    /// Returns true if it is an error.
    fn failed(&self) -> bool;
}

impl<T, E> Fallible for Result<T, E> {
    type Value = T;
    type Error = E;

    fn result(self) -> Result<T, E> {
        self
    }

    fn failed(&self) -> bool {
        self.is_err()
    }
}

macro_rules! try_together {
    ($($places:ident $count:literal: $($name:ident $field:ident $at:literal),+;)+) => {$(
        impl<Error, $($name: Future),+> TryTogether for $places<$($name),+>
        where
            $($name::Output: Fallible<Error = Error>,)+
        {
            type Values = ($(<$name::Output as Fallible>::Value,)+);
            type Error = Error;

            fn take_error(self: Pin<&mut Self>, at: usize) -> Option<Error> {
                let mut this = self.project();
                $(if at == $at && this.$field.as_mut().output().is_some_and(|output| output.failed()) {
                    return this.$field.take().result().err();
                })+
                None
            }

            fn take_values(self: Pin<&mut Self>) -> Self::Values {
                let this = self.project();
                ($(this.$field.take().result().ok().expect(NONE_FAILED),)+)
            }
        }
    )+};
}

for_tuples!(try_together);
