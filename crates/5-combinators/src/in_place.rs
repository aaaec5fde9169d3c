//! In place: futures side by side in one task, polled where they stand.
//!
//! The problem: `join`, `race` and `select` hold several futures at once, poll them in place,
//! and keep an output until it is taken. The futures may be a few of different types, in a
//! tuple, or any number of one type, from an iterator. Each verb is written once for both. So
//! each future has a place of its own:
//!
//! ```text
//!   place   Open --1--> Full --2--> Empty     1 the future is done (`poll`)
//!             |                       ^       2 its output is taken (`take`)
//!             +-----------3-----------+       3 it is not needed any more (`clear`)
//! ```
//!
//! The places of a tuple are the fields of one struct, without an allocation. The places of a
//! list are boxed, mostly in groups of eight: an element of a pinned slice cannot be reached without
//! `unsafe`.
//!
//! | file (it uses files below it) | has |
//! |---|---|
//! | `in_place/join.rs`, `in_place/race.rs`, `in_place/select.rs` | the verbs |
//! | `in_place/unordered.rs` | a stream of the outputs of a list, as they end |
//! | `in_place/first_or_all.rs` | the one future of all verbs: it ends with the first output, or with all |
//! | `in_place/outputs.rs` | for each verb: the end that is enough, and the way to take outputs |
//! | `in_place/list.rs` | the places of a list |
//! | `in_place/polling.rs` | polls the futures that a wake was for |
//! | `in_place/wakers.rs` | a waker for each future of a long list |
//! | `in_place.rs` | the places side by side |
//! | `in_place/place.rs` | the place of one future |
//!
//! Invariants:
//! 1. A future is dropped as soon as it is done, before a verb looks at its output.
//! 2. A future that is done is never polled again.
//! 3. Nothing here needs a loop: the verbs work under any executor.
//!
//! Access: only `place.rs` moves a place from state to state. The future polls through
//! `polling.rs` and takes outputs through `outputs.rs`. `streams` uses [`Listed`], [`Tupled`]
//! and `for_tuples` from here.
//!
//! Read next: `in_place/place.rs`.

mod first_or_all;
pub(crate) mod join;
mod list;
mod outputs;
mod place;
mod poll_one;
mod polling;
pub(crate) mod race;
pub(crate) mod select;
pub(crate) mod unordered;
mod wakers;

use std::future::{Future, IntoFuture};
use std::pin::Pin;
use std::task::Context;

use groundup_executor::task::Abandon;
use pin_project_lite::pin_project;

use crate::in_place::place::Place;
use crate::in_place::polling::{PollAll, Polling};

/// Holds futures side by side, numbered from 0.
pub trait Places {
    /// The way in which the places are polled.
    type Polling: Polling;
    /// Returns the number of places.
    fn count(&self) -> usize;
    /// Returns true if this future still runs.
    fn is_open(&self, at: usize) -> bool;
    /// Polls one future; returns true if the future has ended by that, and keeps its output.
    fn poll_at(self: Pin<&mut Self>, at: usize, cx: &mut Context<'_>) -> bool;
    /// Drops all futures, and all outputs that were not taken.
    fn clear(self: Pin<&mut Self>);
}

/// Marks an argument as an iterator, for the compiler.
pub enum Listed {}

/// Marks an argument as a tuple, for the compiler.
pub enum Tupled {}

#[diagnostic::on_unimplemented(
    message = "`{Self}` is not several futures",
    label = "neither a list of futures nor a tuple of 1 to 12 futures",
    note = "give a tuple, an array, a `Vec` or an iterator, of futures, tasks or promises",
    note = "`select` takes tuples only; `race` takes lists, too",
    note = "more than 12 futures of several types are a list of boxed ones, or a `join` of `join`s"
)]
/// Converts into the places of futures: an iterator of futures of one type, or a tuple of 1 to 12
/// futures.
///
/// `join` and its relatives take it. Anything that can be awaited is a future here, a [`Task`]
/// as well. The compiler infers `Kind`.
///
/// [`Task`]: groundup_executor::task::Task
pub trait IntoPlaces<Kind> {
    /// Type of the places.
    type Places: Places;
    /// Puts the futures into places. Polls none of them.
    fn into_places(self) -> Self::Places;
}

#[diagnostic::on_unimplemented(
    message = "`{Self}` is not several racers",
    label = "neither a list of futures nor a tuple of 1 to 12 futures",
    note = "give a tuple, an array, a `Vec` or an iterator, of futures, tasks or promises",
    note = "a type that is only `IntoFuture` is given as its future: `x.into_future()`"
)]
/// Converts into racers: an iterator of one type, or a tuple of 1 to 12.
/// [`race`](crate::race()) takes it. The compiler infers `Kind`.
pub trait IntoRace<Kind> {
    /// Type of the places.
    type Places: Places;
    /// Puts the racers into places. Polls none of them.
    fn into_contenders(self) -> Self::Places;
}

/// Calls a macro for each length of a tuple, from 1 to 12: with the name of its places and its
/// length, and with type, field, number and ordinal of each future. Each row of the table adds
/// one to the futures of the rows before.
macro_rules! for_tuples {
    ($make:ident) => {
        for_tuples! { $make [];
            Places1 1 A a 0 First, Places2 2 B b 1 Second, Places3 3 C c 2 Third,
            Places4 4 D d 3 Fourth, Places5 5 E e 4 Fifth, Places6 6 F f 5 Sixth,
            Places7 7 G g 6 Seventh, Places8 8 H h 7 Eighth, Places9 9 I i 8 Ninth,
            Places10 10 J j 9 Tenth, Places11 11 K k 10 Eleventh, Places12 12 L l 11 Twelfth,
        }
    };
    ($make:ident [$($before:tt)*];) => {};
    ($make:ident [$($before:tt)*]; $places:ident $count:tt $name:ident $field:ident $at:tt $nth:ident,
        $($rest:tt)*) => {
        $make! { $places $count: $($before)* $name $field $at $nth }
        for_tuples! { $make [$($before)* $name $field $at $nth,]; $($rest)* }
    };
}
pub(crate) use for_tuples;

macro_rules! places {
    ($places:ident $count:literal: $($name:ident $field:ident $at:literal $nth:ident),+) => {
        pin_project! {
            /// The places of a tuple's futures.
            pub struct $places<$($name: Future),+> {
                $(#[pin] $field: Place<$name>),+
            }
        }

        impl<$($name: Future),+> Places for $places<$($name),+> {
            type Polling = PollAll;

            fn count(&self) -> usize {
                $count
            }

            fn is_open(&self, at: usize) -> bool {
                match at {
                    $($at => self.$field.is_open(),)+
                    _ => false,
                }
            }

            #[inline]
            fn poll_at(self: Pin<&mut Self>, at: usize, cx: &mut Context<'_>) -> bool {
                let this = self.project();
                match at {
                    $($at => this.$field.poll(cx),)+
                    _ => false,
                }
            }

            fn clear(self: Pin<&mut Self>) {
                let mut this = self.project();
                $(this.$field.as_mut().clear();)+
            }
        }

        impl<$($name: IntoFuture),+> IntoPlaces<Tupled> for ($($name,)+) {
            type Places = $places<$($name::IntoFuture),+>;

            #[track_caller]
            fn into_places(self) -> Self::Places {
                let ($($field,)+) = self;
                $places { $($field: Place::open($field.into_future())),+ }
            }
        }

        impl<$($name: Abandon),+> IntoRace<Tupled> for ($($name,)+) {
            type Places = $places<$($name::Future),+>;

            fn into_contenders(self) -> Self::Places {
                let ($($field,)+) = self;
                $places { $($field: Place::open($field.into_contender())),+ }
            }
        }
    };
}

for_tuples!(places);
