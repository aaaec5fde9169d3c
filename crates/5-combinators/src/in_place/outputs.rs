//! Together: all outputs of several futures, as a list or as a tuple.
//!
//! The problem: futures of one type give a `Vec`, those of a tuple give a tuple,
//! and `try_join` gives the values without their `Result`s. Three verbs should not
//! have to know which it is.
//!
//! Invariants:
//! 1. Outputs stand in argument order.
//! 2. They are taken when all have ended; an error is taken when it is there.
//!
//! Read next: `join.rs`.

use std::future::Future;
use std::pin::Pin;

use crate::in_place::*;

/// Places whose futures all give the same type.
pub trait Alike: Places {
    /// That type.
    type One;
    /// Takes the output of one that has ended.
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
    /// Takes the outputs; all have ended.
    fn take_all(self: Pin<&mut Self>) -> Self::All;
}

/// Places whose futures all give a `Result`, with errors of one type.
pub trait TryTogether: Places {
    /// All values: a `Vec`, or a tuple.
    type Values;
    /// The error.
    type Error;
    /// The error of one that has ended, if it failed.
    fn take_error(self: Pin<&mut Self>, at: usize) -> Option<Self::Error>;
    /// Takes the values; all have ended, and none has failed.
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

/// The type of the value in a result.
pub trait Fallible {
    /// That type.
    type Value;
    /// The type of the error.
    type Error;
    /// The result itself.
    fn result(self) -> Result<Self::Value, Self::Error>;
    /// Whether it is an error.
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
