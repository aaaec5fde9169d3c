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
//! Read next: `in_place/select.rs`.

use crate::in_place::first_or_all::FirstOrAll;
use crate::in_place::outputs::Outputs;
use crate::in_place::verb::{InPlace, RACE, RACE_OK};
use crate::in_place::{IntoRacers, Listed, Places};
use crate::members::pairs::Tupled;

/// Future that [`race`] returns.
pub type Race<P> = FirstOrAll<P, InPlace<RACE>>;
/// Future that [`race_ok`] returns.
pub type RaceOk<P> = FirstOrAll<P, InPlace<RACE_OK>>;

#[diagnostic::on_unimplemented(
    message = "`{Self}` is not several racers with outputs of one type",
    label = "neither a list nor a tuple of 1 to 12 futures with outputs of one type",
    note = "give a tuple, an array, a `Vec` or an iterator, of futures, tasks or promises",
    note = "a type that is only `IntoFuture` is given as its future: `x.into_future()`",
    note = "a future behind `&mut` must be `Unpin`: pin it first, `let mut f = std::pin::pin!(f);`",
    note = "futures with outputs of several types: `select` takes a tuple of them"
)]
/// Converts into racers with outputs of one type: an iterator, or a tuple of 1 to 12.
/// [`race`] takes it. The compiler infers `Kind`.
pub trait IntoRace<Kind> {
    /// Type of the places.
    type Places: Outputs<RACE>;
    /// Puts the racers into places. Polls none of them.
    fn into_race(self) -> Self::Places;
}

#[diagnostic::on_unimplemented(
    message = "`{Self}` is not several racers with outputs `Result` of one type",
    label = "neither a list nor a tuple of 1 to 12 futures whose outputs are `Result`s of one type",
    note = "give a tuple, an array, a `Vec` or an iterator, of futures, tasks or promises",
    note = "a type that is only `IntoFuture` is given as its future: `x.into_future()`",
    note = "a future behind `&mut` must be `Unpin`: pin it first, `let mut f = std::pin::pin!(f);`",
    note = "futures with other outputs: `race` takes outputs of one type, and `select` any"
)]
/// Converts into racers that return `Result`s of one type: an iterator, or a tuple of 1 to 12.
/// [`race_ok`] takes it. The compiler infers `Kind`.
pub trait IntoRaceOk<Kind> {
    /// Type of the places.
    type Places: Outputs<RACE_OK>;
    /// Puts the racers into places. Polls none of them.
    fn into_race_ok(self) -> Self::Places;
}

/// Awaits the first racer to finish, of racers with one type of output; returns its output and
/// abandons the others.
///
/// ```text
/// race((a, b)).await     ->  output of a or of b
/// race([a, b, c]).await  ->  output of one of them
/// ```
///
/// An abandoned future is dropped, an abandoned task is cancelled. A failure counts as a finish;
/// [`race_ok`] waits for a success. For outputs of several types, use [`select`](crate::select()).
///
/// `race` takes an iterator of futures or tasks, or a tuple of 1 to 12. It makes no task and needs
/// no loop; the futures may borrow.
///
/// ```
/// # mod groundup { pub use groundup_combinators::{*, executor::*}; }
/// use groundup::{race, run};
/// use std::future::{pending, ready};
///
/// run(async {
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
/// Dropping the race abandons all racers.
///
/// A cancel of the awaiting task goes to one of the futures: to the first, in argument order,
/// that has a `catch_cancel`. A [`timeout`](crate::timeout()) and a group count as one. The others
/// are abandoned when that future has ended; if none has one, all are abandoned. So put a future that
/// must clean up first, and make several of them tasks: a [`task_group`](crate::task_group()).
#[doc(alias("select_all", "FIRST_COMPLETED"))]
#[track_caller]
pub fn race<Kind, I: IntoRace<Kind>>(racers: I) -> Race<I::Places> {
    let places = racers.into_race();
    assert!(
        places.count() > 0,
        "race has no contenders, so nobody could ever win; look whether there are any first"
    );
    FirstOrAll::new(places)
}

/// Awaits the first racer to succeed; returns its value and abandons the others.
///
/// ```text
/// race_ok([a, b, c]).await  ->  Ok(value of one of them) | Err(Vec of all errors)
/// ```
///
/// If all fail, returns all errors in argument order.
///
/// Takes the same arguments as [`race`], with outputs `Result<T, E>`. A task counts as failed
/// when it is cancelled or panics. A value that a task *returns* counts as a success, also an
/// `Err`. If such an `Err` should not win, turn it into an error in a future around the task.
///
/// ```
/// # mod groundup { pub use groundup_combinators::{*, executor::*}; }
/// use groundup::{race_ok, run};
/// use std::future::ready;
///
/// run(async {
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
/// When one of the futures panics, and when the race is polled after its end, as [`join`](crate::join()).
///
/// # Cancel safety
///
/// As [`race`].
#[doc(alias = "select_ok")]
pub fn race_ok<Kind, I: IntoRaceOk<Kind>>(racers: I) -> RaceOk<I::Places> {
    FirstOrAll::new(racers.into_race_ok())
}

// Two impls for each verb, and not one for any `Kind`: so the compiler says that neither fits, and does
// not go on to the places.
#[diagnostic::do_not_recommend]
impl<I: IntoRacers<Tupled, Places: Outputs<RACE>>> IntoRace<Tupled> for I {
    type Places = I::Places;

    #[inline]
    fn into_race(self) -> Self::Places {
        self.into_racers()
    }
}

#[diagnostic::do_not_recommend]
impl<I: IntoRacers<Listed, Places: Outputs<RACE>>> IntoRace<Listed> for I {
    type Places = I::Places;

    fn into_race(self) -> Self::Places {
        self.into_racers()
    }
}

#[diagnostic::do_not_recommend]
impl<I: IntoRacers<Tupled, Places: Outputs<RACE_OK>>> IntoRaceOk<Tupled> for I {
    type Places = I::Places;

    #[inline]
    fn into_race_ok(self) -> Self::Places {
        self.into_racers()
    }
}

#[diagnostic::do_not_recommend]
impl<I: IntoRacers<Listed, Places: Outputs<RACE_OK>>> IntoRaceOk<Listed> for I {
    type Places = I::Places;

    fn into_race_ok(self) -> Self::Places {
        self.into_racers()
    }
}
