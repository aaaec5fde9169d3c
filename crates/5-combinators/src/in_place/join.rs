//! Join: awaits several futures at once, in place.
//!
//! The problem: two requests should be under way at the same time, and the code should go on
//! when both are answered. That needs no task: one task can hold both futures and poll each
//! after its wake. It needs no loop either, so it works under any executor, and the futures may
//! borrow.
//!
//! ```text
//!   join(a, b)      a ======>|          try_join     a ======>|
//!                   b ============>|                 b ===x   |
//!                                  (a, b)                 Err  (a is dropped)
//! ```
//!
//! The price: all futures run in one task. A panic of one ends all of them, and a cancel is
//! delivered in one of them only. [`gather`](crate::gather()) makes tasks instead.
//!
//! Invariants:
//! 1. Outputs come in argument order, also if the futures end in another order.
//! 2. A future that is done is dropped at once and not polled again.
//! 3. `try_join` drops the other futures before it returns an error.
//!
//! Read next: `in_place/race.rs`.

use crate::in_place::first_or_all::FirstOrAll;
use crate::in_place::outputs::Outputs;
use crate::in_place::verb::{InPlace, JOIN, TRY_JOIN};
use crate::in_place::{IntoPlaces, Listed};
use crate::members::pairs::Tupled;

/// Future that [`join`] returns.
pub type JoinAll<P> = FirstOrAll<P, InPlace<JOIN>>;
/// Future that [`try_join`] returns.
pub type TryJoinAll<P> = FirstOrAll<P, InPlace<TRY_JOIN>>;

#[diagnostic::on_unimplemented(
    message = "`{Self}` is not several futures that return `Result`s with one type of error",
    label = "neither a list nor a tuple of 1 to 12 futures that return `Result`s with one type of error",
    note = "give a tuple, an array, a `Vec` or an iterator, of futures, tasks or promises",
    note = "a future behind `&mut` must be `Unpin`: pin it first, `let mut f = std::pin::pin!(f);`",
    note = "errors of several types are mapped to one type first; `join` takes any outputs"
)]
/// Converts into futures that return `Result`s with one type of error: an iterator, or a tuple of 1
/// to 12. [`try_join`] takes it. The compiler infers `Kind`.
pub trait IntoTryJoin<Kind> {
    /// Type of the places.
    type Places: Outputs<TRY_JOIN>;
    /// Puts the futures into places. Polls none of them.
    fn into_try_join(self) -> Self::Places;
}

/// Awaits several futures at once, in place; returns all outputs in argument order.
///
/// ```text
/// join((a, b)).await     ->  (output of a, output of b)
/// join([a, b, c]).await  ->  Vec of the outputs, of one type
/// ```
///
/// `join` takes an iterator of futures and returns a `Vec`, or takes a tuple of 1 to 12
/// and returns a tuple. With an empty iterator it is done at once. It makes no task and needs
/// no loop; the futures may borrow.
///
/// ```
/// # mod groundup { pub use groundup_combinators::{*, executor::*}; }
/// use groundup::{join, run};
///
/// run(async {
///     let greeting = String::from("hello");
///     assert_eq!(join((async { greeting.len() }, async { 'x' })).await, (5, 'x'));
///     assert_eq!(join((0..3).map(async |n| n * n)).await, [0, 1, 4]);
/// });
/// ```
///
/// # Panics
///
/// When one of the futures panics, and when the join is polled after its end. If the panic of a poll is
/// caught, the join can be polled on. After a panic in the drop of a future that had ended, the join
/// has ended, too.
///
/// # Cancel safety
///
/// Dropping the join drops the futures; a [`Task`](crate::task::Task) among them is detached. A
/// cancel of the awaiting task is delivered in one of the futures: in the first, in argument
/// order, that has a `catch_cancel` (a `timeout` and a group count as one). If none has one, all are
/// dropped. If that future catches the cancel for good, the others do not learn of it, and a
/// [`timeout`](crate::timeout()) around the join waits for them. To cancel all of them, make them
/// tasks: `timeout(limit, gather((a, b)))`, or a [`task_group`](crate::task_group()).
#[doc(alias = "join_all")]
#[track_caller]
pub fn join<Kind, I: IntoPlaces<Kind>>(futures: I) -> JoinAll<I::Places>
where
    I::Places: Outputs<JOIN>,
{
    FirstOrAll::new(futures.into_places())
}

/// Awaits several futures that return a `Result`; returns all values, or the first error.
///
/// ```text
/// try_join((a, b)).await     ->  Ok((value of a, value of b)) | Err(error)
/// try_join([a, b, c]).await  ->  Ok(Vec of the values) | Err(error)
/// ```
///
/// As [`join`]; the error is returned when it happens, and the other futures are dropped.
///
/// ```
/// # mod groundup { pub use groundup_combinators::{*, executor::*}; }
/// use groundup::{run, try_join};
///
/// run(async {
///     let both = try_join((async { Ok::<_, &str>(5) }, async { Ok('x') }));
///     assert_eq!(both.await, Ok((5, 'x')));
///     let never = std::future::pending::<Result<u32, &str>>();
///     assert_eq!(try_join((never, async { Err::<u32, _>("no") })).await, Err("no"));
/// });
/// ```
///
/// # Errors
///
/// The first error; if several futures fail in one poll, the first in argument order.
///
/// # Panics
///
/// As [`join`].
///
/// # Cancel safety
///
/// As [`join`].
#[track_caller]
pub fn try_join<Kind, I: IntoTryJoin<Kind>>(futures: I) -> TryJoinAll<I::Places> {
    FirstOrAll::new(futures.into_try_join())
}

#[diagnostic::do_not_recommend]
impl<I: IntoPlaces<Tupled, Places: Outputs<TRY_JOIN>>> IntoTryJoin<Tupled> for I {
    type Places = I::Places;

    #[inline]
    #[track_caller]
    fn into_try_join(self) -> Self::Places {
        self.into_places()
    }
}

#[diagnostic::do_not_recommend]
impl<I: IntoPlaces<Listed, Places: Outputs<TRY_JOIN>>> IntoTryJoin<Listed> for I {
    type Places = I::Places;

    #[track_caller]
    fn into_try_join(self) -> Self::Places {
        self.into_places()
    }
}
