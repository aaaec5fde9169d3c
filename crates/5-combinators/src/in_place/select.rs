//! Select: awaits the first of a few futures and says which it was.
//!
//! The problem: a worker waits for the next job, for a stop order, and for the end of its idle
//! time: three futures of three types. It needs to know which one is done, because it handles
//! each differently. And since it mostly selects in a loop, it needs to know what happens to
//! the other two.
//!
//! Nothing is hidden here. A future that is moved into the select is dropped when another one
//! wins, as in a [`race`](crate::race()). To keep a future, the caller lends it: `&mut` of a
//! pinned future is a future, and so is `&mut task`.
//!
//! ```text
//!   loop {
//!       select((jobs.next(),   &mut stop,   sleep(idle)))
//!   }          a new one       lent: goes   a new one each time:
//!              each time       on waiting   its time begins anew
//! ```
//!
//! A future that is dropped before its end should lose nothing: that is the meaning of *cancel
//! safe*. Each future of this library says under that heading whether it is.
//!
//! | safe to drop and begin anew | loses something |
//! |---|---|
//! | `sleep` (its time begins anew) | `wait_for` or `timeout` of a future: the work done so far |
//! | `&mut task`, a promise | `gather`: the children are cancelled |
//! | [`WaitSet::wait`](crate::WaitSet::wait), [`AsCompleted::next`](crate::AsCompleted::next) | an async block: the values it holds |
//!
//! Invariants:
//! 1. The losers are dropped before the output is returned.
//! 2. If several futures are found done in one poll, the first one polled wins. The count of its
//!    task's selects decides with which future a `select` begins, so that no branch starves another
//!    for long; under a chooser, the chooser picks one, so that a test with a seed sees every branch
//!    win. `select_biased` always begins with the first: for urgent branches.
//!
//! Read next: `in_place/select/biased.rs`.

pub(crate) mod biased;

use std::convert::Infallible;
use std::future::Future;
use std::ops::ControlFlow;
use std::pin::Pin;
use std::task::Context;

use crate::in_place::IntoSelect;
use crate::in_place::first_or_all::FirstOrAll;
use crate::in_place::outputs::Outputs;
use crate::in_place::place::Place;
use crate::in_place::verb::{InPlace, SELECT};
use crate::members::pairs::{End, Pair};

/// Future that [`select`] returns.
pub type Select<P> = FirstOrAll<P, InPlace<SELECT>>;

/// Says which future of a [`select`] was done first, and holds its output.
///
/// A select of two can only be `First` or `Second`: the other variants hold a value that cannot
/// exist, and a `match` leaves them out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Selected<
    A,
    B = Infallible,
    C = Infallible,
    D = Infallible,
    E = Infallible,
    F = Infallible,
    G = Infallible,
    H = Infallible,
    I = Infallible,
    J = Infallible,
    K = Infallible,
    L = Infallible,
> {
    /// The first future of the tuple.
    First(A),
    /// The second.
    Second(B),
    /// The third.
    Third(C),
    /// The fourth.
    Fourth(D),
    /// The fifth.
    Fifth(E),
    /// The sixth.
    Sixth(F),
    /// The seventh.
    Seventh(G),
    /// The eighth.
    Eighth(H),
    /// The ninth.
    Ninth(I),
    /// The tenth.
    Tenth(J),
    /// The eleventh.
    Eleventh(K),
    /// The twelfth.
    Twelfth(L),
}

impl<A, B, C, D, E, F, G, H, I, J, K, L> Selected<A, B, C, D, E, F, G, H, I, J, K, L> {
    /// Returns the index of the future in its tuple, from 0.
    pub fn index(&self) -> usize {
        match self {
            Selected::First(_) => 0,
            Selected::Second(_) => 1,
            Selected::Third(_) => 2,
            Selected::Fourth(_) => 3,
            Selected::Fifth(_) => 4,
            Selected::Sixth(_) => 5,
            Selected::Seventh(_) => 6,
            Selected::Eighth(_) => 7,
            Selected::Ninth(_) => 8,
            Selected::Tenth(_) => 9,
            Selected::Eleventh(_) => 10,
            Selected::Twelfth(_) => 11,
        }
    }
}

/// The output of a select of the tail of some futures.
pub trait InTail {
    /// The output of the select of all of them, if the head has a `H`.
    type WithHead<H>;
    /// Says that the head was done.
    fn head<H>(output: H) -> Self::WithHead<H>;
    /// Says that a future of the tail was done: the first of the tail is the second of all.
    fn with_head<H>(self) -> Self::WithHead<H>;
}

impl<A, B, C, D, E, F, G, H, I, J, K> InTail for Selected<A, B, C, D, E, F, G, H, I, J, K> {
    type WithHead<Head> = Selected<Head, A, B, C, D, E, F, G, H, I, J, K>;

    fn head<Head>(output: Head) -> Self::WithHead<Head> {
        Selected::First(output)
    }

    #[inline(always)]
    fn with_head<Head>(self) -> Self::WithHead<Head> {
        match self {
            Selected::First(output) => Selected::Second(output),
            Selected::Second(output) => Selected::Third(output),
            Selected::Third(output) => Selected::Fourth(output),
            Selected::Fourth(output) => Selected::Fifth(output),
            Selected::Fifth(output) => Selected::Sixth(output),
            Selected::Sixth(output) => Selected::Seventh(output),
            Selected::Seventh(output) => Selected::Eighth(output),
            Selected::Eighth(output) => Selected::Ninth(output),
            Selected::Ninth(output) => Selected::Tenth(output),
            Selected::Tenth(output) => Selected::Eleventh(output),
            Selected::Eleventh(output) => Selected::Twelfth(output),
            Selected::Twelfth(never) => match never {},
        }
    }
}

impl Outputs<SELECT> for End {
    type Output = Selected<Infallible>;

    #[inline(always)]
    fn poll_to(
        self: Pin<&mut Self>,
        _: usize,
        _: &mut Context<'_>,
    ) -> ControlFlow<Self::Output, bool> {
        ControlFlow::Continue(false)
    }
}

impl<F, T> Outputs<SELECT> for Pair<Place<F, Infallible>, T>
where
    F: Future,
    T: Outputs<SELECT, Output: InTail>,
{
    type Output = <T::Output as InTail>::WithHead<F::Output>;

    #[inline(always)]
    fn poll_to(
        self: Pin<&mut Self>,
        at: usize,
        cx: &mut Context<'_>,
    ) -> ControlFlow<Self::Output, bool> {
        let this = self.project();
        match at {
            0 => this
                .head
                .poll(cx, ControlFlow::Break)
                .map_break(T::Output::head),
            _ => (this.tail.poll_to(at - 1, cx)).map_break(InTail::with_head),
        }
    }
}

/// Awaits a tuple of 1 to 12 futures until the first is done; returns which one it is with its
/// output, and drops the others.
///
/// ```text
/// select((a, b)).await  ->  Selected::First(output of a) | Selected::Second(output of b)
/// ```
///
/// The outputs may be of several types. To keep a future, lend it (`&mut task`, a pinned
/// `&mut future`). `select` makes no task and needs no loop; the futures may borrow. It takes no list:
/// for one, use [`race`](crate::race()).
///
/// If several are done, the first one polled wins. The task counts its selects, and the count
/// decides with which future a select begins, in each of its polls; from there it goes round. So a
/// branch that is always ready does not starve the others, and a run can be repeated. If a task comes
/// by one select of n futures in each pass of a loop, the select begins with each of them at least
/// once in 2 n passes, however many iterations a pass takes. If a pass has d selects, one in the
/// other or one after the other, it takes 2 n + 7 d passes at most. (More than 64 tasks share their
/// counts.) Outside a loop the poll begins with the first future.
/// [`select_biased`](crate::select_biased()) always does. tokio's `select!` begins with a random one.
///
/// ```
/// # mod groundup { pub use groundup_combinators::{*, executor::*}; }
/// use groundup::{Selected, run_virtual, select, sleep, spawn};
/// use std::time::Duration;
///
/// run_virtual(async {
///     let mut work = spawn(async {
///         sleep(Duration::from_secs(5)).await;
///         "done"
///     });
///     let mut looked = 0;
///     let result = loop {
///         match select((&mut work, sleep(Duration::from_secs(2)))).await {
///             Selected::First(result) => break result,
///             Selected::Second(()) => looked += 1,
///         }
///     };
///     assert_eq!((result.unwrap(), looked), ("done", 2));
/// });
/// ```
///
/// # Panics
///
/// When one of the futures panics, and when the select is polled after its end, as [`join`](crate::join()).
///
/// # Cancel safety
///
/// Dropping the select drops the futures; a [`Task`](crate::task::Task) among them is detached.
/// A cancel of the awaiting task goes to one of the futures: to the first, in argument order,
/// that has a `catch_cancel`. A [`timeout`](crate::timeout()) and a group count as one. The others
/// are dropped when that future has ended; if none has one, all are dropped. So put a future that
/// must clean up first, and make several of them tasks: a [`task_group`](crate::task_group()).
#[track_caller]
pub fn select<Kind, I: IntoSelect<Kind>>(futures: I) -> Select<I::Places>
where
    I::Places: Outputs<SELECT>,
{
    FirstOrAll::new(futures.into_select())
}
