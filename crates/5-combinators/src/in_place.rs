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
//! The places of a tuple are pairs in pairs, without an allocation (`members/pairs.rs`). The places
//! of a list are boxed, mostly thirty-two in a box: an element of a pinned slice cannot be reached
//! without `unsafe`.
//!
//! | file (it uses files below it) | has |
//! |---|---|
//! | `in_place/select/biased.rs` | `select_biased`, which needs least, and its future |
//! | `in_place/join.rs`, `in_place/race.rs`, `in_place/select.rs` | the other verbs |
//! | `in_place/unordered.rs` | a stream of the outputs of a list, as they end |
//! | `in_place/first_or_all.rs` | the one future of the other verbs: it ends with the first output, or with all |
//! | `in_place/outputs.rs` | for each verb: the output, from the outputs of a list or of a tuple |
//! | `in_place/verb.rs` | for each verb: the end that is enough |
//! | `in_place/list.rs` | the places of a list |
//! | `in_place/polling.rs` | polls the futures that a wake was for |
//! | `in_place/wakers.rs` | a waker for each future of a long list |
//! | `in_place/batch.rs` | the woken futures, polled one after another |
//! | `in_place.rs` | the places side by side |
//! | `in_place/place.rs` | the place of one future |
//!
//! Invariants:
//! 1. A future is dropped as soon as it is done, before the verb returns its output.
//! 2. A future that is done is never polled again.
//! 3. Nothing here needs a loop: the verbs work under any executor.
//!
//! Access: only `place.rs` moves a place from state to state. The future polls through
//! `polling.rs` and takes outputs through `outputs.rs`. `gather` and `streams` use [`Listed`] from
//! here.
//!
//! Read next: `in_place/place.rs`.

mod batch;
mod first_or_all;
pub(crate) mod join;
mod list;
mod outputs;
mod place;
mod polling;
pub(crate) mod race;
pub(crate) mod select;
pub(crate) mod unordered;
mod verb;
mod wakers;

use std::convert::Infallible;
use std::future::{Future, IntoFuture};
use std::pin::Pin;

use groundup_executor::task::Abandon;

use crate::in_place::place::Place;
use crate::in_place::polling::{PollAll, Polling};
use crate::members::pairs::{End, Pair, Paired, Tuple, Tupled};

/// Holds futures side by side, numbered from 0.
pub trait Places {
    /// Output of the first future.
    type First;
    /// The way in which the places are polled.
    type Polling: Polling;
    /// Returns the number of places.
    fn count(&self) -> usize;
    /// Returns true if this future still runs.
    fn is_open(&self, at: usize) -> bool;
    /// Returns true if all futures still run.
    fn are_open(&self) -> bool {
        (0..self.count()).all(|at| self.is_open(at))
    }
    /// Drops all futures, and all outputs that were not taken.
    fn clear(self: Pin<&mut Self>);
}

/// Marks an argument as an iterator, for the compiler.
pub enum Listed {}

#[diagnostic::on_unimplemented(
    message = "`{Self}` is not several futures",
    label = "neither a list of futures nor a tuple of 1 to 12 futures",
    note = "give a tuple, an array, a `Vec` or an iterator, of futures, tasks or promises",
    note = "a future behind `&mut` must be `Unpin`: pin it first, `let mut f = std::pin::pin!(f);`",
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
    message = "`{Self}` is not a tuple of futures",
    label = "`select` and `select_biased` take a tuple of 1 to 12 futures",
    note = "a future behind `&mut` must be `Unpin`: pin it first, `let mut f = std::pin::pin!(f);`",
    note = "futures of one type in an array, a `Vec` or an iterator: `race` takes them",
    note = "more than 12 futures are a `select` of `select`s"
)]
/// Converts a tuple of 1 to 12 futures into places. [`select`](crate::select()) takes it. The compiler
/// infers `Kind`.
pub trait IntoSelect<Kind> {
    /// Type of the places.
    type Places: Places;
    /// Puts the futures into places. Polls none of them.
    fn into_select(self) -> Self::Places;
}

/// Converts into racers with any outputs: an iterator of one type, or a tuple of 1 to 12.
pub trait IntoRacers<Kind> {
    /// Type of the places.
    type Places: Places;
    /// Puts the racers into places. Polls none of them.
    fn into_racers(self) -> Self::Places;
}

impl Places for End {
    type First = Infallible;
    type Polling = PollAll;

    fn count(&self) -> usize {
        0
    }

    fn is_open(&self, _: usize) -> bool {
        false
    }

    #[inline(always)]
    fn are_open(&self) -> bool {
        true
    }

    fn clear(self: Pin<&mut Self>) {}
}

impl<F: Future, K, T: Places> Places for Pair<Place<F, K>, T> {
    type First = F::Output;
    type Polling = PollAll;

    #[inline]
    fn count(&self) -> usize {
        1 + self.tail.count()
    }

    fn is_open(&self, at: usize) -> bool {
        match at {
            0 => self.head.is_open(),
            _ => self.tail.is_open(at - 1),
        }
    }

    #[inline(always)]
    fn are_open(&self) -> bool {
        self.head.is_open() && self.tail.are_open()
    }

    #[inline]
    fn clear(self: Pin<&mut Self>) {
        let this = self.project();
        this.head.clear();
        this.tail.clear();
    }
}

#[diagnostic::do_not_recommend]
impl IntoPlaces<Paired> for End {
    type Places = End;

    fn into_places(self) -> End {
        End
    }
}

#[diagnostic::do_not_recommend]
impl<A: IntoFuture, T: IntoPlaces<Paired>> IntoPlaces<Paired> for Pair<A, T> {
    type Places = Pair<Place<A::IntoFuture>, T::Places>;

    #[inline]
    #[track_caller]
    fn into_places(self) -> Self::Places {
        Pair {
            head: Place::open(self.head.into_future()),
            tail: self.tail.into_places(),
        }
    }
}

#[diagnostic::do_not_recommend]
impl<T: Tuple<Pairs: IntoPlaces<Paired>>> IntoPlaces<Tupled> for T {
    type Places = <T::Pairs as IntoPlaces<Paired>>::Places;

    #[inline]
    #[track_caller]
    fn into_places(self) -> Self::Places {
        self.into_pairs().into_places()
    }
}

#[diagnostic::do_not_recommend]
impl IntoSelect<Paired> for End {
    type Places = End;

    fn into_select(self) -> End {
        End
    }
}

#[diagnostic::do_not_recommend]
impl<A: IntoFuture, T: IntoSelect<Paired>> IntoSelect<Paired> for Pair<A, T> {
    type Places = Pair<Place<A::IntoFuture, Infallible>, T::Places>;

    #[inline]
    #[track_caller]
    fn into_select(self) -> Self::Places {
        Pair {
            head: Place::open(self.head.into_future()),
            tail: self.tail.into_select(),
        }
    }
}

#[diagnostic::do_not_recommend]
impl<T: Tuple<Pairs: IntoSelect<Paired>>> IntoSelect<Tupled> for T {
    type Places = <T::Pairs as IntoSelect<Paired>>::Places;

    #[inline]
    #[track_caller]
    fn into_select(self) -> Self::Places {
        self.into_pairs().into_select()
    }
}

// With a second kind the compiler says that neither fits, and does not go on to the places of the first.
#[diagnostic::do_not_recommend]
impl<T: IntoSelect<Paired>> IntoSelect<Listed> for T {
    type Places = T::Places;

    fn into_select(self) -> Self::Places {
        IntoSelect::<Paired>::into_select(self)
    }
}

#[diagnostic::do_not_recommend]
impl IntoRacers<Paired> for End {
    type Places = End;

    fn into_racers(self) -> End {
        End
    }
}

#[diagnostic::do_not_recommend]
impl<A: Abandon, T: IntoRacers<Paired>> IntoRacers<Paired> for Pair<A, T> {
    type Places = Pair<Place<A::Future>, T::Places>;

    #[inline]
    fn into_racers(self) -> Self::Places {
        Pair {
            head: Place::open(self.head.into_contender()),
            tail: self.tail.into_racers(),
        }
    }
}

#[diagnostic::do_not_recommend]
impl<T: Tuple<Pairs: IntoRacers<Paired>>> IntoRacers<Tupled> for T {
    type Places = <T::Pairs as IntoRacers<Paired>>::Places;

    #[inline]
    fn into_racers(self) -> Self::Places {
        self.into_pairs().into_racers()
    }
}
